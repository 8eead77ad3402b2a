#!/bin/sh
# Install what the tests of real servers need, where this machine lacks it: Debian's PgBouncer, Redis and Node,
# and the Node packages that the lock files in tests/ name. Without them those tests are skipped, but fail in CI.
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

lacking=
# Usage: need PROGRAM PACKAGE
need() {
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || lacking="$lacking $2"
}

need pgbouncer pgbouncer
need redis-server redis-server
need node nodejs
need npm npm
if [ -n "$lacking" ]; then
    echo "==> installing$lacking"
    as_root apt-get update -q
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $lacking
fi

for lock in tests/support/*/package-lock.json; do
    echo "==> packages of $(dirname "$lock")"
    (cd "$(dirname "$lock")" && npm ci --no-audit --no-fund --ignore-scripts)
done
