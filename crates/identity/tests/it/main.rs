//! Recorded signatures, every rule of the check, and the files on disk.

#[cfg(test)]
mod check;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity_file;
#[cfg(test)]
mod token_store;
#[cfg(test)]
mod vectors;
