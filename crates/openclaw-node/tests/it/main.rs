//! The program as a whole process.

#[cfg(test)]
mod program;
