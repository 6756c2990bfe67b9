//! People who asked to be let in: their codes, kept for an hour.

use rand::seq::IndexedRandom as _;
use serde::{Deserialize, Serialize};

use crate::inbound::Sender;

/// Letters and digits of a code; none looks like another.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters of a code.
const CODE: usize = 8;
/// How long a code counts, in milliseconds.
const HOUR: u64 = 60 * 60 * 1000;
/// People who wait at the same time: strangers must not fill the disk, nor bury the one who is
/// meant.
const MAX_ASKERS: usize = 3;

/// Those who asked one account to be let in, and still count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Askers(Vec<Asker>);

/// Somebody who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asker {
    /// Who, by id.
    pub id: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the account there, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What a person approves.
    pub code: String,
    /// When it was asked first, in milliseconds since 1970.
    pub asked_at_ms: u64,
    /// When it was asked last.
    pub last_at_ms: u64,
}

/// What is to be told somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asking {
    /// This code, for the first time.
    New(String),
    /// Nothing: this code was told before.
    Told(String),
    /// Nothing: too many others wait.
    Full,
}

impl Askers {
    /// Somebody asks.
    pub fn ask(&mut self, sender: &Sender, now_ms: u64) -> Asking {
        self.forget(now_ms);
        if let Some(known) = self.0.iter_mut().find(|one| one.id == sender.id) {
            known.last_at_ms = now_ms;
            return Asking::Told(known.code.clone());
        }
        if self.0.len() >= MAX_ASKERS {
            return Asking::Full;
        }
        let code = self.new_code();
        self.0.push(Asker {
            id: sender.id.clone(),
            name: sender.name.clone(),
            username: sender.username.clone(),
            code: code.clone(),
            asked_at_ms: now_ms,
            last_at_ms: now_ms,
        });
        Asking::New(code)
    }

    /// A person approves a code, in large or small letters: who may come in, and waits no more.
    pub fn approve(&mut self, code: &str, now_ms: u64) -> Option<Asker> {
        self.forget(now_ms);
        let code = code.trim();
        let is_it = |one: &Asker| one.code.eq_ignore_ascii_case(code);
        let at = self.0.iter().position(is_it)?;
        Some(self.0.remove(at))
    }

    /// Those who wait, in the order in which they asked.
    pub fn waiting(&self, now_ms: u64) -> impl Iterator<Item = &Asker> {
        self.0.iter().filter(move |one| counts(one, now_ms))
    }

    /// Forgets those whose code counts no more.
    fn forget(&mut self, now_ms: u64) {
        self.0.retain(|one| counts(one, now_ms));
    }

    fn new_code(&self) -> String {
        let mut rng = rand::rng();
        loop {
            let letters = (0..CODE).filter_map(|_| LETTERS.choose(&mut rng));
            let code: String = letters.map(|letter| char::from(*letter)).collect();
            if self.0.iter().all(|one| one.code != code) {
                return code;
            }
        }
    }
}

/// The code still counts. One from the future does not: the clock was set back.
const fn counts(one: &Asker, now_ms: u64) -> bool {
    match now_ms.checked_sub(one.asked_at_ms) {
        Some(age) => age < HOUR,
        None => one.asked_at_ms - now_ms < HOUR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(id: &str) -> Sender {
        Sender {
            id: id.into(),
            name: Some("Ann".into()),
            username: None,
            is_bot: false,
        }
    }

    fn new(asking: Asking) -> String {
        match asking {
            Asking::New(code) => code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whoever_asks_gets_one_code_that_lets_in_once() {
        let mut askers = Askers::default();
        let code = new(askers.ask(&sender("7"), 1000));
        assert_eq!(code.len(), 8);
        assert!(code.bytes().all(|byte| LETTERS.contains(&byte)), "{code}");
        assert_eq!(askers.ask(&sender("7"), 2000), Asking::Told(code.clone()));
        let text = serde_json::to_string(&askers).unwrap();
        let mut askers: Askers = serde_json::from_str(&text).unwrap();
        assert_eq!(askers.waiting(2000).count(), 1);
        let approved = askers
            .approve(&format!(" {} ", code.to_lowercase()), 3000)
            .unwrap();
        assert_eq!((approved.id.as_str(), approved.last_at_ms), ("7", 2000));
        assert_eq!(askers.approve(&code, 3000), None);
        assert_eq!(askers.waiting(3000).count(), 0);
    }

    #[test]
    fn a_code_counts_for_an_hour_however_often_it_is_asked_for() {
        let mut askers = Askers::default();
        let code = new(askers.ask(&sender("7"), 1000));
        askers.ask(&sender("7"), HOUR);
        assert_eq!(
            askers.clone().approve(&code, 1000 + HOUR - 1).unwrap().id,
            "7"
        );
        assert_eq!(askers.clone().approve(&code, 1000 + HOUR), None);
        assert_eq!(askers.waiting(1000 + HOUR).count(), 0);
        assert_ne!(new(askers.ask(&sender("7"), 1000 + HOUR)), code);
    }

    #[test]
    fn strangers_cannot_pile_up_and_guesses_let_nobody_in() {
        let mut askers = Askers::default();
        let codes: Vec<String> = (0..3)
            .map(|id: u8| new(askers.ask(&sender(&id.to_string()), 1000)))
            .collect();
        assert_eq!(askers.ask(&sender("9"), 1001), Asking::Full);
        // Who waits already is not locked out by it.
        assert_eq!(
            askers.ask(&sender("0"), 1001),
            Asking::Told(codes[0].clone())
        );
        for guess in ["", "AAAAAAAA", &codes[0][..7], "*"] {
            assert_eq!(askers.approve(guess, 1001), None, "{guess}");
        }
        new(askers.ask(&sender("9"), 1000 + HOUR));
    }
}
