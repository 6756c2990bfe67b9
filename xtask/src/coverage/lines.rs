//! From regions and counts to lines, by the rule of `llvm-cov`: a line ran if the code that it goes
//! on with ran, or any code that begins on it.

use std::collections::BTreeMap;

/// From a line and column to one behind the last, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: (u32, u32),
    pub(super) end: (u32, u32),
}

/// The regions of one file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    regions: BTreeMap<Span, u64>,
}

impl Lines {
    /// Adds a region; one that is there already, from another program or another instance of a
    /// generic function, ran as often as both together.
    pub(super) fn add(&mut self, span: Span, count: u64) {
        let sum = self.regions.entry(span).or_default();
        *sum = sum.saturating_add(count);
    }

    /// Every line with code, and how often it ran.
    pub(super) fn counts(&self) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        let lines = self
            .regions
            .keys()
            .flat_map(|span| span.start.0..=span.end.0);
        for line in lines.collect::<std::collections::BTreeSet<_>>() {
            let begun = self
                .regions
                .iter()
                .filter(|(span, _)| span.start.0 == line)
                .map(|(_, count)| *count);
            let most = begun.chain(self.continued(line)).max();
            if let Some(count) = most {
                counts.insert(line, count);
            }
        }
        counts
    }

    /// The count of the innermost region that the line goes on with.
    fn continued(&self, line: u32) -> Option<u64> {
        self.regions
            .iter()
            .filter(|(span, _)| span.start.0 < line && span.end > (line, 1))
            .max_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)))
            .map(|(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Span};

    type Place = (u32, u32);

    fn lines(regions: &[(Place, Place, u64)]) -> Vec<(u32, u64)> {
        let mut lines = Lines::default();
        for (start, end, count) in regions {
            let (start, end) = (*start, *end);
            lines.add(Span { start, end }, *count);
        }
        lines.counts().into_iter().collect()
    }

    #[test]
    fn inner_code_decides_over_outer() {
        // A function of five lines, with a branch that did not run on the third.
        let found = lines(&[((1, 1), (5, 2), 4), ((2, 10), (4, 6), 0)]);
        assert_eq!(found, [(1, 4), (2, 4), (3, 0), (4, 0), (5, 4)]);
    }

    #[test]
    fn a_line_ran_if_anything_on_it_did() {
        let found = lines(&[((1, 1), (1, 9), 0), ((1, 10), (1, 20), 2)]);
        assert_eq!(found, [(1, 2)]);
        assert_eq!(lines(&[((7, 1), (7, 9), 0)]), [(7, 0)]);
    }

    #[test]
    fn what_several_programs_ran_adds_up() {
        let one = ((1, 1), (2, 2), 0);
        let other = ((1, 1), (2, 2), 3);
        assert_eq!(lines(&[one, other]), [(1, 3), (2, 3)]);
    }
}
