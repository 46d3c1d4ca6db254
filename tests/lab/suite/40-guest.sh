#!/bin/bash
# A real guest with its agent, from start to off, and everything that can be done to it in between.
# timeout: 600
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
G=life
RUN=/run/kvmlab
NVRAM=$(in_root /var/lib/libvirt/qemu/nvram)
OFF=4 PAUSED=2 RUNNING=1
V=(virsh -q -c qemu:///system)
cleanup() {
    [ ! -e "$(in_root $IOHELPER.real)" ] || inside mv $IOHELPER.real $IOHELPER
    let_go
    drop $G mute firm firm2 firm3 firmcopy trans full
    rm -f "$(in_root $RUN)"/{core,shot}* "$NVRAM"/firm*
    inside umount $RUN/small $SAVES 2>/dev/null || true # they may not be mounted
}
trap cleanup EXIT

state() { km wait "${2:-$G}" "${3:-60}" State="$1"; }
agent() { vir qemu-agent-command $G '{"execute":"guest-ping"}'; }
boots() { km during $G 1000 State=$RUNNING StateReason=1 -- "$KM" call $G Start && wait_for 60 agent; }
by_signal() { # by_signal CONDITION... -- COMMAND... : the change arrives at most 1 s later
    km during $G 1000 "$@"
}
is_off() { state $OFF && prints "^$1\$" km get $G StateReason; }
started() { [ "$(km get $G State)" = $RUNNING ] || km call $G Start; wait_for 60 agent; }

# acpid is there a while after the agent.
settled() { run_in_guest 'dmesg | grep -q KVMLAB-GUEST-SETTLED'; }
shut_down() { started && { [ "$1" = agent ] || wait_for 60 settled; } && km call $G Shutdown mode="$1" timeout=60 && is_off 19; }
ignores() {
    [ "$(vir domstate mute)" = running ] || vir start mute
    refused TimedOut call mute Shutdown mode=acpi timeout=2 && is $RUNNING km get mute State
}
dead_agent() { # its channel is open, and nobody reads there
    started && wait_for 60 settled && run_in_guest 'kill -STOP $(pidof qemu-ga); :' || true # it says nothing more
    ! agent && km call $G Shutdown timeout=60 && is_off 19
}
ignores_both() { refused TimedOut call mute Shutdown timeout=2 && is $RUNNING km get mute State; }
graceful() { started && km call $G ForceOff graceful=true && is_off 20 && [ ! -e "$(in_root /run/libvirt/qemu/$G.pid)" ]; }
unplugged_agent() { refused AgentUnavailable call mute Shutdown mode=agent timeout=2 && is $RUNNING km get mute State; }
reboots() {
    local before after
    before=$(uptime_of_guest)
    km call $G Reboot mode=agent && wait_for 60 younger "$before" && after=$(uptime_of_guest) && echo "$before $after"
}
uptime_of_guest() { run_in_guest 'cut -d. -f1 /proc/uptime'; } # seconds
# run_in_guest SHELL : prints what it prints, fails if it fails
run_in_guest() {
    local pid
    pid=$(vir qemu-agent-command $G "$(jq -nc --arg c "$1" '{execute: "guest-exec", arguments: {path: "/bin/sh", arg: ["-c", $c], "capture-output": true}}')" |
        jq .return.pid) && wait_for 10 exited "$pid" && jq -r '.return["out-data"] // ""' "$KVMLAB_TMP/exec" | base64 -d && [ "$(jq .return.exitcode "$KVMLAB_TMP/exec")" = 0 ]
}
exited() { # its status can be read once
    vir qemu-agent-command $G "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":$1}}" >"$KVMLAB_TMP/exec" && [ "$(jq .return.exited "$KVMLAB_TMP/exec")" = true ]
}
younger() { local now; now=$(uptime_of_guest) && [ "$now" -lt "$1" ]; }

