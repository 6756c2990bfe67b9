//! The crate against the stand-in: real processes, real pipes, no real tailnet.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod claim;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod orphan;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod whois;
