//! What a method is: declared once, used by server, client, scope check and docs.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::invalid::Problems;
use crate::{Access, Generation};

/// One method of the protocol.
///
/// The declaration is the only place that says name, access and shape: the server route, the
/// typed client call, the scope check, `hello-ok.features.methods`, the JSON Schema and the
/// reference page are derived from it.
pub trait Method: 'static {
    /// The name on the wire.
    const NAME: &'static str;
    /// Who may call it in protocol 4, and in protocol 3 unless [`Method::ACCESS_V3`] differs.
    const ACCESS: Access;
    /// Who may call it in protocol 3.
    const ACCESS_V3: Access = Self::ACCESS;
    /// The first generation that has it.
    const SINCE: Generation = Generation::V3;
    /// The last generation that has it.
    const UNTIL: Generation = Generation::V4;
    /// Whether `hello-ok` lists it; a hidden method works all the same.
    const ADVERTISED: bool = true;
    /// What the caller sends. Unknown fields are refused.
    type Params: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    /// What the Gateway answers. Unknown fields are ignored by a client.
    type Result: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// What these very params need beyond the access by name; it may only demand more.
    ///
    /// Called after parsing, in both generations. `None`: nothing more.
    #[must_use]
    fn stricter_access(_params: &Self::Params) -> Option<Access> {
        None
    }

    /// What types do not say of these params: lengths of texts, ranges of numbers.
    ///
    /// Called after parsing, in both generations. What is wrong goes into `problems`, at the
    /// place where it is.
    fn check(_params: &Self::Params, _problems: &mut Problems) {}
}

/// The declaration of a method without its types: one row of the catalogue.
#[derive(Debug, Clone)]
pub struct MethodInfo {
    /// The name on the wire.
    pub name: &'static str,
    /// Who may call it in protocol 3.
    pub access_v3: Access,
    /// Who may call it in protocol 4.
    pub access_v4: Access,
    /// The first generation that has it.
    pub since: Generation,
    /// The last generation that has it.
    pub until: Generation,
    /// Whether `hello-ok` lists it.
    pub advertised: bool,
    /// JSON Schema of the params.
    pub params_schema: fn() -> schemars::Schema,
    /// JSON Schema of the result.
    pub result_schema: fn() -> schemars::Schema,
}

impl MethodInfo {
    /// The row of one method.
    #[must_use]
    pub const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            access_v3: M::ACCESS_V3,
            access_v4: M::ACCESS,
            since: M::SINCE,
            until: M::UNTIL,
            advertised: M::ADVERTISED,
            params_schema: || schemars::schema_for!(M::Params),
            result_schema: || schemars::schema_for!(M::Result),
        }
    }

    /// Who may call it in this generation; `None` where that generation does not have it.
    #[must_use]
    pub fn access(&self, generation: Generation) -> Option<&Access> {
        if generation < self.since || generation > self.until {
            return None;
        }
        Some(match generation {
            Generation::V3 => &self.access_v3,
            Generation::V4 => &self.access_v4,
        })
    }
}

/// Params of a method that takes none: `{}`, or absent (the frame reads `null` as absent).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}
