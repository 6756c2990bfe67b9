//! Records that keep what this version does not know.

/// Declares a record whose unknown members survive a round trip in `rest`.
///
/// Each member says how it may be missing: `must` is required, `may` is left out when there is
/// nothing to say (a `null` counts as nothing), `null` distinguishes absent from `null`. The
/// name on the wire stands after `=`.
macro_rules! open_record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $kind:ident $field:ident: $ty:ty = $wire:literal, )*
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: open_record!(@type $kind $ty), )*
            /// Members that this version does not know, kept as they came. Never a known name.
            pub rest: serde_json::Map<String, serde_json::Value>,
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = s.serialize_map(None)?;
                $( open_record!(@put $kind map, self.$field, $wire); )*
                for (member, value) in &self.rest {
                    map.serialize_entry(member, value)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Members;
                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("struct ", stringify!($name)))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        $( let mut $field: Option<open_record!(@type $kind $ty)> = None; )*
                        let mut rest = serde_json::Map::new();
                        while let Some(member) = map.next_key::<String>()? {
                            match member.as_str() {
                                $( $wire => $field = Some(map.next_value()?), )*
                                _ => {
                                    let value = map.next_value()?;
                                    rest.insert(member, value);
                                }
                            }
                        }
                        Ok($name { $( $field: open_record!(@take $kind $field, $wire, A), )* rest })
                    }
                }
                d.deserialize_map(Members)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut properties = serde_json::Map::new();
                let mut required = Vec::new();
                $(
                    let mut member = generator.subschema_for::<open_record!(@type $kind $ty)>();
                    member
                        .ensure_object()
                        .insert("description".to_owned(), concat!($($doc, "\n"),+).trim().into());
                    properties.insert($wire.to_owned(), member.into());
                    required.extend(open_record!(@required $kind $wire));
                )*
                schemars::json_schema!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                })
            }
        }
    };

    (@type must $ty:ty) => { $ty };
    (@type may $ty:ty) => { Option<$ty> };
    (@type null $ty:ty) => { crate::methods::nullable::Nullable<$ty> };

    (@take must $field:ident, $wire:literal, $map:ident) => {
        $field.ok_or_else(|| <$map::Error as serde::de::Error>::missing_field($wire))?
    };
    (@take may $field:ident, $wire:literal, $map:ident) => { $field.flatten() };
    (@take null $field:ident, $wire:literal, $map:ident) => { $field.unwrap_or_default() };

    (@put must $map:ident, $value:expr, $wire:literal) => { $map.serialize_entry($wire, &$value)? };
    (@put may $map:ident, $value:expr, $wire:literal) => {
        if let Some(value) = &$value {
            $map.serialize_entry($wire, value)?;
        }
    };
    (@put null $map:ident, $value:expr, $wire:literal) => {
        if !$value.is_absent() {
            $map.serialize_entry($wire, &$value)?;
        }
    };

    (@required must $wire:literal) => { Some($wire) };
    (@required may $wire:literal) => { None::<&str> };
    (@required null $wire:literal) => { None::<&str> };
}

pub(crate) use open_record;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro makes public records")]
mod tests {
    use serde_json::json;

    open_record! {
        /// A sample.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Sample {
            /// Always there.
            must id: String = "id",
            /// There or not.
            may label: String = "label",
            /// There, `null` or not.
            null ended_at: u64 = "endedAt",
        }
    }

    #[test]
    fn every_member_survives_a_round_trip() {
        for sample in [
            json!({"id": "a"}),
            json!({"id": "a", "label": "b", "endedAt": null}),
            json!({"id": "a", "endedAt": 5, "new": {"deep": [1, null]}}),
        ] {
            let read: Sample = serde_json::from_value(sample.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), sample);
        }
    }

    #[test]
    fn what_is_required_is_missed_by_name() {
        let error = serde_json::from_str::<Sample>(r#"{"label":"b"}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `id`"), "{error}");
        assert!(serde_json::from_str::<Sample>(r#"{"id":1}"#).is_err());
        assert!(serde_json::from_str::<Sample>("[]").is_err());
    }

    #[test]
    fn the_schema_names_members_and_requirements() {
        let schema = serde_json::to_value(schemars::schema_for!(Sample)).unwrap();
        assert_eq!(schema["required"], json!(["id"]));
        assert_eq!(
            schema["properties"]["label"]["description"],
            "There or not."
        );
        assert_eq!(schema["properties"].as_object().unwrap().len(), 3);
    }
}
