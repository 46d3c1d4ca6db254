#!/bin/bash
# Memory of a real guest with its balloon driver follows the host, by the product as it is installed. How short of memory the host is
# say stand-ins for two files of the kernel, which the unit has in their place: everything else on this computer goes on.
# timeout: 560
# shellcheck disable=SC2016 # awk expands those
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
G=balloon
RUN=/run/kvmlab
ALL=786432 FLOOR=524288 # KiB
DROP_IN=$(in_root /run/systemd/system/kvm-manager.service.d)
put_back() {
    drop $G bare
    rm -rf "$DROP_IN"
    inside systemctl daemon-reload
    inside systemctl restart kvm-manager
}
trap put_back EXIT

# host_has MEBIBYTES PERCENT : available of 8 GiB, and how much of the time programs wait. 1 GiB is its floor.
host_has() {
    printf 'MemTotal: 8388608 kB\nMemFree: 1024 kB\nMemAvailable: %d kB\n' $(($1 * 1024)) >"$(in_root $RUN/meminfo)"
    printf 'some avg10=%s.00 avg60=%s.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n' "$2" "$2" >"$(in_root $RUN/pressure)"
}
stand_in() {
    host_has 7000 0
    mkdir -p "$DROP_IN"
    printf '[Service]\nBindReadOnlyPaths=%s/meminfo:/proc/meminfo %s/pressure:/proc/pressure/memory\n' $RUN $RUN >"$DROP_IN/pressure.conf"
    inside systemctl daemon-reload && inside systemctl restart kvm-manager && wait_for 30 connected &&
        inside nsenter -m -t "$(main_pid)" grep -q 'MemTotal: 8388608 kB' /proc/meminfo && inside nsenter -m -t "$(main_pid)" grep -q 'avg10=0.00' /proc/pressure/memory
}
connected() { is true km get manager Connected; }
tune() { # tune MACHINE KIB
    inside busctl --timeout=60 call org.kvmmanager.Manager1 "/org/kvmmanager/Manager1/machines/$(vir domuuid "$1" | tr - _)" \
        org.kvmmanager.Manager1.Machine SetHostTuning 'a{sv}a{sv}' 1 balloon-floor t $(($2 * 1024)) 0 2>&1
}
figure() { vir dommemstat $G | awk -v name="$1" '$1 == name { print $2 }'; }
has() { [ "$(figure actual)" = "$1" ]; }
has_less() { [ "$(figure actual)" -lt "$1" ]; }
figures() { [ "$(figure usable)" -gt 0 ]; }
silent() { ! vir dumpxml $G | grep -q '<stats period='; }
starts() { # 768 MiB, and nobody asks it for figures
    "$LAB_DIR/guest/start.sh" --host "$KVMLAB_NAME" --no-agent $G >/dev/null 2>&1 && vir destroy $G &&
        vir dumpxml --inactive $G | sed -E "s,(<(memory|currentMemory) unit='KiB'>)[0-9]+,\\1$ALL,; /<stats period=/d" >"$(in_root $RUN/balloon.xml)" &&
        vir define $RUN/balloon.xml && km call $G Start && wait_for 120 vir qemu-agent-command $G '{"execute":"guest-ping"}' && has $ALL && silent
}
asks() { tune $G $FLOOR && wait_for 20 not silent && wait_for 60 figures && is false km get $G HasUnappliedChanges && has $ALL; }
gives() { host_has 512 40 && wait_for 120 has $FLOOR && km wait $G 10 Memory=$((FLOOR * 1024)) && is false km get $G HasUnappliedChanges; }
resident() { inside awk '/^VmRSS/ { print $2 }' "/proc/$(qemu_pid $G)/status"; }
fill() { # the guest uses 500 MiB for a moment, which QEMU then has
    vir qemu-agent-command $G '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","dd if=/dev/zero of=/tmp/fill bs=1M count=330; rm /tmp/fill"]}}' &&
        wait_for 60 holds 450000
}
holds() { [ "$(resident)" -gt "$1" ]; }
freed() { # what the guest has is what its balloon leaves; what QEMU has resident is told only: it depends on which pages the guest had touched
    local before
    before=$(resident) && gives && echo "resident before $before KiB, now $(resident) KiB" && [ "$(resident)" -le $((before + 16384)) ]
}
comes_back() { host_has 7000 0 && wait_for 120 has $ALL; }
smaller() { host_has 512 40 && wait_for 60 has_less $ALL; }
killed() { # and the next one knows what it had
    inside systemctl reset-failed kvm-manager
    smaller && inside systemctl kill -s KILL kvm-manager && host_has 7000 0 && wait_for 30 connected && wait_for 120 has $ALL
}
saved() { # a machine that was small when it was saved
    gives && km call $G Save && host_has 7000 0 && km call $G Restore && wait_for 120 has $ALL
}
off() { smaller && tune $G 0 && wait_for 20 has $ALL && wait_for 20 silent && ! inside test -e /var/lib/kvm-manager/balloon.json; }
pinned() { bare bare && prints "no balloon" tune bare 32768 && ! tune bare 32768; }

check "the unit reads the stand-ins" stand_in
check "a guest boots with 768 MiB" starts
check "with a floor its guest is asked for figures, and nothing is taken at rest" asks
check "the guest touches its memory" fill
check "a host that is short gets it, down to the floor" freed
check "with plenty it comes back" comes_back
check "a service that was killed goes on, and knows what the machine had" killed
check "a machine that was saved small gets its memory back" saved
check "switched off, everything comes back while the host is short, and nobody asks the guest" off
check "a machine without a balloon is refused" pinned
finish
