#!/bin/sh
# Hold each part to its branch coverage, from the data of the last run, with the interpreter $1.
set -eu

core='src/framework/model/*,src/framework/journal/*,src/framework/loop/*,src/framework/graph/*'

echo "==> coverage of the core: at least 95 %"
"$1" -m coverage report --include="$core" --skip-covered --fail-under=95
echo "==> coverage of the rest: at least 85 %"
"$1" -m coverage report --omit="$core" --skip-covered --fail-under=85
