//! `agent.identity.*`: how an agent presents itself.

pub mod get;
