//! The configuration as rows of a table: for the reference page and form hints.

use crate::config_path::{ConfigPath, Segment};
use crate::decode::{Field, Kind, Note, Section, ShownDefault, Unknown};
use crate::json_schema::plain;
use crate::schema;

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its path. `*` stands for a name of the user's own, `[]` for each item of an array.
    pub path: String,
    /// What may stand there.
    pub kind: String,
    /// What holds where it is absent.
    pub default: Option<ShownDefault>,
    /// Which releases of the original know it, and what to write instead.
    pub note: Note,
    /// What it means.
    pub doc: String,
    /// Whether it holds a secret.
    pub is_secret: bool,
}

/// Every key of our sections, in the order of their declaration.
#[must_use]
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    section(schema::ROOT, &ConfigPath::root(), "", &mut rows);
    rows
}

fn section(from: &'static Section, at: &ConfigPath, prefix: &str, rows: &mut Vec<Row>) {
    for field in from.fields {
        let path = at.join(Segment::Key(field.key.to_owned()));
        let shown = if prefix.is_empty() {
            field.key.to_owned()
        } else {
            format!("{prefix}.{}", field.key)
        };
        rows.push(row(field, shown.clone()));
        inside(&field.kind, &path, &shown, rows);
    }
    if let Unknown::Values(kind) = &from.unknown {
        rows.push(Row {
            path: format!("{prefix}.*"),
            kind: kind.in_words(),
            default: None,
            note: Note::Both,
            doc: plain(from.doc),
            is_secret: matches!(kind, Kind::Secret),
        });
    }
}

fn inside(kind: &'static Kind, at: &ConfigPath, prefix: &str, rows: &mut Vec<Row>) {
    match kind {
        Kind::Section(below) => section(below, at, prefix, rows),
        Kind::List(item) => inside(item, at, &format!("{prefix}[]"), rows),
        Kind::Table(item) => inside(item, at, &format!("{prefix}.*"), rows),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| inside(kind, at, prefix, rows)),
        _ => {}
    }
}

fn row(field: &Field, path: String) -> Row {
    Row {
        path,
        kind: field.kind.in_words(),
        default: field.default.map(|shown| shown()),
        note: field.note,
        doc: plain(field.doc),
        is_secret: holds_secret(&field.kind),
    }
}

fn holds_secret(kind: &Kind) -> bool {
    match kind {
        Kind::Secret => true,
        Kind::List(item) | Kind::Table(item) => holds_secret(item),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::rows;

    #[test]
    fn every_key_has_one_row_with_kind_and_meaning() {
        let rows = rows();
        let paths: BTreeSet<_> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths.len(), rows.len());
        assert!(
            rows.iter()
                .all(|row| !row.kind.is_empty() && !row.doc.is_empty())
        );
        for path in [
            "gateway.port",
            "gateway.auth.rateLimit.windowMs",
            "gateway.roles.definitions.*.sessions.others",
            "gateway.nodes.pairing.sshVerify.timeoutMs",
            "env.*",
            "channels",
        ] {
            assert!(paths.contains(path), "{path}");
        }
    }

    #[test]
    fn a_row_says_default_unit_and_reason() {
        let rows = rows();
        let of = |path: &str| rows.iter().find(|row| row.path == path).unwrap();
        let window = of("gateway.auth.rateLimit.windowMs");
        assert_eq!(window.kind, "integer ≥ 1 (ms)");
        assert_eq!(window.default.as_ref().unwrap().value, 60_000);
        assert_eq!(of("gateway.port").kind, "integer 1–65535");
        assert_eq!(of("gateway.mode").kind, "`local` \\| `remote`");
        assert!(of("gateway.auth.token").is_secret);
        assert!(of("gateway.remote.edgeAuth").is_secret);
        assert!(!of("gateway.auth.mode").is_secret);
    }
}
