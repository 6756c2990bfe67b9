//! The SDK against a Gateway that the tests play themselves, over in-memory pipes; and its examples
//! against a real one.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod blocking;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod fake_gateway;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod surface;
#[cfg(test)]
mod without_network;
#[cfg(test)]
mod world;

/// A node of this Gateway, with a key of its own and no patience.
#[cfg(test)]
fn node_of(gateway: &fake_gateway::FakeGateway) -> openclaw_node_client::NodeBuilder {
    use openclaw_node_client::identity::{DeviceIdentity, DeviceKey};

    openclaw_node_client::Node::builder("ws://127.0.0.1:18789")
        .identity(DeviceIdentity::new(DeviceKey::from_seed([7; 32]), 0))
        .connector(gateway.connector())
        .approval_poll(std::time::Duration::from_millis(20))
}
