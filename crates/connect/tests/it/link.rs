//! A link through refusals, restarts and approvals, in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use openclaw_connect::Io;
use openclaw_connect::{
    Attempt, ConnectPlan, Connection, Connector, Credentials, DeviceTokens, Link, LinkError,
    LinkOptions, LinkState, MemoryTokens, Network, PrepareError, Prepared,
};
use openclaw_identity::{DeviceIdentity, DeviceKey};
use openclaw_protocol::{Role, ScopeSet};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::fake_gateway::{FakeGateway, endpoint, hello, plan};

/// Every connection ends at a script of the test.
#[derive(Debug)]
struct Pipes(mpsc::Sender<DuplexStream>);

impl Network for Pipes {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, std::io::Result<Vec<std::net::SocketAddr>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn connect(
        &self,
        _address: std::net::SocketAddr,
    ) -> BoxFuture<'_, std::io::Result<Box<dyn Io>>> {
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            match self.0.send(theirs).await {
                Ok(()) => Ok(Box::new(ours) as Box<dyn Io>),
                Err(_) => Err(std::io::ErrorKind::ConnectionRefused.into()),
            }
        })
    }
}

struct Owner {
    plan: ConnectPlan,
    served: Arc<Mutex<u32>>,
    prepare_error: Option<PrepareError>,
}

impl Attempt for Owner {
    async fn prepare(&mut self) -> Result<Prepared, PrepareError> {
        match self.prepare_error.take() {
            Some(error) => Err(error),
            None => Ok(Prepared {
                endpoint: endpoint("ws://127.0.0.1:1"),
                plan: self.plan.clone(),
            }),
        }
    }

    async fn serve(&mut self, mut connection: Connection) {
        *self.served.lock().unwrap() += 1;
        while connection.events.recv().await.is_some() {}
    }
}

struct Bench {
    link: Link,
    pipes: mpsc::Receiver<DuplexStream>,
    served: Arc<Mutex<u32>>,
}

impl Bench {
    fn start(plan: ConnectPlan) -> Self {
        Self::with(plan, None)
    }

    fn with(plan: ConnectPlan, prepare_error: Option<PrepareError>) -> Self {
        Self::with_options(plan, prepare_error, |_| {})
    }

    fn with_options(
        plan: ConnectPlan,
        prepare_error: Option<PrepareError>,
        change: impl FnOnce(&mut LinkOptions),
    ) -> Self {
        let (sender, pipes) = mpsc::channel(1);
        let served = Arc::new(Mutex::new(0));
        let owner = Owner {
            plan,
            served: Arc::clone(&served),
            prepare_error,
        };
        let connector = Connector::new().with_network(Arc::new(Pipes(sender)));
        let mut options = LinkOptions::new(connector);
        change(&mut options);
        Self {
            link: Link::start(owner, options),
            pipes,
            served,
        }
    }

    async fn gateway(&mut self) -> FakeGateway {
        FakeGateway::accept(self.pipes.recv().await.expect("an attempt")).await
    }

    /// Takes the next attempt and refuses it.
    async fn refuse(&mut self, error: Value) -> Value {
        let mut gateway = self.gateway().await;
        gateway.challenge().await;
        let connect = gateway.request().await;
        let reason = error["message"].as_str().unwrap().to_owned();
        gateway.refuse(&connect.id, error).await;
        gateway.close(1008, &reason).await;
        gateway.drain().await;
        connect.params
    }

    async fn until(&self, wanted: impl Fn(&LinkState) -> bool) -> LinkState {
        let mut states = self.link.watch();
        states
            .wait_for(|state| wanted(state))
            .await
            .expect("the link lives")
            .clone()
    }
}

