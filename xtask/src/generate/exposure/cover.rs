//! A grid of outcomes as few rows: each row stands for a box of cells with one outcome.

use std::collections::BTreeMap;

/// How many axes the grid has.
pub(super) const AXES: usize = 6;

/// A place in the grid: one value per axis.
pub(super) type Cell = [usize; AXES];

/// Cells that share an outcome: every combination of these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row<T> {
    /// Per axis, one bit per value.
    values: [u32; AXES],
    /// What becomes of all of them.
    pub(super) outcome: T,
}

impl<T> Row<T> {
    /// The values of an axis, ascending.
    pub(super) fn values(&self, axis: usize) -> Vec<usize> {
        (0..32)
            .filter(|value| self.values[axis] >> value & 1 == 1)
            .collect()
    }
}

/// Rows that stand for exactly these cells, each cell on one row. Of all orders in which axes can
/// be joined the one with the fewest rows is taken.
pub(super) fn rows<T: Clone + Ord>(cells: &BTreeMap<Cell, T>) -> Vec<Row<T>> {
    let mut best: Option<Vec<Row<T>>> = None;
    for order in orders(&mut (0..AXES).collect::<Vec<_>>(), AXES) {
        let rows = joined(cells, &order);
        if best.as_ref().is_none_or(|best| rows.len() < best.len()) {
            best = Some(rows);
        }
    }
    let mut rows = best.unwrap_or_default();
    rows.sort_by_key(|row| (0..AXES).map(|axis| row.values(axis)).collect::<Vec<_>>());
    rows
}

/// Joins rows that differ in one axis alone, axis after axis, until nothing changes.
fn joined<T: Clone + Ord>(cells: &BTreeMap<Cell, T>, order: &[usize]) -> Vec<Row<T>> {
    let mut rows: Vec<Row<T>> = cells
        .iter()
        .map(|(cell, outcome)| Row {
            values: cell.map(|value| 1 << value),
            outcome: outcome.clone(),
        })
        .collect();
    loop {
        let before = rows.len();
        for axis in order {
            let mut joined: BTreeMap<_, u32> = BTreeMap::new();
            for mut row in rows {
                let own = std::mem::take(&mut row.values[*axis]);
                *joined.entry((row.values, row.outcome)).or_default() |= own;
            }
            rows = joined
                .into_iter()
                .map(|((mut values, outcome), own)| {
                    values[*axis] = own;
                    Row { values, outcome }
                })
                .collect();
        }
        if rows.len() == before {
            return rows;
        }
    }
}

/// Every order of these numbers (Heap's algorithm).
fn orders(numbers: &mut Vec<usize>, len: usize) -> Vec<Vec<usize>> {
    if len <= 1 {
        return vec![numbers.clone()];
    }
    let mut all = Vec::new();
    for at in 0..len {
        all.extend(orders(numbers, len - 1));
        let other = if len.is_multiple_of(2) { at } else { 0 };
        numbers.swap(other, len - 1);
    }
    all
}

/// The cells that rows stand for; `None` where two rows stand for one.
pub(super) fn expand<T: Clone>(rows: &[Row<T>]) -> Option<BTreeMap<Cell, T>> {
    let mut cells = BTreeMap::new();
    for row in rows {
        let mut partial = vec![Vec::new()];
        for axis in 0..AXES {
            let values = row.values(axis);
            partial = partial
                .iter()
                .flat_map(|cell: &Vec<usize>| {
                    values
                        .iter()
                        .map(|value| cell.iter().copied().chain([*value]).collect())
                })
                .collect();
        }
        for cell in partial {
            let cell: Cell = cell.try_into().ok()?;
            if cells.insert(cell, row.outcome.clone()).is_some() {
                return None;
            }
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Cell, Row, expand, orders, rows};

    fn grid(outcome: impl Fn(&Cell) -> u8) -> BTreeMap<Cell, u8> {
        let mut cells = BTreeMap::new();
        for number in 0..3 * 2 * 2 * 2 * 2 * 2 {
            let bit = |at: usize| (number / 3) >> at & 1;
            let cell = [number % 3, bit(0), bit(1), bit(2), bit(3), bit(4)];
            cells.insert(cell, outcome(&cell));
        }
        cells
    }

    #[test]
    fn what_does_not_matter_is_joined() {
        let one = rows(&grid(|_| 1));
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].values(0), [0, 1, 2]);
        let by_first = rows(&grid(|cell| u8::from(cell[0] == 2)));
        assert_eq!(by_first.len(), 2);
        // An L of three quarters is two boxes.
        let corner = rows(&grid(|cell| u8::from(cell[1] == 1 && cell[2] == 1)));
        assert_eq!(corner.len(), 3);
    }

    #[test]
    fn rows_say_what_the_cells_say() {
        for seed in 0..3_usize {
            let cells = grid(|cell| {
                let mixed = cell.iter().fold(seed, |mixed, value| mixed * 31 + value);
                (mixed % 7 % 3) as u8
            });
            assert_eq!(expand(&rows(&cells)), Some(cells));
        }
    }

    #[test]
    fn rows_that_overlap_are_found() {
        let one = |first: &[usize]| Row {
            values: std::array::from_fn(|axis| match axis {
                0 => first.iter().map(|value| 1 << value).sum(),
                _ => 1,
            }),
            outcome: 1,
        };
        assert!(expand(&[one(&[0]), one(&[1])]).is_some());
        assert!(expand(&[one(&[0, 1]), one(&[1])]).is_none());
    }

    #[test]
    fn every_order_is_tried() {
        let all: BTreeSet<_> = orders(&mut vec![0, 1, 2, 3], 4).into_iter().collect();
        assert_eq!(all.len(), 24);
    }
}
