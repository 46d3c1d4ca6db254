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

cpus-machine = Machine
cpus-choose = Choose a machine
cpus-choose-text = Its CPUs are planned and set here.
cpus-find = Find a machine
cpus-planned = Planned
cpus-pinned = { $machine } is pinned here

tuning-cpus = CPUs
tuning-it = The machine
tuning-reading = Reading
tuning-unread = What is set of the machine could not be read
tuning-count = { $count ->
    [one] { $count } CPU
   *[other] { $count } CPUs
 }
tuning-fewer = One CPU fewer
tuning-more = One CPU more
tuning-plan = Suggest CPUs
tuning-plan-hint = Shows which CPUs fit best; changes nothing
tuning-none = Not pinned: the host moves it among all its CPUs.
tuning-pinned = { $count ->
    [one] { $count } virtual CPU
   *[other] { $count } virtual CPUs
 } on { $cpus }
tuning-emulator = QEMU’s other threads on { $cpus }
tuning-memory = memory on node { $nodes }
tuning-clear = Clear pins
tuning-clear-hint = Asks for the password. The cores that the guest sees stay.
tuning-planned = Plan for { $machine }
tuning-line-cpus = Virtual CPUs
tuning-line-emulator = QEMU’s other threads
tuning-line-memory = Memory
tuning-line-guest = The guest sees
tuning-host-keeps = CPUs { $cpus }, which the host keeps for itself
tuning-nodes = on node { $nodes }
tuning-guest = { $cores ->
    [one] { $cores } core
   *[other] { $cores } cores
 }, { $threads ->
    [one] one thread each
   *[other] { $threads } threads each
 }; this stays when the pins are cleared
tuning-warning-not-on-node = Not on the node of its card: that one has not as many free cores.
tuning-warning-several-nodes = No node has as many free cores: they are on several.
tuning-warning-several-caches = The cores do not share one last cache.
tuning-warning-siblings-idle = Each virtual CPU has a core alone; the second thread of the cores idles.
tuning-warning-memory-elsewhere = The nodes of the cores have less memory than the machine: it is not kept there.
tuning-other-count = It gets { $count } virtual CPUs instead of { $now }. That is not undone with the pins.
tuning-when-running = Its threads move at once; memory and cores change with its next start.
tuning-when-off = From its next start on.
tuning-apply = { $count ->
    [one] Pin { $count } CPU
   *[other] Pin { $count } CPUs
 }
tuning-asks = Asks for an administrator’s password
tuning-too-many = At most { $limit } virtual CPUs can have cores of their own
tuning-no-room = No core is free for it
tuning-no-room-text = The host keeps its first core, and others are pinned to the rest. Fewer CPUs, or clear the pins of another machine.
tuning-plan-fewer = Plan for { $count }
tuning-no-core-left = The host would not keep a core for itself. Let another machine share its CPUs, or pin fewer.
tuning-needs-pins = For a machine whose virtual CPUs are pinned.
tuning-needs-pages = For a machine with huge pages.
tuning-while-it-runs = While it runs
tuning-isolate = Keep the host off its CPUs
tuning-isolate-text = Programs and services of the host run elsewhere until it is off again. Interrupts stay.
tuning-governor = Frequency of its CPUs
tuning-governor-text = Set when it starts, and put back when it is off.
tuning-governor-none = As it is
tuning-pages = Huge pages
tuning-pages-size = Its memory
tuning-pages-size-text = From its next start on. The pages have to be there then.
tuning-pages-none = Ordinary
tuning-pages-usual = Host’s usual size
tuning-reserve = Reserve its pages at its start
tuning-reserve-text = What is missing is reserved before it starts, and given back when it is off.

act-pinned = CPUs of { $machine } pinned
act-unpinned = Pins of { $machine } cleared
act-machine-pages = Huge pages of { $machine } changed
act-host-tuning = What the host does for { $machine } changed
act-at-boot = Pages of { $size } { $where } at each start changed
failure-tuning = The CPUs and memory of the machine were not changed

memory-column-boot = At each start
memory-boot-no = no
memory-boot-switch = Whether as many pages of { $size } are reserved on node { $node } at each start of the computer
memory-boot-apply = Change at each start
memory-boot-plan = Node { $node }: { $count } pages of { $size } at each start
memory-boot-plan-none = Node { $node }: no pages of { $size } at each start any more
memory-boot-refused = Node { $node }: at most { $most } at each start, { $floor } have to stay available
memory-boot-argument = The kernel finds pages of 1 GiB best itself
memory-boot-argument-text = With this on its command line it reserves them before anything else has memory. Adding it is the administrator’s; taking it out undoes it.
memory-boot-given-up = Nothing is reserved at starts any more
memory-boot-given-up-text = Two starts in a row were cut short. Changing what is reserved at each start has it tried again.
memory-boot-damaged = What is reserved at each start cannot be read
memory-boot-damaged-text = Nothing of it is done. The log of the service has the details.
memory-kept = At each start
memory-kept-line = { $count } × { $size } { $where }
memory-kept-drop = No longer
memory-outcome-reserved = Reserved at this start
memory-outcome-refused = Not at this start: too little memory would have stayed available
memory-outcome-too-few = Not at this start: only { $count } could be found
memory-outcome-gone = Not at this start: the kernel has none of this size there
memory-outcome-failed = Not at this start: the log has the reason
memory-outcome-none = From the next start on
tuning-energy = What its CPUs prefer
tuning-energy-text = On processors that choose their frequency themselves. With the governor performance only speed goes.
tuning-energy-performance = Speed
tuning-energy-balance-performance = Rather speed
tuning-energy-balance-power = Rather saving
tuning-energy-power = Saving
tuning-balloon = Memory by need
tuning-balloon-floor = Its guest keeps at least
tuning-balloon-text = While the host is short of memory it takes what the guest does not use, and gives it back. Not with huge pages or a card of the host.
tuning-balloon-none = All it has
tuning-refused-no-balloon = The machine has no memory balloon.
tuning-refused-huge-pages = Its memory is in huge pages, which cannot be taken one by one.
tuning-refused-locked-memory = Its memory is locked.
tuning-refused-host-device = It has a device of the host, for which its memory is pinned.
