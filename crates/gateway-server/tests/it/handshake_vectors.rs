//! Every handshake that was recorded with a real Gateway, replayed against ours.
//!
//! A case ends as recorded, or it stands in [`known::KNOWN`] and in `docs/compat.md` with the
//! reason. Neither list may name a case that ends as recorded.

mod case;
mod compare;
mod known;
mod page;
mod replay;

use std::collections::BTreeMap;

use futures_util::StreamExt as _;

use case::{Case, recorded};
use known::{HELLO_MEMBERS_NOT_SERVED, KNOWN};

/// Replays under way at a time: wrong guesses are answered late.
const AT_A_TIME: usize = 16;

/// How many handshakes were recorded.
const RECORDED: usize = 206;

#[tokio::test]
async fn every_recorded_handshake_ends_as_recorded_or_as_documented() {
    let cases = recorded();
    assert_eq!(cases.len(), RECORDED);
    let cases = &cases;
    let found: BTreeMap<usize, Vec<String>> = futures_util::stream::iter(0..cases.len())
        .map(|index| async move {
            let ours = Box::pin(replay::replay(cases, index)).await;
            (index, compare::differences(&cases[index], &ours))
        })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;

    let mut problems = Vec::new();
    for (index, differences) in &found {
        let case = &cases[*index];
        let listed = KNOWN.iter().any(|(known, _, _)| known == index);
        match (differences.is_empty(), listed) {
            (true, false) | (false, true) => {}
            (true, true) => problems.push(format!(
                "{} ends as recorded, and is listed",
                title(*index, case)
            )),
            (false, false) => problems.push(format!(
                "{} differs:\n    {}",
                title(*index, case),
                differences.join("\n    ")
            )),
        }
    }
    let matched = found
        .values()
        .filter(|differences| differences.is_empty())
        .count();
    println!(
        "recorded handshakes: {matched} matched, {} listed, {} in total",
        KNOWN.len(),
        cases.len()
    );
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert_eq!(matched + KNOWN.len(), RECORDED);
}

fn title(index: usize, case: &Case) -> String {
    format!(
        "case {index} `{}` of {} ({})",
        case.name, case.gateway_version, case.auth_mode
    )
}

#[test]
fn the_list_of_known_differences_names_recorded_cases() {
    let cases = recorded();
    for (index, name, _) in KNOWN {
        assert_eq!(cases[*index].name, *name, "case {index}");
    }
    assert!(KNOWN.is_sorted_by_key(|(index, _, _)| *index));
}

#[test]
fn the_page_has_one_row_for_every_known_difference_and_no_other() {
    let cases = recorded();
    let mut expected: Vec<(String, String)> = KNOWN
        .iter()
        .map(|(index, name, _)| (cases[*index].gateway_version.clone(), (*name).to_owned()))
        .collect();
    let mut rows = page::recorded_rows();
    expected.sort();
    rows.sort();
    assert_eq!(rows, expected);
}

#[test]
fn the_page_names_every_hello_member_that_is_not_served() {
    let page = page::text();
    for (member, _) in HELLO_MEMBERS_NOT_SERVED {
        assert!(page.contains(&format!("`{member}`")), "{member}");
    }
}
