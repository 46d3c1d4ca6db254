#!/bin/bash
# Deleting: what goes, what stays, what comes back, and that no crash in between loses anything.
# timeout: 400
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
POOL=/var/lib/libvirt/images
P=$(in_root $POOL)
STATE=$(in_root /var/lib/kvm-manager)
TRASH=.kvm-manager-trash
KILLS=${KVMLAB_KILLS:-40}
ALL=(own over other shared1 shared2 fixed firm snap ext saved victim)
SOCKETS=(libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket)
cleanup() {
    inside systemctl start "${SOCKETS[@]}" libvirtd.service
    inside systemctl reset-failed kvm-manager 2>/dev/null || true # it may not have failed
    drop "${ALL[@]}"
    purge_all
    rm -f "$KVMLAB_ROOT"/var/lib/libvirt/qemu/nvram/firm*
    rm -f "$P"/{own,base,over,other,shared,fixed,cd,snap,ext,saved,victim}*
}
trap cleanup EXIT
deleted() { km call manager ListDeleted | awk 'NF { print $1 }'; }
purge_all() { deleted | while read -r id; do km call manager PurgeDeleted "$id"; done; }

# image NAME [BASE] : a disk of 1 MB of noise, or an overlay
image() {
    if [ -n "${2:-}" ]; then
        inside qemu-img create -q -f qcow2 -b "$POOL/$2" -F qcow2 "$POOL/$1" && noise "$1"
    else
        inside qemu-img create -q -f qcow2 "$POOL/$1" 4M && noise "$1"
    fi
}
noise() { inside qemu-io -f qcow2 -c "write -P $((RANDOM % 255 + 1)) 0 1M" "$POOL/$1" >/dev/null; }
disk() { # disk FILE [ELEMENTS] [DEVICE [TARGET]]
    local format=qcow2 target=${4:-vda}
    [[ $1 == *.qcow2 ]] || format=raw
    [ "${3:-disk}" = disk ] || target=hdc
    echo "<disk type='file' device='${3:-disk}'><driver name='qemu' type='$format'/><source file='$POOL/$1'/><target dev='$target'/>${2:-}</disk>"
}
# plan MACHINE : "KIND FILE ACTION REASON" sorted
plan() { km call "$1" PlanDelete "${@:2}" | awk -F'\t' '{ n = split($2, parts, "/"); print $1, parts[n], $3, $6 }' | sed 's/ *$//; s/  */ /g' | sort | tr '\n' ';'; }
refresh() { vir pool-refresh default; }
delete() { km call "$@" >"$KVMLAB_TMP/id"; }
id() { cat "$KVMLAB_TMP/id"; }
sums() { (cd "$P" && find . -type f ! -path "*/$TRASH/*" -exec sha256sum {} + | sort); }
no_trash() { [ ! -e "$P/$TRASH" ] || { find "$P/$TRASH"; return 1; }; }
no_records() { is '' ls "$STATE/deleted"; }

