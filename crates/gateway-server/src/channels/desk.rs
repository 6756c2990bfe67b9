//! All accounts of all channels: a supervised task for each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openclaw_channels::{Backoff, Channel};
use openclaw_policy::session_key::DmScope;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::drafts::Drafts;
use super::host::Host;
use super::options::{ChannelOptions, NoChannel};
use super::waiters::Waiters;
use super::{inbox, outbox};
use crate::clock::now_ms;
use crate::core::Core;

/// Waits between tries of a channel that gave up.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of them.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// The same for one that said that somebody must change something: it may have been changed
/// elsewhere.
const LASTING_WAIT: Duration = Duration::from_secs(300);
/// How long a channel may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// All channels of this Gateway. One per [`Core`].
#[derive(Debug)]
pub(crate) struct Channels {
    book: Mutex<Book>,
    /// The accounts are others than before, or one is to be started.
    changed: Notify,
    /// Something came in.
    pub(crate) inbox: Notify,
    /// Something is to go out.
    pub(crate) outbox: Notify,
    /// Held while somebody is put on the list of those who ask to be let in.
    pub(super) asking: tokio::sync::Mutex<()>,
    /// Those who wait for the end of a delivery.
    pub(super) waiters: Waiters,
    /// Messages that are shown while they are written.
    pub(super) drafts: Drafts,
}

#[derive(Debug, Default)]
struct Book {
    accounts: Vec<Arc<Account>>,
    dm_scope: DmScope,
}

impl Channels {
    pub(crate) fn new(options: &ChannelOptions) -> Self {
        let channels = Self {
            book: Mutex::default(),
            changed: Notify::new(),
            inbox: Notify::new(),
            outbox: Notify::new(),
            asking: tokio::sync::Mutex::default(),
            waiters: Waiters::default(),
            drafts: Drafts::default(),
        };
        channels.set_options(options);
        channels
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with other accounts. Those that stay as they are go on undisturbed.
    pub(crate) fn set_options(&self, options: &ChannelOptions) {
        for problem in &options.problems {
            tracing::warn!(%problem, "channel configuration");
        }
        let mut book = self.book();
        let mut before = std::mem::take(&mut book.accounts);
        for wanted in &options.accounts {
            let same = before.iter().position(|one| one.options == *wanted);
            book.accounts.push(match same {
                Some(at) => before.swap_remove(at),
                None => Arc::new(Account::new(wanted.clone())),
            });
        }
        book.dm_scope = options.dm_scope;
        drop(book);
        for gone in before {
            gone.stop.cancel();
        }
        self.changed.notify_one();
        self.outbox.notify_one();
    }

    /// The accounts, in the order of the configuration.
    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        self.book().accounts.clone()
    }

    pub(crate) fn dm_scope(&self) -> DmScope {
        self.book().dm_scope
    }

    /// The account of this name.
    pub(crate) fn account(&self, channel: &str, account: &str) -> Option<Arc<Account>> {
        let book = self.book();
        let found = book.accounts.iter().find(|one| one.is(channel, account));
        found.map(Arc::clone)
    }

