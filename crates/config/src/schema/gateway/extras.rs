//! Small sections of `gateway` that stand for themselves.

use std::path::PathBuf;
use std::time::Duration;

use crate::decode::{FilePath, Flag, Line, List, Millis, PortNumber, Seconds, section};
use crate::defaults;
use crate::port::Port;

section! {
    /// Names under a domain of one's own for what agents publish.
    pub struct Portals {
        /// Where portals are reached.
        #[latest]
        "ingress": PortalIngress => ingress: PortalIngress;
    }
}

section! {
    /// Where portals are reached.
    pub struct PortalIngress {
        /// The domain under which each portal gets a name.
        #[latest]
        "domain": Line => domain: Option<String>;
        /// The port of the proxy in front.
        #[latest]
        "port": PortNumber => port: Option<Port>;
    }
}

section! {
    /// Tools over HTTP `POST /tools/invoke`.
    pub struct ToolLists {
        /// Tools that are allowed although they are denied by default.
        #[latest]
        "allow": List<Line> => allow: Vec<String>;
        /// Tools that are denied as well.
        #[latest]
        "deny": List<Line> => deny: Vec<String>;
    }
}

section! {
    /// Push messages to phones.
    pub struct Push {
        /// Apple's service.
        #[latest]
        "apns": Apns => apns: Apns;
    }
}

section! {
    /// Apple's push service.
    pub struct Apns {
        /// The relay that holds Apple's keys.
        #[latest]
        "relay": ApnsRelay => relay: ApnsRelay;
    }
}

section! {
    /// The relay that holds Apple's keys.
    pub struct ApnsRelay {
        /// Its address.
        #[latest]
        "baseUrl": Line => base_url: Option<String>;
        /// How long a push may take, in milliseconds.
        #[latest]
        "timeoutMs": Millis<1> => timeout: Duration = defaults::APNS_TIMEOUT;
    }
}

section! {
    /// The terminal in the browser page.
    pub struct Terminal {
        /// Whether there is one.
        #[latest]
        "enabled": Flag => enabled: Option<bool>;
        /// The shell; absent means the user's own.
        #[latest]
        "shell": FilePath => shell: Option<PathBuf>;
        /// How long a terminal outlives its connection, in seconds; 0 ends it at once.
        #[latest]
        "detachedSessionTimeoutSeconds": Seconds<0> => detached_session_timeout: Duration
            = defaults::TERMINAL_DETACHED;
    }
}

section! {
    /// Command-line agents in the browser page.
    pub struct CliAgents {
        /// Whether they are offered.
        #[latest]
        "enabled": Flag => enabled: bool = defaults::CLI_AGENTS;
    }
}
