#!/bin/sh
# Stands in for `ufw`.
case "$*" in
    'default deny incoming' | 'allow OpenSSH' | enable) exit 0 ;;
esac
echo "ufw: not a command of the stand-in: $*" >&2
exit 64
