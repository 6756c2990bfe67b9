//! `logging`: what is logged, and where.

use std::path::PathBuf;

use crate::decode::{FilePath, Line, List, OneWord, Raw, Size, Untyped, section, words};
use crate::defaults;

section! {
    /// What is logged, and where.
    pub struct Logging {
        /// The least that goes to the file.
        "level": OneWord<LogLevel> => level: LogLevel = defaults::LOG_LEVEL;
        /// The least that goes to the terminal; absent means as for the file.
        "consoleLevel": OneWord<LogLevel> => console_level: Option<LogLevel>;
        /// How the terminal shows it.
        "consoleStyle": OneWord<ConsoleStyle> => console_style: ConsoleStyle
            = defaults::CONSOLE_STYLE;
        /// The file.
        "file": FilePath => file: Option<PathBuf>;
        /// Largest file before a new one is begun, in bytes.
        #[latest]
        "maxFileBytes": Size<1, 9_007_199_254_740_991> => max_file_bytes: Option<u64>;
        /// Whether secrets in tool output are left out.
        #[february("not carried out by this version; the newest release always leaves them out")]
        "redactSensitive": OneWord<RedactSensitive> => redact_sensitive: RedactSensitive
            = defaults::REDACT_SENSITIVE;
        /// Further patterns of what is left out.
        "redactPatterns": List<Line> => redact_patterns: Vec<String>;
        /// A record of who did what.
        #[latest]
        "audit": Raw => audit: Option<Untyped>;
    }
}

words! {
    /// How much is logged: each level includes those before it.
    pub enum LogLevel {
        /// Nothing.
        Silent = "silent",
        /// What ends the process.
        Fatal = "fatal",
        /// What somebody must act on.
        Error = "error",
        /// What is odd or degraded.
        Warn = "warn",
        /// The life of the process.
        Info = "info",
        /// Each request.
        Debug = "debug",
        /// Each frame.
        Trace = "trace",
    }
}

words! {
    /// `logging.consoleStyle`.
    pub enum ConsoleStyle {
        /// For people.
        Pretty = "pretty",
        /// For people with little room. February 2026 only.
        Compact = "compact",
        /// For programs.
        Json = "json",
    }
}

words! {
    /// `logging.redactSensitive`.
    pub enum RedactSensitive {
        /// Nothing is left out of tool output.
        Off = "off",
        /// Secrets are.
        Tools = "tools",
    }
}
