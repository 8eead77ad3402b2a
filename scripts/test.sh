#!/bin/sh
# Run the tests with the interpreter $1 and the weights of a small model in folder $2; further arguments go to pytest.
# Without the weights the tests that need them are skipped with a reason, but where CI=true that is an error.
set -eu

python=$1
weights=$2
shift 2

pull_weights() {
    mkdir -p "$weights"
    HIVE_HOME=$(dirname "$weights") "$python" "$(dirname "$python")/hive" models pull smollm2
}

echo "==> weights"
if pull_weights; then
    export HIVE_TEST_WEIGHTS="$weights"
elif [ "${CI:-}" = true ]; then
    echo "error: the weights of the test model could not be pulled, and CI runs every test." >&2
    exit 1
else
    echo "The weights of the test model could not be pulled (the reason stands above); the tests on it are skipped."
    unset HIVE_TEST_WEIGHTS
fi

echo "==> tests"
exec "$python" -m pytest -n 2 "$@"
