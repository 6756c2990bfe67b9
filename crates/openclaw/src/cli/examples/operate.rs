//! Examples of the commands that use what a Gateway runs: agents, channels, jobs, nodes.

examples! {
    AGENT = [
        "openclaw agent --message 'What is in my inbox?'",
        "openclaw agent --session-key agent:main:main --message 'Go on' --stream",
        "openclaw agent --to +15555550123 --message 'Tea is ready' --deliver",
        "openclaw agent --agent ops --message-file task.md --timeout 1200 --json",
    ];
    GATEWAY_AGENT = [
        "openclaw gateway agent --agent main --message 'What is in my inbox?'",
        "openclaw gateway --url wss://host.example --token TOKEN agent -m hello --timeout 60000",
    ];
    MESSAGE = [
        "openclaw message send --channel telegram --target 4242 --message 'Tea is ready'",
        "openclaw message poll -t 4242 --poll-question 'Tea?' --poll-option Yes --poll-option No",
    ];
    MESSAGE_SEND = [
        "openclaw message send --channel telegram --target 4242 --message 'Tea is ready'",
        "openclaw message send --target @friend --media photo.jpg --message 'Look'",
        "openclaw message send --channel telegram --target 4242 --message hello --dry-run --json",
    ];
    MESSAGE_POLL = [
        "openclaw message poll -t 4242 --poll-question 'Tea?' --poll-option Yes --poll-option No",
        "openclaw message poll -t 4242 --poll-question When --poll-option Mon --poll-option Tue --json",
    ];
    GATEWAY_SEND = [
        "openclaw gateway send --channel telegram --target 4242 --message 'Tea is ready'",
        "openclaw gateway --port 20330 send --to 4242 --message hello --json",
    ];
    SESSIONS = [
        "openclaw sessions",
        "openclaw sessions --active 120",
        "openclaw sessions preview agent:main:main",
    ];
    SESSIONS_LIST = [
        "openclaw sessions list",
        "openclaw sessions list --active 120 --limit 20 --json",
    ];
    SESSIONS_PREVIEW = ["openclaw sessions preview agent:main:main --limit 4"];
    SESSIONS_RESET = ["openclaw sessions reset agent:main:main"];
    SESSIONS_DELETE = ["openclaw sessions delete agent:main:telegram:group:4242"];
    CRON = [
        "openclaw cron list",
        "openclaw cron add --name tea --every 1h --system-event 'Offer tea'",
        "openclaw cron runs JOB",
    ];
    CRON_LIST = [
        "openclaw cron list",
        "openclaw cron list --all --json",
    ];
    CRON_STATUS = ["openclaw cron status"];
    CRON_ADD = [
        "openclaw cron add --name tea --every 1h --system-event 'Offer tea'",
        "openclaw cron add --name brief --cron '0 8 * * 1-5' --tz Europe/Vienna --message 'What is new?'",
        "openclaw cron add --name once --at 20m --message 'Is the cake done?' --no-deliver",
    ];
    CRON_EDIT = [
        "openclaw cron edit JOB --every 2h",
        "openclaw cron edit JOB --message 'Something else' --disable",
    ];
    CRON_RM = ["openclaw cron rm JOB"];
    CRON_ENABLE = ["openclaw cron enable JOB"];
    CRON_DISABLE = ["openclaw cron disable JOB"];
    CRON_RUN = [
        "openclaw cron run JOB",
        "openclaw cron run JOB --due",
    ];
    CRON_RUNS = ["openclaw cron runs JOB --limit 10"];
    CHANNELS = [
        "openclaw channels status --probe",
        "openclaw channels list",
    ];
    CHANNELS_STATUS = [
        "openclaw channels status",
        "openclaw channels status --probe --channel telegram --json",
    ];
    CHANNELS_LIST = [
        "openclaw channels list",
        "openclaw channels list --json",
    ];
    CHANNELS_LOGOUT = ["openclaw channels logout --channel whatsapp --account default"];
    PAIRING = [
        "openclaw pairing list telegram",
        "openclaw pairing approve telegram Y3VFS96E",
    ];
    PAIRING_LIST = [
        "openclaw pairing list",
        "openclaw pairing list telegram --json",
    ];
    PAIRING_APPROVE = [
        "openclaw pairing approve telegram Y3VFS96E",
        "openclaw pairing approve --channel telegram --account work Y3VFS96E --notify",
    ];
    SYSTEM = [
        "openclaw system presence",
        "openclaw system event --text 'The door is open' --mode now",
        "openclaw system heartbeat last",
    ];
    SYSTEM_PRESENCE = [
        "openclaw system presence",
        "openclaw system presence --json",
    ];
    SYSTEM_EVENT = [
        "openclaw system event --text 'The door is open'",
        "openclaw system event --text 'The door is open' --mode now",
    ];
    SYSTEM_HEARTBEAT = [
        "openclaw system heartbeat last",
        "openclaw system heartbeat disable",
    ];
    SYSTEM_HEARTBEAT_LAST = ["openclaw system heartbeat last --json"];
    SYSTEM_HEARTBEAT_ENABLE = ["openclaw system heartbeat enable"];
    SYSTEM_HEARTBEAT_DISABLE = ["openclaw system heartbeat disable"];
    APPROVALS = [
        "openclaw approvals get",
        "openclaw approvals get --node kitchen",
        "openclaw approvals allowlist add --node kitchen /usr/bin/uptime",
        "openclaw approvals pending",
    ];
    APPROVALS_GET = [
        "openclaw approvals get",
        "openclaw approvals get --gateway --json",
        "openclaw approvals get --node kitchen",
    ];
    APPROVALS_SET = [
        "openclaw approvals set --file exec-approvals.json",
        "openclaw approvals set --node kitchen --stdin < exec-approvals.json",
    ];
    APPROVALS_ALLOWLIST = [
        "openclaw approvals allowlist add '~/bin/*'",
        "openclaw approvals allowlist remove --node kitchen /usr/bin/uptime",
    ];
    APPROVALS_ALLOWLIST_ADD = [
        "openclaw approvals allowlist add '~/bin/*'",
        "openclaw approvals allowlist add --node kitchen --agent main /usr/bin/uptime",
    ];
    APPROVALS_ALLOWLIST_REMOVE = [
        "openclaw approvals allowlist remove '~/bin/*'",
        "openclaw approvals allowlist remove --gateway --agent main /usr/bin/uptime",
    ];
    APPROVALS_PENDING = [
        "openclaw approvals pending",
        "openclaw approvals pending --json",
    ];
    APPROVALS_SHOW = ["openclaw approvals show APPROVAL"];
    APPROVALS_RESOLVE = [
        "openclaw approvals resolve APPROVAL allow-once",
        "openclaw approvals resolve APPROVAL deny --reason 'not today'",
    ];
    NODES_RUN = [
        "openclaw nodes run --node kitchen -- uname -a",
        "openclaw nodes run --node kitchen --raw 'df -h | head' --command-timeout 30s",
        "openclaw nodes run --node kitchen --cwd /srv --env LANG=C --ask always -- make",
    ];
    NODES_NOTIFY = [
        "openclaw nodes notify --node phone --title Tea --body 'It is ready'",
        "openclaw nodes notify --node phone --body 'The door is open' --priority timeSensitive",
    ];
    NODES_CAMERA = [
        "openclaw nodes camera list --node phone",
        "openclaw nodes camera snap --node phone --facing back",
    ];
    NODES_CAMERA_LIST = ["openclaw nodes camera list --node phone --json"];
    NODES_CAMERA_SNAP = [
        "openclaw nodes camera snap --node phone",
        "openclaw nodes camera snap --node phone --facing back --max-width 1280",
    ];
    NODES_CAMERA_CLIP = ["openclaw nodes camera clip --node phone --duration 10s --no-audio"];
    NODES_SCREEN = ["openclaw nodes screen record --node desk --duration 5s"];
    NODES_SCREEN_RECORD = [
        "openclaw nodes screen record --node desk --duration 5s --fps 15",
        "openclaw nodes screen record --node desk --out desk.mp4",
    ];
    NODES_LOCATION = ["openclaw nodes location get --node phone"];
    NODES_LOCATION_GET = [
        "openclaw nodes location get --node phone",
        "openclaw nodes location get --node phone --accuracy precise --max-age 30s --json",
    ];
    NODES_CANVAS = [
        "openclaw nodes canvas present --node phone --target https://example.org",
        "openclaw nodes canvas eval --node phone 'document.title'",
    ];
    NODES_CANVAS_PRESENT = [
        "openclaw nodes canvas present --node phone --target https://example.org",
        "openclaw nodes canvas present --node desk --x 0 --y 0 --width 800 --height 600",
    ];
    NODES_CANVAS_HIDE = ["openclaw nodes canvas hide --node phone"];
    NODES_CANVAS_NAVIGATE = ["openclaw nodes canvas navigate --node phone https://example.org"];
    NODES_CANVAS_EVAL = ["openclaw nodes canvas eval --node phone 'document.title'"];
    NODES_CANVAS_SNAPSHOT = ["openclaw nodes canvas snapshot --node phone --format png"];
    NODES_CANVAS_A2UI = ["openclaw nodes canvas a2ui push --node phone --text hello"];
    NODES_CANVAS_A2UI_PUSH = [
        "openclaw nodes canvas a2ui push --node phone --text hello",
        "openclaw nodes canvas a2ui push --node phone --jsonl page.jsonl",
    ];
    NODES_CANVAS_A2UI_RESET = ["openclaw nodes canvas a2ui reset --node phone"];
}
