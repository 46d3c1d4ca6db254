#!/bin/bash
# Huge pages of 2 MiB and 1 GiB by NUMA node, inside the machine that run.sh starts with VFIO_NODES: two nodes, and a kernel that was told by its
# command line to reserve a page of 1 GiB on the first. What there is says the kernel, in the files of its nodes.
# shellcheck disable=SC2016,SC2317  # functions are called through check, and by eval
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
HOST=/org/kvmmanager/Manager1/host
SMALL=2097152 LARGE=1073741824
virsh() { command virsh -q -c qemu:///system "$@"; }
kernel() { cat "/sys/devices/system/node/node$1/hugepages/hugepages-$(($2 / 1024))kB/${3:-nr}_hugepages"; } # kernel NODE SIZE [WHICH]
are() { # are SIZE PAGES_OF_NODE_0 PAGES_OF_NODE_1
    local found
    found="$(kernel 0 "$1") $(kernel 1 "$1")"
    echo "pages of $(($1 / 1048576)) MiB: $found"
    [ "$found" = "$2 $3" ]
}
pages() { busctl --system --timeout=120 call "$NAME" $HOST "$NAME.Host.HugePages" "$1" 'tta{sv}' "${@:2}"; } # pages METHOD SIZE COUNT OPTIONS...
on() { echo "1 node u $1"; }
becomes() { # becomes PAGES METHOD SIZE COUNT OPTIONS... : as the reply says
    local said
    said=$(pages "${@:2}") || return 1
    echo "$said"
    [ "$said" = "t $1" ]
}
planned() { # planned NAME SIZE COUNT NODE : a value of the plan
    pages PlanReserve "$2" "$3" 1 node u "$4" --json=short | jq -r ".data[0].\"$1\".data"
}
argument() { pages PlanAtBoot "$@" --json=short | jq -r '.data[0]."kernel-argument".data'; }
pools_are_the_kernels() { # size, node, pages, free pages of each pool
    local node size
    diff <(for node in 0 1; do for size in $SMALL $LARGE; do echo "$size $node $(kernel $node "$size") $(kernel $node "$size" free)"; done; done | sort) \
        <(busctl --system --json=short get-property "$NAME" $HOST "$NAME.Host.HugePages" Pools |
            jq -r '.data[] | "\(.[0]) \(.[1]) \(.[2]) \(.[3])"' | sort)
}
nodes_are_the_kernels() {
    [ "$(busctl --system --json=short get-property "$NAME" $HOST "$NAME.Host.Topology" Nodes | jq '.data | length')" = 2 ]
}
define() { # define NODE KIBIBYTES_OF_A_PAGE MEBIBYTES
    cat >/run/nodes.new <<X
<domain type='qemu'><name>nodes</name><uuid>00000000-0000-4000-8000-000000000001</uuid><memory unit='MiB'>$3</memory><vcpu>1</vcpu>
<memoryBacking><hugepages><page size='$2' unit='KiB'/></hugepages></memoryBacking><numatune><memory mode='strict' nodeset='$1'/></numatune>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
X
    virsh define /run/nodes.new
}
machine() { "$DRIVER" call nodes "$@"; }
is_on() { # is_on NODE KIBIBYTES_OF_A_PAGE BYTES : so much of QEMU's memory is in such pages of this node, and none on the other
    local found
    found=$(awk -v node="N$1=" -v other="N$((1 - $1))=" -v kind="kernelpagesize_kB=$2" '
        / huge / && $0 ~ kind { for (i = 1; i <= NF; i++) { if (index($i, node) == 1) pages += substr($i, 4); if (index($i, other) == 1) pages = -1e9 } }
        END { print pages + 0 }' "/proc/$(cat /run/libvirt/qemu/nodes.pid)/numa_maps")
    echo "$found pages of $2 KiB"
    [ $((found * $2 * 1024)) = "$3" ]
}

check "libvirt is there" until_true 120 virsh version
check "the service starts" start
check "it tells both nodes" nodes_are_the_kernels
check "and the kernel's pools" pools_are_the_kernels
check "the command line reserved a page of 1 GiB on the first node" are $LARGE 1 0
check "it says what the service tells an administrator to write" eval 'argument $LARGE 1 $(on 0) && [[ " $(cat /proc/cmdline) " == *" $(argument $LARGE 1 $(on 0)) "* ]]'
check "which has the other size and node, too" [ "$(argument $SMALL 64 1 node u 1)" = "hugepagesz=2M hugepages=1:64" ]

check "a node that is not there is refused" refuses 'o such' pages Reserve $SMALL 1 1 node u 2
check "so is a user without the right" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" $HOST "$NAME.Host.HugePages" Reserve 'tta{sv}' $SMALL 1 1 node u 1
check "more than the floor leaves is refused" refuses emory pages Reserve $LARGE 9 1 node u 1
check "as the plan said" [ "$(planned possible $LARGE 9 1)" = false ]
check "and nothing is reserved" eval 'are $SMALL 0 0 && are $LARGE 1 0'

check "small pages are reserved on the second node" becomes 100 Reserve $SMALL 100 1 node u 1
check "and only there" are $SMALL 0 100
check "then on the first" becomes 30 Reserve $SMALL 30 1 node u 0
check "beside the others" are $SMALL 30 100
check "the service tells so" pools_are_the_kernels
check "those of one node are given back" becomes 100 Release $SMALL 100 1 node u 1
check "and no others" are $SMALL 30 0
check "more than there are is refused" refuses 'imit is 30' pages Release $SMALL 31 1 node u 0
check "all go" eval 'becomes 30 Release $SMALL 30 1 node u 0 && are $SMALL 0 0'
check "without a node they are spread" eval 'becomes 64 Reserve $SMALL 64 0 && are $SMALL 32 32 && becomes 64 Release $SMALL 64 0 && are $SMALL 0 0'

check "a page of 1 GiB is reserved on the second node" eval 'becomes 1 Reserve $LARGE 1 $(on 1) && are $LARGE 1 1'
# The node has three and a half, but it begins in the middle of one, and the kernel's own tables are in another.
# Where else the kernel put what cannot be moved is chance: it gives one page more, or none.
check "there is memory for two more" [ "$(planned most $LARGE 2 1)" = 2 ]
check "but not in one piece: none is reserved" refuses 'that the kernel can give' pages Reserve $LARGE 2 1 node u 1
check "and as many as before" are $LARGE 1 1
partly() {
    local said count
    if ! said=$(pages Reserve $LARGE 2 2 node u 1 partial b true 2>&1); then
        echo "$said"
        [[ $said == *"imit is 0"* ]] && are $LARGE 1 1
        return
    fi
    count=${said#t }
    echo "$count of 2"
    [ "$count" = 1 ] && are $LARGE 1 2 && becomes 1 Release $LARGE 1 1 node u 1
}
check "unless fewer will do, which the reply counts" partly
check "the page on the second node stays" are $LARGE 1 1

check "a machine of the second node is defined" eval 'define 1 2048 64 && until_true 20 machine SetHostTuning reserve-huge-pages=true'
check "its pages come with its start, on its node" eval 'machine Start && are $SMALL 0 32'
check "its memory is in them" is_on 1 2048 $((64 << 20))
check "they go with its stop" eval 'machine ForceOff && until_true 20 are $SMALL 0 0'
check "it moves to the first node" eval 'define 0 2048 64 && until_true 20 machine SetHostTuning reserve-huge-pages=true && machine Start && are $SMALL 32 0 && is_on 0 2048 $((64 << 20))'
check "and stops" eval 'machine ForceOff && until_true 20 are $SMALL 0 0'
check "with 1 GiB it has the page that is there, and no other is reserved" eval 'define 1 1048576 1024 && until_true 20 machine SetHostTuning reserve-huge-pages=true && machine Start && are $LARGE 1 1 && is_on 1 1048576 $LARGE'
check "a page that a machine has is not given back" refuses 'imit is 0' pages Release $LARGE 1 1 node u 1
check "it stays when the machine stops, for it was there before" eval 'machine ForceOff && until_true 20 pools_are_the_kernels && are $LARGE 1 1'
check "and is given back" eval 'becomes 1 Release $LARGE 1 $(on 1) && are $LARGE 1 0'
kill "$service"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
