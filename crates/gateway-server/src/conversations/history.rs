//! Pages of a conversation.

use openclaw_protocol::Raw;
use openclaw_store::{Entry, EntryRange, StoreError};

use super::message::{Shape, show};
use super::{Conversations, is_message};

/// The most that a page may take, in bytes of JSON.
pub(crate) const MAX_BYTES: usize = 6 * 1024 * 1024;
/// Entries that are read at once.
const CHUNK: usize = 50;
/// Entries that are looked through for one that is named.
const MAX_LOOK: u64 = 10_000;
/// What may have come since a cursor; more than that, and everything is asked for anew.
const MAX_DELTA: usize = 200;

/// Which messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// At most so many.
    pub(crate) limit: usize,
    /// At most so many bytes of JSON. The newest message is shown whatever it takes.
    pub(crate) max_bytes: usize,
    /// So many of the newest are left out.
    pub(crate) offset: u64,
    /// In which shape.
    pub(crate) shape: Shape,
}

/// A part of a conversation.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The messages, the newest last.
    pub(crate) messages: Vec<Box<Raw>>,
    /// The number of the last entry of the whole transcript, 0 for an empty one.
    pub(crate) last_seq: u64,
    /// How many entries the transcript has.
    pub(crate) total: u64,
    /// How many of the newest entries stand behind the first message of this page.
    pub(crate) reached: u64,
}

impl Page {
    /// Whether there are older messages.
    pub(crate) const fn has_more(&self) -> bool {
        self.reached < self.total
    }
}

/// Reads a page of a transcript, from its newest message backwards.
pub(crate) async fn page(
    book: &Conversations,
    session_id: &str,
    wanted: Wanted,
) -> Result<Page, StoreError> {
    let mut page = Page {
        total: book.count(session_id).await?,
        last_seq: last_seq(book, session_id).await?,
        reached: wanted.offset,
        ..Page::default()
    };
    let mut before = (page.last_seq + 1).saturating_sub(wanted.offset);
    let mut bytes = 0;
    'pages: while page.messages.len() < wanted.limit && before > 1 {
        let range = EntryRange::Before(before, CHUNK);
        let entries = book.entries(session_id, range).await?;
        let Some(first) = entries.first() else {
            break;
        };
        before = first.seq;
        for entry in entries.iter().rev() {
            if page.messages.len() >= wanted.limit {
                break 'pages;
            }
            if let Some(message) = show(entry, wanted.shape) {
                bytes += message.get().len() + 1;
                if bytes > wanted.max_bytes && !page.messages.is_empty() {
                    break 'pages;
                }
                page.messages.push(message);
            }
            page.reached += 1;
        }
    }
    page.messages.reverse();
    Ok(page)
}

/// The number of the last entry, 0 for an empty transcript.
pub(crate) async fn last_seq(book: &Conversations, session_id: &str) -> Result<u64, StoreError> {
    let last = book.entries(session_id, EntryRange::Last(1)).await?;
    Ok(last.first().map_or(0, |entry| entry.seq))
}

/// How many entries stand behind the one that is named; `None`: there is none of this id.
pub(crate) async fn offset_of(
    book: &Conversations,
    session_id: &str,
    entry_id: &str,
) -> Result<Option<u64>, StoreError> {
    let last = last_seq(book, session_id).await?;
    let mut before = last + 1;
    while before > 1 && last - (before - 1) < MAX_LOOK {
        let range = EntryRange::Before(before, CHUNK);
        let entries = book.entries(session_id, range).await?;
        let Some(first) = entries.first() else {
            break;
        };
        let is_it = |entry: &&Entry| entry.entry.entry_id == entry_id;
        if let Some(found) = entries.iter().find(is_it) {
            return Ok(Some(last - found.seq));
        }
        before = first.seq;
    }
    Ok(None)
}

/// What came after an entry. `None`: too much, or the entry is gone.
pub(crate) async fn since(
    book: &Conversations,
    session_id: &str,
    seq: u64,
) -> Result<Option<Vec<Entry>>, StoreError> {
    let last = last_seq(book, session_id).await?;
    if seq > last {
        return Ok(None);
    }
    let range = EntryRange::After(seq, MAX_DELTA + 1);
    let entries = book.entries(session_id, range).await?;
    let is_whole = entries.first().is_none_or(|first| first.seq == seq + 1);
    let fits = is_whole && entries.len() <= MAX_DELTA;
    Ok(fits.then(|| entries.into_iter().filter(is_message).collect()))
}

/// Where a client goes on from: transcript and entry, opaque to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The transcript.
    pub(crate) session_id: String,
    /// The last entry that the client has.
    pub(crate) seq: u64,
}

