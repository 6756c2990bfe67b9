//! `section!`: an object of the configuration, declared once.

/// Declares an object of the configuration.
///
/// Each key is one entry: its documentation, the key, the [`Codec`](super::Codec) that reads
/// it, and the field of the struct with its type. After the type, `= PRESET` gives the value
/// that holds where the key is absent; `| PRESET` only documents one that is decided elsewhere.
/// Without either the field is an `Option`, a collection or a section, and empty. In front of
/// the key, `#[february("…")]` marks one that only the older release knows and says what to
/// write instead, `#[latest]` one that only the newer knows, `#[required]` one that must be
/// there. After the struct, `retired` lists keys that are accepted and not read, `refused` keys
/// that never worked with the key they mean, and `unknown` what becomes of all others.
macro_rules! section {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $fdoc:literal])+
                $(#[february($february:literal)])?
                $(#[latest $($latest:lifetime)?])?
                $(#[required $($required:lifetime)?])?
                $key:literal: $codec:ty => $field:ident: $ty:ty $(= $preset:path)? $(| $shown:path)?;
            )*
        }
        $(retired { $( $rkey:literal: $rnote:literal; )* })?
        $(refused { $( $xkey:literal: $instead:literal; )* })?
        $(unknown $unknown:expr;)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        $vis struct $name {
            $( $(#[doc = $fdoc])+ $vis $field: $ty, )*
        }

        impl $name {
            /// The declaration of this section.
            $vis const SECTION: &'static $crate::decode::Section = &$crate::decode::Section {
                doc: concat!($($doc, "\n"),+),
                fields: &[$(
                    $crate::decode::Field {
                        key: $key,
                        kind: <$codec as $crate::decode::Codec>::KIND,
                        doc: concat!($($fdoc, "\n"),+),
                        default: $crate::decode::section!(@shown $codec, $($preset)? $($shown)?),
                        note: $crate::decode::section!(
                            @note $(february $february)? $(latest $($latest)?)?
                        ),
                        required: $crate::decode::section!(@required $(required $($required)?)?),
                    },
                )*],
                retired: &[$( $( ($rkey, $rnote), )* )?],
                refused: &[$( $( ($xkey, $instead), )* )?],
                unknown: $crate::decode::section!(@unknown $($unknown)?),
            };
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $crate::decode::section!(@default $($preset)?), )* }
            }
        }

        impl $crate::decode::Codec for $name {
            type Out = Self;
            const KIND: $crate::decode::Kind = $crate::decode::Kind::Section(Self::SECTION);

            fn decode(
                at: &mut $crate::decode::Decoder<'_>,
                value: &serde_json::Value,
            ) -> Option<Self> {
                let map = at.object(value, Self::SECTION)?;
                Some(Self {$(
                    $field: at
                        .field::<$codec>(map, $key)
                        .map_or_else(
                            || $crate::decode::section!(@default $($preset)?),
                            <$ty>::from,
                        ),
                )*})
            }
        }
    };

    (@default) => { Default::default() };
    (@default $preset:path) => { $preset.value };

    (@shown $codec:ty,) => { None };
    (@shown $codec:ty, $preset:path) => { Some(|| $preset.shown::<$codec>()) };

    (@note) => { $crate::decode::Note::Both };
    (@note february $note:literal) => { $crate::decode::Note::February($note) };
    (@note latest) => { $crate::decode::Note::Latest };

    (@required) => { false };
    (@required required) => { true };

    (@unknown) => { $crate::decode::Unknown::Refused };
    (@unknown $unknown:expr) => { $unknown };
}

pub(crate) use section;
