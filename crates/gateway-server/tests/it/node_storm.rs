//! A thousand calls while the node restarts fifty times and the Gateway ten times: every call ends
//! with a result or a stated class, and none runs twice for one key.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_gateway_server::Gateway;
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::runtime::Runtime;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use crate::device::{Device, Proof};
use crate::join::{options, params};
use crate::peer::{Ask, Heard, Peer};

const CALLS: usize = 1000;
const CALLERS: usize = 8;
const NODE_RESTARTS: usize = 50;
const GATEWAY_RESTARTS: usize = 10;
const COMMAND: &str = "system.which";

/// A Gateway with a runtime of its own, so that it can be killed: its tasks end where they are.
struct Host {
    path: PathBuf,
    runs: RwLock<Option<(Runtime, Gateway)>>,
}

impl Host {
    fn new(path: PathBuf) -> Self {
        let runs = RwLock::new(Some(Self::start(&path)));
        Self { path, runs }
    }

    fn start(path: &Path) -> (Runtime, Gateway) {
        let path = path.to_owned();
        // A runtime cannot be used from inside another one.
        let starting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let store = Store::open(path, &OpenOptions::create()).unwrap();
            let gateway = Gateway::builder(options()).store(store).start();
            let gateway = runtime.block_on(gateway).unwrap();
            (runtime, gateway)
        });
        starting.join().unwrap()
    }

    /// Ends the Gateway, well or by killing it, and starts the next one on the same store.
    async fn restart(&self, well: bool) {
        let mut runs = self.runs.write().await;
        let (runtime, gateway) = runs.take().unwrap();
        let path = self.path.clone();
        let next = tokio::task::spawn_blocking(move || {
            if well {
                runtime.block_on(gateway.shutdown("restart"));
            } else {
                std::mem::forget(gateway);
            }
            runtime.shutdown_timeout(Duration::from_secs(30));
            Self::start(&path)
        });
        *runs = Some(next.await.unwrap());
    }

    /// Ends the Gateway for good.
    async fn end(&self) {
        let (runtime, gateway) = self.runs.write().await.take().unwrap();
        let stopped = tokio::task::spawn_blocking(move || {
            runtime.block_on(gateway.shutdown("test"));
        });
        stopped.await.unwrap();
    }

    /// Connects to the Gateway that runs.
    async fn connect(&self, mut params: Value, device: Option<&Device>) -> Peer<DuplexStream> {
        let runs = self.runs.read().await;
        let (runtime, gateway) = runs.as_ref().unwrap();
        let stream = {
            let _inside = runtime.enter();
            gateway.in_memory()
        };
        let mut peer = Peer::over(stream, &Ask::default()).await.unwrap();
        if let Some(device) = device {
            params["device"] = device.prove(&params, &Proof::of(&peer.nonce, peer.ts));
        }
        peer.connect(params).await;
        peer
    }

    async fn operator(&self) -> Peer<DuplexStream> {
        let mut params = params(4, "cli", "cli", "operator");
        params["scopes"] = json!(["operator.admin"]);
        self.connect(params, None).await
    }

    async fn node(&self, device: &Device) -> Peer<DuplexStream> {
        let mut params = params(4, "node-host", "node", "node");
        params["commands"] = json!([COMMAND]);
        self.connect(params, Some(device)).await
    }
}

/// What the node ran, by key.
type Runs = Arc<Mutex<HashMap<String, u32>>>;

/// The node: it runs what it is asked, and restarts again and again, before it answers or after.
async fn serve(host: Arc<Host>, runs: Runs, restarts: Arc<AtomicUsize>) {
    let device = Device::new(1);
    let mut seen = 0_usize;
    loop {
        let mut peer = host.node(&device).await;
        loop {
            let asked = match peer.hear().await {
                Heard::Frame(frame) if frame["event"] == "node.invoke.request" => frame,
                Heard::Frame(_) | Heard::Ping => continue,
                Heard::Close(..) | Heard::Gone => break,
            };
            let asked = &asked["payload"];
            let key = asked["idempotencyKey"].as_str().unwrap().to_owned();
            *runs.lock().unwrap().entry(key.clone()).or_default() += 1;
            seen += 1;
            let is_due = seen.is_multiple_of(12);
            // Sometimes it did it and goes before it says so.
            if is_due && seen.is_multiple_of(24) {
                break;
            }
            let answer = json!({
                "id": asked["id"], "nodeId": device.id(), "ok": true, "payload": key,
            });
            peer.request("node.invoke.result", answer).await;
            if is_due {
                break;
            }
        }
        restarts.fetch_add(1, Ordering::Relaxed);
    }
}

/// How often a caller asks before it takes the class it is told for the end.
const PATIENCE: usize = 40;

