//! `node.pluginSurface.*`: addresses of surfaces that plugins serve.

pub mod refresh;
