//! `gateway.remote`: the Gateway elsewhere that clients on this machine use.
//!
//! Client-side only: nothing here ever enables or weakens the auth of a server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::decode::{FilePath, GatewayUrl, Line, OneWord, PortNumber, Table, Url, section, words};
use crate::defaults;
use crate::port::Port;
use crate::secret_input::{Secret, SecretInput};

section! {
    /// The Gateway elsewhere that clients on this machine use. Never read by the server.
    pub struct Remote {
        /// Its address, such as `wss://gateway.example.com`. Used when `gateway.mode` is `remote`.
        "url": Url => url: Option<GatewayUrl>;
        /// How it is reached: through a tunnel of the client's own, or straight. The command line
        /// opens a tunnel where this stands in the file or where the address is a loopback one,
        /// and `sshTarget` names a host.
        "transport": OneWord<Transport> => transport: Transport = defaults::REMOTE_TRANSPORT;
        /// Its token.
        "token": Secret => token: Option<SecretInput>;
        /// Its password.
        "password": Secret => password: Option<SecretInput>;
        /// SHA-256 fingerprint of its certificate. With it, exactly this certificate is accepted,
        /// whoever signed it. Checked when a connection is made.
        "tlsFingerprint": Line => tls_fingerprint: Option<String>;
        /// The host to tunnel through: `user@host[:port]`.
        "sshTarget": Line => ssh_target: Option<String>;
        /// The key file for the tunnel.
        "sshIdentity": FilePath => ssh_identity: Option<PathBuf>;
        /// The Gateway's port at the far end of the tunnel, where it differs from the near one.
        #[latest]
        "remotePort": PortNumber => remote_port: Option<Port>;
        /// Whether the tunnel demands a host key that is already known.
        #[latest]
        "sshHostKeyPolicy": OneWord<HostKeyPolicy> => ssh_host_key_policy: HostKeyPolicy
            = defaults::REMOTE_HOST_KEYS;
        /// Headers that a gatekeeper in front of the Gateway wants to see.
        #[latest]
        "edgeAuth": Table<Secret> => edge_auth: BTreeMap<String, SecretInput>;
    }
    retired {
        "enabled": "gateway.mode decides; remove it";
    }
}

words! {
    /// `gateway.remote.transport`.
    pub enum Transport {
        /// Through a tunnel of the app's own.
        Ssh = "ssh",
        /// Straight to the address.
        Direct = "direct",
    }
}

words! {
    /// `gateway.remote.sshHostKeyPolicy`.
    pub enum HostKeyPolicy {
        /// The host key must be known.
        Strict = "strict",
        /// As the user's own SSH configuration says.
        OpenSsh = "openssh",
    }
}
