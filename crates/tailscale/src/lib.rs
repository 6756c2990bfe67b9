//! Drives the `tailscale` program.
