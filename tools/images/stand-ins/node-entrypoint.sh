#!/bin/sh
# What node's official image starts with, as far as we rely on it: a command that is no program is Node's; the program
# takes this shell's place, and so is process 1.
set -e
case "$1" in -*) exec node "$@" ;; esac
if ! command -v "$1" >/dev/null; then exec node "$@"; fi
exec "$@"
