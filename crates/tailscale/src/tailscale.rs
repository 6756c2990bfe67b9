//! The handle: everything that the program is asked goes through it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::claim::{Claim, ClaimOptions, Mode};
use crate::error::TailscaleError;
use crate::limits::Limits;
use crate::program::{Program, Rights};
use crate::routes::{self, Route};
use crate::run::{self, Question};
use crate::search::Search;
use crate::status::{self, Status};
use crate::whois::{self, Identity, WhoisCache};

/// The `tailscale` program of this machine. Clones are one and the same, with one memory of who
/// is behind an address.
///
/// Every command is a process of its own: no shell, no input, an environment of a few names, a
/// limit on its time and on its output. A process that is over a limit is killed with its whole
/// process group, and so is one whose caller goes away.
#[derive(Debug, Clone)]
pub struct Tailscale {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    search: Search,
    limits: Limits,
    whois: Arc<WhoisCache>,
}

const STATUS: &[&str] = &["status", "--json"];
const ROUTES: &[&str] = &["serve", "status", "--json"];
const WHOIS: &[&str] = &["whois", "--json"];

impl Tailscale {
    /// The program that this search finds, with limits for use.
    ///
    /// Looks for nothing yet: each command looks anew and says
    /// [`NotInstalled`](TailscaleError::NotInstalled) where there is none. To know at once, ask
    /// [`program`](Self::program).
    #[must_use]
    pub fn find(search: Search) -> Self {
        Self::with_limits(search, Limits::default())
    }

    /// As [`find`](Self::find), with limits of the caller's.
    #[must_use]
    pub fn with_limits(search: Search, limits: Limits) -> Self {
        let whois = Arc::new(WhoisCache::new(&limits));
        Self {
            inner: Arc::new(Inner {
                search,
                limits,
                whois,
            }),
        }
    }

    /// Where the program is. Looks at a few files and starts nothing.
    ///
    /// # Errors
    ///
    /// [`TailscaleError::NotInstalled`] with what was looked for.
    pub fn program(&self) -> Result<PathBuf, TailscaleError> {
        Ok(self.inner.search.find()?.file().to_owned())
    }

    /// Asks for the state of this machine: `tailscale status --json`.
    ///
    /// A machine that is not on its tailnet is an answer, not an error; see
    /// [`Status::connected`].
    ///
    /// # Errors
    ///
    /// [`TailscaleError`] where there was no answer, or none of the kind.
    pub async fn status(&self) -> Result<Status, TailscaleError> {
        let limits = self.limits();
        let text = self.ask(STATUS, limits.status_bytes).await?;
        status::read(
            &Program::describe(STATUS, Rights::Own),
            &text,
            limits.peer_addresses,
        )
    }

    /// Asks for every route of this machine: `tailscale serve status --json`.
    ///
    /// # Errors
    ///
    /// [`TailscaleError`] where there was no answer, or none of the kind.
    pub async fn routes(&self) -> Result<Vec<Route>, TailscaleError> {
        let text = self.ask(ROUTES, self.limits().output_bytes).await?;
        routes::read(&Program::describe(ROUTES, Rights::Own), &text)
    }

    /// Asks who is behind an address of the tailnet: `tailscale whois --json IP`. `None`: the
    /// machine belongs to no user.
    ///
    /// Answers hold for 60 s and failures for 5 s. Callers who ask for one address at the same
    /// time share one process; no more than four run at a time. Never uses `sudo`: strangers
    /// cause these questions.
    ///
    /// # Errors
    ///
    /// [`TailscaleError`] where there was no answer; [`TailscaleError::Failed`] also where the
    /// tailnet does not know the address.
    pub async fn whois(&self, ip: IpAddr) -> Result<Option<Identity>, TailscaleError> {
        let ip = ip.to_canonical();
        self.inner.whois.get(ip, || self.look_up(ip)).await
    }

    /// Makes this machine's HTTPS port lead to `port` on loopback, and holds it: see [`Claim`].
    ///
    /// `port` is that of a listener which nothing but `tailscale` is pointed at. Returns at once;
    /// what becomes of it is in [`Claim::state`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "the route goes when the claim is dropped"]
    pub fn claim(&self, mode: Mode, port: u16, options: ClaimOptions) -> Claim {
        Claim::start(self.clone(), mode, port, options)
    }

    /// What was given to [`with_limits`](Self::with_limits).
    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The program as it is on disk now.
    pub(crate) fn current_program(&self) -> Result<Program, TailscaleError> {
        self.inner.search.find()
    }

    /// Takes down the background route of the root path on an HTTPS port, and nothing else.
    pub(crate) async fn remove_root_route(&self, port: u16) -> Result<(), TailscaleError> {
        let https = format!("--https={port}");
        let args = ["serve", "--yes", &https, "--set-path=/", "off"];
        let question = Question {
            args: &args,
            limit: self.limits().change,
            bytes: self.limits().output_bytes,
            may_use_sudo: true,
        };
        run::ask(&self.current_program()?, question).await?;
        Ok(())
    }

    async fn ask(&self, args: &[&str], bytes: usize) -> Result<String, TailscaleError> {
        let question = Question {
            args,
            limit: self.limits().query,
            bytes,
            may_use_sudo: true,
        };
        run::ask(&self.current_program()?, question).await
    }

    fn look_up(
        &self,
        ip: IpAddr,
    ) -> impl Future<Output = Result<Option<Identity>, TailscaleError>> + Send + 'static {
        let program = self.current_program();
        let (limit, bytes) = (self.limits().query, self.limits().output_bytes);
        async move {
            let ip = ip.to_string();
            let args = [WHOIS, &[ip.as_str()]].concat();
            let question = Question {
                args: &args,
                limit,
                bytes,
                may_use_sudo: false,
            };
            let text = run::ask(&program?, question).await?;
            whois::read(&Program::describe(&args, Rights::Own), &text)
        }
    }
}
