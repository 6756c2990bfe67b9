//! `discovery`: how Gateways are found.

use crate::decode::{Flag, Line, OneWord, section, words};
use crate::defaults;

section! {
    /// How Gateways are found.
    pub struct Discovery {
        /// On the local network.
        "mdns": Mdns => mdns: Mdns;
        /// Beyond it, by DNS.
        "wideArea": WideArea => wide_area: WideArea;
    }
}

section! {
    /// Discovery on the local network.
    pub struct Mdns {
        /// What is announced.
        "mode": OneWord<MdnsMode> => mode: MdnsMode = defaults::MDNS_MODE;
    }
}

section! {
    /// Discovery by DNS.
    pub struct WideArea {
        /// Whether it is used: `false` beside a domain turns it off.
        #[february("in the newest release the domain alone decides")]
        "enabled": Flag => enabled: bool = defaults::WIDE_AREA;
        /// The domain. The search for Gateways takes `OPENCLAW_WIDE_AREA_DOMAIN` where there is none.
        "domain": Line => domain: Option<String>;
    }
}

words! {
    /// `discovery.mdns.mode`.
    pub enum MdnsMode {
        /// Nothing is announced.
        Off = "off",
        /// That there is a Gateway, and where.
        Minimal = "minimal",
        /// Also the SSH port and the path of the program.
        Full = "full",
    }
}
