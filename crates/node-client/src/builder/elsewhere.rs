//! A node whose connections go another way: through a tunnel, or to a test.

use std::sync::Arc;

use openclaw_connect::Network;

use crate::NodeBuilder;

impl NodeBuilder {
    /// Opens connections over another network, with the connector's own deadlines.
    #[cfg(feature = "ssh")]
    pub(crate) fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.connector = self.connector.with_network(network);
        self
    }

    /// Keeps device tokens under this name.
    #[cfg(feature = "ssh")]
    pub(crate) fn origin(mut self, origin: openclaw_identity::GatewayOrigin) -> Self {
        self.target = self.target.map(|endpoint| endpoint.with_origin(origin));
        self
    }

    /// The same node with nothing of the world outside the process.
    #[cfg(feature = "testing")]
    pub(crate) fn for_test(mut self, network: Arc<dyn Network>) -> Self {
        use std::time::Duration;

        use openclaw_connect::{Connector, Endpoint, MemoryTokens, Trust};
        use openclaw_identity::{DeviceIdentity, DeviceKey};

        use super::{BuildError, Identity, Source};

        // What is wrong with the node's own address is still said.
        self.target = self.target.and_then(|_| {
            let url = "ws://127.0.0.1:18789".parse().map_err(BuildError::from)?;
            Ok(Endpoint::new(url, Trust::System))
        });
        self.trust = None;
        self.source = Source::default();
        self.tokens = Some(Arc::new(MemoryTokens::new()));
        if !matches!(self.identity, Identity::Given(_)) {
            let device = DeviceIdentity::new(DeviceKey::from_seed([7; 32]), 0);
            self.identity = Identity::Given(Arc::new(device));
        }
        self.connector = Connector::new().with_network(network);
        self.approval_poll = Duration::from_millis(10);
        self
    }
}
