//! The stored corpus, replayed by ordinary tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::TARGETS;

/// Most bytes of one target's corpus.
const MOST_BYTES: usize = 200 * 1024;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder(target))
        .unwrap_or_else(|error| panic!("the corpus of {target}: {error}"))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Runs a target over its corpus, and over the beginnings of each file.
fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let files = corpus(name);
    assert!(files.len() >= 10, "{name} has a corpus of {}", files.len());
    let mut total = 0;
    for (path, data) in &files {
        let run = |data: &[u8]| {
            let outcome = std::panic::catch_unwind(|| (target.run)(data));
            assert!(
                outcome.is_ok(),
                "{}, the first {} bytes",
                path.display(),
                data.len()
            );
        };
        run(data);
        for parts in 1..4 {
            run(&data[..data.len() * parts / 4]);
        }
        total += data.len();
    }
    (target.run)(b"");
    assert!(total <= MOST_BYTES, "{name} has a corpus of {total} bytes");
}

macro_rules! replayed {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                replay(stringify!($name));
            }
        )+

        const REPLAYED: &[&str] = &[$(stringify!($name)),+];
    };
}

replayed!(
    certificate,
    config,
    connect_params,
    device_proof,
    fingerprint,
    forwarded_headers,
    frame,
    gateway_url,
    setup_code,
    websocket,
);

#[test]
fn every_target_has_a_fuzzer_a_corpus_and_a_test() {
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, REPLAYED.iter().copied().collect());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = |folder: &str| -> BTreeSet<String> {
        std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
    assert_eq!(listed("fuzz_targets"), names);
    assert_eq!(listed("corpus"), names);
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
