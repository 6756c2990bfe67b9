//! `nodeHost`: the node that runs on this machine.

use crate::decode::{Flag, Line, List, Raw, Untyped, section};
use crate::defaults;

section! {
    /// The node that runs on this machine.
    pub struct NodeHost {
        /// The browser of this machine, for agents of the Gateway.
        "browserProxy": BrowserProxy => browser_proxy: BrowserProxy;
        /// Whether the node updates itself.
        #[latest]
        "autoUpdate": NodeAutoUpdate => auto_update: NodeAutoUpdate;
        /// Command-line agents of this machine. Carried as they stand.
        #[latest]
        "agentRuns": Raw => agent_runs: Option<Untyped>;
        /// Work of cloud agents on this machine. Carried as it stands.
        #[latest]
        "workerRuns": Raw => worker_runs: Option<Untyped>;
        /// Servers of the Model Context Protocol on this machine. Carried as they stand.
        #[latest]
        "mcp": Raw => mcp: Option<Untyped>;
        /// Skills of this machine. Carried as they stand.
        #[latest]
        "skills": Raw => skills: Option<Untyped>;
    }
}

section! {
    /// The browser of this machine.
    pub struct BrowserProxy {
        /// Whether it is offered.
        "enabled": Flag => enabled: bool = defaults::NODE_HOST_BROWSER;
        /// Its profiles that are offered; empty means all.
        "allowProfiles": List<Line> => allow_profiles: Vec<String>;
    }
}

section! {
    /// Updates of the node.
    pub struct NodeAutoUpdate {
        /// Whether the node updates itself.
        #[latest]
        "enabled": Flag => enabled: bool = defaults::NODE_HOST_OPT_IN;
    }
}