# job OPERATION [cancel] -- km-WORD... : the job's line, in $KVMLAB_TMP/job
job() {
    local words=("$1" 60) follower
    shift
    [ "$1" != cancel ] || { words+=(cancel); shift; }
    km job "${words[@]}" >"$KVMLAB_TMP/job" &
    follower=$!
    wait_for 10 grep -q ready "$KVMLAB_TMP/job"
    km "${@:2}" || echo "call: failed"
    wait $follower
    cat "$KVMLAB_TMP/job"
}
saves() { started && prints 'progress [0-9]+ true' job machine-save -- call $G Save && is_off 23 && is true km get $G HasSavedState; }
restores() { km call $G Restore && is $RUNNING km get $G State && is 2 km get $G StateReason && wait_for 30 agent && km wait $G 5 HasSavedState=false; }
boots_anew() { # with force-boot, and not while it is locked
    km call $G Save && km call $G SetMetadata locked=true && refused Locked call $G Start force-boot=true && is true km get $G HasSavedState &&
        km call $G SetMetadata locked=false && km call $G Start force-boot=true && km wait $G 5 HasSavedState=false StateReason=1 && wait_for 60 agent
}
no_saved_state() { refused InvalidState call $G DiscardSavedState; }
discards() { km call $G Save && km call $G DiscardSavedState && km wait $G 5 HasSavedState=false && refused InvalidState call $G Restore && boots; }
removed_elsewhere() { # the service may not see the directory, so it asks
    km call $G Save && km during $G 12000 HasSavedState=false -- "${V[@]}" managedsave-remove $G && refused InvalidState call $G Restore && boots
}
SAVES=/var/lib/libvirt/qemu/save
saves_are() { inside mount -t tmpfs -o "size=$1,mode=755" small $SAVES; }
runs_on() { is $RUNNING km get $G State && agent; }
no_room_to_save() { # what libvirt had written is gone, and another failure is not taken for it
    started && saves_are 1M && refused NoSpace call $G Save && refused NoSpace call $G Save bypass-cache=true && is '' inside ls -A $SAVES && runs_on &&
        is false km get $G HasSavedState && inside umount $SAVES && saves_are 1G,ro && refused Failed call $G Save && runs_on && inside umount $SAVES
}
no_room_to_dump() { # what there was room for stays in the caller's file
    started && inside mkdir -p $RUN/small && inside mount -t tmpfs -o size=8M,mode=755 small $RUN/small && refused NoSpace call $G CoreDump "w:$RUN/small/core" mode="$1" &&
        runs_on && fifos_left && inside umount $RUN/small
}
# What writes for libvirt around the page cache reads nothing while there is a file: QEMU begins, and cannot come to an end.
IOHELPER=/usr/lib/libvirt/libvirt_iohelper
hold() {
    touch "$(in_root $RUN/hold)"
    [ ! -e "$(in_root $IOHELPER.real)" ] || return 0
    inside mv $IOHELPER $IOHELPER.real
    printf '#!/bin/sh\nwhile [ -e %s/hold ]; do sleep 0.1; done\nexec %s.real "$@"\n' $RUN $IOHELPER >"$(in_root $IOHELPER)"
    chmod 755 "$(in_root $IOHELPER)"
}
let_go() { rm -f "$(in_root $RUN/hold)"; }
migrates() { vir qemu-monitor-command --hmp $G 'info migrate' | grep -q "^Migration status: $1"; }
cancels() { # it runs on as if nothing had happened
    started && hold || return 1
    # QEMU remembers how an earlier one ended, so its begin is waited for.
    { wait_for 20 migrates active; wait_for 20 migrates cancel; let_go; } &
    prints 'progress [1-9][0-9]* false org.kvmmanager.Manager1.Error.Cancelled' job machine-save cancel -- call $G Save bypass-cache=true &&
        wait && is $RUNNING km get $G State && wait_for 20 agent && is false km get $G HasSavedState
}
dumps() {
    local file=$RUN/core
    started && km call $G CoreDump "$2:$file" mode="$1" && is 7f454c46 number x4 0 "$(in_root $file)" &&
        [ "$(stat -c %s "$(in_root $file)")" -gt 268435456 ] && is $RUNNING km get $G State && rm "$(in_root $file)"
}
dump_crashes() { # the guest's memory is the last thing of it
    local file=$RUN/core
    started && km call $G SetMetadata locked=true && refused Locked call $G CoreDump "w:$file" mode=crash && is $RUNNING km get $G State && km call $G SetMetadata locked=false &&
        km call $G CoreDump "w:$file" mode=crash && is_off 21 && is 21 km get $G LastStopReason && is 7f454c46 number x4 0 "$(in_root $file)" &&
        [ "$(stat -c %s "$(in_root $file)")" -gt 268435456 ] && rm "$(in_root $file)"
}
dump_cancelled() { # dump_cancelled MODE : the guest runs on, and the file is only a part
    local file=$RUN/core
    started && rm -f "$(in_root $file)" || return 1
    inside kill -STOP "$(qemu_pid $G)" # held until it is cancelled, so that there is something to cancel
    km call $G CoreDump "w:$file" mode="$1" >"$KVMLAB_TMP/dump" &
    local caller=$!
    wait_for 10 dumping || { inside kill -CONT "$(qemu_pid $G)"; return 1; }
    km call "$(dump_job)" Cancel
    inside kill -CONT "$(qemu_pid $G)"
    ! wait $caller && prints '^refused Cancelled' cat "$KVMLAB_TMP/dump" && state $RUNNING && wait_for 20 agent &&
        [ "$(stat -c %s "$(in_root $file)")" -lt 268435456 ] && rm "$(in_root $file)" && fifos_left
}
dump_job() {
    inside busctl --json=short call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.ObjectManager GetManagedObjects |
        jq -r '.data[0] | to_entries[] | select(.value["org.kvmmanager.Manager1.Job"].Operation.data == "machine-core-dump") | .key'
}
dumping() { [ -n "$(dump_job)" ]; }
no_target() { refused InvalidArgument call $G CoreDump "$1"; }
fifos_left() { is 0 sh -c 'ls "$1" | wc -l' - "$(in_root /var/lib/kvm-manager/tmp)"; }
number() { od -An "-t$1" --endian=big "-j$2" -N4 "$3" | tr -d ' '; } # number FORMAT OFFSET FILE
shot() {
    local file=$RUN/shot.png
    prints 'SEAL.*SHRINK.*GROW.*WRITE|SHRINK \| GROW \| WRITE' km call $G Screenshot save=$file "$@" && is 89504e47 number x4 0 "$(in_root $file)"
}
shot_width() { shot width=160 && is 160 number u4 16 "$(in_root $RUN/shot.png)"; }
leased() { km wait $G 60 'Addresses~192.168.122.' && prints 'lease' km get $G Addresses; }
asked_addresses() { prints '192\.168\.122\..*agent' km call $G GetAddresses; }
nmi() { km call $G SendNmi && is $RUNNING km get $G State; }
sleeps() { # the guest says whether it can
    if km call $G SuspendGuest >"$KVMLAB_TMP/sleep"; then
        km wait $G 30 State=6 && km call $G Wake && state $RUNNING && wait_for 30 agent
    else
        cat "$KVMLAB_TMP/sleep"
        grep -Eq '^refused (NotSupported|AgentUnavailable|Failed)' "$KVMLAB_TMP/sleep" && is $RUNNING km get $G State
    fi
}
locked_sleeps() { # asleep on disk it would be off
    started && km call $G SetMetadata locked=true && refused Locked call $G SuspendGuest target=disk && is $RUNNING km get $G State &&
        km call $G SetMetadata locked=false && agent
}
sleeps_on_disk() { # the guest has nothing to sleep on: its agent takes the request, and it runs on
    started || return 1
    if km call $G SuspendGuest target=disk >"$KVMLAB_TMP/sleep"; then
        is $RUNNING km get $G State && wait_for 20 agent
    else
        cat "$KVMLAB_TMP/sleep"
        grep -Eq '^refused (NotSupported|AgentUnavailable|Failed)' "$KVMLAB_TMP/sleep" && is $RUNNING km get $G State
    fi
}
autostart() {
    local link=$KVMLAB_ROOT/etc/libvirt/qemu/autostart/$G.xml
    km call $G SetAutostart true && [ -L "$link" ] && km wait $G 5 Autostart=true &&
        km call $G SetAutostart false && [ ! -e "$link" ] && km wait $G 5 Autostart=false
}
details() {
    local said disk=$'vda\tdisk\t[1-9]'
    said=$(km call $G GetDetails sizes=true) && [[ $said =~ start-time=1[0-9]{15} ]] && [[ $said =~ $disk ]] &&
        [[ $said == *guest-agent=true* && $said == *firmware=bios* ]]
}
metadata() {
    km call $G SetMetadata title=Title 'description=Two words' group=office tags=web#ff0000,db locked=true &&
        km wait $G 5 Title=Title 'Description=Two words' Group=office 'Tags~#ff0000' Locked=true && prints 'Title' vir dumpxml --inactive $G &&
        refused Locked call $G ForceOff && refused Locked call $G Delete force-off=true && km call $G SetMetadata locked=false
}
anew() { # also by a service that started when there were links of autostart already
    mkdir -p "$(in_root /etc/libvirt/qemu/autostart)" && inside systemctl restart kvm-manager && km wait manager 15 Connected=true && known $G
}
unapplied() { # unapplied PART COMMAND... : says so, and a restart applies it
    started && by_signal HasUnappliedChanges=true "UnappliedChanges~$1" -- "${V[@]}" "${@:2}"
}
applied() { km call $G ShutdownAndRestart mode=agent timeout=60 && km wait $G 10 HasUnappliedChanges=false MaximumVcpus=2 && wait_for 60 agent; }
killed() {
    started && by_signal State=$OFF StateReason=21 LastStopReason=21 -- kill -KILL "$(qemu_pid $G)" && [ "$(km get $G LastStopTime)" -gt 1000000000000000 ] &&
        prints 'crashed|shutting down' km call $G GetLog lines=3
}
guest_off() { started && by_signal State=$OFF StateReason=19 -- "${V[@]}" shutdown $G --mode agent; }

