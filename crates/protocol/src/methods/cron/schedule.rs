//! When a job runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum CronSchedule {
    /// Once.
    At {
        /// When: ISO 8601. At most a minute ago and ten years ahead.
        at: String,
    },
    /// Again and again at the same distance.
    Every {
        /// The distance, milliseconds; at least 1.
        every_ms: u64,
        /// From when to count, milliseconds since the epoch; absent means now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anchor_ms: Option<u64>,
    },
    /// By a cron expression.
    Cron {
        /// The expression.
        expr: String,
        /// Time zone, `Europe/Vienna` for example; absent means that of the host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
        /// Up to how much later it may run, milliseconds. Since protocol 4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stagger_ms: Option<u64>,
    },
    /// When a program ends. Since protocol 4.
    OnExit {
        /// The program.
        command: String,
        /// Where it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwd: Option<String>,
    },
    /// When a program writes something. Since protocol 4.
    Stream {
        /// The program and its arguments.
        command: Vec<String>,
        /// Where it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwd: Option<String>,
        /// Every line, or lines that match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<StreamMode>,
        /// What a line must match.
        #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        /// How long lines are gathered, milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch_ms: Option<i64>,
        /// How much is gathered, bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_batch_bytes: Option<i64>,
    },
}

/// Which lines of a program start a run. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamMode {
    /// Every line.
    Line,
    /// Lines that match.
    Match,
}

#[cfg(test)]
mod tests {
    use super::CronSchedule;

    #[test]
    fn every_kind_survives_a_round_trip() {
        for text in [
            r#"{"kind":"at","at":"2026-02-01T00:00:00Z"}"#,
            r#"{"kind":"every","everyMs":1000,"anchorMs":5}"#,
            r#"{"kind":"cron","expr":"0 9 * * *","tz":"Europe/Vienna"}"#,
            r#"{"kind":"on-exit","command":"make"}"#,
            r#"{"kind":"stream","command":["tail"],"mode":"match","match":"x","batchMs":5}"#,
        ] {
            let schedule: CronSchedule = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_a_schedule_is_refused() {
        for text in [
            r#"{"kind":"every"}"#,
            r#"{"kind":"every","everyMs":-1}"#,
            r#"{"kind":"at","at":"x","everyMs":1}"#,
            r#"{"kind":"sometimes"}"#,
            r#"{"everyMs":1}"#,
        ] {
            assert!(
                serde_json::from_str::<CronSchedule>(text).is_err(),
                "{text}"
            );
        }
    }
}