own() {
    local before
    image own.qcow2 && bare own "$(disk own.qcow2)" && before=$(sums) &&
        is 'definition trash;disk own.qcow2 trash;' plan own && delete own Delete && wait_for 5 unknown own && [ ! -e "$P/own.qcow2" ] && [ -e "$P/$TRASH/$(id)/own.qcow2" ] &&
        is "$(id)" deleted && km call manager Undelete "$(id)" && wait_for 5 known own && is "$before" sums && no_trash && no_records && is '' deleted &&
        prints own.qcow2 vir vol-list default
}
twice() { refused NotFound call manager Undelete "$(id)"; }
running() { vir start own && refused InvalidState call own Delete && delete own Delete force-off=true && wait_for 5 unknown own && km call manager Undelete "$(id)" && vir start own && vir destroy own; }
name_taken() {
    delete own Delete && bare own && refused AlreadyExists call manager Undelete "$(id)" && is "$(id)" deleted && [ -e "$P/$TRASH/$(id)/own.qcow2" ] &&
        drop own && wait_for 5 unknown own && : >"$P/own.qcow2" && refused AlreadyExists call manager Undelete "$(id)" && unknown own && is "$(id)" deleted && [ ! -s "$P/own.qcow2" ] &&
        rm "$P/own.qcow2" && km call manager Undelete "$(id)" && wait_for 5 known own
}
overlay() {
    image base.qcow2 && image over.qcow2 base.qcow2 && image other.qcow2 base.qcow2 && bare over "$(disk over.qcow2)" && bare other "$(disk other.qcow2)" &&
        is 'backing base.qcow2 keep in-use;definition trash;disk over.qcow2 trash;' plan over && delete over Delete && [ -e "$P/base.qcow2" ] && [ -e "$P/other.qcow2" ] &&
        vir start other && vir destroy other
}
base_is_needed() { # by a deleted machine, which must be able to come back
    drop other && rm "$P/other.qcow2" && bare other "$(disk base.qcow2)" && prints 'disk base.qcow2 keep' plan other && delete other Delete permanent=true && [ -e "$P/base.qcow2" ] &&
        km call manager Undelete "$(head -n 1 < <(deleted))" && wait_for 5 known over && vir start over && vir destroy over
}
shared() {
    inside qemu-img create -q -f raw $POOL/shared.raw 1M && bare shared1 "$(disk shared.raw)" && bare shared2 "$(disk shared.raw)" &&
        is 'definition remove;disk shared.raw keep in-use;' plan shared1 permanent=true && km call shared1 Delete permanent=true && wait_for 5 unknown shared1 && [ -e "$P/shared.raw" ] &&
        refused Unsafe call shared2 Delete "volumes=[$POOL/own.qcow2]" && known shared2 && km call shared2 Delete permanent=true && [ ! -e "$P/shared.raw" ] && no_records
}
shareable() { # others may use it that this host knows nothing of
    inside qemu-img create -q -f raw $POOL/shared.raw 1M && bare shared1 "$(disk shared.raw '<shareable/>')" &&
        is 'definition remove;disk shared.raw keep shared;' plan shared1 permanent=true && km call shared1 Delete permanent=true && [ -e "$P/shared.raw" ]
}
removable() {
    : >"$P/cd.iso" && image fixed.qcow2 && bare fixed "$(disk cd.iso '<readonly/>' cdrom)$(disk fixed.qcow2 '<readonly/>')" &&
        is 'definition trash;disk cd.iso keep removable;disk fixed.qcow2 keep read-only;' plan fixed && km call fixed Delete permanent=true && [ -e "$P/cd.iso" ] && [ -e "$P/fixed.qcow2" ]
}
keep_disks() { bare fixed "$(disk fixed.qcow2)" && km call fixed Delete keep-disks=true permanent=true && [ -e "$P/fixed.qcow2" ] && no_records; }
firmware() { # NVRAM and TPM come back; with a purge they go
    local tpm nvram sum
    cat >"$(in_root /run/kvmlab/firm.xml)" <<X
<domain type='qemu'><name>firm</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>
<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm><video><model type='none'/></video><memballoon model='none'/></devices></domain>
X
    vir define /run/kvmlab/firm.xml && vir start firm && vir destroy firm && wait_for 5 known firm
    nvram=$(in_root /var/lib/libvirt/qemu/nvram/firm_VARS.fd) tpm=$(in_root "/var/lib/libvirt/swtpm/$(vir domuuid firm)")
    sum=$(sha256sum "$nvram") && [ -d "$tpm" ] && prints 'tpm trash' plan firm && delete firm Delete && [ -e "$nvram" ] && [ -d "$tpm" ] &&
        km call manager Undelete "$(id)" && wait_for 5 known firm && is "$sum" sha256sum "$nvram" && vir start firm && vir destroy firm &&
        delete firm Delete && km call manager PurgeDeleted "$(id)" && [ ! -e "$nvram" ] && [ ! -d "$tpm" ] && wait_for 5 unknown firm && no_records
}
# Firmware that libvirt chooses keeps its variables at a path that the definition does not name.
only_nvram() {
    local nvram
    nvram=$(in_root /var/lib/libvirt/qemu/nvram/firm_VARS.fd)
    drop firm
    sed -i 's#<tpm.*</tpm>##' "$(in_root /run/kvmlab/firm.xml)" && vir define /run/kvmlab/firm.xml && vir start firm && vir destroy firm && wait_for 5 known firm && [ -e "$nvram" ] &&
        prints 'nvram' plan firm && delete firm Delete && km call manager PurgeDeleted "$(id)" && not test -e "$nvram"
}
# A copy of a definition that somebody made by hand has the same file.
shared_nvram() {
    local nvram
    nvram=$(in_root /var/lib/libvirt/qemu/nvram/firm_VARS.fd)
    drop firm
    vir define /run/kvmlab/firm.xml && vir start firm && vir destroy firm && wait_for 5 known firm && [ -e "$nvram" ] &&
        sed 's#<name>firm#<name>firmcopy#; s#</type></os>#</type><nvram>/var/lib/libvirt/qemu/nvram/firm_VARS.fd</nvram></os>#' "$(in_root /run/kvmlab/firm.xml)" >"$(in_root /run/kvmlab/firmcopy.xml)" &&
        vir define /run/kvmlab/firmcopy.xml && wait_for 5 known firmcopy && prints 'nvram.*keep in-use' plan firm && prints 'nvram.*keep in-use' plan firmcopy &&
        km call firmcopy Delete permanent=true && wait_for 5 unknown firmcopy && [ -e "$nvram" ] &&
        vir define /run/kvmlab/firmcopy.xml && wait_for 5 known firmcopy && delete firm Delete && km call manager PurgeDeleted "$(id)" && wait_for 5 unknown firm && [ -e "$nvram" ] &&
        km call firmcopy Delete permanent=true && wait_for 5 unknown firmcopy && not test -e "$nvram"
}
saved() {
    image saved.qcow2 && bare saved "$(disk saved.qcow2)" && vir start saved && vir managedsave saved && km wait saved 5 HasSavedState=true && prints 'saved-state remove' plan saved &&
        delete saved Delete && km call manager Undelete "$(id)" && wait_for 5 known saved && is false km get saved HasSavedState
}
snapshots() { # internal ones come back with the machine
    image snap.qcow2 && bare snap "$(disk snap.qcow2)" && vir snapshot-create-as snap one && vir snapshot-create-as snap two && km call snap SetAutostart true && vir autostart snap &&
        prints 'snapshot one trash;snapshot two trash' plan snap && delete snap Delete && km call manager Undelete "$(id)" && wait_for 5 known snap &&
        is 'one two ' list_of snap && is two vir snapshot-current --name snap && km wait snap 5 Autostart=true && vir snapshot-revert snap one
}
list_of() { vir snapshot-list --name "$1" | sort | grep . | tr '\n' ' '; }
external() {
    image ext.qcow2 && bare ext "$(disk ext.qcow2)" && vir snapshot-create-as ext deep --disk-only --diskspec "vda,file=$POOL/ext.deep" && refresh
    prints 'disk ext.deep trash;disk ext.qcow2 trash;|backing ext.qcow2 keep' plan ext && plan ext && delete ext Delete && [ ! -e "$P/ext.deep" ] && km call manager Undelete "$(id)" && wait_for 5 known ext &&
        [ -e "$P/ext.deep" ] && [ -e "$P/ext.qcow2" ] && vir start ext && vir destroy ext && is 'deep ' list_of ext
}

