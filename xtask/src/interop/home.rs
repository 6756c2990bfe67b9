//! A home that nothing else knows: state, configuration, temporary files and logs of one program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Target;
use crate::failure::{Doing, Outcome};

/// One sealed home.
#[derive(Debug)]
pub(crate) struct Home {
    dir: PathBuf,
}

impl Home {
    /// Makes a home in this directory.
    pub(crate) fn create(dir: PathBuf) -> Outcome<Self> {
        let home = Self { dir };
        for part in [home.state_dir(), home.temp_dir()] {
            fs::create_dir_all(&part).doing(format_args!("create {}", part.display()))?;
            fs::set_permissions(&part, fs::Permissions::from_mode(0o700))
                .doing("close a directory to others")?;
        }
        Ok(home)
    }

    /// `HOME`.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// `OPENCLAW_STATE_DIR`.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.dir.join(".openclaw")
    }

    /// `OPENCLAW_CONFIG_PATH`.
    pub(crate) fn config_path(&self) -> PathBuf {
        self.state_dir().join("openclaw.json")
    }

    /// `TMPDIR`.
    pub(crate) fn temp_dir(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    /// Where a program's output goes.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// Writes `openclaw.json`.
    pub(crate) fn write_config(&self, config: &Value) -> Outcome {
        let path = self.config_path();
        fs::write(&path, format!("{config:#}\n"))
            .doing(format_args!("write {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
            .doing("close a file to others")
    }

    /// The configuration of a Gateway on loopback with a token, and of a client on the same host.
    pub(crate) fn local(&self, port: u16, token: &str) -> Value {
        json!({
            "gateway": {
                "mode": "local",
                "port": port,
                "bind": "loopback",
                "auth": {"mode": "token", "token": token},
            },
            "logging": {"file": self.dir.join("log.jsonl")},
        })
    }

    /// The configuration of a client on the host of a Gateway with this certificate.
    pub(crate) fn local_tls(&self, port: u16, token: &str, certificate: &Path) -> Value {
        let mut config = self.local(port, token);
        config["gateway"]["tls"] = json!({
            "enabled": true,
            "autoGenerate": false,
            "certPath": certificate,
            "keyPath": certificate.with_file_name("gateway-key.pem"),
        });
        config
    }

    /// The same for one that is known by this pin, or by none.
    pub(crate) fn remote_pinned(&self, target: &Target, pin: Option<&str>) -> Value {
        let mut config = self.remote(target);
        if let Some(pin) = pin {
            config["gateway"]["remote"]["tlsFingerprint"] = pin.into();
        }
        config
    }

    /// The configuration of a client whose Gateway is elsewhere.
    pub(crate) fn remote(&self, target: &Target) -> Value {
        json!({
            "gateway": {
                "mode": "remote",
                "remote": {"url": target.url, "token": target.token},
            },
            "logging": {"file": self.dir.join("log.jsonl")},
        })
    }
}
