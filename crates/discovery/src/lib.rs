//! Finds and announces Gateways.
