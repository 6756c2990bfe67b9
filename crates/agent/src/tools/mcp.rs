//! Tools of Model Context Protocol servers, through the official SDK.
//!
//! A server is a program of the user's choosing: what its tools are called, say and answer is
//! untrusted. Its tools are named `mcp_SERVER_TOOL`, so that none can take the place of a
//! built-in one, and policies can speak of `mcp_SERVER_*`.

mod content;
mod server;
mod spec;

pub use server::{McpError, McpServer};
pub use spec::{McpEndpoint, McpServerSpec};