# ----- crashes -----
prepare_victim() {
    drop victim; purge_all; rm -f "$P"/victim*
    local n disks=''
    for n in a b c; do image "victim$n.qcow2" && disks+=$(disk "victim$n.qcow2" '' disk "vd$n"); done
    bare victim "$disks" && vir snapshot-create-as victim keep && km call victim SetAutostart true
}
victim_sums() { (cd "$P" && find . -name 'victim*.qcow2' -exec sha256sum {} + | sed "s#\./$TRASH/[0-9a-f]*/#./#" | sort); }
# cut_off MICROSECONDS km-WORD... : makes the call and, after that time, kills the service; its code is the call's
cut_off() {
    local code=0
    inside sh -c 'delay=$1 pid=$2; shift 2; "$@" >/run/kvmlab/killed 2>&1 & sleep "$delay"; kill -KILL "$pid"; wait $!' - \
        "$(printf '0.%06d' "$1")" "$(main_pid)" timeout 60 "$KM" "${@:2}" || code=$?
    inside systemctl reset-failed kvm-manager 2>/dev/null || true # it may not have failed
    return $code
}
settled() { answers && ! grep -sqE '"stage":"(deleting|restoring|purging)"' "$STATE"/deleted/*.json; }
# whole : defined with everything in place and no record, or deleted and listed with everything in the trash
whole() {
    wait_for 20 settled || { echo "not settled"; head -c 400 "$STATE"/deleted/*; return 1; }
    is "$SUMS" victim_sums || return 1
    if vir domstate victim >/dev/null 2>&1; then
        [ "$(find "$P" -maxdepth 1 -name 'victim*' | wc -l)" = 3 ] && no_records && no_trash && is 'keep ' list_of victim && prints 'Autostart: *enable' vir dominfo victim && wait_for 5 known victim
    else
        is 1 count_deleted && [ "$(find "$P" -maxdepth 1 -name 'victim*' | wc -l)" = 0 ] && unknown victim
    fi || { echo "half: $(vir domstate victim 2>&1)"; find "$P" -name 'victim*'; ls "$STATE/deleted"; vir dominfo victim; list_of victim; return 1; }
}
count_deleted() { deleted | wc -l; }
# survives_kills COUNT : of Delete and of Undelete in turn, at any point of their usual duration
survives_kills() {
    local i cut=0 call
    for ((i = 0; i < $1; i++)); do
        if vir domstate victim >/dev/null 2>&1; then call=(victim Delete); else call=(manager Undelete "$(deleted)"); fi
        km get manager Connected >/dev/null
        cut_off $((USUAL / 8 + (RANDOM * 32768 + RANDOM) % USUAL)) call "${call[@]}" || cut=$((cut + 1))
        whole 2>/dev/null || { echo "kill $i, of ${call[*]}"; whole; return 1; }
        # On to the other half, so that both are hit.
        if ! vir domstate victim >/dev/null 2>&1; then [ "${call[1]}" = Delete ] || km call manager Undelete "$(deleted)" >/dev/null
        elif [ "${call[1]}" = Delete ]; then km call victim Delete >/dev/null; fi
        whole 2>/dev/null || { echo "after kill $i"; whole; return 1; }
    done
    echo "$cut of $1 calls were cut off"
    [ $((cut * 4)) -ge "$1" ] # else the kills came too late to say anything
}
usual() { # microseconds that a delete takes, seen from inside
    inside bash -c 'began=$EPOCHREALTIME; "$@" >/dev/null; echo $((${EPOCHREALTIME/./} - ${began/./}))' - "$KM" call victim Delete
    km call manager Undelete "$(deleted)" >/dev/null
}

# Purging firmware state defines the machine for a moment; it must never stay.
survives_purges() {
    local i
    for ((i = 0; i < $1; i++)); do
        drop firm
        vir define /run/kvmlab/firm.xml && wait_for 5 known firm && delete firm Delete || return 1
        cut_off $(((RANDOM * 32768 + RANDOM) % 50000)) call manager PurgeDeleted "$(id)" || true # mostly it is
        wait_for 20 settled || { echo "not settled"; return 1; }
        km call manager ListDeleted | grep -q firm || not vir domstate firm || { echo "kill $i: the machine is back: $(vir domstate firm)"; return 1; }
        purge_all
    done
}
expires() { # its time is over when the service starts
    image own.qcow2 && drop own && bare own "$(disk own.qcow2)" && delete own Delete && [ -n "$(find "$P/$TRASH" -name '*own.qcow2*')" ] && inside systemctl stop kvm-manager &&
        sed -i 's/"expires":[0-9]*/"expires":1/' "$STATE/deleted/$(id).json" && km call manager ListMachines >/dev/null && wait_for 90 no_records && no_trash && unknown own
}
settled_late() { # the service starts before libvirt does
    image own.qcow2 && drop own && bare own "$(disk own.qcow2)" && delete own Delete && inside systemctl stop kvm-manager libvirtd.service "${SOCKETS[@]}" || return 1
    sed -i 's/"stage":"deleted"/"stage":"deleting"/' "$STATE/deleted/$(id).json"
    refused Unavailable call manager ListMachines && inside systemctl start "${SOCKETS[@]}" && km wait manager 15 Connected=true && wait_for 10 is "$(id)" deleted
}
left_over() { is '' ls "$STATE/tmp" && is '' find "$P" -name '.*' -type f; }

