#!/bin/sh
# Builds Songline and starts it on its demo library. Arguments go through to the program: `sh dist/run.sh doctor`.
# SONGLINE_TARGET names another folder for what is built.
set -eu
cd "$(dirname "$0")/.."
. dist/setup.sh
setup run
[ -x "$CARGO_TARGET_DIR/debug/songline" ] || say "building; the first time takes 10 to 30 minutes"
# The same selection of targets as the tests, so that dependencies are built once.
cargo build --locked --quiet --bin songline --test layering
songline=$CARGO_TARGET_DIR/debug/songline
if [ $# -eq 0 ]; then
    # Made once; a second start finds it there.
    "$songline" demo --if-empty
fi
exec "$songline" "$@"
