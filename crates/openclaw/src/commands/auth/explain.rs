//! `openclaw auth explain`

use serde::Serialize;

use super::client::ClientSide;
use super::digest::Digester;
use super::ignored::{self, Ignored};
use super::mend::{self, Mend};
use super::places::{self, Held, Kind, Place, agree};
use super::print;
use super::server::ServerSide;
use crate::app::App;
use crate::cli::auth::AuthExplainArgs;
use crate::error::CliError;

/// Explains which credentials count. Nothing is sent to anybody; that something is wrong is part
/// of the explanation.
pub(crate) fn run(app: &App, args: &AuthExplainArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let digester = Digester::new()?;
    let places = places::find(app, &loaded, &args.target);
    let server = ServerSide::of(&loaded, &places, &digester);
    let client = ClientSide::of(app, &loaded, &args.target, &places, &digester);
    let explanation = Explanation {
        ok: true,
        config: loaded.path.display().to_string(),
        digests: DIGESTS,
        ignored: ignored::list(&loaded, &places, &client),
        mend: mend::list(&loaded, &places, &server, &client),
        server,
        client,
    };
    if app.out.is_json() {
        return app.out.json(&explanation);
    }
    print::print(&app.out, &explanation)
}

/// What digests are, for programs.
const DIGESTS: &str = "keyed with random bytes of this run: compare them within this answer only";

/// The explanation. No text in it holds a secret.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    ok: bool,
    /// The configuration file.
    pub(super) config: String,
    digests: &'static str,
    /// What the Gateway of this machine demands.
    pub(super) server: ServerSide,
    /// What this command line would send.
    pub(super) client: ClientSide,
    /// What is set and does not count.
    pub(super) ignored: Vec<Ignored>,
    /// What to do.
    pub(super) mend: Vec<Mend>,
}

/// A token or password, as one side sees it.
#[derive(Debug, Serialize)]
pub(super) struct Credential {
    /// `used`, `unset`, `unavailable`, or `command` for one that a command prints.
    pub(super) state: &'static str,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    /// Where exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exactly: Option<String>,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    /// Why it is not available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Other places that were looked at and hold one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) others: Vec<Other>,
}

/// Another place that holds one.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    /// The place.
    pub(super) source: String,
    /// Where exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exactly: Option<String>,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    /// Whether it is the same; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agrees: Option<bool>,
}

impl Credential {
    /// The credential that was chosen, `from` by its name, among the places that were looked at.
    pub(super) fn among(
        kind: Kind,
        from: Option<&str>,
        looked_at: &[&Place],
        digester: &Digester,
    ) -> Self {
        let of_kind = || looked_at.iter().filter(|place| place.kind == kind);
        let chosen = from.and_then(|from| of_kind().find(|place| place.source == from));
        let broken = || of_kind().find(|place| matches!(place.held, Held::Unavailable(_)));
        let (state, shown) = match chosen {
            Some(place) => (
                match place.held {
                    Held::Secret(_) => "used",
                    Held::Command => "command",
                    Held::Unavailable(_) => "unavailable",
                },
                Some(place),
            ),
            None => match broken() {
                Some(place) => ("unavailable", Some(place)),
                None => ("unset", None),
            },
        };
        let others = of_kind()
            .filter(|place| shown.is_none_or(|shown| shown.source != place.source))
            .map(|place| Other {
                source: place.source.clone(),
                exactly: place.exactly.clone(),
                digest: place.held.secret().map(|secret| digester.of(secret)),
                agrees: chosen.and_then(|chosen| agree(&chosen.held, &place.held)),
            })
            .collect();
        Self {
            state,
            from: shown.map(|place| place.source.clone()),
            exactly: shown.and_then(|place| place.exactly.clone()),
            digest: shown
                .and_then(|place| place.held.secret())
                .map(|secret| digester.of(secret)),
            error: shown.and_then(|place| match &place.held {
                Held::Unavailable(why) => Some(why.clone()),
                Held::Secret(_) | Held::Command => None,
            }),
            others,
        }
    }

    /// Whether there is one to show.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.state, "used" | "command")
    }
}