check "a disk of its own goes to the trash and comes back as it was" own
check "what came back cannot come back again" twice
check "a running machine only if asked" running
check "an undelete never replaces a machine or a file" name_taken
check "an overlay goes, its base stays for the others" overlay
check "a base that a deleted machine needs stays" base_is_needed
check "a shared disk stays until nobody else has it; nothing of others is taken" shared
check "a disk that is marked as shared stays always" shareable
check "CD images and read-only disks stay" removable
check "disks stay if asked" keep_disks
check "NVRAM and TPM come back, and go with a purge" firmware
check "NVRAM alone goes with a purge, too" only_nvram
check "NVRAM that a copy of the machine has stays until the copy goes" shared_nvram
check "a saved state goes" saved
check "internal snapshots come back" snapshots
check "external snapshots" external
check "a machine for the crashes" prepare_victim
SUMS=$(victim_sums) USUAL=$(usual)
check "$KILLS kills during delete and undelete: whole or deleted, nothing lost" survives_kills "$KILLS"
check "10 kills during a purge: the machine does not come back" survives_purges 10
check "a deleted machine whose time is over is gone for good" expires
check "an interrupted delete is settled when libvirt comes after the service" settled_late
inside systemctl restart kvm-manager
purge_all
check "nothing is left over" left_over
finish
