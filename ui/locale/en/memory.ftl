memory-tab-memory = Memory
memory-tab-cpus = CPU map
memory-threads = { $count ->
    [one] { $count } thread
   *[other] { $count } threads
 }
memory-node = Node { $node }
memory-on-node = on node { $node }
memory-everywhere = on all nodes
memory-it = The memory of the host
memory-cpus = CPUs { $cpus }
memory-no-cpus = memory alone, no CPUs
memory-share-other = In use
memory-share-used = Pages in use
memory-share-pages = Pages free
memory-share-planned = Planned
memory-share-free = Free
memory-column-size = Page size
memory-column-use = In use / reserved
memory-column-reserve = Reserve
memory-column-count = Pages
memory-column-memory = Memory
memory-pages-none = none reserved
memory-pages = { $used } in use, { $free } free, of { $total }
memory-pages-planned = { $used } in use, { $free } free, { $planned } planned
memory-pages-back = { $used } in use, { $back } go back
memory-fixed = no room for more
memory-less = One page of { $size } fewer on node { $node }
memory-more = One page of { $size } more on node { $node }
memory-refused-use = At least { $least } have to stay: they are in use, or were promised to somebody.
memory-refused-floor = At most { $most } more on node { $node }: { $floor } of memory have to stay available.
memory-no-sizes = This kernel has no huge pages
memory-no-sizes-text = Machines use ordinary memory here.
memory-hint = Pages of 1 GiB need memory in one piece: reserve them soon after the start of the computer, or at boot.
memory-hint-nodes = A machine is fastest with its memory and CPUs on one node. Pages of 1 GiB need memory in one piece: reserve them soon after the start of the computer, or at boot.
memory-asks = Asks for an administrator’s password
memory-changes = { $count ->
    [one] { $count } change
   *[other] { $count } changes
 }
memory-now = Now
memory-restart = After a restart
memory-plan-reserve = Node { $node }: { $count } more of { $size }, { $bytes }
memory-plan-release = Node { $node }: { $count } of { $size } go back, { $bytes }
memory-plan-more = and { $count } more changes
memory-plan-left = { $left } stay available, at least { $floor } have to.
memory-plan-below = Only { $left } would stay available, at least { $floor } have to.
memory-until-restart = Nothing of it stays.
memory-discard = Discard
memory-reserve = Reserve pages
memory-release = Give pages back
memory-keep-partial = Keep what can be found
memory-working = Working
memory-progress = { $done } so far
memory-dismiss = Dismiss
memory-again = Try again for { $count }
memory-reserve-some = Reserve { $count }
memory-partial = Reserved { $count } of { $asked } pages of { $size } { $where }
memory-partial-text = Memory is too scattered for the rest. What could be found is kept.
memory-scattered = Only { $limit } of { $asked } pages of { $size } { $where } can be found
memory-scattered-text = Memory is too scattered. Nothing was changed; what you asked for is still below.
memory-nothing-changed = Memory is too scattered. Nothing was changed.
memory-copied = Copied
memory-copy-message = Copy the message
memory-copy = Copy
memory-users = Machines using hugepages
memory-users-none = None. A machine uses them when its definition says so.
memory-user-pages = { $count } × { $size }
memory-user-has = Has its pages
memory-user-lacks = Off, { $missing } pages missing
memory-user-off = Off
memory-boot = Reserve at boot
memory-boot-none = Nothing is reserved now.
memory-boot-text = With these arguments the kernel reserves at every start what is reserved now, before memory gets scattered.

transparent-title = Huge pages by themselves
transparent-used = { $size } in use
transparent-mode = Programs get them
transparent-always = Always
transparent-madvise = On request
transparent-never = Never
transparent-always-text = Every program, whenever there are some. Some programs take more memory that way.
transparent-madvise-text = Programs that ask for them, such as QEMU.
transparent-never-text = No program gets any.
defrag-title = When there are none
defrag-always = Wait
defrag-defer = Later
defrag-defer-madvise = Wait on request
defrag-madvise = Only on request
defrag-never = Do without
defrag-always-text = Every program waits until the kernel has moved memory together.
defrag-defer-text = Programs go on with small pages, and the kernel moves memory together behind them.
defrag-defer-madvise-text = Programs that asked wait; for all others memory is moved together behind them.
defrag-madvise-text = Programs that asked wait; for others nothing is moved.
defrag-never-text = Memory is never moved together for them.

merging-title = Merging of equal pages (KSM)
merging-what = Equal memory of machines is kept once
merging-saved = saves { $size }
merging-running = Running
merging-stopped = Stopped
merging-taken-apart = Taken apart
merging-running-text = Saves memory, takes processor time, and lets machines guess what others have in memory.
merging-stopped-text = What was merged stays so until it is written to.
merging-taken-apart-text = Every machine has all of its memory for itself.
merging-start = Start
merging-stop = Stop
merging-apart = Take apart
merging-apart-hint = Needs { $size } of memory that merging saves now

cpus-full = Full cores
cpus-efficient = Efficient cores
cpus-core = Core
cpus-unknown = Cores
cpus-isolated = Kept free by the kernel (isolated)
cpus-hint = CPUs in one frame share a core.
cpus-none = This node has memory alone.
cpus-count = { $cores ->
    [one] { $cores } core
   *[other] { $cores } cores
 }, { $threads ->
    [one] { $threads } thread
   *[other] { $threads } threads
 }
cpus-package = socket { $package }
cpus-frequency = up to { $frequency }
cpus-cpu = CPU { $cpu }
cpus-shares = shares its core with { $cpus }
cpus-distances = Distances
cpus-distances-text = How far the memory of a column is from the CPUs of a row; 10 is its own.
cpus-governors = Frequencies
cpus-governors-text = What sets the frequency of which CPUs. There are: { $names }.
cpus-governors-none = This computer does not set frequencies itself.

readiness-again = Look again
readiness-count = { $host } · { $ready } of { $count } ready
readiness-ready = Ready
readiness-limited = Limited
readiness-missing = Missing
readiness-unknown = Not known
readiness-not-applicable = Not on this host
readiness-choice = One of these, by the distribution of the computer:

act-pages-reserved = Pages of { $size } { $where } reserved
act-pages-released = Pages of { $size } { $where } given back
act-transparent = Huge pages of programs changed
act-merging = Merging of equal pages changed
failure-memory = The memory of the host was not changed
