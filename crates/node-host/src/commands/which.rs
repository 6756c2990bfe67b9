//! `system.which`: where programs are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use openclaw_node_client::NodeError;
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::exec::SearchPath;

/// The command's name.
pub(crate) const NAME: &str = "system.which";
/// Names looked up in one call.
const MAX_BINS: usize = 256;

/// Shape: `{bins: [name]}`.
#[derive(Debug, Deserialize)]
pub(crate) struct WhichParams {
    bins: Option<Vec<String>>,
}

/// Shape: `{bins: {<name>: <absolute path>}}`; names that were not found are left out.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct WhichResult {
    bins: BTreeMap<String, PathBuf>,
}

/// Looks names up in the node's `PATH`.
pub(crate) fn which(core: &Core, params: WhichParams) -> Result<WhichResult, NodeError> {
    let Some(bins) = params.bins else {
        return Err(NodeError::invalid_request("bins required"));
    };
    if bins.len() > MAX_BINS {
        let message = format!(
            "{} names in `bins`, at most {MAX_BINS} are looked up",
            bins.len()
        );
        return Err(NodeError::invalid_request(message));
    }
    let path = SearchPath::new(core.environment.path());
    let found = |name: String| {
        path.find(name.trim())
            .map(|place| (name.trim().to_owned(), place))
    };
    Ok(WhichResult {
        bins: bins.into_iter().filter_map(found).collect(),
    })
}
