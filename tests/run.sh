#!/usr/bin/env bash
# Runs every test. Needs a Rust toolchain, and installs everything else from Debian's packages (with sudo unless run as root).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# Colours on a terminal, which cargo cannot detect behind the programs that tests start.
if [[ -z ${CARGO_TERM_COLOR-} ]]; then
    if [[ -t 1 ]]; then CARGO_TERM_COLOR=always; else CARGO_TERM_COLOR=never; fi
fi
export CARGO_TERM_COLOR

packages=()
# need PACKAGE PROGRAM: lists the package unless the program exists.
need() { command -v "$2" >/dev/null || packages+=("$1"); }
need valgrind valgrind
need zsh zsh
need etcd-server etcd
need etcd-client etcdctl
need fish fish
need man-db man
need bsdutils script
# The tests start these servers in temporary directories on free ports. Debian does not put PostgreSQL on the PATH, nor PgBouncer on that of every user.
need redis-server redis-server
need prometheus prometheus
need chromium chromium
need chromium-driver chromedriver
[[ -x /usr/sbin/pgbouncer ]] || need pgbouncer pgbouncer
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || need postgresql postgres
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if ((${#packages[@]} > 0)); then
    printf -- '-- packages: %s\n' "${packages[*]}"
    root=()
    if ((EUID != 0)); then root=(sudo); fi
    "${root[@]}" apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get -qq install --yes --no-install-recommends "${packages[@]}" || exit 1
fi

summary=()
failed=0

# run NAME COMMAND…: continues after a failure, so that one run shows every failure.
run() {
    local name=$1 began=$SECONDS verdict=ok
    shift
    printf '\n-- %s\n' "$name"
    "$@" || { verdict=FAILED; failed=$((failed + 1)); }
    summary+=("$(printf '%-8s %s (%d s)' "$verdict" "$name" $((SECONDS - began)))")
}

run 'workspace, all features, with doctests' cargo test --workspace --all-features --no-fail-fast
run 'compile errors of the derive, default features' cargo test -p settings-tests --test ui
run 'settings-core, default features' cargo test -p settings-core --no-fail-fast
run 'settings-core, no features' cargo test -p settings-core --lib --no-default-features --no-fail-fast
run 'documents, read by their consumers' tests/documents.sh
run 'instructions per load' cargo bench --quiet -p settings-bench --bench table -- --check

printf '\n== tests\n'
printf '%s\n' "${summary[@]}"
if ((failed > 0)); then
    printf '%d of %d failed\n' "$failed" "${#summary[@]}"
    exit 1
fi