    /// The account that a caller means: the only channel, the account `default`, where none is
    /// named.
    pub(crate) fn meant(
        &self,
        channel: Option<&str>,
        account: Option<&str>,
    ) -> Result<Arc<Account>, NoChannel> {
        let all = self.accounts();
        let named = |text: Option<&str>| {
            let text = text.map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_ascii_lowercase)
        };
        let channel = match named(channel) {
            Some(channel) => channel,
            None => {
                let mut kinds: Vec<&str> =
                    all.iter().map(|one| one.options.channel.as_str()).collect();
                kinds.dedup();
                match kinds.as_slice() {
                    [] => return Err(NoChannel::None),
                    [one] => (*one).to_owned(),
                    several => return Err(NoChannel::Several(several.join(", "))),
                }
            }
        };
        let mut own = all.iter().filter(|one| one.options.channel == channel);
        let found = match named(account) {
            Some(account) => {
                own.find(|one| one.options.account == account)
                    .ok_or(NoChannel::Account {
                        channel: channel.clone(),
                        account,
                    })?
            }
            None => own
                .clone()
                .find(|one| one.options.account == "default")
                .or_else(|| own.next())
                .ok_or(NoChannel::Unknown(channel))?,
        };
        Ok(Arc::clone(found))
    }

    /// The same for somebody who wants to send there, with the one spelling of the address.
    pub(crate) fn place(
        &self,
        channel: Option<&str>,
        account: Option<&str>,
        to: &str,
    ) -> Result<(Arc<Account>, String), NoChannel> {
        // An address may name its channel: `telegram:42`.
        let prefix = to.split_once(':').map(|(prefix, _)| prefix.trim());
        let of_address = prefix.filter(|prefix| {
            let all = self.accounts();
            all.iter().any(|one| one.options.channel == *prefix)
        });
        let account = self.meant(channel.or(of_address), account)?;
        let channel = account.usable().map_err(|why| NoChannel::Unusable {
            channel: account.options.channel.clone(),
            account: account.options.account.clone(),
            why,
        })?;
        let to = channel.target(to)?;
        Ok((account, to))
    }

    /// Starts an account that was stopped; says whether it was.
    pub(crate) fn start(&self, account: &Arc<Account>) -> bool {
        let mut book = self.book();
        let Some(at) = book
            .accounts
            .iter()
            .position(|one| Arc::ptr_eq(one, account))
        else {
            return false;
        };
        if !account.state().is_stopped {
            return false;
        }
        // Its end was used up: a new one takes its place.
        book.accounts[at] = Arc::new(Account::new(account.options.clone()));
        drop(book);
        self.changed.notify_one();
        true
    }

    /// Stops an account until it is started, or the Gateway is; says whether it ran.
    pub(crate) fn stop(&self, core: &Core, account: &Account) -> bool {
        let was = !account.state().is_stopped;
        account.change(|state| {
            state.is_stopped = true;
            state.stopped_at_ms = Some(now_ms());
        });
        account.stop.cancel();
        core.refresh_health();
        was
    }
}

/// Keeps every account, the inbox and the outbox at work until the Gateway stops.
pub(crate) async fn keep(core: Arc<Core>, stop: CancellationToken) {
    let accounts = keep_accounts(&core, &stop);
    let inbox = inbox::keep(&core, &stop);
    let outbox = outbox::keep(&core, &stop);
    tokio::join!(accounts, inbox, outbox);
}

async fn keep_accounts(core: &Arc<Core>, stop: &CancellationToken) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    loop {
        for account in &core.channels.accounts() {
            let Ok(channel) = account.usable() else {
                continue;
            };
            if account.stop.is_cancelled() || !account.begins() {
                continue;
            }
            tasks.spawn(supervise(
                Arc::clone(core),
                Arc::clone(account),
                Arc::clone(channel),
                account.stop.clone(),
            ));
        }
        core.refresh_health();
        tokio::select! {
            () = stop.cancelled() => break,
            () = core.channels.changed.notified() => {}
            Some(_) = tasks.join_next() => {}
        }
    }
    for account in core.channels.accounts() {
        account.stop.cancel();
    }
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("a channel did not end in time");
    }
}

/// Runs one account until it is stopped.
async fn supervise(
    core: Arc<Core>,
    account: Arc<Account>,
    channel: Arc<dyn Channel>,
    stop: CancellationToken,
) {
    let host = Host::new(&core, &account);
    let mut backoff = Backoff::new(FIRST_WAIT, MOST_WAIT);
    let name = account.name();
    while !stop.is_cancelled() {
        account.change(|state| {
            state.is_running = true;
            state.started_at_ms = Some(now_ms());
        });
        let connected_before = account.state().connected_at_ms;
        let ended = channel.run(&host, &stop).await;
        if stop.is_cancelled() {
            break;
        }
        if account.state().connected_at_ms != connected_before {
            backoff.reset();
        }
        let (why, wait) = match ended {
            Ok(()) => ("it ended by itself".to_owned(), backoff.next_wait()),
            Err(error) if error.is_final => (error.message, LASTING_WAIT),
            Err(error) => (error.message, backoff.next_wait()),
        };
        tracing::warn!(
            channel = name,
            why,
            ?wait,
            "a channel ended and is tried again"
        );
        account.change(|state| {
            state.is_running = false;
            state.is_connected = false;
            state.failures += 1;
            state.error = Some(why);
        });
        core.refresh_health();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    account.change(|state| {
        state.is_running = false;
        state.is_connected = false;
        state.stopped_at_ms = Some(now_ms());
    });
    tracing::info!(channel = name, "a channel was stopped");
}
