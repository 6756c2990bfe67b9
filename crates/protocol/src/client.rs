//! Which program is at the other end: `client.id` and `client.mode` of a `connect`.

use crate::Generation;
use crate::open_enum::open_enum;

open_enum! {
    /// The program that connects. A closed list for a server; each generation has its own.
    pub enum ClientId {
        /// Web chat user interface.
        WebchatUi = "webchat-ui",
        /// The control page in a browser.
        ControlUi = "openclaw-control-ui",
        /// Embedded web chat.
        Webchat = "webchat",
        /// The command line.
        Cli = "cli",
        /// A program that uses the Gateway, our own calls among them.
        GatewayClient = "gateway-client",
        /// The macOS app.
        MacosApp = "openclaw-macos",
        /// The iOS app.
        IosApp = "openclaw-ios",
        /// The Android app.
        AndroidApp = "openclaw-android",
        /// A headless node.
        NodeHost = "node-host",
        /// Tests.
        Test = "test",
        /// Certificate fingerprint readers.
        Fingerprint = "fingerprint",
        /// `gateway probe`.
        Probe = "openclaw-probe",
        /// A browser extension. Since protocol 4.
        BrowserCopilot = "openclaw-browser-copilot",
        /// The terminal interface. Since protocol 4.
        Tui = "openclaw-tui",
        /// The Linux app. Since protocol 4.
        LinuxApp = "openclaw-linux",
        /// The watch app. Since protocol 4.
        WatchosApp = "openclaw-watchos",
        /// Closed worker protocol. Since protocol 4; refused on the ordinary path.
        Worker = "openclaw-worker",
    }
}

impl ClientId {
    /// Whether a server of this generation accepts the id in a `connect`.
    #[must_use]
    pub fn is_listed(&self, generation: Generation) -> bool {
        match self {
            Self::Other(_) => false,
            Self::BrowserCopilot | Self::Tui | Self::LinuxApp | Self::WatchosApp | Self::Worker => {
                generation >= Generation::V4
            }
            _ => true,
        }
    }

    /// Whether this is one of the chat pages that run in a browser.
    #[must_use]
    pub const fn is_webchat(&self) -> bool {
        matches!(self, Self::Webchat | Self::WebchatUi)
    }
}

open_enum! {
    /// How the program uses the connection. A closed list for a server.
    pub enum ClientMode {
        /// Chat in a browser.
        Webchat = "webchat",
        /// One-shot commands.
        Cli = "cli",
        /// An app with a user interface.
        Ui = "ui",
        /// A program without a person in front of it.
        Backend = "backend",
        /// A peripheral.
        Node = "node",
        /// A reachability check.
        Probe = "probe",
        /// Tests.
        Test = "test",
        /// Closed worker protocol. Since protocol 4; refused on the ordinary path.
        Worker = "worker",
    }
}

impl ClientMode {
    /// Whether a server of this generation accepts the mode in a `connect`.
    #[must_use]
    pub fn is_listed(&self, generation: Generation) -> bool {
        match self {
            Self::Other(_) => false,
            Self::Worker => generation >= Generation::V4,
            _ => true,
        }
    }
}
