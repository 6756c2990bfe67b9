//! What a node cannot be built from.

use openclaw_connect::UrlError;
use openclaw_identity::{IdentityFileError, TokenStoreError};

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address of the Gateway is none.
    #[error("the gateway's address cannot be used: {0}")]
    Url(#[from] UrlError),
    /// Nobody said who the node is.
    #[error(
        "the node has no identity; give it a directory with `identity_dir`, or a key with \
         `identity`"
    )]
    NoIdentity,
    /// The identity cannot be read or written.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// The device tokens cannot be read.
    #[error(transparent)]
    Tokens(#[from] TokenStoreError),
    /// Two handlers for one command.
    #[error("the command `{command}` has two handlers")]
    DuplicateCommand {
        /// The command.
        command: String,
    },
    /// A command without a name.
    #[error("a command has an empty name")]
    UnnamedCommand,
}
