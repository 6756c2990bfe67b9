//! `cargo xtask gen`: files that are derived from the code.

mod cli;
mod declaration;
mod events;
mod exposure;
mod markdown;
mod methods;
mod schema;

use std::path::PathBuf;

use crate::failure::{Doing, Outcome, fail};
use crate::workspace;

/// Arguments of `cargo xtask gen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if a file differs from what would be written.
    #[arg(long)]
    check: bool,
}

/// A generated file.
#[derive(Debug)]
struct Page {
    /// Where it belongs, relative to the root.
    path: PathBuf,
    /// Its whole text.
    content: String,
}

impl Page {
    /// A page of the reference.
    fn reference(name: &str, content: String) -> Self {
        Self {
            path: PathBuf::from("docs/reference").join(name),
            content,
        }
    }
}

/// Everything that makes pages. A new kind of page is one more line here.
const GENERATORS: &[fn() -> Outcome<Vec<Page>>] = &[
    methods::pages,
    events::pages,
    exposure::pages,
    schema::pages,
    cli::pages,
];

/// Writes or checks.
pub(crate) fn run(args: &Args) -> Outcome {
    if args.check { check() } else { write() }
}

/// Fails if a generated file is not what would be written.
pub(crate) fn check() -> Outcome {
    let mut stale = Vec::new();
    let pages = pages()?;
    for page in &pages {
        let found = std::fs::read_to_string(workspace::root().join(&page.path)).ok();
        if found.as_deref() != Some(&page.content) {
            stale.push(page.path.display().to_string());
        }
    }
    if !stale.is_empty() {
        fail!(
            "out of date: {}; write them with `cargo xtask gen`",
            stale.join(", ")
        );
    }
    println!("{} generated files are up to date", pages.len());
    Ok(())
}

fn write() -> Outcome {
    for page in pages()? {
        let path = workspace::root().join(&page.path);
        if std::fs::read_to_string(&path).is_ok_and(|found| found == page.content) {
            continue;
        }
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).doing(format_args!("create {}", dir.display()))?;
        }
        std::fs::write(&path, &page.content)
            .doing(format_args!("write {}", page.path.display()))?;
        println!("wrote {}", page.path.display());
    }
    Ok(())
}

fn pages() -> Outcome<Vec<Page>> {
    let mut pages = Vec::new();
    for generator in GENERATORS {
        pages.extend(generator()?);
    }
    Ok(pages)
}
