#!/usr/bin/env bash
# Runs every test. Needs a Rust toolchain and Python, which installs for itself what else reads the documents.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# Colour for people; cargo itself cannot see them behind the programs that tests start.
if [[ -z ${CARGO_TERM_COLOR-} ]]; then
    if [[ -t 1 ]]; then CARGO_TERM_COLOR=always; else CARGO_TERM_COLOR=never; fi
fi
export CARGO_TERM_COLOR

summary=()
failed=0

# run NAME COMMAND…: goes on after a failure, so that one run shows all there is to mend.
run() {
    local name=$1 began=$SECONDS verdict=ok
    shift
    printf '\n-- %s\n' "$name"
    "$@" || { verdict=FAILED; failed=$((failed + 1)); }
    summary+=("$(printf '%-8s %s (%d s)' "$verdict" "$name" $((SECONDS - began)))")
}

run 'workspace, all features, with doctests' cargo test --workspace --all-features --no-fail-fast
run 'settings-core, default features' cargo test -p settings-core --no-fail-fast
run 'documents, by what reads them' tests/documents.sh

printf '\n== tests\n'
printf '%s\n' "${summary[@]}"
if ((failed > 0)); then
    printf '%d of %d failed\n' "$failed" "${#summary[@]}"
    exit 1
fi
