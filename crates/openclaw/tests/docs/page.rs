//! What a page says: its sections, and the blocks of commands and configuration in them.

use std::path::Path;

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its sections, each from a heading of the second level to the next.
    pub(crate) sections: Vec<Section>,
    /// Everything between single backticks, outside of blocks.
    pub(crate) inline: Vec<String>,
    /// All headings: their depth.
    pub(crate) depths: Vec<usize>,
}

/// From one heading of the second level to the next.
#[derive(Debug)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: String,
    /// The blocks in order.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The words after the fence: language, host, and whether it is refused.
    pub(crate) info: String,
    /// What is inside.
    pub(crate) text: String,
}

impl Block {
    /// `sh`, `json5`, or something that is only shown.
    pub(crate) fn language(&self) -> &str {
        self.info.split([' ', ',']).next().unwrap_or_default()
    }

    /// Whether the words after the language have this one.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.info.split(' ').skip(1).any(|said| said == word)
    }

    /// Its commands: the lines without comments and blank lines.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .map(|line| line.split(" #").next().unwrap_or(line).trim())
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
    }
}

impl Page {
    /// Reads a page of the repository.
    pub(crate) fn read(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let file = root.join(name);
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::parse(&text)
    }

    /// Reads a page.
    pub(crate) fn parse(text: &str) -> Self {
        let mut page = Self {
            sections: Vec::new(),
            inline: Vec::new(),
            depths: Vec::new(),
        };
        let mut open: Option<Block> = None;
        for line in text.lines() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(""), Some(_)) => {
                    let block = open.take().expect("it is open");
                    page.last().blocks.push(block);
                }
                (Some(info), None) => {
                    open = Some(Block {
                        info: info.to_owned(),
                        text: String::new(),
                    });
                }
                (_, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => page.prose(line),
            }
        }
        assert!(open.is_none(), "a block without an end: {open:?}");
        page
    }

    fn prose(&mut self, line: &str) {
        let depth = line.chars().take_while(|char| *char == '#').count();
        if depth > 0 && line[depth..].starts_with(' ') {
            self.depths.push(depth);
            if depth == 2 {
                self.sections.push(Section {
                    title: line[depth..].trim().to_owned(),
                    blocks: Vec::new(),
                });
            }
        }
        self.inline
            .extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
    }

    fn last(&mut self) -> &mut Section {
        if self.sections.is_empty() {
            self.sections.push(Section {
                title: String::new(),
                blocks: Vec::new(),
            });
        }
        self.sections.last_mut().expect("there is one")
    }

    /// The section with this title.
    pub(crate) fn section(&self, title: &str) -> &Section {
        self.sections
            .iter()
            .find(|section| section.title == title)
            .unwrap_or_else(|| panic!("no section `{title}`"))
    }
}

#[test]
fn a_page_is_read_as_it_is_meant() {
    let page = Page::parse(
        "# T\n`a b`\n## One\n```sh client refused\nx 1 # why\n\n# no\n```\n### Sub\n```text\ny\n```\n## Two\n",
    );
    assert_eq!(page.inline, ["a b"]);
    assert_eq!(page.depths, [1, 2, 3, 2]);
    let one = page.section("One");
    assert_eq!(one.blocks.len(), 2);
    let block = &one.blocks[0];
    assert_eq!(block.language(), "sh");
    assert!(block.says("client") && block.says("refused") && !block.says("gateway"));
    assert_eq!(block.commands().collect::<Vec<_>>(), ["x 1"]);
    assert_eq!(one.blocks[1].language(), "text");
    assert!(page.section("Two").blocks.is_empty());
}
