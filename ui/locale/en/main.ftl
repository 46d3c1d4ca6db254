sidebar-hosts = Hosts
sidebar-all = All machines
sidebar-groups = Groups
sidebar-tags = Tags
sidebar-parts = Manage
part-devices = Devices
part-memory = Hugepages and NUMA
part-readiness = Readiness
host-connecting = Connecting
host-lost = Not connected
host-no-libvirt = libvirt does not answer
filter-all = All
filter-attention = Needs attention
find-here = Find
search = Search
search-everything = Search machines, actions, settings
more-actions = More actions
menu = Menu
window-minimise = Minimise
window-maximise = Maximise
window-close = Close
view-list = List
view-grid = Pictures
group-by-group = By group
group-by-host = By host
group-by-state = By state
group-by-none = Not grouped
group-none = Without a group
group-machines = { $count ->
    [one] 1 machine
   *[other] { $count } machines
}
group-running = { $count } running
group-attention = { $count ->
    [one] 1 needs attention
   *[other] { $count } need attention
}
column-name = Name
column-cpu = CPU
column-memory = Memory
column-disk = Disk MB/s
column-network = Net MB/s
column-address = IP address
column-host = Host
column-tags = Tags
column-autostart = Auto
column-started = Last start
column-agent = Guest agent
row-stalled = Does not answer
figure-cpu = CPU
figure-memory = Memory
jobs-more = and { $count } more
job-cancel = Cancel this job
cancel = Cancel
empty-search = Nothing here matches.
empty-search-clear = Show all machines
autostart-on = Starts with the host
autostart-off = Does not start with the host
toast-deleted-several = { $count ->
    [one] 1 machine is deleted
   *[other] { $count } machines are deleted
}
toast-deleted = { $machine } is deleted
drag-group = Move to { $group }
drag-tag = Give the tag { $tag }
drag-nowhere = Drop on a group or a tag
act-group = { $machines } moved to { $group }
act-no-group = { $machines } taken out of the group
act-tags = Tags of { $machines } changed
act-title = Title of { $machines } changed
act-notes = Notes about { $machines } changed
act-autostart = Start with the host changed for { $machines }
act-rename = { $machine } renamed to { $name }
toast-undone = Undone: { $what }
toast-nothing-to-undo = There is nothing to undo
hover-mean-and-high = Mean { $mean }, highest { $high }
running-on = { $count ->
    [one] 1 machine runs on
   *[other] { $count } machines run on
}
toast-restored = { $machine } is back
toast-written = Written to { $file }
unseen-nowhere = There is no machine called “{ $name }”
unseen-not-there = No computer that answers has a machine called “{ $name }”
toast-unlocked = You may change machines now

# The load of several hosts together.
status-hosts = { $count } hosts
