//! Programs that sign.
