#!/bin/sh
# Brings what the tests need and runs them all: formatting, lints, unit and integration tests, shaders.
# SONGLINE_TARGET names another folder for what is built; SONGLINE_CORPUS a folder of labelled music for the tests that want one.
set -eu
cd "$(dirname "$0")/.."
. dist/setup.sh
setup test
cargo fmt --check
cargo clippy --locked --quiet --all-targets -- -D warnings
cargo test --locked --quiet
