//! The page on remote access, in English and in Urdu.

use std::collections::BTreeSet;
use std::process::Command;

use crate::hosts::{outcome_alone, run_alone, task};
use crate::page::Page;
use crate::walk::Walk;

const ENGLISH: &str = "docs/remote.md";
const URDU: &str = "docs/ur/remote.md";

/// Walks a section of a page, after the one that all others build on.
#[track_caller]
fn walk_every_section(page: &str) {
    for (number, section) in Page::read(page).sections.iter().enumerate() {
        if !section.blocks.is_empty() {
            run_alone("pages::section", &format!("{page} {number}"));
        }
    }
}

#[test]
fn every_line_of_the_english_page_works() {
    walk_every_section(ENGLISH);
}

#[test]
fn every_line_of_the_urdu_page_works() {
    walk_every_section(URDU);
}

#[test]
#[ignore = "runs in a network of its own, started by the tests above"]
fn section() {
    let task = task();
    let (page, number) = task.split_once(' ').expect("a page and a number");
    let page = Page::read(page);
    let number: usize = number.parse().unwrap();
    let mut walk = Walk::new();
    let mut expected = 0;
    for section in BTreeSet::from([0, number]) {
        let section = &page.sections[section];
        walk.section(section);
        expected += section
            .blocks
            .iter()
            .map(|block| match block.language() {
                "sh" => block.commands().count(),
                _ => 1,
            })
            .sum::<usize>();
    }
    assert_eq!(walk.typed(), expected, "a line was left out");
}

#[test]
fn a_line_that_does_not_work_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.md");
    for (block, why) in [
        ("```sh client\nopenclaw helth\n```", "helth"),
        (
            "```sh client refused\nopenclaw config file\n```",
            "config file",
        ),
        ("```sh client\nopenclaw status --deep\n```", "unreachable"),
        ("```sh\nopenclaw config file\n```", "on which host"),
        ("```text client\nopenclaw config file\n```", "nobody tries"),
        ("```sh gateway\nfirewall-of-nobody\n```", "not found"),
    ] {
        std::fs::write(&file, format!("## One\n{block}\n")).unwrap();
        let task = format!("{} 0", file.display());
        if let Some(outcome) = outcome_alone("pages::section", &task) {
            let said = outcome.expect_err(block);
            assert!(said.contains(why), "{said}");
        }
    }
}

#[test]
fn both_pages_have_the_same_blocks_under_the_same_headings() {
    let (english, urdu) = (Page::read(ENGLISH), Page::read(URDU));
    assert_eq!(english.depths, urdu.depths);
    assert_eq!(english.sections.len(), urdu.sections.len());
    for (one, other) in english.sections.iter().zip(&urdu.sections) {
        assert_eq!(one.blocks, other.blocks, "{} | {}", one.title, other.title);
    }
    assert_eq!(
        english.inline.iter().collect::<BTreeSet<_>>(),
        urdu.inline.iter().collect::<BTreeSet<_>>()
    );
}

#[test]
fn commands_in_the_text_exist() {
    let page = Page::read(ENGLISH);
    let mut seen = 0;
    for command in page
        .inline
        .iter()
        .filter(|code| code.starts_with("openclaw "))
    {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let help = Command::new(env!("CARGO_BIN_EXE_openclaw"))
            .args(&words)
            .arg("--help")
            .env_clear()
            .output()
            .unwrap();
        assert!(help.status.success(), "{command}");
        seen += 1;
    }
    assert!(seen > 0);
}
