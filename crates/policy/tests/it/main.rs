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
mod tailnet;
