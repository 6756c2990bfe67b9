//! Nodes of the February `node.pair.*` family: table, operations.

use openclaw_protocol::id::NodeId;
use rusqlite::{Connection, Row, params};

use crate::LegacyNodeRecord;
use crate::columns::{Json, Millis, json, ms, rows, run};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// Operations on legacy nodes.
impl Store {
    /// Records a legacy node in place of what was known of it.
    pub fn put_legacy_node(&self, node: LegacyNodeRecord) -> Op<()> {
        self.write(move |cx| put(cx.conn, &node))
    }

    /// Gives a legacy node another display name, and returns the node as it stands now.
    ///
    /// Errors: [`StoreError::UnknownNode`].
    pub fn rename_legacy_node(
        &self,
        node_id: &NodeId,
        display_name: String,
    ) -> Op<LegacyNodeRecord> {
        let node_id = node_id.clone();
        self.write(move |cx| {
            let mut node = load(cx.conn, &node_id)?;
            node.facts.display_name = Some(display_name);
            put(cx.conn, &node)?;
            Ok(node)
        })
    }

    /// Removes a legacy node, and returns it.
    ///
    /// Errors: [`StoreError::UnknownNode`].
    pub fn remove_legacy_node(&self, node_id: &NodeId) -> Op<LegacyNodeRecord> {
        let node_id = node_id.clone();
        self.write(move |cx| {
            let node = load(cx.conn, &node_id)?;
            run(
                cx.conn,
                "DELETE FROM legacy_node WHERE node_id = ?1",
                [node_id.as_str()],
            )?;
            Ok(node)
        })
    }
}

fn load(conn: &Connection, node_id: &NodeId) -> Result<LegacyNodeRecord, Failure> {
    find(conn, node_id)?.ok_or_else(|| StoreError::UnknownNode(node_id.clone()).into())
}

/// Reads one node, if it is paired.
pub(crate) fn find(
    conn: &Connection,
    node_id: &NodeId,
) -> Result<Option<LegacyNodeRecord>, Failure> {
    let sql = "SELECT * FROM legacy_node WHERE node_id = ?1";
    Ok(rows(conn, TABLE, sql, [node_id.as_str()], read)?
        .into_iter()
        .next())
}

/// Reads all nodes, the one approved first in front.
pub(crate) fn load_all(conn: &Connection) -> Result<Vec<LegacyNodeRecord>, Failure> {
    let sql = "SELECT * FROM legacy_node ORDER BY created_at_ms, node_id";
    rows(conn, TABLE, sql, (), read)
}

/// Writes one node.
pub(crate) fn put(conn: &Connection, node: &LegacyNodeRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT OR REPLACE INTO legacy_node (node_id, token_digest, facts, declared,
             created_at_ms, approved_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            node.node_id.as_str(),
            node.token,
            Json(&node.facts),
            Json(&node.declared),
            Millis(node.created_at_ms),
            Millis(node.approved_at_ms),
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<LegacyNodeRecord> {
    Ok(LegacyNodeRecord {
        node_id: NodeId::from(row.get::<_, String>("node_id")?),
        token: row.get("token_digest")?,
        facts: json(row, "facts")?,
        declared: json(row, "declared")?,
        created_at_ms: ms(row, "created_at_ms")?,
        approved_at_ms: ms(row, "approved_at_ms")?,
    })
}

const TABLE: &str = "legacy_node";
