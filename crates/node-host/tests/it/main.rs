//! The host behind a Gateway that the tests play themselves: real files, real processes.

#[cfg(test)]
mod approvals;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod denials;
/// The Gateway of the node SDK's own tests.
#[cfg(test)]
#[path = "../../../node-client/tests/it/fake_gateway.rs"]
#[expect(dead_code, reason = "the tests of the node SDK use the rest")]
mod fake_gateway;
#[cfg(test)]
mod host;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod scene;
