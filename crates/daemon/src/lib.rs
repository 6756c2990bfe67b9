//! What the long-running programs share: how they are told to stop, how they tell the service
//! manager that they are ready, and how they say spans of time.
//!
//! | To find | Open |
//! | --- | --- |
//! | SIGTERM, SIGINT and SIGHUP | [`signals`] |
//! | `READY=1` and `STOPPING=1` for systemd | [`notify`] |
//! | `45s`, `5m`, `3h` | [`time`] |

pub mod notify;
pub mod signals;
pub mod time;
