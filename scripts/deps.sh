#!/bin/sh
# Installs the npm packages of the lockfile, once, so that every npm script works alone in a fresh clone.
set -eu
stamp=node_modules/.package-lock.json
# npm ci would empty the directory that the link leads to, which is another checkout's.
if [ -L node_modules ]; then
  exit 0
fi
if [ ! -e "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  echo 'nspawnd: installing npm packages (npm ci)' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch "$stamp"
fi
