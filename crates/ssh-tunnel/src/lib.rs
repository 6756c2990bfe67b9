//! Supervised SSH tunnels over the system's `ssh`.
