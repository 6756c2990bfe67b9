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
const NO_BUILD_CHECK: &str = "no control page is bundled that could be out of date";
const NO_STARTING: &str = "the port opens when everything is ready";

/// Index, name and reason of each case that ends otherwise.
pub(super) const KNOWN: &[(usize, &str, &str)] = &[
    (5, "connect with empty params", WORDS),
    (8, "pre-connect frame 70000 bytes", NEWER),
    (15, "protocol 4..4", SERVED),
    (16, "protocol 3..4", SERVED),
    (18, "protocol 5..6", WORDS),
    (33, "token no device role node", NEWER),
    (40, "cli with foreign Origin header", NEWER),
    (68, "shared token, role upgrade, local", NEWER),
    (
        70,
        "shared token, paired, remote Host, scope upgrade",
        NEWER,
    ),
    (71, "paired device, platform changed, local", NEWER),
    (72, "paired device, platform changed, remote Host", NEWER),
    (73, "forwarded header from untrusted loopback", NEWER),
    (95, "protocol 3..3", SERVED),
    (98, "protocol 1..2", WORDS),
    (100, "protocol 3..3 probe mode", SERVED),
    (101, "protocol 3..3 node role", SERVED),
    (120, "control-ui local Origin with device", NO_BUILD_CHECK),
    (182, "mode none, control-ui device", NO_BUILD_CHECK),
    (
        205,
        "connect while starting (sidecars pending)",
        NO_STARTING,
    ),
];
