//! The memory of who is behind an address: one look-up per address at a time, few in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::Identity;
use crate::error::TailscaleError;
use crate::limits::Limits;

type Answer = Result<Option<Identity>, TailscaleError>;
type LookUp = Shared<BoxFuture<'static, Answer>>;

/// Answers by address, and the look-ups that are under way.
///
/// A look-up is driven by whoever waits for it. If they all go away, it ends with them.
#[derive(Debug)]
pub(crate) struct WhoisCache {
    entries: Mutex<HashMap<IpAddr, Entry>>,
    slots: Semaphore,
    most: usize,
    ttl: Duration,
    error_ttl: Duration,
    wait: Duration,
}

#[derive(Debug)]
enum Entry {
    UnderWay(WeakShared<BoxFuture<'static, Answer>>),
    Known { answer: Answer, until: Instant },
}

impl WhoisCache {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            entries: Mutex::default(),
            slots: Semaphore::new(limits.whois_parallel.max(1)),
            most: limits.whois_entries,
            ttl: limits.whois_ttl,
            error_ttl: limits.whois_error_ttl,
            wait: limits.query,
        }
    }

    /// The answer for this address: from memory, from a look-up that is under way, or from one
    /// that starts now.
    pub(crate) async fn get<F>(self: &Arc<Self>, ip: IpAddr, look_up: impl FnOnce() -> F) -> Answer
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let under_way = match self.find(ip) {
            Some(Found::Known(answer)) => return answer,
            Some(Found::UnderWay(look_up)) => look_up,
            None => self.begin(ip, look_up()),
        };
        under_way.await
    }

    fn find(&self, ip: IpAddr) -> Option<Found> {
        match self.entries().get(&ip)? {
            Entry::Known { answer, until } => {
                (Instant::now() < *until).then(|| Found::Known(answer.clone()))
            }
            Entry::UnderWay(look_up) => look_up.upgrade().map(Found::UnderWay),
        }
    }

    fn begin(
        self: &Arc<Self>,
        ip: IpAddr,
        look_up: impl Future<Output = Answer> + Send + 'static,
    ) -> LookUp {
        let cache = Arc::clone(self);
        let task = async move {
            let Ok(turn) = timeout(cache.wait, cache.slots.acquire()).await else {
                // Nothing was learnt about the address: the next one may try at once.
                cache.forget(ip);
                return Err(TailscaleError::Busy { after: cache.wait });
            };
            let answer = look_up.await;
            drop(turn);
            cache.remember(ip, answer.clone());
            answer
        };
        let shared = task.boxed().shared();
        if let Some(weak) = shared.downgrade() {
            self.insert(ip, Entry::UnderWay(weak));
        }
        shared
    }

    fn remember(&self, ip: IpAddr, answer: Answer) {
        let ttl = if answer.is_ok() {
            self.ttl
        } else {
            self.error_ttl
        };
        let until = Instant::now() + ttl;
        self.insert(ip, Entry::Known { answer, until });
    }

    fn forget(&self, ip: IpAddr) {
        self.entries().remove(&ip);
    }

    fn insert(&self, ip: IpAddr, entry: Entry) {
        let mut entries = self.entries();
        if entries.len() >= self.most && !entries.contains_key(&ip) {
            let now = Instant::now();
            entries.retain(|_, entry| entry.is_of_use(now));
            if entries.len() >= self.most {
                let soonest = entries
                    .iter()
                    .filter_map(|(ip, entry)| Some((entry.until()?, *ip)))
                    .min();
                match soonest {
                    Some((_, ip)) => entries.remove(&ip),
                    // All are under way: this one is not shared.
                    None => return,
                };
            }
        }
        entries.insert(ip, entry);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<IpAddr, Entry>> {
        // Every change is a single insertion or removal: nothing is left half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Found {
    Known(Answer),
    UnderWay(LookUp),
}

impl Entry {
    const fn until(&self) -> Option<Instant> {
        match self {
            Self::Known { until, .. } => Some(*until),
            Self::UnderWay(_) => None,
        }
    }

    fn is_of_use(&self, now: Instant) -> bool {
        match self {
            Self::Known { until, .. } => now < *until,
            Self::UnderWay(look_up) => look_up.upgrade().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Notify;
    use tokio::time::advance;

    use super::*;

    fn cache(entries: usize, parallel: usize) -> Arc<WhoisCache> {
        Arc::new(WhoisCache::new(&Limits {
            whois_entries: entries,
            whois_parallel: parallel,
            ..Limits::default()
        }))
    }

    fn ip(last: u8) -> IpAddr {
        [100, 64, 0, last].into()
    }

    fn ann() -> Answer {
        Ok(Some(Identity {
            login: "ann".into(),
            name: None,
        }))
    }

    fn failure() -> Answer {
        Err(TailscaleError::Failed {
            command: "x".into(),
            code: Some(1),
            stderr: "peer not found".into(),
        })
    }

    /// Asks, and says whether the answer came from memory.
    async fn remembered(cache: &Arc<WhoisCache>, ip: IpAddr, answer: Answer) -> bool {
        let mut asked = false;
        let got = cache
            .get(ip, || {
                asked = true;
                std::future::ready(answer.clone())
            })
            .await;
        assert_eq!(got, answer);
        !asked
    }

    #[tokio::test(start_paused = true)]
    async fn answers_hold_for_a_minute_and_failures_for_five_seconds() {
        let cache = cache(10, 1);
        for (answer, holds) in [(ann(), 60), (Ok(None), 60), (failure(), 5)] {
            assert!(!remembered(&cache, ip(1), answer.clone()).await);
            advance(Duration::from_secs(holds) - Duration::from_millis(1)).await;
            assert!(remembered(&cache, ip(1), answer.clone()).await);
            advance(Duration::from_millis(1)).await;
            assert!(!remembered(&cache, ip(2), answer.clone()).await);
            assert!(!remembered(&cache, ip(1), answer).await);
            advance(Duration::from_secs(60)).await;
        }
    }

    #[tokio::test]
    async fn callers_for_one_address_share_one_look_up() {
        let (cache, asked, gate) = (cache(10, 4), AtomicUsize::new(0), Arc::new(Notify::new()));
        let ask = |ip| {
            cache.get(ip, || {
                asked.fetch_add(1, Ordering::Relaxed);
                let gate = Arc::clone(&gate);
                async move {
                    gate.notified().await;
                    ann()
                }
            })
        };
        let all = join_all([ip(1), ip(1), ip(2), ip(1)].map(ask));
        let open = async {
            for _ in 0..2 {
                gate.notify_one();
                tokio::task::yield_now().await;
            }
        };
        let (answers, ()) = tokio::join!(all, open);
        assert!(answers.iter().all(|answer| *answer == ann()));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_caller_who_leaves_takes_the_look_up_along_only_if_alone() {
        let cache = cache(10, 1);
        let never = || std::future::pending::<Answer>();
        let mut alone = Box::pin(cache.get(ip(1), never));
        assert!(futures_util::poll!(&mut alone).is_pending());
        drop(alone);
        assert!(!remembered(&cache, ip(1), ann()).await);

        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let mut first = Box::pin(cache.get(ip(2), || async move {
            opened.notified().await;
            ann()
        }));
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(cache.get(ip(2), never));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        gate.notify_one();
        assert_eq!(second.await, ann());
    }

    #[tokio::test(start_paused = true)]
    async fn few_look_ups_run_at_a_time_and_the_others_do_not_wait_for_ever() {
        let (cache, running) = (cache(10, 2), Arc::new(AtomicUsize::new(0)));
        let mut stuck = Vec::new();
        for last in 1..=3 {
            let running = Arc::clone(&running);
            let mut asking = Box::pin(cache.get(ip(last), || async move {
                running.fetch_add(1, Ordering::Relaxed);
                std::future::pending().await
            }));
            assert!(futures_util::poll!(&mut asking).is_pending());
            stuck.push(asking);
        }
        assert_eq!(running.load(Ordering::Relaxed), 2);
        let last = stuck.pop().expect("there are three");
        let after = Duration::from_secs(5);
        assert_eq!(last.await, Err(TailscaleError::Busy { after }));
        drop(stuck);
        // It was not the fault of the address.
        assert!(!remembered(&cache, ip(3), ann()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded_and_the_soonest_to_end_makes_room() {
        let cache = cache(2, 1);
        assert!(!remembered(&cache, ip(1), ann()).await);
        assert!(!remembered(&cache, ip(2), failure()).await);
        assert!(!remembered(&cache, ip(3), ann()).await);
        assert_eq!(cache.entries().len(), 2);
        assert!(remembered(&cache, ip(1), ann()).await);
        assert!(remembered(&cache, ip(3), ann()).await);
        assert!(!remembered(&cache, ip(2), failure()).await);
        advance(Duration::from_mins(2)).await;
        assert!(!remembered(&cache, ip(4), ann()).await);
        assert_eq!(cache.entries().len(), 1);
    }
}
