//! Types a section of a page, line by line.

use crate::page::{Block, Section};
use crate::table;
use crate::world::{Host, Ran, World};

/// A reader at work.
pub(crate) struct Walk {
    pub(crate) world: World,
    /// What was typed so far, each with its outcome.
    typed: usize,
    /// The fingerprint that was read last, as it was printed.
    fingerprint: Option<String>,
}

impl Walk {
    /// On two new hosts.
    pub(crate) fn new() -> Self {
        Self {
            world: World::new(),
            typed: 0,
            fingerprint: None,
        }
    }

    /// How many commands and configurations were used.
    pub(crate) const fn typed(&self) -> usize {
        self.typed
    }

    /// Everything in a section, in order.
    pub(crate) fn section(&mut self, section: &Section) {
        println!("## {}", section.title);
        for block in &section.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        let host = match (block.says("gateway"), block.says("client")) {
            (true, false) => Host::Gateway,
            (false, true) => Host::Client,
            _ => panic!("on which host? {block:#?}"),
        };
        match block.language() {
            "json5" => self.configure(host, &block.text),
            "sh" => {
                for line in block.commands() {
                    self.command(host, line, block.says("refused"));
                }
            }
            other => panic!("nobody tries a block of `{other}`: {block:#?}"),
        }
    }

    /// Puts a configuration in place.
    pub(crate) fn configure(&mut self, host: Host, text: &str) {
        self.world.write_config(host, &self.filled(text));
        println!("[{}] openclaw.json is written", host.name());
        self.typed += 1;
    }

    /// Types one command.
    pub(crate) fn command(&mut self, host: Host, line: &str, is_refused: bool) {
        let filled = self.filled(line);
        self.typed += 1;
        if let Some(words) = table::of(table::STAYS, line) {
            println!("[{}] $ {line}   (stays)", host.name());
            if let Err(why) = self.world.stay(host, &filled, words) {
                panic!("[{}] $ {line}: {why}", host.name());
            }
            return;
        }
        let ran = self.until_said(host, line, &filled);
        println!("[{}] $ {line}   (exit {})", host.name(), ran.code);
        self.remember(&ran);
        let shown = format!("[{}] $ {line}\n{ran:#?}", host.name());
        let says = |word: &&str| ran.said.contains(*word);
        if is_refused {
            assert_ne!(ran.code, 0, "{shown}");
            assert!(table::REFUSALS.iter().any(says), "{shown}");
            return;
        }
        let may_complain = table::MAY_COMPLAIN
            .iter()
            .any(|beginning| line.starts_with(beginning));
        assert!(ran.code == 0 || (may_complain && ran.code == 1), "{shown}");
        for word in table::of(table::SAYS, line).into_iter().flatten() {
            assert!(says(word), "it does not say `{word}`: {shown}");
        }
        for word in table::of(table::NEVER, line).into_iter().flatten() {
            assert!(!says(word), "it says `{word}`: {shown}");
        }
    }

    /// Whether a command is refused until somebody approves this device. It must say so, and how.
    pub(crate) fn is_refused(&self, host: Host, line: &str) -> bool {
        let ran = self.world.run(host, &self.filled(line));
        println!("[{}] $ {line}   (exit {})", host.name(), ran.code);
        if ran.code == 0 {
            return false;
        }
        let tells_how =
            ran.said.contains("pairing required") && ran.said.contains("openclaw devices approve");
        assert!(tells_how, "[{}] $ {line}\n{ran:#?}", host.name());
        true
    }

    /// Types it, and again where the page looks at what comes by itself in a moment.
    fn until_said(&self, host: Host, line: &str, filled: &str) -> Ran {
        let is_early = table::TYPED_AGAIN.iter().any(|one| line.starts_with(one));
        let mut left = if is_early { 300 } else { 0 };
        loop {
            let ran = self.world.run(host, filled);
            let mut wanted = table::of(table::SAYS, line).into_iter().flatten();
            if left == 0 || wanted.all(|word| ran.said.contains(word)) {
                return ran;
            }
            left -= 1;
        }
    }

    /// What `openssl` and a Gateway that starts print of a certificate.
    pub(crate) fn remember(&mut self, ran: &Ran) {
        for line in ran.said.lines() {
            let (_, printed) = match line.split_once("ingerprint=") {
                Some(found) => found,
                None => match line.split_once("certificate sha256:") {
                    Some(found) => found,
                    None => continue,
                },
            };
            let printed = printed.split_whitespace().next();
            self.fingerprint = printed.map(str::to_owned);
        }
    }

    /// The text with what the reader puts in place of names in capitals.
    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if has_word(&text, "TOKEN") {
            text = put(&text, "TOKEN", &self.world.token());
        }
        for name in ["sha256:HEX", "sha256:…"] {
            if text.contains(name) {
                let known = self.fingerprint.as_ref().expect("it was read before");
                text = text.replace(name, &format!("sha256:{known}"));
            }
        }
        text
    }
}

fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = text[..*at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
        })
}

fn has_word(text: &str, word: &str) -> bool {
    places(text, word).next().is_some()
}

fn put(text: &str, word: &str, value: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for at in places(text, word) {
        out.push_str(&text[from..at]);
        out.push_str(value);
        from = at + word.len();
    }
    out + &text[from..]
}

#[test]
fn only_whole_words_are_replaced() {
    let text = "A='MY_TOKEN=TOKEN' --token TOKEN TOKENS";
    assert_eq!(put(text, "TOKEN", "x"), "A='MY_TOKEN=x' --token x TOKENS");
    assert!(!has_word("GATEWAY_TOKEN", "TOKEN"));
}
