//! `gateway.reload`: what happens when the file changes while the Gateway runs.

use std::time::Duration;

use crate::decode::{Millis, OneWord, section, words};
use crate::defaults;

section! {
    /// What happens when this file changes while the Gateway runs.
    pub struct Reload {
        /// How changes are applied.
        "mode": OneWord<ReloadMode> => mode: ReloadMode = defaults::RELOAD_MODE;
        /// How long the file must be quiet, in milliseconds.
        #[february("the newest release has a fixed time")]
        "debounceMs": Millis<0> => debounce: Duration = defaults::RELOAD_DEBOUNCE;
    }
    retired {
        "deferralTimeoutMs": "running work is waited for with a fixed limit; remove it";
    }
}

words! {
    /// `gateway.reload.mode`.
    pub enum ReloadMode {
        /// Changes wait for the next start.
        Off = "off",
        /// Every change restarts. February 2026 only.
        Restart = "restart",
        /// What can be applied is; the rest waits for the next start. February 2026 only.
        Hot = "hot",
        /// What can be applied is; the rest restarts.
        Hybrid = "hybrid",
    }
}
