//! Policy through its public face.

#[cfg(test)]
mod clock;
#[cfg(test)]
mod exposure;
#[cfg(test)]
mod narrowing;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tailnet;
#[cfg(test)]
mod words;
