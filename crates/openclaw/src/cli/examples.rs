//! The examples at the end of every help text.

macro_rules! examples {
    ($($name:ident = [$($line:literal),+ $(,)?];)+) => {
        $( pub(crate) const $name: &str = concat!("Examples:", $("\n  ", $line),+); )+
    };
}

pub(crate) mod operate;

examples! {
    ROOT = [
        "openclaw demo                              see a Gateway and a node at work",
        "openclaw gateway run                       run the Gateway on this machine",
        "openclaw status                            what runs here, and whether it answers",
        "openclaw health --ssh user@host            any command, on the Gateway of another machine",
    ];
    GATEWAY = [
        "openclaw gateway run --bind loopback",
        "openclaw gateway status",
        "openclaw gateway call node.list --json",
    ];
    GATEWAY_RUN = [
        "openclaw gateway run",
        "openclaw gateway run --port 20330 --allow-unconfigured",
        "openclaw gateway run --bind lan --password-file /run/secrets/openclaw",
    ];
    GATEWAY_STATUS = [
        "openclaw gateway status",
        "openclaw gateway status --require-rpc --json",
    ];
    GATEWAY_HEALTH = [
        "openclaw gateway health",
        "openclaw gateway health --url ws://127.0.0.1:18789 --token TOKEN",
    ];
    GATEWAY_PROBE = [
        "openclaw gateway probe",
        "openclaw gateway probe --url wss://host.example --token TOKEN --json",
        "openclaw gateway probe --ssh-auto",
    ];
    GATEWAY_DISCOVER = [
        "openclaw gateway discover",
        "openclaw gateway discover --timeout 5000 --json",
    ];
    GATEWAY_CALL = [
        "openclaw gateway call health",
        "openclaw gateway call node.describe --params '{\"nodeId\":\"NODE\"}' --json",
    ];
    GATEWAY_INSTALL = [
        "openclaw gateway install",
        "openclaw gateway install --port 20330 --force",
    ];
    GATEWAY_UNINSTALL = ["openclaw gateway uninstall"];
    GATEWAY_START = ["openclaw gateway start"];
    GATEWAY_STOP = [
        "openclaw gateway stop",
        "openclaw gateway stop --json",
    ];
    GATEWAY_RESTART = ["openclaw gateway restart"];
    NODE_INSTALL = [
        "openclaw node install",
        "openclaw node install --host gateway.local --display-name kitchen",
    ];
    NODE_UNINSTALL = ["openclaw node uninstall"];
    NODE_STATUS = [
        "openclaw node status",
        "openclaw node status --json",
    ];
    NODE_START = ["openclaw node start"];
    NODE_STOP = ["openclaw node stop"];
    NODE_RESTART = ["openclaw node restart"];
    TUNNEL = [
        "openclaw tunnel up --ssh user@host",
        "openclaw tunnel status",
        "openclaw tunnel down",
    ];
    TUNNEL_UP = [
        "openclaw tunnel up --ssh user@host",
        "openclaw tunnel up --ssh user@host:2222 --port 18789 --local-port 20330",
        "openclaw tunnel up --foreground --json",
    ];
    TUNNEL_STATUS = [
        "openclaw tunnel status",
        "openclaw tunnel status --json",
    ];
    TUNNEL_DOWN = [
        "openclaw tunnel down",
        "openclaw tunnel down --ssh user@host",
    ];
    TUNNEL_LOGS = ["openclaw tunnel logs --limit 50"];
    TUNNEL_INSTALL = [
        "openclaw tunnel install --ssh user@host",
        "openclaw tunnel install --ssh user@host --ssh-identity ~/.ssh/id_openclaw --force",
    ];
    TUNNEL_UNINSTALL = ["openclaw tunnel uninstall"];
    TRUST = [
        "openclaw trust add gateway.example",
        "openclaw trust list",
    ];
    TRUST_LIST = [
        "openclaw trust list",
        "openclaw trust list --json",
    ];
    TRUST_SHOW = [
        "openclaw trust show gateway.example",
        "openclaw trust show wss://192.168.1.20:18789 --json",
    ];
    TRUST_ADD = [
        "openclaw trust add gateway.example                      look, compare, confirm",
        "openclaw trust add 192.168.1.20 --key --note 'the Pi'   renewals need no new pin",
        "openclaw trust add gateway.example --fingerprint sha256:HEX",
    ];
    TRUST_REMOVE = [
        "openclaw trust remove gateway.example",
        "openclaw trust remove gateway.example --fingerprint sha256:HEX",
    ];
    HEALTH = [
        "openclaw health",
        "openclaw health --json --timeout 3000",
        "openclaw health --ssh user@host",
    ];
    STATUS = [
        "openclaw status",
        "openclaw status --deep --json",
    ];
    NODES = [
        "openclaw nodes status",
        "openclaw nodes pending",
        "openclaw nodes approve REQUEST",
    ];
    NODES_STATUS = [
        "openclaw nodes status --connected",
        "openclaw nodes status --last-connected 24h --json",
    ];
    NODES_LIST = [
        "openclaw nodes list",
        "openclaw nodes list --last-connected 7d",
    ];
    NODES_DESCRIBE = [
        "openclaw nodes describe --node kitchen",
        "openclaw nodes describe --node 3f9a1c --json",
    ];
    NODES_PENDING = [
        "openclaw nodes pending",
        "openclaw nodes pending --json",
    ];
    NODES_APPROVE = ["openclaw nodes approve REQUEST"];
    NODES_REJECT = ["openclaw nodes reject REQUEST"];
    NODES_REMOVE = ["openclaw nodes remove --node kitchen"];
    NODES_RENAME = ["openclaw nodes rename --node 3f9a1c --name kitchen"];
    NODES_INVOKE = [
        "openclaw nodes invoke --node kitchen --command system.which --params '{\"bins\":[\"git\"]}'",
        "openclaw nodes invoke --node 192.0.2.7 --command system.notify --params '{\"title\":\"Tea\"}'",
    ];
    DEVICES = [
        "openclaw devices list",
        "openclaw devices approve --latest",
        "openclaw devices rotate --device DEVICE --role operator",
    ];
    DEVICES_LIST = [
        "openclaw devices list",
        "openclaw devices list --json",
    ];
    DEVICES_APPROVE = [
        "openclaw devices approve REQUEST",
        "openclaw devices approve --latest",
    ];
    DEVICES_REJECT = ["openclaw devices reject REQUEST"];
    DEVICES_REMOVE = ["openclaw devices remove DEVICE"];
    DEVICES_ROTATE = [
        "openclaw devices rotate --device DEVICE --role operator --scope operator.read",
    ];
    DEVICES_REVOKE = ["openclaw devices revoke --device DEVICE --role node"];
    NODE = [
        "openclaw node run",
        "openclaw node run --host gateway.local --port 18789 --display-name kitchen",
    ];
    NODE_RUN = [
        "openclaw node run",
        "openclaw node run --host gateway.local --port 18789 --display-name kitchen",
        "openclaw node run --host gateway.example --port 443 --tls-fingerprint sha256:AB12…",
        "openclaw node run --ssh user@gateway.example",
    ];
    LOGS = [
        "openclaw logs",
        "openclaw logs --follow --limit 50",
        "openclaw logs --json",
    ];
    CONFIG = [
        "openclaw config set gateway.mode local",
        "openclaw config get gateway",
        "openclaw config validate",
    ];
    CONFIG_GET = [
        "openclaw config get gateway.port",
        "openclaw config get gateway --json",
    ];
    CONFIG_SET = [
        "openclaw config set gateway.port 20330",
        "openclaw config set gateway.nodes.allowCommands '[\"camera.snap\"]'",
    ];
    CONFIG_UNSET = ["openclaw config unset gateway.customBindHost"];
    CONFIG_VALIDATE = [
        "openclaw config validate",
        "openclaw config validate --json",
    ];
    CONFIG_FILE = ["openclaw config file"];
    CONFIG_SCHEMA = ["openclaw config schema > openclaw.schema.json"];
    SECURITY = ["openclaw security audit"];
    SECURITY_AUDIT = [
        "openclaw security audit",
        "openclaw security audit --deep --fail-on critical",
        "openclaw security audit --fix",
        "openclaw security audit --auth password --password PASSWORD --json",
    ];
    AUTH = ["openclaw auth explain"];
    AUTH_EXPLAIN = [
        "openclaw auth explain",
        "openclaw auth explain --url wss://gateway.example --token TOKEN",
        "openclaw auth explain --json",
    ];
    DOCTOR = [
        "openclaw doctor",
        "openclaw doctor --fix",
        "openclaw doctor --deep --json",
    ];
    QR = [
        "openclaw qr",
        "openclaw qr --public-url wss://gateway.example --limited",
        "openclaw qr --setup-code-only",
    ];
    DASHBOARD = [
        "openclaw dashboard",
        "openclaw dashboard --no-open --json",
    ];
    DEMO = [
        "openclaw demo",
        "openclaw demo --once",
    ];
    MIGRATE = [
        "openclaw migrate --dry-run",
        "openclaw migrate --from /mnt/old/.openclaw --json",
    ];
    COMPLETION = [
        "openclaw completion --shell bash > ~/.local/share/bash-completion/completions/openclaw",
        "openclaw completion --shell zsh > ~/.zfunc/_openclaw",
    ];
    DOCS = [
        "openclaw docs > docs/reference/cli.md",
        "openclaw docs --man target/man",
    ];
}
