//! DNS-SD beyond the local network: a zone file that a name server serves, and questions to one.

mod ask;
mod day;
mod domain;
mod file;
mod lookup;
mod servers;
mod zone;

pub use ask::LookupError;
pub use day::ZoneDay;
pub use domain::{DomainError, ZoneDomain};
pub use file::{ZoneError, ZoneWritten, write_zone};
pub use lookup::WideArea;
pub use servers::{name_servers_in, system_name_servers};
pub use zone::{Zone, ZoneFacts};
