//! Tables without borders: easy to read, to copy and to cut.

use comfy_table::{Attribute, Cell, ContentArrangement, presets};

/// Rows under titles.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these titles.
    pub(crate) fn new(titles: &[&'static str]) -> Self {
        Self {
            titles: titles.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Cells that are missing are empty; blank cells are shown as `-`.
    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut cells: Vec<String> = cells.into_iter().map(|cell| shown(cell.into())).collect();
        cells.resize_with(self.titles.len(), || "-".to_owned());
        self.rows.push(cells);
    }

    /// The table as text without a line end. On a terminal long cells wrap to its width.
    pub(crate) fn render(&self, color: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING);
        if color {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .enforce_styling();
        } else {
            table
                .set_content_arrangement(ContentArrangement::Disabled)
                .force_no_tty();
        }
        table.set_header(
            self.titles
                .iter()
                .map(|title| Cell::new(title).add_attribute(Attribute::Bold)),
        );
        for row in &self.rows {
            table.add_row(row.iter().map(Cell::new));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = table.trim_fmt();
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A blank cell is shown as one.
fn shown(cell: String) -> String {
    if cell.trim().is_empty() {
        "-".to_owned()
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let mut table = Table::new(&["Node", "ID"]);
        table.row(["kitchen", "abc"]);
        table.row(["", "abcdef"]);
        assert_eq!(
            table.render(false),
            "Node     ID\nkitchen  abc\n-        abcdef"
        );
    }

    #[test]
    fn missing_cells_are_dashes() {
        let mut table = Table::new(&["A", "B"]);
        table.row(["x"]);
        assert_eq!(table.render(false), "A  B\nx  -");
    }
}
