//! From the messages of a request to what an agent is asked: the last of them is the question,
//! those before are told as context, and system messages go to the system prompt.

/// One thing that somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) who: Who,
    pub(super) text: String,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    User,
    Assistant,
    /// A tool of the client.
    Tool,
}

impl Who {
    const fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Assistant => "Assistant",
            Self::Tool => "Tool",
        }
    }
}

/// A conversation as a request tells it.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) system: Vec<String>,
    pub(super) lines: Vec<Line>,
}

impl Talk {
    pub(super) fn say(&mut self, who: Who, text: impl Into<String>) {
        self.lines.push(Line {
            who,
            text: text.into(),
        });
    }

    /// What goes to the system prompt.
    pub(super) fn system_text(&self) -> Option<String> {
        let text = self
            .system
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n");
        (!text.is_empty()).then_some(text)
    }

    /// What the agent is asked; `None` if nobody asks anything. Results of several tools that
    /// come last are one question.
    pub(super) fn question(&self) -> Option<String> {
        let last = self
            .lines
            .iter()
            .rposition(|line| line.who != Who::Assistant)?;
        let is_tool = self.lines[last].who == Who::Tool;
        let begin = match is_tool {
            true => self.lines[..last]
                .iter()
                .rposition(|line| line.who != Who::Tool)
                .map_or(0, |before| before + 1),
            false => last,
        };
        let (before, now) = (&self.lines[..begin], &self.lines[begin..=last]);
        if before.is_empty() && !is_tool {
            return Some(now[0].text.clone());
        }
        let mut text = String::new();
        if !before.is_empty() {
            text.push_str("[What was said before in this conversation, as context]\n");
            push(&mut text, before);
            text.push_str("\n[What is to be answered now]\n");
        }
        push(&mut text, now);
        text.truncate(text.trim_end().len());
        Some(text)
    }
}

fn push(text: &mut String, lines: &[Line]) {
    for line in lines
        .iter()
        .filter(|line| !line.text.trim().is_empty() || line.who == Who::Tool)
    {
        text.push_str(line.who.word());
        text.push_str(": ");
        text.push_str(line.text.trim_end());
        text.push('\n');
    }
}

/// The text of a tool's result.
pub(super) fn result(call_id: &str, name: Option<&str>, output: &str) -> String {
    let of = name.map(|name| format!(" of {name}")).unwrap_or_default();
    match output.trim() {
        "" => format!("the call {call_id}{of} is done and gave no text"),
        _ => format!("the call {call_id}{of} gave:\n{output}"),
    }
}

/// The text of a call that the assistant made.
pub(super) fn call(call_id: &str, name: &str, arguments: &str) -> String {
    format!("(called {name} with {arguments}, call {call_id})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(lines: &[(Who, &str)]) -> Talk {
        let mut talk = Talk::default();
        for (who, text) in lines {
            talk.say(*who, *text);
        }
        talk
    }

    #[test]
    fn a_question_alone_is_itself() {
        let talk = talk(&[(Who::User, "hi ")]);
        assert_eq!(talk.question().as_deref(), Some("hi "));
        assert_eq!(talk.system_text(), None);
    }

    #[test]
    fn what_was_said_before_is_context() {
        let talk = talk(&[
            (Who::User, "one"),
            (Who::Assistant, "two"),
            (Who::User, "three"),
            (Who::Assistant, "begun"),
        ]);
        assert_eq!(
            talk.question().as_deref(),
            Some(
                "[What was said before in this conversation, as context]\nUser: one\n\
                 Assistant: two\n\n[What is to be answered now]\nUser: three"
            )
        );
    }

    #[test]
    fn results_that_come_together_are_one_question() {
        let talk = talk(&[
            (Who::User, "weather?"),
            (Who::Assistant, &call("c1", "w", "{}")),
            (Who::Tool, &result("c1", Some("w"), "sunny")),
            (Who::Tool, &result("c2", None, "")),
        ]);
        let question = talk.question().unwrap();
        let (_, now) = question.split_once("answered now]\n").unwrap();
        assert_eq!(
            now,
            "Tool: the call c1 of w gave:\nsunny\nTool: the call c2 is done and gave no text"
        );
    }

    #[test]
    fn nobody_asks_anything() {
        assert_eq!(talk(&[]).question(), None);
        assert_eq!(talk(&[(Who::Assistant, "hm")]).question(), None);
        let talk = Talk {
            system: vec![" a ".into(), String::new(), "b".into()],
            lines: vec![],
        };
        assert_eq!(talk.system_text().as_deref(), Some("a\n\nb"));
    }
}
