//! Load of a host that a node runs on.

use serde_json::Map;

use crate::methods::open_record::open_record;

open_record! {
    /// Load of the host of a node. Since protocol 4.
    #[derive(Debug, Clone, PartialEq)]
    pub struct HostStats {
        /// Processors, 1 to 4096.
        must cpu_count: u64 = "cpuCount",
        /// Load over 1, 5 and 15 minutes; absent on Windows.
        may load_average: Vec<f64> = "loadAverage",
        /// Memory.
        must memory_total_bytes: u64 = "memoryTotalBytes",
        /// Memory that is free.
        must memory_free_bytes: u64 = "memoryFreeBytes",
        /// Size of the volume with the home directory.
        may disk_total_bytes: u64 = "diskTotalBytes",
        /// What is free there.
        may disk_available_bytes: u64 = "diskAvailableBytes",
        /// When the Gateway received it, milliseconds since the epoch; nodes leave it out.
        may updated_at_ms: u64 = "updatedAtMs",
    }
}

impl HostStats {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(cpu_count: u64, memory_total_bytes: u64, memory_free_bytes: u64) -> Self {
        Self {
            cpu_count,
            load_average: None,
            memory_total_bytes,
            memory_free_bytes,
            disk_total_bytes: None,
            disk_available_bytes: None,
            updated_at_ms: None,
            rest: Map::new(),
        }
    }
}