impl Cursor {
    /// Reads a cursor; `None` for one that is not of this Gateway.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (seq, session_id) = text.strip_prefix("t1.")?.split_once('.')?;
        Some(Self {
            session_id: session_id.to_owned(),
            seq: seq.parse().ok()?,
        })
    }

    /// The text that a client is given.
    pub(crate) fn text(&self) -> String {
        format!("t1.{}.{}", self.seq, self.session_id)
    }
}

#[cfg(test)]
mod tests {
    use openclaw_store::{NewEntry, Store};
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn said(n: u64) -> NewEntry {
        let body = json!({"role":"user","content":[{"type":"text","text":format!("m{n}")}]});
        NewEntry {
            entry_id: format!("e{n}"),
            run_id: None,
            at_ms: n,
            body: to_raw_value(&body).unwrap(),
        }
    }

    async fn book(count: u64) -> Conversations {
        let store = Store::in_memory().unwrap();
        store
            .append_entries("s", (1..=count).map(said).collect())
            .await
            .unwrap();
        Conversations::new(store)
    }

    const ALL: Wanted = Wanted {
        limit: 200,
        max_bytes: MAX_BYTES,
        offset: 0,
        shape: Shape::V3,
    };

    fn texts(page: &Page) -> Vec<u64> {
        let number = |message: &Raw| {
            let value: serde_json::Value = serde_json::from_str(message.get()).unwrap();
            value["content"][0]["text"].as_str().unwrap()[1..]
                .parse()
                .unwrap()
        };
        page.messages
            .iter()
            .map(|message| number(message))
            .collect()
    }

    #[tokio::test]
    async fn pages_follow_one_another_to_the_begin() {
        let book = book(130).await;
        let mut offset = 0;
        let mut seen = Vec::new();
        loop {
            let wanted = Wanted {
                limit: 60,
                offset,
                ..ALL
            };
            let found = page(&book, "s", wanted).await.unwrap();
            let mut numbers = texts(&found);
            numbers.extend(seen);
            seen = numbers;
            if !found.has_more() {
                break;
            }
            offset = found.reached;
        }
        assert_eq!(seen, (1..=130).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn bytes_drop_the_oldest_and_never_the_newest() {
        let book = book(10).await;
        let one = show(&entry_of(&book, 10).await, Shape::V3)
            .unwrap()
            .get()
            .len()
            + 1;
        let wanted = Wanted {
            max_bytes: 3 * one,
            ..ALL
        };
        assert_eq!(texts(&page(&book, "s", wanted).await.unwrap()), [8, 9, 10]);
        let wanted = Wanted {
            max_bytes: 1,
            ..ALL
        };
        let least = page(&book, "s", wanted).await.unwrap();
        assert_eq!((texts(&least), least.has_more()), (vec![10], true));
    }

    async fn entry_of(book: &Conversations, seq: u64) -> Entry {
        let found = book.entries("s", EntryRange::Before(seq + 1, 1)).await;
        found.unwrap().remove(0)
    }

    #[tokio::test]
    async fn an_unknown_transcript_is_an_empty_page() {
        let book = book(1).await;
        let found = page(&book, "other", ALL).await.unwrap();
        assert!(found.messages.is_empty() && !found.has_more());
        assert_eq!(offset_of(&book, "other", "e1").await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_entry_is_found_by_its_id() {
        let book = book(120).await;
        assert_eq!(offset_of(&book, "s", "e120").await.unwrap(), Some(0));
        assert_eq!(offset_of(&book, "s", "e3").await.unwrap(), Some(117));
        assert_eq!(offset_of(&book, "s", "none").await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_came_since_is_told_only_if_it_is_whole() {
        let book = book(300).await;
        let new = since(&book, "s", 298).await.unwrap().unwrap();
        assert_eq!(
            new.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [299, 300]
        );
        assert!(since(&book, "s", 300).await.unwrap().unwrap().is_empty());
        assert!(since(&book, "s", 1).await.unwrap().is_none(), "too much");
        assert!(since(&book, "s", 301).await.unwrap().is_none(), "never was");
        book.keep_last("s", 2).await.unwrap();
        assert!(since(&book, "s", 200).await.unwrap().is_none(), "summed up");
    }

    #[test]
    fn cursors_of_others_are_none() {
        let cursor = Cursor {
            session_id: "a.b".into(),
            seq: 7,
        };
        assert_eq!(Cursor::read(&cursor.text()), Some(cursor));
        for text in ["", "t1.", "t1.x.s", "eyJhIjoxfQ", "t2.1.s"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
