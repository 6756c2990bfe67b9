#!/bin/sh
# Stands in for `tailscale`. What it knows is in files beside it; see stand_in.rs.
PATH=/usr/bin:/bin
here=${0%/*}
printf '%s\n' "$$" >> "$here/pids"
printf '%s\n' "$*" >> "$here/calls"
host=$(cat "$here/host")

# Puts up a route and holds it until it is let go.
hold() {
    printf '%s\n' "$port" > "$here/held/$$"
    [ -z "$1" ] || printf '%s\n\nhttps://%s/\n|-- proxy http://127.0.0.1:%s\n\nPress Ctrl+C to exit.\n' "$1" "$host" "$port"
    read -r code < "$here/gate"
    rm -f "$here/held/$$"
    exit "${code:-0}"
}

# The routes of processes that still run.
foreground() {
    separator=
    for file in "$here"/held/*; do
        [ -e "$file" ] && kill -0 "${file##*/}" 2> /dev/null || continue
        printf '%s"session%s":{"TCP":{"443":{"HTTPS":true}},"Web":{"%s:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:%s"}}}}}' \
            "$separator" "${file##*/}" "$host" "$(cat "$file")"
        separator=,
    done
}

case "$*" in
    'status --json') name=status ;;
    'serve status --json') name=routes ;;
    'whois --json '*)
        name=whois-$3
        [ -d "$here/answers/$name" ] || name=whois
        ;;
    'serve --yes --bg=false '* | 'funnel --yes --bg=false '*)
        name=claim
        mode=$1
        port=$4
        ;;
    'serve --yes --https=443 --set-path=/ off') name=off ;;
    *)
        printf 'not a command of the stand-in: %s\n' "$*" >&2
        exit 64
        ;;
esac

# Answers that were prepared come in turn; the last one stays.
answer= more=
for file in "$here/answers/$name"/*; do
    [ -e "$file" ] || continue
    if [ -z "$answer" ]; then answer=$file; else more=yes; fi
done
if [ -n "$more" ]; then
    mv "$answer" "$here/spent.$$"
    answer=$here/spent.$$
fi
[ -z "$answer" ] || . "$answer"

case $name in claim | off)
    if [ -e "$here/needs-root" ] && [ -z "$STAND_IN_ROOT" ]; then
        printf 'sending serve config: Access denied: serve config denied\n\n' >&2
        printf "Use 'sudo tailscale %s'.\nTo not require root, use 'sudo tailscale set --operator=\$USER' once.\n" "$*" >&2
        exit 1
    fi
    ;;
esac

case $name in
    status) cat "$here/status" ;;
    routes)
        background=
        [ ! -e "$here/background" ] || background=$(cat "$here/background"),
        printf '{%s"Foreground":{%s}}\n' "$background" "$(foreground)"
        ;;
    whois*)
        echo 'peer not found' >&2
        exit 1
        ;;
    off)
        if [ ! -e "$here/background" ]; then
            echo 'error: failed to remove web serve: handler does not exist' >&2
            exit 1
        fi
        rm "$here/background"
        ;;
    claim)
        if [ -e "$here/background" ]; then
            printf 'background configuration already exists, use `tailscale %s --https=443 off` to remove the existing configuration\n' "$mode" >&2
            exit 1
        fi
        if [ -n "$(foreground)" ]; then
            echo 'foreground already exists under this port' >&2
            exit 1
        fi
        if [ "$mode" = funnel ]; then
            hold 'Available on the internet:'
        else
            hold 'Available within your tailnet:'
        fi
        ;;
esac
