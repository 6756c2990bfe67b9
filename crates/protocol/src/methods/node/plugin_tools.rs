//! `node.pluginTools.*`: tools that plugins of a node bring.

pub mod update;
