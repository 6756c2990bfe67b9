//! Keys by their names.

use serde_json::{Value, json};

use crate::refusal::Refusal;

/// A key and what is held with it.
#[derive(Debug, PartialEq)]
pub(crate) struct Press {
    key: String,
    code: u32,
    text: Option<String>,
    modifiers: u32,
}

/// Reads `Enter`, `a`, `Control+Shift+K`.
pub(crate) fn parse(words: &str) -> Result<Press, Refusal> {
    let mut modifiers = 0;
    let mut rest = words;
    while let Some((first, more)) = rest.split_once('+').filter(|(_, more)| !more.is_empty()) {
        let held = MODIFIERS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(first));
        let Some((_, bit)) = held else { break };
        modifiers |= bit;
        rest = more;
    }
    if let Some((name, code, text)) = NAMED
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(rest))
    {
        return Ok(Press {
            key: (*name).to_owned(),
            code: *code,
            text: text.map(str::to_owned),
            modifiers,
        });
    }
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(Press {
            key: letter.to_string(),
            code: if letter.is_ascii_alphanumeric() {
                u32::from(letter.to_ascii_uppercase())
            } else {
                0
            },
            // What is typed with Control or Meta held is a command and no text.
            text: (modifiers & !SHIFT == 0).then(|| letter.to_string()),
            modifiers,
        }),
        _ => Err(Refusal::bad(format!(
            "unknown key `{words}`: give one character or a name such as Enter, Tab, ArrowDown, \
             Control+A"
        ))),
    }
}

impl Press {
    /// Both halves of the press, as the browser takes them.
    pub(crate) fn events(&self) -> [Value; 2] {
        let mut down = json!({
            "type": "keyDown",
            "key": self.key,
            "windowsVirtualKeyCode": self.code,
            "modifiers": self.modifiers,
        });
        let mut up = down.clone();
        up["type"] = json!("keyUp");
        if let Some(text) = &self.text {
            down["text"] = json!(text);
        }
        [down, up]
    }
}

const SHIFT: u32 = 8;

const MODIFIERS: [(&str, u32); 6] = [
    ("Alt", 1),
    ("Control", 2),
    ("Ctrl", 2),
    ("Meta", 4),
    ("Command", 4),
    ("Shift", SHIFT),
];

const NAMED: [(&str, u32, Option<&str>); 15] = [
    ("Enter", 13, Some("\r")),
    ("Tab", 9, None),
    ("Escape", 27, None),
    ("Backspace", 8, None),
    ("Delete", 46, None),
    ("Insert", 45, None),
    ("Space", 32, Some(" ")),
    ("ArrowLeft", 37, None),
    ("ArrowUp", 38, None),
    ("ArrowRight", 39, None),
    ("ArrowDown", 40, None),
    ("Home", 36, None),
    ("End", 35, None),
    ("PageUp", 33, None),
    ("PageDown", 34, None),
];

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_letters_and_what_is_held() {
        let enter = parse("enter").unwrap().events();
        assert_eq!(
            (&enter[0]["key"], &enter[0]["text"]),
            (&"Enter".into(), &"\r".into())
        );
        assert_eq!(enter[1]["type"], "keyUp");
        let all = parse("Control+Shift+a").unwrap().events();
        assert_eq!(
            (&all[0]["modifiers"], &all[0]["windowsVirtualKeyCode"]),
            (&10.into(), &65.into())
        );
        assert!(all[0].get("text").is_none());
        assert_eq!(parse("+").unwrap().events()[0]["text"], "+");
        assert_eq!(parse("Shift++").unwrap().events()[0]["key"], "+");
        assert_eq!(parse("é").unwrap().events()[0]["text"], "é");
        for wrong in ["", "Entr", "Control+", "Hyper+a", "ab"] {
            assert_eq!(parse(wrong).unwrap_err().status, 400, "{wrong}");
        }
    }
}
