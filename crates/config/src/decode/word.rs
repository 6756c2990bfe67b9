//! Keys that hold one of a few words.

use std::marker::PhantomData;

use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use serde_json::Value;

use super::{Codec, Decoder, Kind, Show, similar};

/// A type each of whose values is a word.
pub trait Word: Copy + 'static {
    /// Every value.
    const EVERY: &'static [Self];

    /// The word for it.
    fn word(self) -> &'static str;

    /// Every word.
    #[must_use]
    fn words() -> Vec<&'static str> {
        Self::EVERY.iter().map(|value| value.word()).collect()
    }

    /// The value of a word.
    #[must_use]
    fn of_word(word: &str) -> Option<Self> {
        Self::EVERY
            .iter()
            .copied()
            .find(|value| value.word() == word)
    }
}

/// One of the words of `T`.
#[derive(Debug)]
pub(crate) struct OneWord<T>(PhantomData<T>);

impl<T: Word> Codec for OneWord<T> {
    type Out = T;
    const KIND: Kind = Kind::Words(T::words);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<T> {
        // As the original: what is no text is as wrong as a wrong word.
        let text = match value {
            Value::String(_) => at.text(value)?,
            _ => "",
        };
        let found = T::of_word(text);
        if found.is_none() {
            let words = T::words();
            let near = similar(text, words.iter().copied()).map(str::to_owned);
            at.refuse_with(not_allowed(&words), |problem| problem.nearest(near));
        }
        found
    }
}

impl<T: Word> Show for OneWord<T> {
    fn show(value: &T) -> Value {
        Value::from(value.word())
    }
}

/// The message for a word that is none of these.
pub(crate) fn not_allowed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("Invalid input (allowed: {})", quoted.join(", "))
}

macro_rules! policy_words {
    ($($name:ident),+) => {$(
        impl Word for $name {
            const EVERY: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    )+};
}

policy_words!(AuthMode, BindMode, TailscaleMode);

/// Declares an enum each of whose values is a word in the configuration.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )+
        }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The word as it stands in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )+
                }
            }
        }

        impl $crate::decode::Word for $name {
            const EVERY: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;
