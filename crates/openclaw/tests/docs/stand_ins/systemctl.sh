#!/bin/sh
# Stands in for `systemctl --user`: starts and stops what a unit says, with the environment of a
# service, and does to links what the real one does.
PATH=/usr/bin:/bin
units=$HOME/.config/systemd/user
[ "$1" = --user ] || { echo "systemctl: only --user is here" >&2; exit 1; }
shift

# Ends the process of a unit and waits for it.
end() {
    [ -e "%STATE%/$1.pid" ] || return 0
    pid=$(cat "%STATE%/$1.pid")
    rm -f "%STATE%/$1.pid"
    kill "$pid" 2> /dev/null || return 0
    tail --pid="$pid" -f /dev/null
}

# Starts it and waits until it says that it is ready.
begin() {
    unit=$units/$1
    [ -e "$unit" ] || { echo "Unit $1 not found." >&2; exit 5; }
    [ ! -e "%STATE%/$1.pid" ] || ! kill -0 "$(cat "%STATE%/$1.pid")" 2> /dev/null || return 0
    line=$(sed -n 's/^ExecStart=//p' "$unit")
    set -- "$1" $(sed -n 's/^Environment=//p' "$unit" | tr -d '"')
    name=$1
    shift
    rm -f "%STATE%/$name.said"
    mkfifo "%STATE%/$name.said"
    # shellcheck disable=SC2086
    env -i HOME="$HOME" PATH="$SERVICE_PATH" USER=user LANG=C.UTF-8 "$@" \
        setsid sh -c "echo \$\$ > '%STATE%/$name.pid'; exec $line" < /dev/null > "%STATE%/$name.said" 2>&1 &
    exec 3< "%STATE%/$name.said"
    while read -r said <&3; do
        echo "$said" >> "%STATE%/$name.journal"
        case $said in
            *'listening on ws'* | *'tunnel up at'* | *'ready at'*) ready=yes; break ;;
        esac
    done
    cat <&3 >> "%STATE%/$name.journal" 2> /dev/null &
    [ -n "$ready" ] || { echo "Job for $name failed: $(tail -3 "%STATE%/$name.journal")" >&2; exit 1; }
}

case $1 in
    show)
        case $2 in
            --*) echo 'Version=252' ;;
            *)
                if [ -e "%STATE%/$2.pid" ] && kill -0 "$(cat "%STATE%/$2.pid")" 2> /dev/null; then
                    printf 'ActiveState=active\nSubState=running\nMainPID=%s\nNRestarts=0\nResult=success\nExecMainStatus=0\n' "$(cat "%STATE%/$2.pid")"
                else
                    echo 'ActiveState=inactive'
                fi
                ;;
        esac
        ;;
    daemon-reload | reset-failed) ;;
    enable)
        mkdir -p "$units/default.target.wants"
        ln -sf "../$2" "$units/default.target.wants/$2"
        ;;
    disable)
        for unit in "$@"; do :; done
        end "$unit"
        rm -f "$units/default.target.wants/$unit"
        ;;
    start) begin "$2" > /dev/null ;;
    stop) end "$2" ;;
    restart)
        end "$2"
        begin "$2" > /dev/null
        ;;
    *) echo "systemctl: not a command of the stand-in: $*" >&2; exit 64 ;;
esac