fn pairing() -> Value {
    json!({"code": "NOT_PAIRED", "message": "pairing required", "details": {"requestId": "r-1"}})
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_survived_and_the_delay_starts_over() {
    let mut bench = Bench::start(plan());
    for round in 1..=3 {
        let mut gateway = bench.gateway().await;
        gateway.admit(hello(4)).await;
        bench.link.connected().await.expect("connected");
        gateway.close(1012, "service restart").await;
        gateway.drain().await;
        let state = bench
            .until(|state| matches!(state, LinkState::Backoff { .. }))
            .await;
        let LinkState::Backoff {
            until,
            error: LinkError::Closed(closed),
        } = state
        else {
            panic!("{state:?}")
        };
        assert_eq!(closed.code, 1012);
        assert!(
            until <= Instant::now() + Duration::from_secs(1),
            "the first delay each time"
        );
        assert_eq!(*bench.served.lock().unwrap(), round);
    }
}

#[tokio::test(start_paused = true)]
async fn delays_grow_while_nobody_answers() {
    let mut bench = Bench::start(plan());
    let mut last = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..7 {
        drop(bench.gateway_io().await);
        waits.push(last.elapsed());
        last = Instant::now();
    }
    for (wait, step) in waits.iter().skip(1).zip([1, 2, 4, 8, 16, 30]) {
        let step = Duration::from_secs(step);
        assert!(
            *wait >= step / 2 && *wait <= step + Duration::from_millis(50),
            "{waits:?}"
        );
    }
}

impl Bench {
    async fn gateway_io(&mut self) -> DuplexStream {
        self.pipes.recv().await.expect("an attempt")
    }
}

#[tokio::test(start_paused = true)]
async fn approval_is_polled_slowly_and_at_once_when_told() {
    let mut bench = Bench::start(plan());
    bench.refuse(pairing()).await;
    let state = bench
        .until(|state| matches!(state, LinkState::WaitingForApproval { .. }))
        .await;
    let LinkState::WaitingForApproval { waiting, until, .. } = state else {
        panic!()
    };
    assert_eq!(waiting.request_id.as_deref(), Some("r-1"));
    let wait = until - Instant::now();
    assert!(
        wait >= Duration::from_secs(26) && wait <= Duration::from_secs(33),
        "{wait:?}"
    );

    let asked = Instant::now();
    bench.refuse(pairing()).await;
    assert!(asked.elapsed() >= Duration::from_secs(26), "the slow poll");

    bench
        .until(|state| matches!(state, LinkState::WaitingForApproval { .. }))
        .await;
    let told = Instant::now();
    bench.link.retry_now();
    let mut gateway = bench.gateway().await;
    assert!(told.elapsed() < Duration::from_secs(1), "at once");
    gateway.admit(hello(4)).await;
    bench.link.connected().await.expect("approved");
}

#[tokio::test(start_paused = true)]
async fn whoever_approves_within_a_minute_does_not_wait_for_the_slow_poll() {
    let mut bench = Bench::with_options(plan(), None, |options| {
        options.eager_poll = (Duration::from_secs(1), 3);
    });
    bench.refuse(pairing()).await;
    let mut waits = Vec::new();
    for _ in 0..4 {
        let asked = Instant::now();
        bench.refuse(pairing()).await;
        waits.push(asked.elapsed().as_secs_f32());
    }
    assert!(
        waits[..3].iter().all(|wait| (0.8..1.5).contains(wait)),
        "{waits:?}"
    );
    assert!(waits[3] > 26.0, "{waits:?}");
    // A success makes the next wait eager again.
    let mut gateway = bench.gateway().await;
    gateway.admit(hello(4)).await;
    bench.link.connected().await.expect("approved");
    drop(gateway);
    bench.refuse(pairing()).await;
    let asked = Instant::now();
    bench.refuse(pairing()).await;
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_credential_stops_the_link() {
    let mut bench = Bench::start(plan().with_credentials(Credentials::token("wrong")));
    bench
        .refuse(json!({"code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch", "details": {"code": "AUTH_TOKEN_MISMATCH"}}))
        .await;
    let Err(Some(error)) = bench.link.connected().await else {
        panic!("not stopped")
    };
    assert_eq!(error.to_string(), "unauthorized: gateway token mismatch");
    assert!(bench.pipes.recv().await.is_none(), "no further attempt");
}

#[tokio::test(start_paused = true)]
async fn a_stale_device_token_is_given_up_once() {
    let tokens = Arc::new(MemoryTokens::new());
    let origin = endpoint("ws://127.0.0.1:1").origin();
    tokens
        .put(
            &origin,
            &Role::Operator,
            &"stale".into(),
            &ScopeSet::empty(),
        )
        .unwrap();
    let device = Arc::new(DeviceIdentity::new(DeviceKey::from_seed([3; 32]), 0));
    let plan = plan().with_device(device).with_tokens(tokens);
    let mut bench = Bench::start(plan);
    let wrong =
        json!({"code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch (…)"});
    let first = bench.refuse(wrong.clone()).await;
    assert_eq!(first["auth"], json!({"token": "stale"}));
    let again = Instant::now();
    let second = bench.refuse(wrong).await;
    assert_eq!(second["auth"], Value::Null);
    assert_eq!(again.elapsed(), Duration::from_millis(250));
    assert!(bench.link.connected().await.is_err(), "now it stops");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_gateway_asks_for_is_honoured() {
    let mut bench = Bench::start(plan());
    bench
        .refuse(json!({"code": "UNAVAILABLE", "message": "draining", "retryable": true, "retryAfterMs": 100_000}))
        .await;
    let asked = Instant::now();
    bench.gateway_io().await;
    let waited = asked.elapsed();
    assert!(
        waited >= Duration::from_secs(90) && waited <= Duration::from_secs(110),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_prepared_is_tried_again_unless_it_is_final() {
    let passing = PrepareError {
        message: "no config yet".into(),
        is_final: false,
    };
    let mut bench = Bench::with(plan(), Some(passing));
    let mut gateway = bench.gateway().await;
    gateway.admit(hello(4)).await;
    bench.link.connected().await.expect("the second attempt");

    let last = PrepareError {
        message: "broken config".into(),
        is_final: true,
    };
    let bench = Bench::with(plan(), Some(last));
    let Err(Some(error)) = bench.link.connected().await else {
        panic!("not stopped")
    };
    assert_eq!(error.to_string(), "broken config");
}

#[tokio::test(start_paused = true)]
async fn stopping_closes_the_connection() {
    let mut bench = Bench::start(plan());
    let mut gateway = bench.gateway().await;
    gateway.admit(hello(4)).await;
    bench.link.connected().await.expect("connected");
    let states = bench.link.watch();
    let ((), close) = tokio::join!(bench.link.stop(), async {
        let close = gateway.expect_close().await;
        gateway.drain().await;
        close
    });
    assert_eq!(close.0, 1000);
    assert!(matches!(
        *states.borrow(),
        LinkState::Stopped { error: None }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_link_makes_no_further_attempt() {
    let mut bench = Bench::start(plan());
    drop(bench.gateway_io().await);
    let Bench {
        link, mut pipes, ..
    } = bench;
    drop(link);
    while let Some(io) = pipes.recv().await {
        drop(io);
    }
}
