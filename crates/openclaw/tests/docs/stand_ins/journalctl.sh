#!/bin/sh
# Stands in for `journalctl --user -u UNIT -n LINES`.
[ "$1 $2 $4" = '--user -u -n' ] || { echo "journalctl: not a command of the stand-in: $*" >&2; exit 64; }
exec tail -n "$5" "%STATE%/$3.service.journal"
