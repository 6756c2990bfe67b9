//! What the machine is doing: the node event `node.host.stats`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

/// Name of the event.
pub(crate) const EVENT: &str = "node.host.stats";
/// How often it is sent, as both real node hosts do.
pub(crate) const INTERVAL: Duration = Duration::from_secs(60);

/// Load, memory and disk of the machine.
///
/// Shape: `{cpuCount 1..4096, loadAverage?[3], memoryTotalBytes, memoryFreeBytes,
/// diskTotalBytes?, diskAvailableBytes?}`. Units: bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostStats {
    /// Processors that this process may use.
    pub cpu_count: usize,
    /// Load of the last 1, 5 and 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_average: Option<[f64; 3]>,
    /// Memory of the machine.
    pub memory_total_bytes: u64,
    /// Memory that programs can still have.
    pub memory_free_bytes: u64,
    /// Size of the file system that holds the node's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_total_bytes: Option<u64>,
    /// Room on it for the node's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_available_bytes: Option<u64>,
}

impl HostStats {
    /// Looks at the machine; `None` where it does not say how much memory it has. `disk` is a
    /// path on the file system to look at.
    #[must_use]
    pub fn sample(disk: &Path) -> Option<Self> {
        let (total, free) = memory(&fs::read_to_string("/proc/meminfo").ok()?)?;
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let disk = rustix::fs::statvfs(disk).ok();
        Some(Self {
            cpu_count: cpus.clamp(1, MAX_CPUS),
            load_average: fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|text| load(&text)),
            memory_total_bytes: total,
            memory_free_bytes: free,
            disk_total_bytes: disk.as_ref().map(|d| d.f_frsize.saturating_mul(d.f_blocks)),
            disk_available_bytes: disk.as_ref().map(|d| d.f_frsize.saturating_mul(d.f_bavail)),
        })
    }
}

/// The most that the protocol takes.
const MAX_CPUS: usize = 4096;

/// `MemTotal` and `MemAvailable` of `/proc/meminfo`, in bytes.
fn memory(text: &str) -> Option<(u64, u64)> {
    let value = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kib.checked_mul(1024)
    };
    let total = value("MemTotal")?;
    // Kernels before 3.14 have no `MemAvailable`.
    let free = value("MemAvailable").or_else(|| value("MemFree"))?;
    Some((total, free.min(total)))
}

/// The first three numbers of `/proc/loadavg`.
fn load(text: &str) -> Option<[f64; 3]> {
    let mut numbers = text
        .split_whitespace()
        .map_while(|word| word.parse::<f64>().ok());
    let load = [numbers.next()?, numbers.next()?, numbers.next()?];
    load.iter()
        .all(|number| number.is_finite() && *number >= 0.0)
        .then_some(load)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{HostStats, load, memory};

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "MemTotal:       16384 kB\nMemFree:         1024 kB\nMemAvailable:    8192 kB\n";
        assert_eq!(memory(text), Some((16_777_216, 8_388_608)));
        assert_eq!(
            memory("MemTotal: 4 kB\nMemFree: 2 kB\n"),
            Some((4096, 2048))
        );
        assert_eq!(
            memory("MemTotal: 4 kB\nMemAvailable: 9 kB\n"),
            Some((4096, 4096))
        );
        for broken in [
            "",
            "MemTotal: 4 kB",
            "MemTotal: x kB\nMemFree: 2 kB",
            "MemTotal: 4\nMemFree: 2",
        ] {
            assert_eq!(memory(broken), None, "{broken}");
        }
    }

    #[test]
    fn load_needs_three_numbers() {
        assert_eq!(load("0.50 1.25 2.00 1/345 6789\n"), Some([0.5, 1.25, 2.0]));
        for broken in ["", "0.5 1.0", "a b c", "-1 0 0", "NaN 0 0"] {
            assert_eq!(load(broken), None, "{broken}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_machine_has_memory_and_a_disk() {
        let stats = HostStats::sample(Path::new("/")).unwrap();
        assert!(stats.cpu_count >= 1 && stats.memory_total_bytes >= stats.memory_free_bytes);
        assert!(stats.disk_total_bytes >= stats.disk_available_bytes);
        assert!(
            HostStats::sample(Path::new("/no/such/place"))
                .unwrap()
                .disk_total_bytes
                .is_none()
        );
    }
}
