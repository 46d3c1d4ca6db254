#!/bin/sh
# Builds the fuzz targets with a stable compiler and runs each for a while from its committed corpus.
# Usage: fuzz/run.sh [SECONDS_PER_TARGET] [TARGET…]
# Ends with 1 when a target crashed, hung or ran out of memory; the input is then in fuzz/artifacts/TARGET/.
# New inputs go to a scratch folder, so the committed corpus stays small; KEEP=folder keeps them.
set -eu

cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=${*:-$(cd targets && for file in *.rs; do echo "${file%.rs}"; done)}

# The instrumentation is unstable in name only: it ships with stable compilers.
export RUSTC_BOOTSTRAP=1
triple=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1 --cfg fuzzing"
# Without --target the flags would also hit build scripts and macros.
for target in $targets; do
    cargo build --quiet --locked --release --target "$triple" --bin "$target"
done
binaries=${CARGO_TARGET_DIR:-target}/$triple/release

scratch=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$scratch"' EXIT
failed=
for target in $targets; do
    mkdir -p "artifacts/$target" "$scratch/$target"
    seeds=corpus/$target
    # Every machine of the test data is a seed, without being stored twice.
    [ "$target" = machine_xml ] && seeds="$seeds ../tests/data/machines"
    echo "== $target: $seconds s"
    # shellcheck disable=SC2086
    if ! "$binaries/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="artifacts/$target/" "$scratch/$target" $seeds; then
        failed="$failed $target"
    fi
done
if [ -n "$failed" ]; then
    echo "Failed:$failed" >&2
    exit 1
fi
