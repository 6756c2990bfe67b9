//! Channels against servers on loopback.

#[cfg(test)]
mod edit;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod hooked;
#[cfg(test)]
mod host;
#[cfg(test)]
mod media;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod receive;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod send;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod who;
