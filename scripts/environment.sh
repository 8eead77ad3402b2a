#!/bin/sh
# Create the virtual environment $1 and install the project, its tools and every extra.
# PYTHON=... chooses the interpreter; otherwise the first one of version 3.11 or newer is taken.
set -eu

venv=$1

fail() {
    echo "error: $1" >&2
    exit 1
}

is_recent() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3.11 python3 python python3.12 python3.13 python3.14}; do
        if is_recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

create() {
    python=$(find_python)
    [ -n "$python" ] || fail "No Python 3.11 or newer was found${PYTHON:+ at PYTHON=$PYTHON}. \
Install Python 3.11, or name one: make PYTHON=/path/to/python3.11 ..."
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || fail "$python cannot create virtual environments: \
its venv or ensurepip module is missing. On Debian and Ubuntu: apt-get install python3-venv, then run make again."
    echo "==> environment: creating $venv with $("$python" --version) ($python)"
    "$python" -m venv --clear "$venv"
}

is_usable() {
    is_recent "$venv/bin/python" && "$venv/bin/python" -c 'import pip' >/dev/null 2>&1
}

is_usable || create
echo "==> environment: installing the project and its tools (the first time takes a few minutes)"
PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip install -q -e '.[all,dev]' ||
    fail "pip could not install the project (its reason stands above). Check the network, then run make again."
echo "==> environment: ready"
