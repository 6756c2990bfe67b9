//! `gateway.tailscale`: whether `tailscale` exposes the Gateway.

use openclaw_policy::TailscaleMode;

use crate::decode::{Flag, OneWord, section};
use crate::defaults;

section! {
    /// Whether `tailscale` exposes the Gateway. Needs `gateway.bind: "loopback"`.
    pub struct Tailscale {
        /// To whom: nobody, the tailnet, or the internet. The last needs a password.
        "mode": OneWord<TailscaleMode> => mode: TailscaleMode = defaults::TAILSCALE_MODE;
        /// Whether the route is taken down when the Gateway ends.
        #[february("the newest release takes down what it put up without being told")]
        "resetOnExit": Flag => reset_on_exit: bool = defaults::TAILSCALE_RESET_ON_EXIT;
        /// Whether a route to the internet that is already there stays.
        #[latest]
        "preserveFunnel": Flag => preserve_funnel: bool = defaults::TAILSCALE_PRESERVE_FUNNEL;
    }
    retired {
        "serviceName": "named services are not supported; remove it";
    }
}
