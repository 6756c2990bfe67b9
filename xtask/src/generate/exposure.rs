//! `docs/reference/exposure.md`: every combination of settings, and what becomes of it.

mod cover;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use openclaw_policy::exposure::space::{BindCase, Case, SecretCase};
use openclaw_policy::exposure::{Condition, Exposure, ExposureRefused};
use openclaw_policy::{AuthMode, TailscaleMode};

use self::cover::{Cell, Row};
use super::{Page, markdown};
use crate::failure::{Outcome, fail};

/// What becomes of a combination, addresses aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It starts, with the names of its conditions.
    Starts(Vec<&'static str>),
    /// It is refused by this name.
    Refused(&'static str),
}

/// The page.
pub(super) fn pages() -> Outcome<Vec<Page>> {
    let space = Space::of(Case::all());
    let rows = space.rows()?;
    let mut out = markdown::header("Exposure", "`crates/policy/src/exposure`");
    let _ = writeln!(
        out,
        "Whether `openclaw gateway run` starts, by everything that decides who could reach it: \
         {} combinations, and what becomes of each.\n\
         Nothing that other machines reach starts without a secret of 24 characters or a proxy \
         that vouches for users, and no bind is wider than it says, in containers neither.\n",
        space.cells.len()
    );
    binds(&mut out);
    table(&mut out, &space, &rows);
    conditions(&mut out);
    refusals(&mut out);
    Ok(vec![Page::reference("exposure.md", out)])
}

/// The combinations as cells of a grid.
struct Space {
    /// The values of the first axis: kinds of binds.
    kinds: Vec<&'static str>,
    /// Where each combination stands, and its fate.
    cells: Vec<(Cell, Fate)>,
}

impl Space {
    fn of(cases: impl Iterator<Item = Case>) -> Self {
        let mut kinds: Vec<&'static str> = Vec::new();
        let cells = cases
            .map(|case| {
                let kind = kind(case.bind);
                let at = kinds.iter().position(|known| *known == kind);
                let at = at.unwrap_or_else(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                });
                let cell = [
                    at,
                    position(AuthMode::ALL, case.auth),
                    position(SecretCase::ALL, case.secret),
                    position(TailscaleMode::ALL, case.tailscale),
                    usize::from(case.proxies),
                    usize::from(case.tls),
                ];
                (cell, fate(case))
            })
            .collect();
        Self { kinds, cells }
    }

    /// What stands for a value of an axis.
    fn label(&self, axis: usize, value: usize) -> &'static str {
        match axis {
            0 => self.kinds[value],
            1 => AuthMode::ALL[value].as_str(),
            2 => SecretCase::ALL[value].label(),
            3 => TailscaleMode::ALL[value].as_str(),
            4 => ["none", "some"][value],
            _ => ["off", "on"][value],
        }
    }

    fn sizes(&self) -> Cell {
        [
            self.kinds.len(),
            AuthMode::ALL.len(),
            SecretCase::ALL.len(),
            TailscaleMode::ALL.len(),
            2,
            2,
        ]
    }

    /// The rows of the table: together they say exactly what the cells say.
    fn rows(&self) -> Outcome<Vec<Row<Fate>>> {
        let mut by_cell: BTreeMap<Cell, Fate> = BTreeMap::new();
        for (cell, fate) in &self.cells {
            // Binds of one kind stand on one row: they must have one fate.
            let before = by_cell.insert(*cell, fate.clone());
            if before.is_some_and(|before| before != *fate) {
                fail!(
                    "binds of the kind `{}` differ at {cell:?}",
                    self.kinds[cell[0]]
                );
            }
        }
        let rows = cover::rows(&by_cell);
        if cover::expand(&rows) != Some(by_cell) {
            fail!("the rows do not say what the combinations say");
        }
        Ok(rows)
    }
}

fn position<T: PartialEq + Copy>(all: &[T], value: T) -> usize {
    all.iter()
        .position(|known| *known == value)
        .expect("`ALL` holds every value")
}

fn fate(case: Case) -> Fate {
    match case.decide() {
        Ok(exposure) => Fate::Starts(exposure.conditions.iter().map(|c| c.code()).collect()),
        Err(refused) => Fate::Refused(refused.code()),
    }
}

