//! Events of a run, from what the agent tells.
