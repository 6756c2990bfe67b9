//! How long a job is left alone that fails.

/// Pauses after the first failures in a row, milliseconds; the last one holds from there on.
const PAUSES: [u64; 5] = [30_000, 60_000, 300_000, 900_000, 3_600_000];

/// How long a job is left alone after so many failures in a row, milliseconds. Its next run is not
/// before that, and not before its own time.
///
/// ```
/// use openclaw_policy::schedule::pause_after;
/// assert_eq!(pause_after(0), 0);
/// assert_eq!(pause_after(1), 30_000);
/// assert_eq!(pause_after(1000), 3_600_000);
/// ```
#[must_use]
pub fn pause_after(failures: u64) -> u64 {
    let Some(at) = failures.checked_sub(1) else {
        return 0;
    };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    PAUSES[at.min(PAUSES.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::pause_after;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<u64> = (0..10).map(pause_after).collect();
        assert!(pauses.is_sorted());
        assert_eq!(pause_after(u64::MAX), 3_600_000);
    }
}
