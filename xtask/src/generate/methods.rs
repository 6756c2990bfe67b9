//! `docs/reference/methods.md`

use std::fmt::Write as _;

use openclaw_protocol::{Access, Generation, MethodInfo, catalogue};

use super::{Page, declaration, markdown};
use crate::failure::Outcome;

/// The reference of every declared method.
pub(super) fn pages() -> Outcome<Vec<Page>> {
    let declarations = declaration::of_trait("Method")?;
    let mut out = markdown::header("Methods", "`crates/protocol/src/methods`");
    out.push_str(
        "A method is a request `{\"type\":\"req\",\"id\",\"method\",\"params\"}` and its response.\n\
         Who may call it is decided by its name, before its params are read.\n\
         `?` marks an optional field.\n\n\
         | Method | Protocol | Who |\n| --- | --- | --- |\n",
    );
    let mut methods: Vec<&MethodInfo> = catalogue::METHODS.iter().collect();
    methods.sort_by_key(|info| info.name);
    for info in &methods {
        let _ = writeln!(
            out,
            "| [`{name}`](#{anchor}) | {} | {} |",
            generations(info),
            who(info),
            name = info.name,
            anchor = info.name.to_lowercase().replace('.', ""),
        );
    }
    for info in &methods {
        let _ = writeln!(out, "\n## `{}`\n", info.name);
        if let Some(declaration) = declarations.get(info.name) {
            let _ = writeln!(
                out,
                "{}\n\nDeclared in `{}`.",
                markdown::plain(&declaration.doc),
                declaration.file
            );
        }
        let hidden = if info.advertised {
            ""
        } else {
            " Not listed in `hello-ok`."
        };
        let _ = writeln!(
            out,
            "Protocol {}; {}.{hidden}\n",
            generations(info),
            who(info)
        );
        markdown::schema(&mut out, "Params", (info.params_schema)().as_value());
        markdown::schema(&mut out, "Result", (info.result_schema)().as_value());
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    Ok(vec![Page::reference("methods.md", out)])
}

fn generations(info: &MethodInfo) -> String {
    if info.since == info.until {
        info.since.number().to_string()
    } else {
        format!("{} and {}", info.since.number(), info.until.number())
    }
}

/// Who may call it, in words; both generations where they differ.
fn who(info: &MethodInfo) -> String {
    match (info.access(Generation::V3), info.access(Generation::V4)) {
        (Some(older), Some(newer)) if older != newer => {
            format!("{}; protocol 3: {}", access(newer), access(older))
        }
        (older, newer) => newer.or(older).map(access).unwrap_or_default(),
    }
}

/// An access in words.
pub(super) fn access(access: &Access) -> String {
    match access {
        Access::Operator(scope) => format!("operators with `{}`", scope.as_str()),
        Access::Node => "nodes".to_owned(),
        Access::OperatorOrNode(scope) => format!("operators with `{}`, and nodes", scope.as_str()),
        Access::FirstFrame => "the first frame of a connection".to_owned(),
    }
}
