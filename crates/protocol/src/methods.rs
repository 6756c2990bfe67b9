//! One file per method, in folders that follow the name: `node.invoke` is in `node/invoke.rs`.

pub mod health;
pub mod node;