firmware() {
    cat >"$(in_root $RUN/firm.xml)" <<X
<domain type='qemu'><name>firm</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
<devices><video><model type='none'/></video><memballoon model='none'/></devices></domain>
X
    vir define $RUN/firm.xml && wait_for 5 known firm && km call firm Start && km call firm ForceOff && [ -s "$NVRAM/firm_VARS.fd" ]
}
renames() { # what the firmware has stored goes along, and nothing is left under the old name
    local before
    printf changed | dd of="$NVRAM/firm_VARS.fd" bs=1 seek=500000 conv=notrunc status=none
    before=$(sha256sum <"$NVRAM/firm_VARS.fd")
    km call firm Rename firm2 && wait_for 5 unknown firm && known firm2 && refused AlreadyExists call firm2 Rename $G && km call firm2 Start && km call firm2 ForceOff || return 1
    [ ! -e "$NVRAM/firm_VARS.fd" ] || [ ! -e "$NVRAM/firm2_VARS.fd" ] || { echo "the old NVRAM is orphaned, and a new one was made"; return 1; }
    is "$before" cat_sum
}
renames_beside_a_copy() { # whose definition names the same file
    sed 's#<name>firm#<name>firmcopy#; s#</type></os>#</type><nvram>/var/lib/libvirt/qemu/nvram/firm2_VARS.fd</nvram></os>#' "$(in_root $RUN/firm.xml)" >"$(in_root $RUN/firmcopy.xml)"
    vir define $RUN/firmcopy.xml && wait_for 5 known firmcopy && km call firm2 Rename firm3 && wait_for 5 known firm3 && cmp "$NVRAM/firm2_VARS.fd" "$NVRAM/firm3_VARS.fd" &&
        vir undefine firmcopy --nvram && wait_for 5 unknown firmcopy
}
cat_sum() { cat "$NVRAM"/firm*_VARS.fd | sha256sum; }
running_rename() { refused InvalidState call $G Rename other && known $G; }
transient() {
    sed 's/<name>[^<]*/<name>trans/' "$(in_root $RUN/mute.xml)" >"$(in_root $RUN/trans.xml)"
    vir create $RUN/trans.xml && wait_for 5 known trans && is false km get trans Persistent && refused NotSupported call trans Delete force-off=true &&
        km call trans MakePersistent && km wait trans 5 Persistent=true && km call trans ForceOff && is $OFF km get trans State
}
gone() { vir create $RUN/trans.xml 2>/dev/null; drop trans; wait_for 5 unknown trans && vir create $RUN/trans.xml && wait_for 5 known trans && km call trans ForceOff && wait_for 2 unknown trans; }
# A pool of 8 MB, a disk that promises more, and a guest that writes.
disk_full() {
    inside mkdir -p $RUN/small && inside mount -t tmpfs -o size=8M,mode=755 small $RUN/small && inside qemu-img create -q -f qcow2 $RUN/small/d.qcow2 64M
    inside chmod 666 $RUN/small/d.qcow2
    started && vir attach-disk $G $RUN/small/d.qcow2 vdz --subdriver qcow2 --live &&
        km during $G 60000 State=$PAUSED StateReason=26 -- "${V[@]}" qemu-agent-command $G \
            '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","i=0; until [ -b /dev/vdb ] || [ $i = 300 ]; do i=$((i+1)); sleep 0.1; done; dd if=/dev/zero of=/dev/vdb bs=64k"]}}'
}
room_again() { inside mount -o remount,size=128M $RUN/small && km call $G Resume && state $RUNNING && is 5 km get $G StateReason; }

