//! Keys that hold many values.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::Value;

use super::{Codec, Decoder, Kind};
use crate::config_path::Segment;

/// An array of `C`. Items that are wrong are noted one by one.
#[derive(Debug)]
pub(crate) struct List<C>(PhantomData<C>);

impl<C: Codec> Codec for List<C> {
    type Out = Vec<C::Out>;
    const KIND: Kind = Kind::List(&C::KIND);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Vec<C::Out>> {
        let Value::Array(items) = value else {
            at.mismatch("array", value);
            return None;
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.extend(at.within(Segment::Index(index), |here| C::decode(here, item)));
        }
        Some(list)
    }
}

/// An object with any keys, each of which holds a `C`.
#[derive(Debug)]
pub(crate) struct Table<C>(PhantomData<C>);

impl<C: Codec> Codec for Table<C> {
    type Out = BTreeMap<String, C::Out>;
    const KIND: Kind = Kind::Table(&C::KIND);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<BTreeMap<String, C::Out>> {
        let Value::Object(entries) = value else {
            at.mismatch("object", value);
            return None;
        };
        let mut table = BTreeMap::new();
        for (key, item) in entries {
            let found = at.within(Segment::Key(key.clone()), |here| C::decode(here, item));
            table.extend(found.map(|item| (key.clone(), item)));
        }
        Some(table)
    }
}
