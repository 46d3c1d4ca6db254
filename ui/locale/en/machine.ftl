# The details pane and a machine's own window.

details-live = Live
details-no-picture = No picture
details-picture-locked = To see the screen takes a permission.
details-picture-off = Pictures are not taken by themselves.
details-picture-show = Show it
details-no-picture-text = The machine has no display, or it cannot be read.
details-restore = Restore
details-power = Shut down, restart, force off
details-more-actions = More actions
details-cancel-job = Cancel this job
details-notes = Notes
details-no-notes = No notes yet.
details-copy = Copy { $text }
details-copied = Copied { $text }
details-last-minute = Last 60 seconds

details-state = State
details-stopped = Last stop
details-processor = Processor
details-processor-value = { $count ->
    [one] 1 vCPU
   *[other] { $count } vCPUs
}
details-processor-of = { $count } of { $most } vCPUs
details-memory = Memory
details-memory-of = { $now } of { $most } at most
details-firmware = Firmware
details-disk = Disk
details-no-disk = None
details-disk-empty = { $target } · empty drive
details-network = Network
details-display = Display
details-display-here = { $kind } · this computer only
details-display-at = { $kind } · at { $address }
details-display-all = { $kind } · open to all networks
details-agent = Guest agent
details-agent-on = Connected
details-agent-silent = Does not answer
details-agent-off = Set up
details-agent-none = Not set up
details-autostart = Start
details-autostart-on = With the host
details-autostart-off = By hand
details-lock = Lock
details-locked = Locked
details-unlock = Unlock
details-more = and { $count } more

details-lost = { $host } is not reachable
details-lost-text = All this is as it was last seen, { $time }. Nothing can be changed until the connection is back.
details-stalled = It does not answer
details-stalled-text = Its QEMU process hangs, often because a disk is slow or lost. Check its storage first. Forcing it off loses what is not saved.
details-watchdog-text = Its watchdog saw no sign of life from the guest.
details-io-error-text = Nothing is lost. Make room or bring the disk back, then resume it.
details-panic-text = The guest's own kernel gave up. Its screen shows why. Reset or force it off to go on.
details-crashed-text = It was not shut down. The log says what happened last.
details-unapplied = { $count ->
    [one] 1 change waits for a restart
   *[other] { $count } changes wait for a restart
}
details-unapplied-some = Changes wait for a restart
details-restart = Shut down and restart
details-transient = It is gone when it stops
details-transient-text = Its definition was not saved. Keep it to have it in the list when it is off, too.
details-keep = Keep it
details-unread = Not all could be read
details-unread-text = Firmware, disks, network cards and displays are missing here.

details-several = { $count } machines
details-start-several = { $count ->
    [one] Start 1 machine
   *[other] Start { $count } machines
}
details-running = Running
details-running-of = { $count } of { $all }
details-memory-in-use = { $all } · { $used } in use

details-none = Select a machine to see it here.
details-host-machines = { $all ->
    [0] No machines
    [one] 1 machine · { $running } running
   *[other] { $all } machines · { $running } running
}
details-host-connecting = Connecting
details-host-lost = Not connected · last seen { $time }
details-host-off = Not connected

machine-cpu = CPU
machine-memory = Memory
machine-disk = Disk
machine-network = Network
machine-used = Used
machine-has = Has
machine-read = Read
machine-write = Write
machine-received = Received
machine-sent = Sent
machine-of-vcpus = { $count ->
    [one] of 1 vCPU
   *[other] of { $count } vCPUs
}
machine-of-memory = of { $size }
machine-latency-both = { $read } to read · { $write } to write
machine-latency-read = { $read } to read
machine-latency-write = { $write } to write

machine-gone = This machine is not there any more.
machine-last-seen = last seen { $time }
machine-overview = Overview
machine-overview-tip = What it is and does
machine-performance = Performance
machine-performance-tip = The last hour in figures
machine-tuning = CPU and memory
machine-tuning-tip = Where it runs on its host, and what the host does for it
machine-made-of = What it is made of
machine-log = Log
machine-show-log = Show log
machine-no-log = Nothing was logged yet: it has never run.
machine-log-unread = The log could not be read.

machine-range-minute = 1 min
machine-range-minute-tip = The last minute
machine-range-ten = 10 min
machine-range-ten-tip = The last ten minutes
machine-range-hour = 1 h
machine-range-hour-tip = The last hour
machine-zoom-reset = Whole range
machine-zoom-hint = Drag over a chart to look closer
machine-at = At { $time }
machine-latest = Latest, { $time }
machine-no-figures = There are no figures yet. They come while the machine runs.
machine-figures-lost = Figures end when it was last seen, { $time }.
machine-figures-still = The machine is off
machine-figures-off = Figures come while it runs.
machine-figures-last = These are its last figures, until { $time }.
machine-history-unread = The last hour could not be read
machine-history-unread-text = Figures are shown from now on.
details-saves-power = No new pictures while the battery is below 20 %.
machine-figures-none = Settings switch all figures off.
