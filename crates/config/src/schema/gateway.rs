//! `gateway`: where the Gateway listens and who may connect.

mod access;
pub mod auth;
pub mod control_ui;
pub mod extras;
pub mod http;
pub mod nodes;
pub mod reload;
pub mod remote;
pub mod roles;
pub mod tailscale;
pub mod tls;

use ipnet::IpNet;
use openclaw_policy::BindMode;

use self::access::Bind;
use self::auth::Auth;
use self::control_ui::ControlUi;
use self::extras::{CliAgents, Portals, Push, Terminal, ToolLists};
use self::http::Http;
use self::nodes::Nodes;
use self::reload::Reload;
use self::remote::Remote;
use self::roles::Roles;
use self::tailscale::Tailscale;
use self::tls::Tls;
use crate::decode::{Flag, Line, List, Network, OneWord, Origin, PortNumber, Size, section, words};
use crate::defaults;
use crate::port::Port;

section! {
    /// The Gateway: where it listens and who may connect.
    pub struct Gateway {
        /// TCP port for WebSocket and HTTP. `--port` and `OPENCLAW_GATEWAY_PORT` come before it;
        /// a named profile has a default of its own.
        "port": PortNumber => port: Option<Port> | defaults::GATEWAY_PORT;
        /// Whether the Gateway runs here (`local`) or elsewhere (`remote`). The server starts
        /// only in mode `local`; clients take an absent mode for `local`.
        "mode": OneWord<GatewayMode> => mode: Option<GatewayMode>;
        /// Which addresses to listen on. Everything beyond loopback needs auth. A bind is never
        /// widened: what cannot be bound is an error.
        "bind": Bind => bind: BindMode = defaults::BIND;
        /// The IPv4 address to listen on with `bind: "custom"`.
        #[latest]
        "customBindHost": Line => custom_bind_host: Option<String>;
        /// The origin under which the Gateway is reached from outside, for links and callbacks.
        #[latest]
        "publicOrigin": Origin => public_origin: Option<String>;
        /// Names under a domain of one's own for what agents publish.
        #[latest]
        "portals": Portals => portals: Portals;
        /// How clients prove themselves.
        "auth": Auth => auth: Auth;
        /// What each user of a shared Gateway may do.
        #[latest]
        "roles": Roles => roles: Option<Roles>;
        /// Reverse proxies whose forwarding headers are believed: addresses or networks.
        "trustedProxies": List<Network> => trusted_proxies: Vec<IpNet>;
        /// Whether `X-Real-IP` counts where a trusted proxy sends no `X-Forwarded-For`.
        #[latest]
        "allowRealIpFallback": Flag => allow_real_ip_fallback: bool
            = defaults::ALLOW_REAL_IP_FALLBACK;
        /// Whether `tailscale` exposes the Gateway.
        "tailscale": Tailscale => tailscale: Tailscale;
        /// The Gateway elsewhere that clients on this machine use. Never read by the server.
        "remote": Remote => remote: Remote;
        /// What happens when this file changes while the Gateway runs.
        "reload": Reload => reload: Reload;
        /// TLS on the Gateway's own port.
        "tls": Tls => tls: Tls;
        /// The browser page that the Gateway serves.
        "controlUi": ControlUi => control_ui: ControlUi;
        /// HTTP endpoints beside the WebSocket.
        "http": Http => http: Http;
        /// What nodes may do and how they are paired.
        "nodes": Nodes => nodes: Nodes;
        /// Tools over HTTP `POST /tools/invoke`.
        #[latest]
        "tools": ToolLists => tools: ToolLists;
        /// Push messages to phones.
        #[latest]
        "push": Push => push: Push;
        /// The terminal in the browser page.
        #[latest]
        "terminal": Terminal => terminal: Terminal;
        /// Command-line agents in the browser page.
        #[latest]
        "cliAgents": CliAgents => cli_agents: CliAgents;
        /// Largest file shown in the browser page, in bytes.
        #[latest]
        "workspacePreviewMaxBytes": Size<1, 16_777_216> => workspace_preview_max_bytes: u64
            = defaults::WORKSPACE_PREVIEW_MAX_BYTES;
    }
    retired {
        "channelHealthCheckMinutes": "channels are watched without it; remove it";
        "channelStaleEventThresholdMinutes": "channels are watched without it; remove it";
        "channelMaxRestartsPerHour": "channels are restarted with back-off; remove it";
        "handshakeTimeoutMs": "set OPENCLAW_HANDSHAKE_TIMEOUT_MS instead";
        "webchat": "history is limited by size; remove it";
    }
    refused {
        "token": "gateway.auth.token";
        "password": "gateway.auth.password";
        "host": "gateway.bind";
        "url": "gateway.remote.url";
    }
}

words! {
    /// `gateway.mode`.
    pub enum GatewayMode {
        /// The Gateway runs on this machine.
        Local = "local",
        /// The Gateway runs elsewhere; this machine is a client.
        Remote = "remote",
    }
}