/// Makes one call until it has a result or a class that asking again does not change.
async fn call(host: &Host, peer: &mut Peer<DuplexStream>, node: &str, key: &str) -> String {
    let ask = json!({
        "nodeId": node, "command": COMMAND, "idempotencyKey": key, "timeoutMs": 10_000,
    });
    let mut last = "nothing".to_owned();
    let mut asked = 0;
    while asked < PATIENCE {
        let id = peer.request("node.invoke", ask.clone()).await;
        let answer = loop {
            match peer.hear().await {
                Heard::Frame(frame) if frame["id"] == id => break Some(frame),
                Heard::Frame(_) | Heard::Ping => {}
                Heard::Close(..) | Heard::Gone => break None,
            }
        };
        let Some(answer) = answer else {
            // The Gateway went: what became of the call is asked with the same key.
            "connection lost".clone_into(&mut last);
            *peer = host.operator().await;
            continue;
        };
        if answer["ok"] == true {
            assert_eq!(
                answer["payload"]["payload"], key,
                "an answer of another call"
            );
            return "result".to_owned();
        }
        let details = &answer["error"]["details"];
        let outcome = details["outcome"].as_str();
        outcome
            .unwrap_or_else(|| panic!("no class: {answer}"))
            .clone_into(&mut last);
        match outcome {
            // The node is away, and nothing was sent: the same call again, until it is back.
            Some("not-dispatched") => tokio::task::yield_now().await,
            _ if details["code"] == "OUTCOME_UNKNOWN" => return last,
            // It may have been told too early: ask once more by the key.
            _ => asked += 1,
        }
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_over_restarts_end_and_none_runs_twice() {
    let dir = tempfile::tempdir().unwrap();
    let host = Arc::new(Host::new(dir.path().join("state.db")));
    let device = Device::new(1);
    let node_id = device.id();
    let mut operator = host.operator().await;
    let node = host.node(&device).await;
    crate::nodes::approve_all(&mut operator).await;
    drop((operator, node));

    let runs = Runs::default();
    let restarts = Arc::new(AtomicUsize::new(0));
    let mut background = JoinSet::new();
    background.spawn(serve(
        Arc::clone(&host),
        Arc::clone(&runs),
        Arc::clone(&restarts),
    ));

    let done = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (host, node_id, done) = (Arc::clone(&host), node_id.clone(), Arc::clone(&done));
        callers.spawn(async move {
            let mut peer = host.operator().await;
            let mut ends = Vec::new();
            for n in (caller..CALLS).step_by(CALLERS) {
                let key = format!("key-{n}");
                let end = call(&host, &mut peer, &node_id, &key).await;
                done.fetch_add(1, Ordering::Relaxed);
                ends.push((key, end));
            }
            ends
        });
    }
    // The Gateway restarts by the progress of the calls: every other time it is killed.
    for restart in 1..=GATEWAY_RESTARTS {
        while done.load(Ordering::Relaxed) < restart * CALLS / (GATEWAY_RESTARTS + 1) {
            tokio::task::yield_now().await;
        }
        host.restart(restart.is_multiple_of(2)).await;
    }
    let mut ends = Vec::new();
    while let Some(more) = callers.join_next().await {
        ends.extend(more.unwrap());
    }
    background.shutdown().await;

    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, end) in &ends {
        *classes.entry(end).or_default() += 1;
    }
    let restarts = restarts.load(Ordering::Relaxed);
    println!("{classes:?} over {restarts} restarts of the node, {GATEWAY_RESTARTS} of the Gateway");
    assert_eq!(ends.len(), CALLS);
    assert!(restarts >= NODE_RESTARTS, "{restarts} restarts of the node");
    let known = ["result", "unknown"];
    assert!(
        classes.keys().all(|class| known.contains(class)),
        "{classes:?}"
    );
    assert!(classes["result"] > CALLS / 2, "{classes:?}");
    let before = runs.lock().unwrap().clone();
    let twice: Vec<_> = before.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "ran twice: {twice:?}");
    for (key, end) in &ends {
        let ran = before.get(key).copied().unwrap_or(0);
        assert!(
            end != "result" || ran == 1,
            "{key} has a result and ran {ran} times"
        );
    }
    // Asked once more, after all that and a last kill: nothing that ran runs again.
    host.restart(false).await;
    let mut background = JoinSet::new();
    let fresh = Arc::new(AtomicUsize::new(0));
    background.spawn(serve(Arc::clone(&host), Arc::clone(&runs), fresh));
    let mut peer = host.operator().await;
    for key in before.keys() {
        call(&host, &mut peer, &node_id, key).await;
    }
    assert_eq!(*runs.lock().unwrap(), before);
    background.shutdown().await;
    host.end().await;
}
