#!/bin/sh
# Kill, starve and confuse runs with the interpreter $1: in full, or with $2 = reduced in a few minutes.
# A size that is set in the environment is kept.
set -eu

python=$1
extent=${2:-full}

# Usage: size NAME FULL REDUCED
size() {
    if [ "$extent" = reduced ]; then chosen=$3; else chosen=$2; fi
    eval "export $1=\"\${$1:-$chosen}\""
}

size HIVE_CHAOS_KILLS 0 40
size HIVE_CHAOS_COMMANDS 40 2
size HIVE_CHAOS_STOPS 1000 20
size HIVE_CHAOS_DISK_STRIDE 1 9
size HIVE_CHAOS_REPLAYS 500 60
size HIVE_CHAOS_MODELS 5000 150
size HIVE_CHAOS_CANCELS 500 60
size HIVE_CHAOS_TURNS 200 200
size HIVE_CHAOS_REQUESTS 20000 1200
size HIVE_CHAOS_PROBES 50000 3000
size HIVE_CHAOS_SOCKETS 60 6
size HIVE_CHAOS_SQL_PROBES 60000 6000
size HIVE_CHAOS_EVENTS 100000 4000
size HIVE_CHAOS_AWAY_S 30 3
size HIVE_CHAOS_CUTS 200 12
size HIVE_CHAOS_POWER_CUTS 90 3
size HIVE_CHAOS_FREEZES 18 3
size HIVE_GRAPH_EXAMPLES 10000 400
size HIVE_BUDGET_SCHEDULES 1000 50
size HIVE_BUDGET_EXAMPLES 100000 2000

section() {
    printf '\n==> %s\n' "$1"
}

section "killed, starved and confused runs ($extent)"
"$python" -m pytest -n 2 tests/chaos

section "random graphs and mutations"
"$python" -m pytest -n 2 tests/framework/graph/test_random_graphs.py tests/framework/model/validation/test_suite.py
echo "$HIVE_GRAPH_EXAMPLES random graphs: no missing key, no merge conflict, every bound kept; mutations rejected."

section "budgets under concurrent branches"
"$python" -m pytest -n 2 --timeout 3600 tests/framework/loop/budget tests/framework/model/test_budget_rule.py
echo "$HIVE_BUDGET_SCHEDULES schedules of 64 branches: no overspending; $HIVE_BUDGET_EXAMPLES decisions as the rule says."

section "golden journals"
"$python" -m pytest tests/framework/journal/test_golden.py
