//! The files of the workspace that stand in every prompt.

use crate::tool::cap_text;

/// A file of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptFile {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// The names, in the order in which they stand in the prompt.
pub const PROMPT_FILES: &[&str] = &[
    "AGENTS.md",
    "SOUL.md",
    "IDENTITY.md",
    "USER.md",
    "TOOLS.md",
    "HEARTBEAT.md",
    "BOOTSTRAP.md",
    "MEMORY.md",
];

/// Bytes of one file. The middle of a longer one is left out.
pub const MAX_FILE_BYTES: usize = 20 * 1024;

/// Bytes of all files. Those that do not fit any more are left out.
pub const MAX_FILES_BYTES: usize = 96 * 1024;

/// The files within their bounds, without those that say nothing.
pub fn within_bounds(files: Vec<PromptFile>) -> Vec<PromptFile> {
    let mut room = MAX_FILES_BYTES;
    let mut kept = Vec::new();
    for PromptFile { name, text } in files {
        if text.trim().is_empty() {
            continue;
        }
        let text = cap_text(&text, MAX_FILE_BYTES);
        match room.checked_sub(text.len()) {
            Some(left) => {
                room = left;
                kept.push(PromptFile { name, text });
            }
            None => kept.push(PromptFile {
                name,
                text: "[left out: the files of the workspace are too large; read it when needed]"
                    .to_owned(),
            }),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_bounded_one_by_one_and_together() {
        let file = |name: &str, bytes| PromptFile {
            name: name.into(),
            text: "x".repeat(bytes),
        };
        let mut files = vec![file("EMPTY.md", 0), file("BIG.md", 1_000_000)];
        files.extend((0..5).map(|_| file("SOME.md", MAX_FILE_BYTES)));
        let kept = within_bounds(files);
        assert_eq!(kept.len(), 6, "an empty one is left out");
        assert!(kept[0].text.contains("bytes are left out"));
        assert!(kept.last().unwrap().text.contains("left out"));
        let all: usize = kept.iter().map(|file| file.text.len()).sum();
        assert!(all < MAX_FILES_BYTES + 1024);
    }
}
