//! Reading and writing again must lose nothing.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The JSON that comes out after `T` has read it.
pub(crate) fn through<T: Serialize + DeserializeOwned>(json: &Value) -> Value {
    // Through text, as on the wire.
    let text = json.to_string();
    let read: T = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{}: {error}\n{text}", std::any::type_name::<T>()));
    serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap()
}
