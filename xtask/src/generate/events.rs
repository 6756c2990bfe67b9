//! `docs/reference/events.md`

use std::fmt::Write as _;

use openclaw_protocol::{Audience, EventInfo, catalogue};

use super::{Page, declaration, markdown};
use crate::failure::Outcome;

/// The reference of every declared event.
pub(super) fn pages() -> Outcome<Vec<Page>> {
    let declarations = declaration::of_trait("Event")?;
    let mut out = markdown::header("Events", "`crates/protocol/src/events`");
    out.push_str(
        "An event is a frame `{\"type\":\"event\",\"event\",\"payload\",\"seq\"?,\"stateVersion\"?}` from the Gateway.\n\
         What may be missed is left out for a receiver that is too slow; otherwise such a receiver is closed.\n\n\
         | Event | Since protocol | Who | May be missed |\n| --- | --- | --- | --- |\n",
    );
    let mut events: Vec<&EventInfo> = catalogue::EVENTS.iter().collect();
    events.sort_by_key(|info| info.name);
    for info in &events {
        let _ = writeln!(
            out,
            "| [`{name}`](#{anchor}) | {} | {} | {} |",
            info.since.number(),
            audience(&info.audience),
            if info.drop_if_slow { "yes" } else { "no" },
            name = info.name,
            anchor = info.name.to_lowercase().replace('.', ""),
        );
    }
    for info in &events {
        let _ = writeln!(out, "\n## `{}`\n", info.name);
        if let Some(declaration) = declarations.get(info.name) {
            let _ = writeln!(
                out,
                "{}\n\nDeclared in `{}`.\n",
                markdown::plain(&declaration.doc),
                declaration.file
            );
        }
        markdown::schema(&mut out, "Payload", (info.payload_schema)().as_value());
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    Ok(vec![Page::reference("events.md", out)])
}

fn audience(audience: &Audience) -> String {
    match audience {
        Audience::Everyone => "every connection".to_owned(),
        Audience::Operators(scope) => format!("operators with `{}`", scope.as_str()),
        Audience::Target => "one connection".to_owned(),
    }
}
