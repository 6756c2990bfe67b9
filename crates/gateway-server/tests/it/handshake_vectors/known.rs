//! What we do otherwise on purpose. Every row stands in `docs/compat.md` as well.

/// Members of the recorded hellos that belong to features which are not served.
pub(super) const HELLO_MEMBERS_NOT_SERVED: &[(&str, &str)] = &[
    ("canvasHostUrl", "no canvas is served"),
    ("pluginSurfaceUrls", "no plugin surface is served"),
    (
        "controlUiWidgetKinds",
        "no plugin adds widgets to the control page",
    ),
    (
        "controlUiLinkReaders",
        "no plugin adds link readers to the control page",
    ),
];

const WORDS: &str = "a client that offers no protocol of ours is answered in the words of the \
                     generation nearest to it";
const SERVED: &str = "both generations are served on one port";
const NEWER: &str = "the security rules of the newer release hold for both generations";
const NO_BUILD_CHECK: &str = "the build of a control page is not compared";
const NO_STARTING: &str = "the port opens when everything is ready";

/// A case that ends otherwise.
#[derive(Debug)]
pub(super) struct Known {
    /// Its place among the cases.
    pub(super) index: usize,
    /// Its name.
    pub(super) name: &'static str,
    /// Why we do otherwise.
    pub(super) why: &'static str,
    /// What we do.
    pub(super) ours: Ours,
}

/// What our Gateway does in such a case.
#[derive(Debug)]
pub(super) enum Ours {
    /// Lets the client in, with this protocol.
    Admits(u64),
    /// Refuses it with this message.
    Says(&'static str),
    /// Refuses its protocol numbers, and names this one.
    Expects(u64),
    /// Closes without an answer.
    Closes(u16),
    /// Refuses the upgrade.
    Http(u16),
}

const fn known(index: usize, name: &'static str, why: &'static str, ours: Ours) -> Known {
    Known {
        index,
        name,
        why,
        ours,
    }
}

const PAIRING: Ours = Ours::Says("pairing required");

/// Every case that ends otherwise.
pub(super) const KNOWN: &[Known] = &[
    known(
        5,
        "connect with empty params",
        WORDS,
        Ours::Says("invalid connect params: must have required property 'minProtocol'"),
    ),
    known(
        8,
        "pre-connect frame 70000 bytes",
        NEWER,
        Ours::Closes(1009),
    ),
    known(15, "protocol 4..4", SERVED, Ours::Admits(4)),
    known(16, "protocol 3..4", SERVED, Ours::Admits(4)),
    known(18, "protocol 5..6", WORDS, Ours::Expects(4)),
    known(
        33,
        "token no device role node",
        NEWER,
        Ours::Says("device identity required"),
    ),
    known(
        40,
        "cli with foreign Origin header",
        NEWER,
        Ours::Says(
            "origin not allowed (open the Control UI from the gateway host or allow it in \
             gateway.controlUi.allowedOrigins)",
        ),
    ),
    known(68, "shared token, role upgrade, local", NEWER, PAIRING),
    known(
        70,
        "shared token, paired, remote Host, scope upgrade",
        NEWER,
        Ours::Admits(3),
    ),
    known(71, "paired device, platform changed, local", NEWER, PAIRING),
    known(
        72,
        "paired device, platform changed, remote Host",
        NEWER,
        PAIRING,
    ),
    known(
        73,
        "forwarded header from untrusted loopback",
        NEWER,
        Ours::Http(403),
    ),
    known(95, "protocol 3..3", SERVED, Ours::Admits(3)),
    known(98, "protocol 1..2", WORDS, Ours::Expects(3)),
    known(100, "protocol 3..3 probe mode", SERVED, Ours::Admits(3)),
    known(101, "protocol 3..3 node role", SERVED, Ours::Admits(3)),
    known(
        120,
        "control-ui local Origin with device",
        NO_BUILD_CHECK,
        Ours::Admits(4),
    ),
    known(
        182,
        "mode none, control-ui device",
        NO_BUILD_CHECK,
        Ours::Admits(4),
    ),
    known(
        205,
        "connect while starting (sidecars pending)",
        NO_STARTING,
        Ours::Admits(4),
    ),
];
