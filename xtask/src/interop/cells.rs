//! What is tried: each cell pairs programs and walks through steps.

mod chat;
mod credentials;
mod helpers;
mod node;
mod operate;
mod operator;
mod peripheral;
mod schema;
mod talk;
mod tls;

use super::program::{Kit, Program, Release};
use super::steps::Report;

/// One pairing of programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    what: What,
    client: Program,
    gateway: Program,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// The commands of a CLI.
    Operator,
    /// The commands of a CLI that use what a Gateway runs: agents, sessions, jobs.
    Operate,
    /// A conversation through the calls of a CLI.
    Chat,
    /// A conversation with an agent of ours through CLIs and client libraries.
    Talk,
    /// A CLI with wrong credentials.
    Credentials,
    /// A node host: pair, answer, survive the end of either side.
    Node,
    /// Our commands that use a node host: its rules, programs on it, a person who is asked.
    Helpers,
    /// A peripheral on the node SDK: pair, answer, change, survive a restart of the Gateway.
    Peripheral,
    /// A CLI with right and wrong pins against a Gateway that speaks TLS.
    Tls,
    /// What the Gateway answers, against the published schema.
    Schema,
}

use Program::{Ours, Real};

/// Every cell, first those of ours, then the original against itself.
pub(super) fn all() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |what, client, gateway| {
        cells.push(Cell {
            what,
            client,
            gateway,
        })
    };
    for release in [Release::F, Release::L] {
        add(What::Operator, Real(release), Ours);
        add(What::Node, Real(release), Ours);
        add(What::Operator, Ours, Real(release));
        add(What::Operate, Ours, Real(release));
        add(What::Node, Ours, Real(release));
        add(What::Peripheral, Ours, Real(release));
        add(What::Helpers, Ours, Real(release));
        add(What::Helpers, Real(release), Ours);
        add(What::Chat, Real(release), Ours);
        add(What::Talk, Real(release), Ours);
        add(What::Credentials, Real(release), Ours);
        add(What::Tls, Real(release), Ours);
        add(What::Tls, Ours, Real(release));
    }
    add(What::Operator, Ours, Ours);
    add(What::Node, Ours, Ours);
    add(What::Helpers, Ours, Ours);
    add(What::Peripheral, Ours, Ours);
    add(What::Chat, Ours, Ours);
    add(What::Talk, Ours, Ours);
    add(What::Operate, Ours, Ours);
    add(What::Credentials, Ours, Ours);
    add(What::Tls, Ours, Ours);
    add(What::Schema, Ours, Ours);
    for release in [Release::F, Release::L] {
        for what in [What::Operator, What::Node, What::Credentials, What::Tls] {
            add(what, Real(release), Real(release));
        }
    }
    add(What::Schema, Real(Release::L), Real(Release::L));
    cells
}

impl Cell {
    /// `node.f-on-ours`, `reference.cli.l-on-l`.
    pub(super) fn name(&self) -> String {
        let what = match self.what {
            What::Operator => "cli",
            What::Operate => "operate",
            What::Chat => "chat",
            What::Talk => "talk",
            What::Credentials => "credentials",
            What::Node => "node",
            What::Peripheral => "peripheral",
            What::Helpers => "helpers",
            What::Schema => "schema",
            What::Tls => "tls",
        };
        let prefix = if self.is_reference() {
            "reference."
        } else {
            ""
        };
        format!(
            "{prefix}{what}.{}-on-{}",
            self.client.name(),
            self.gateway.name()
        )
    }

    /// Whether nothing of ours takes part.
    pub(super) fn is_reference(&self) -> bool {
        self.client != Ours && self.gateway != Ours
    }

    /// Whether this release of the original takes part.
    pub(super) fn concerns(&self, release: Release) -> bool {
        self.client == Real(release) || self.gateway == Real(release)
    }

    /// Runs its steps.
    pub(super) async fn run(&self, kit: &Kit, report: &mut Report) {
        match self.what {
            What::Operator => operator::run(kit, report, self.client, self.gateway).await,
            What::Operate => operate::run(kit, report, self.client, self.gateway).await,
            What::Chat => chat::run(kit, report, self.client, self.gateway).await,
            What::Talk => talk::run(kit, report, self.client, self.gateway).await,
            What::Credentials => credentials::run(kit, report, self.client, self.gateway).await,
            What::Node => node::run(kit, report, self.client, self.gateway).await,
            What::Peripheral => peripheral::run(kit, report, self.gateway).await,
            What::Helpers => helpers::run(kit, report, self.client, self.gateway).await,
            What::Tls => tls::run(kit, report, self.client, self.gateway).await,
            What::Schema => schema::run(kit, report, self.gateway).await,
        }
    }
}
