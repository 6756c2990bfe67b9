//! The commands of the host, one file each.
//!
//! Params come from Gateways of both generations, so members that this version does not know are
//! ignored, and `null` is the same as absent.

pub(crate) mod approvals;
pub(crate) mod browser;
pub(crate) mod notify;
pub(crate) mod prepare;
pub(crate) mod run;
pub(crate) mod which;
