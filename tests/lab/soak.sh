#!/bin/bash
# Uses the service for a while, at 50 calls a second, and watches its memory and descriptors. Not part of `make test`.
#   soak.sh [MINUTES]     default 30, at least 10; a lab host of its own, with what was built by `make build`
# Machines start, pause, are looked at and end, everybody reads, one subscribes to figures, every tenth call is refused.
# The first five minutes are for what fills up to a bound and no further: blocks that glibc keeps for each thread, logs of
# QEMU up to the part that is read. The slope is that of the rest, by least squares. Fails if it is over KVMLAB_SLOPE (1024)
# kB/h of memory that stays, judged from KVMLAB_NOISE (256) kB of growth on; if at the end there are more than
# KVMLAB_DESCRIPTORS (12) descriptors more than in the first five minutes, for a connection to libvirt has two or three and a
# busy computer may need some later; if the service was restarted; or as `load` does.
# shellcheck disable=SC2016 # a shell in the lab host expands those
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
MINUTES=${1:-30}
[[ $MINUTES =~ ^[1-9][0-9]+$ ]] || die "usage: soak.sh [MINUTES], at least 10"
WARM=300
export KVMLAB_NAME=${KVMLAB_SOAK_HOST:-soak}
KVMLAB_TMP=$(mktemp -d)
KVMLAB_ROOT='' # told by up.sh
# shellcheck source=suite/lib.sh
. "$LAB_DIR/suite/lib.sh"
MACHINES=(soak1 soak2 soak3 soak4)
LOAD=
done_with() {
    local code=$?
    trap '' INT TERM
    [ -z "$LOAD" ] || kill "$LOAD" 2>/dev/null || true # it may be over
    "$LAB_DIR/down.sh" --name "$KVMLAB_NAME"
    rm -rf "$KVMLAB_TMP"
    exit $code
}
trap done_with EXIT
trap 'exit 130' INT TERM

"$LAB_DIR/down.sh" --name "$KVMLAB_NAME"
"$LAB_DIR/up.sh" --name "$KVMLAB_NAME" >"$KVMLAB_TMP/env"
# shellcheck source=/dev/null
. "$KVMLAB_TMP/env"
"$LAB_DIR/install.sh" --name "$KVMLAB_NAME"
need_driver
for name in "${MACHINES[@]}"; do BARE_MEMORY=16 bare "$name" >/dev/null; done

# kB of memory and number of descriptors of the service.
look() { inside sh -c 'echo "$(awk "/^RssAnon/ { print \$2 }" "/proc/$1/status") $(ls "/proc/$1/fd" | wc -l)"' - "$1"; }
PID=$(main_pid)
BEGAN=$SECONDS END=$((SECONDS + MINUTES * 60))
lab_in "$KVMLAB_NAME" "$KM" load $((MINUTES * 60)) "${KVMLAB_RATE:-50}" "${KVMLAB_QUICK:-500}" "${MACHINES[@]}" >"$KVMLAB_TMP/load" 2>&1 &
LOAD=$!
while [ $SECONDS -lt $END ]; do
    sleep 2 # between two looks
    kill -0 $LOAD 2>/dev/null || break
    echo "$((SECONDS - BEGAN)) $(look "$PID")" >>"$KVMLAB_TMP/looks"
done
CODE=0
wait $LOAD || CODE=$?
LOAD=
sed 's/^/  /' "$KVMLAB_TMP/load"
[ "$PID" = "$(main_pid)" ] || die "the service was restarted"
echo "$((SECONDS - BEGAN)) $(look "$PID")" >>"$KVMLAB_TMP/looks"
awk -v warm="$WARM" -v most="${KVMLAB_SLOPE:-1024}" -v noise="${KVMLAB_NOISE:-256}" -v more="${KVMLAB_DESCRIPTORS:-12}" '
    $1 <= warm { before = $3 > before ? $3 : before; next }
    { n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2; peak = $3 > peak ? $3 : peak; last = $1; end = $3; if (n == 1) { first = $1; low = $2 } kb = $2 }
    END {
        slope = (n * xy - x * y) / (n * xx - x * x); grown = slope * (last - first)
        printf "memory: %d kB after %d s, %d kB after %d s, slope %.0f kB/h (%.0f kB in this time)\n", low, first, kb, last, slope * 3600, grown
        printf "descriptors: at most %d in the first %d s, at most %d later, %d at the end\n", before, warm, peak, end
        bad = 0
        if (slope * 3600 > most && grown > noise) { print "FAIL memory grows"; bad = 1 }
        if (end > before + more) { print "FAIL descriptors stay open"; bad = 1 }
        exit bad
    }' "$KVMLAB_TMP/looks" || CODE=1
[ $CODE = 0 ] || { echo "FAIL soak of $MINUTES minutes"; exit 1; }
echo "ok soak of $MINUTES minutes"
