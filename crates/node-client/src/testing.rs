//! A Gateway inside the process, for tests of nodes: no network, no files, no pairing unless asked
//! for. Feature `testing`.
//!
//! ```
//! use openclaw_node_client::testing::TestGateway;
//! use openclaw_node_client::{Node, NodeBuilder, NodeError};
//! use serde_json::json;
//!
//! /// Describes the node; `main` gives it an identity and a token.
//! fn adder(node: NodeBuilder) -> NodeBuilder {
//!     node.command("add", |(a, b): (i32, i32), _call| async move { Ok::<_, NodeError>(a + b) })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = TestGateway::start(adder(Node::builder("ws://127.0.0.1:18789"))).await?;
//! assert_eq!(gateway.invoke("add", json!([1, 2])).await?.json::<i32>()?, 3);
//! let refused = gateway.invoke("add", "what?").await.unwrap_err();
//! assert_eq!(refused.code(), Some(NodeError::INVALID_REQUEST));
//! gateway.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The node runs as it would elsewhere: handshake, queues, deadlines, answers. It works under
//! Tokio's paused clock too.
//!
//! | To find | Open |
//! | --- | --- |
//! | a call with a key, a deadline, progress, input | [`TestGateway::call`], [`TestCall`] |
//! | events of the node | [`TestGateway::next_event`] |
//! | protocol 3, pairing, a small message limit | [`TestGateway::builder`] |
//! | a connection that is lost | [`TestGateway::restart`] |
//! | calls that waited for the node | [`TestGateway::queue`] |

mod call;
mod error;
mod gateway;
mod open;
mod requests;
mod server;
mod wires;

pub use call::{Answer, CallBuilder, TestCall};
pub use error::TestError;
pub use gateway::{TestGateway, TestGatewayBuilder};
pub use open::Emitted;
pub use openclaw_protocol::connect::ConnectParams;