"$LAB_DIR/guest/start.sh" --host "$KVMLAB_NAME" --no-agent $G >/dev/null 2>&1
vir destroy $G
bare mute '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>' >/dev/null
state $OFF >/dev/null
check "starts, by signal, and its agent answers" boots
check "its address is shown" leased
check "its agent tells addresses" asked_addresses
check "details: since when it runs, its disk and its agent" details
check "pause, by signal" by_signal State=$PAUSED StateReason=7 -- "$KM" call $G Pause
check "pausing what is paused is refused" refused InvalidState call mute Pause
check "resume, by signal" by_signal State=$RUNNING StateReason=5 -- "$KM" call $G Resume
check "virsh suspends: shown within 1 s" by_signal State=$PAUSED -- "${V[@]}" suspend $G
check "virsh resumes: shown within 1 s" by_signal State=$RUNNING -- "${V[@]}" resume $G
check "a screenshot is a PNG in a sealed memory file" shot
check "a screenshot as wide as asked for" shot_width
check "NMI" nmi
check "reboots by its agent" reboots
check "suspends to memory and wakes, or says that it cannot" sleeps
check "a locked guest is not suspended to disk" locked_sleeps
check "a guest that cannot sleep on disk runs on" sleeps_on_disk
check "saves with progress" saves
check "restores" restores
check "boots anew with force-boot, unless it is locked" boots_anew
check "no saved state: nothing to discard" no_saved_state
check "discards a saved state" discards
check "virsh removes a saved state: shown within 10 s" removed_elsewhere
check "a save that is cancelled leaves the guest running" cancels
check "no room for a saved state: NoSpace, nothing is left and the guest runs on" no_room_to_save
check "dumps its memory, paused" dumps paused w
check "dumps its memory, live" dumps live rw
check "a dump that is cancelled leaves the guest running, paused" dump_cancelled paused
check "a dump that is cancelled leaves the guest running, live" dump_cancelled live
check "dumps its memory and ends it: crashed, unless it is locked" dump_crashes
check "no room for a dump: NoSpace, and the guest runs on, paused" no_room_to_dump paused
check "no room for a dump: NoSpace, and the guest runs on, live" no_room_to_dump live
check "no dump to what cannot be written" no_target r:/etc/passwd
check "no dump to what is appended to" no_target a:$RUN/core-a
check "no dump to a device" no_target w:/dev/null
check "no dump to a directory" no_target r:/tmp
check "dumps leave nothing behind" fifos_left
check "autostart is libvirt's link" autostart
check "title, notes, group, tags, lock" metadata
check "the service starts anew beside links of autostart" anew
check "setvcpus --config: shown as not applied" unapplied vcpu setvcpus $G 2 --maximum --config
check "a restart applies it" applied
check "the guest powers off: shown within 1 s" guest_off
check "shuts down by its agent" shut_down agent
check "shuts down by ACPI" shut_down acpi
check "its agent is dead: shuts down by ACPI all the same" dead_agent
check "forced off gracefully" graceful
check "QEMU is killed: crashed, with reason, time and log" killed
check "the disk is full: paused, and says why" disk_full
check "room again: resumes" room_again
check "a running machine is not renamed" running_rename
check "a guest that ignores ACPI: TimedOut, and still running" ignores
check "a guest without agent that ignores ACPI: TimedOut, and still running" ignores_both
check "no agent: says so, and still running" unplugged_agent
check "UEFI with NVRAM" firmware
check "renames a machine with NVRAM, and it starts" renames
check "a rename leaves NVRAM to a copy of the machine that has it, too" renames_beside_a_copy
check "a transient machine is shown and made persistent" transient
check "a transient machine that ends is gone" gone
finish
