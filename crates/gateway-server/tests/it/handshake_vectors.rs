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
use replay::Observed;

/// Replays under way at a time: wrong guesses are answered late.
const AT_A_TIME: usize = 16;

/// How many handshakes were recorded.
const RECORDED: usize = 206;

#[tokio::test]
async fn every_recorded_handshake_ends_as_recorded_or_as_documented() {
    let cases = recorded();
    assert_eq!(cases.len(), RECORDED);
    let cases = &cases;
    let results: BTreeMap<usize, Verdict> = futures_util::stream::iter(0..cases.len())
        .map(|index| async move {
            let ours = Box::pin(replay::replay(cases, index)).await;
            (index, judge(index, &cases[index], &ours))
        })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;

    let count = |wanted: fn(&Verdict) -> bool| results.values().filter(|v| wanted(v)).count();
    let matched = count(|verdict| matches!(verdict, Verdict::Matched));
    let listed = count(|verdict| matches!(verdict, Verdict::Listed));
    println!(
        "recorded handshakes: {matched} matched, {listed} listed, {} in total",
        cases.len()
    );
    let problems: Vec<&str> = results
        .values()
        .filter_map(|verdict| match verdict {
            Verdict::Wrong(problem) => Some(problem.as_str()),
            Verdict::Matched | Verdict::Listed => None,
        })
        .collect();
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert_eq!((matched + listed, listed), (RECORDED, KNOWN.len()));
}

/// What became of a case.
enum Verdict {
    /// It ends as recorded.
    Matched,
    /// It ends otherwise, as listed.
    Listed,
    /// It ends in a way that nobody wrote down.
    Wrong(String),
}

fn judge(index: usize, case: &Case, ours: &Observed) -> Verdict {
    let title = format!(
        "case {index} `{}` of {} ({})",
        case.name, case.gateway_version, case.auth_mode
    );
    let differences = compare::differences(case, ours);
    match KNOWN.iter().find(|known| known.index == index) {
        None if differences.is_empty() => Verdict::Matched,
        None => Verdict::Wrong(format!(
            "{title} ends otherwise:\n    {}",
            differences.join("\n    ")
        )),
        Some(known) if differences.is_empty() => Verdict::Wrong(format!(
            "{title} ends as recorded, and is listed because {}",
            known.why
        )),
        Some(known) if compare::ends_as_listed(&known.ours, ours) => Verdict::Listed,
        Some(known) => Verdict::Wrong(format!(
            "{title} is listed with {:?}, and ends: {ours:?}",
            known.ours
        )),
    }
}

#[test]
fn the_list_of_known_differences_names_recorded_cases() {
    let cases = recorded();
    for known in KNOWN {
        assert_eq!(cases[known.index].name, known.name, "case {}", known.index);
    }
    assert!(KNOWN.is_sorted_by_key(|known| known.index));
}

#[test]
fn the_page_has_one_row_for_every_known_difference_and_no_other() {
    let cases = recorded();
    let release = |index: usize| cases[index].gateway_version.clone();
    let mut expected: Vec<(String, String)> = KNOWN
        .iter()
        .map(|known| (release(known.index), known.name.to_owned()))
        .collect();
    let mut rows = page::recorded_rows();
    expected.sort();
    rows.sort();
    assert_eq!(rows, expected);
    let counts = format!(
        "{} of them end as recorded, the other {} stand",
        RECORDED - KNOWN.len(),
        KNOWN.len()
    );
    assert!(page::text().contains(&counts), "{counts}");
}

#[test]
fn every_test_that_the_page_names_exists() {
    let named = page::tests_named();
    assert!(!named.is_empty());
    let sources = page::sources();
    for test in named {
        assert!(sources.contains(&format!("fn {test}(")), "{test}");
    }
}

#[test]
fn the_page_names_every_hello_member_that_is_not_served() {
    let page = page::text();
    for (member, _) in HELLO_MEMBERS_NOT_SERVED {
        assert!(page.contains(&format!("`{member}`")), "{member}");
    }
}
