//! A switch with a third position: `true`, `false` or one word.

/// Declares a switch that is `true`, `false` or a word.
macro_rules! switch {
    ($(#[$meta:meta])* pub enum $name:ident { $(#[$wmeta:meta])* $word:ident = $text:literal }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            /// On the wire: `true`.
            Yes,
            /// On the wire: `false`.
            No,
            $(#[$wmeta])*
            $word,
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Yes => s.serialize_bool(true),
                    Self::No => s.serialize_bool(false),
                    Self::$word => s.serialize_str($text),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Position;
                impl serde::de::Visitor<'_> for Position {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("boolean or \"", $text, "\""))
                    }
                    fn visit_bool<E: serde::de::Error>(self, yes: bool) -> Result<$name, E> {
                        Ok(if yes { $name::Yes } else { $name::No })
                    }
                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$name, E> {
                        if word == $text {
                            Ok($name::$word)
                        } else {
                            Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
                        }
                    }
                }
                d.deserialize_any(Position)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "enum": [true, false, $text] })
            }
        }
    };
}

switch! {
    /// Whether a run uses the faster variant of its model.
    pub enum FastMode {
        /// Fast until the cut-off of the run, ordinary after it. On the wire: `"auto"`.
        Auto = "auto"
    }
}

switch! {
    /// Which sessions a list shows by their archive state.
    pub enum ArchiveFilter {
        /// Archived or not. On the wire: `"all"`.
        All = "all"
    }
}

#[cfg(test)]
mod tests {
    use super::FastMode;

    #[test]
    fn three_positions_and_no_fourth() {
        for text in ["true", "false", r#""auto""#] {
            let mode: FastMode = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&mode).unwrap(), text);
        }
        for wrong in [r#""all""#, "1", "null"] {
            assert!(serde_json::from_str::<FastMode>(wrong).is_err(), "{wrong}");
        }
    }
}
