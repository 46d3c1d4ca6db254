#!/bin/bash
# `make check`: what needs no running service. Says at the end what it skipped because a tool is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
FAILED=()
SKIPPED=()

check() { # check NAME COMMAND...
    local name=$1
    shift
    if "$@"; then echo "ok $name"; else
        echo "FAIL $name"
        FAILED+=("$name")
    fi
}
optional() { # optional TOOL COMMAND...
    local tool=$1
    shift
    if command -v "$tool" >/dev/null; then check "$tool" "$@"; else SKIPPED+=("$tool"); fi
}

# Files of the work tree, committed or not, but not ignored ones.
files() { git ls-files --cached --others --exclude-standard -z -- "$@" | xargs -0 -r ls -d 2>/dev/null; }

scripts_are_clean() {
    local list
    mapfile -t list < <(git ls-files --cached --others --exclude-standard | while read -r file; do
        [ -f "$file" ] || continue
        case $file in *.sh) echo "$file" ;; *) ! head -c 64 "$file" | tr -d '\0' | head -n 1 | grep -qE '^#!.*(ba)?sh( |$)' || echo "$file" ;; esac
    done)
    shellcheck --external-sources --source-path=SCRIPTDIR "${list[@]}"
}

# Documents that are wrong on purpose live in fuzz/ and in tests/data/*/bad.
xml_is_clean() {
    local list
    mapfile -t list < <(files '*.xml' '*.policy' 'dbus/*.conf' | grep -vE '^fuzz/|/(bad|invalid|broken|hostile)/')
    xmllint --noout --nonet "${list[@]}"
}

# Filled in like `make install` does; the program has to exist, so any does.
units_are_hardened() {
    local dir file score=0
    dir=$(mktemp -d)
    for file in systemd/*.service; do
        sed "s#@libexecdir@/kvm-managerd#/bin/true#; s#@docdir@#/usr/share/doc/kvm-manager#" "$file" >"$dir/${file##*/}"
    done
    for file in "$dir"/*.service; do
        systemd-analyze security --offline=true --threshold=20 --no-pager "$file" | tail -n 1
        [ "${PIPESTATUS[0]}" = 0 ] && systemd-analyze verify --man=no "$file" || score=1
    done
    rm -rf "$dir"
    return "$score"
}

manuals_are_clean() { files 'packaging/man/*' | xargs mandoc -T lint -W warning; }

scripts/install-dependencies.sh test
check "cargo fmt" cargo fmt --all --check
check "cargo clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
check "rustdoc" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
check "shellcheck" scripts_are_clean
check "xmllint" xml_is_clean
optional systemd-analyze units_are_hardened
optional desktop-file-validate desktop-file-validate packaging/*.desktop
optional appstreamcli appstreamcli validate --no-net --no-color packaging/*.metainfo.xml
optional mandoc manuals_are_clean
optional typos typos
# The advisories need a database from the network: a release looks at them, not every run.
optional cargo-deny cargo deny --locked check bans licenses sources
[ ${#SKIPPED[@]} = 0 ] || echo "Skipped, not installed: ${SKIPPED[*]}"
if [ ${#FAILED[@]} -gt 0 ]; then
    (IFS=';'; echo "FAILED: ${FAILED[*]}")
    exit 1
fi
