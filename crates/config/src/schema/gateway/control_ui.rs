//! `gateway.controlUi`: the browser page that the Gateway serves.

use std::path::PathBuf;

use crate::decode::{FilePath, Flag, Line, List, Raw, Untyped, section};
use crate::defaults;

section! {
    /// The browser page that the Gateway serves.
    pub struct ControlUi {
        /// Whether it is served at all.
        "enabled": Flag => enabled: bool = defaults::CONTROL_UI_ENABLED;
        /// The path under which it is served, such as `/openclaw`.
        "basePath": Line => base_path: Option<String>;
        /// A directory to serve in place of the built-in page.
        "root": FilePath => root: Option<PathBuf>;
        /// Origins from which browsers may connect, beside the Gateway's own.
        "allowedOrigins": List<Line> => allowed_origins: Vec<String>;
        /// Whether the page may connect over plain HTTP from elsewhere, with the token alone.
        #[february("not honoured: serve the page over TLS, a tunnel or Tailscale, and remove it")]
        "allowInsecureAuth": Flag => allow_insecure_auth: bool = defaults::CONTROL_UI_INSECURE;
        /// Whether the page may connect without a device key. Not honoured: carried so that
        /// older files load.
        "dangerouslyDisableDeviceAuth": Flag => dangerously_disable_device_auth: bool
            = defaults::CONTROL_UI_NO_DEVICE;
        /// Whether an origin is accepted because it equals the `Host` header.
        #[latest]
        "dangerouslyAllowHostHeaderOriginFallback": Flag => dangerously_allow_host_header_origin_fallback: bool
            = defaults::CONTROL_UI_HOST_FALLBACK;
        /// Name and colour that tell this Gateway's page from others.
        #[latest]
        "environment": Raw => environment: Option<Untyped>;
        /// Switches for what is not finished.
        #[latest]
        "experimental": Raw => experimental: Option<Untyped>;
        /// What embedded pages may do.
        #[latest]
        "embedSandbox": Raw => embed_sandbox: Option<Untyped>;
        /// Whether pages from elsewhere may be embedded.
        #[latest]
        "allowExternalEmbedUrls": Raw => allow_external_embed_urls: Option<Untyped>;
        /// Whether the Gateway fetches icons of linked sites.
        #[latest]
        "automaticallyFetchFavicons": Raw => automatically_fetch_favicons: Option<Untyped>;
        /// Whether the page shows an invitation to the community.
        #[latest]
        "communityInvite": Raw => community_invite: Option<Untyped>;
        /// Whether running sessions are summed up for the page.
        #[latest]
        "sessionObserver": Raw => session_observer: Option<Untyped>;
        /// The credential for previews of GitHub links.
        #[latest]
        "github": Raw => github: Option<Untyped>;
    }
    retired {
        "toolTitles": "titles come from the agent; remove it";
        "chatMessageMaxWidth": "the page decides; remove it";
    }
}