/// What a bind amounts to: who could reach it, or why it cannot be.
fn kind(bind: &'static BindCase) -> &'static str {
    match plan(bind) {
        Ok(exposure) if !exposure.bind.is_exposed() => "this host",
        Ok(exposure) if exposure.bind.is_on_open_network() => "network",
        Ok(_) => "tailnet",
        Err(refused) => refused.code(),
    }
}

/// The bind with the best guard there is.
fn plan(bind: &'static BindCase) -> Result<Exposure, ExposureRefused> {
    Case {
        bind,
        auth: AuthMode::Token,
        secret: SecretCase::Strong,
        tailscale: TailscaleMode::Off,
        proxies: true,
        tls: true,
    }
    .decide()
}

fn binds(out: &mut String) {
    out.push_str(
        "## Binds\n\n\
         `gateway.bind` with `gateway.customBindHost`, on a host whose network address is \
         192.168.1.4 and whose tailnet address, where it is on one, is 100.64.0.9.\n\n\
         | Bind | Kind | Listens on | And, where the host has it |\n| --- | --- | --- | --- |\n",
    );
    let list = |addresses: &[std::net::IpAddr]| {
        let texts: Vec<String> = addresses.iter().map(|addr| format!("`{addr}`")).collect();
        texts.join(", ")
    };
    for bind in BindCase::ALL {
        let _ = match plan(bind) {
            Ok(Exposure { bind: plan, .. }) => writeln!(
                out,
                "| {} | {} | {} | {} |",
                bind.label,
                kind(bind),
                list(&plan.required),
                list(&plan.optional)
            ),
            Err(refused) => writeln!(
                out,
                "| {} | `{}` | refused |  |",
                bind.label,
                refused.code()
            ),
        };
    }
    out.push('\n');
}

fn table(out: &mut String, space: &Space, rows: &[Row<Fate>]) {
    out.push_str(
        "## Combinations\n\n\
         Each combination is on exactly one row. A secret is weak with fewer than 24 characters; \
         proxies are `gateway.trustedProxies`. Where it says `token_missing`, `gateway run` makes \
         a random token, keeps it in the configuration and starts.\n\n\
         | Bind | Auth | Secret | Tailscale | Proxies | TLS | Outcome |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let sizes = space.sizes();
    for row in rows {
        out.push('|');
        for (axis, size) in sizes.into_iter().enumerate() {
            let values = row.values(axis);
            let text = if values.len() == size {
                "any".to_owned()
            } else {
                let labels: Vec<&str> = values.iter().map(|v| space.label(axis, *v)).collect();
                labels.join(", ")
            };
            let _ = write!(out, " {text} |");
        }
        let _ = match &row.outcome {
            Fate::Refused(code) => writeln!(out, " refused: `{code}` |"),
            Fate::Starts(conditions) if conditions.is_empty() => writeln!(out, " **starts** |"),
            Fate::Starts(conditions) => {
                writeln!(out, " **starts**: `{}` |", conditions.join("`, `"))
            }
        };
    }
    out.push('\n');
}

fn conditions(out: &mut String) {
    out.push_str(
        "## Conditions\n\n\
         What the log says of a Gateway that starts.\n\n\
         | Condition | Meaning |\n| --- | --- |\n",
    );
    for condition in Condition::ALL {
        let text = markdown::cell(&condition.to_string());
        let _ = writeln!(out, "| `{}` | {text} |", condition.code());
    }
    out.push('\n');
}

fn refusals(out: &mut String) {
    out.push_str(
        "## Refusals\n\n\
         Exit code 78, and nothing is touched. Each remedy alone mends the refusal; others may \
         come to light behind it.\n",
    );
    let mut seen: Vec<(ExposureRefused, Vec<String>)> = Vec::new();
    for refused in Case::all().filter_map(|case| case.decide().err()) {
        let at = seen
            .iter()
            .position(|(known, _)| known.code() == refused.code());
        let at = at.unwrap_or_else(|| {
            seen.push((refused.clone(), Vec::new()));
            seen.len() - 1
        });
        for remedy in refused.remedy() {
            let remedy = remedy.to_string();
            if !seen[at].1.contains(&remedy) {
                seen[at].1.push(remedy);
            }
        }
    }
    seen.sort_by_key(|(refused, _)| refused.code());
    for (refused, remedies) in &seen {
        let _ = writeln!(out, "\n### `{}`\n\n> {refused}\n", refused.code());
        for remedy in remedies {
            let _ = writeln!(out, "- `{remedy}`");
        }
    }
}

#[cfg(test)]
mod tests {
    use openclaw_policy::exposure::space::Case;
    use serde_json::Value;

    use super::{Space, pages};
    use crate::workspace;

    #[test]
    fn binds_of_one_kind_share_rows_and_the_page_stays_short() {
        let space = Space::of(Case::all());
        assert_eq!(space.cells.len(), Case::all().count());
        let rows = space.rows().unwrap();
        assert!(rows.len() < 40, "{} rows", rows.len());
        let mut differing = Space::of(Case::all());
        differing.cells[0].1 = super::Fate::Refused("other");
        assert!(differing.rows().is_err(), "two fates of one kind");
    }

    /// Every key that a remedy names is a key of the configuration.
    #[test]
    fn remedies_name_keys_that_exist() {
        let path = workspace::root().join("docs/reference/config.schema.json");
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut checked = 0;
        for refused in Case::all().filter_map(|case| case.decide().err()) {
            for setting in refused.remedy().iter().flat_map(|remedy| remedy.0) {
                let mut at = &schema;
                for part in setting.key.split('.') {
                    at = &at["properties"][part];
                }
                assert!(at.is_object(), "{}", setting.key);
                checked += 1;
            }
        }
        assert!(checked > 0);
    }

    #[test]
    fn every_refusal_and_condition_is_explained() {
        let page = &pages().unwrap()[0].content;
        for line in page.lines().filter(|line| line.contains("refused: `")) {
            let code = line.rsplit('`').nth(1).unwrap();
            assert!(page.contains(&format!("### `{code}`")), "{code}");
        }
        assert!(page.contains("| `plaintext` | "));
    }
}
