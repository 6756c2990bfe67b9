//! Where a server is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// A server.
#[derive(Debug, Clone)]
pub struct McpServerSpec {
    /// Its name: a part of the names of its tools.
    pub name: String,
    /// Where it is.
    pub endpoint: McpEndpoint,
    /// How long it may take to start.
    pub start_timeout: Duration,
    /// How long one call may take.
    pub call_timeout: Duration,
}

impl McpServerSpec {
    /// A server with the times that are usual.
    pub fn new(name: impl Into<String>, endpoint: McpEndpoint) -> Self {
        Self {
            name: name.into(),
            endpoint,
            start_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(120),
        }
    }
}

/// Where a server is.
#[derive(Clone)]
pub enum McpEndpoint {
    /// A program that is started, and spoken with over its standard input and output.
    Stdio {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        args: Vec<String>,
        /// Its whole environment: it inherits nothing, so that it gets no credentials of the
        /// Gateway. Give it `PATH`.
        env: BTreeMap<String, SecretString>,
        /// Its folder.
        cwd: Option<PathBuf>,
    },
    /// An address that speaks streamable HTTP.
    Http {
        /// The address.
        url: Url,
        /// Headers of every request.
        headers: Vec<(String, SecretString)>,
    },
}

impl fmt::Debug for McpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio { program, .. } => write!(f, "Stdio({})", program.display()),
            Self::Http { url, .. } => write!(f, "Http({})", url.host_str().unwrap_or_default()),
        }
    }
}
