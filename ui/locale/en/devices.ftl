devices-find = Find a device
devices-filter-all = All
devices-filter-free = Free
devices-filter-reserved = For machines
devices-filter-host = Used by the host
devices-iommu-on = IOMMU on
devices-group = Group { $number }
devices-no-group = No group
devices-count = { $count ->
    [one] 1 device
   *[other] { $count } devices
}
devices-and-fabric = { $count ->
    [one] and 1 bridge
   *[other] and { $count } bridges
}
devices-state-free = Free to give
devices-state-no-reset = Cannot be reset
devices-state-reserved = Reserved for machines
devices-state-given = With { $machine }
devices-state-host = Cannot be given away
devices-state-mixed = Mixed group
devices-column-address = Address
devices-column-device = Device
devices-column-driver = Driver
devices-column-holder = Used by
devices-column-node = Node
devices-holder-host = host
devices-holder-idle = host, idle
devices-holder-reserved = reserved
devices-no-driver = no driver
devices-empty = This computer has no PCI devices that can be seen.
devices-nothing-found = No device matches.
devices-function-of = virtual function of { $device }
devices-no-reset = The kernel cannot reset it alone
devices-goes-with = goes with { $device }
device-kind-storage = Storage
device-kind-network = Network card
device-kind-display = Graphics card
device-kind-audio = Sound
device-kind-multimedia = Multimedia
device-kind-memory = Memory
device-kind-host-bridge = Host bridge
device-kind-isa-bridge = ISA bridge
device-kind-bridge = Bridge
device-kind-iommu = IOMMU
device-kind-system = System device
device-kind-usb = USB controller
device-kind-smbus = SMBus
device-kind-serial-bus = Serial bus
device-kind-wireless = Wireless network
device-kind-encryption = Encryption
device-kind-accelerator = Accelerator
device-kind-other = Other device
device-use-system-disk = Holds the host system ({ $name })
device-use-mounted = { $name } is mounted
device-use-swap = The host swaps to { $name }
device-use-lvm = { $name } is part of a volume group
device-use-raid = { $name } is part of a RAID
device-use-zfs = { $name } is part of a ZFS pool
device-use-held = { $name } carries something else, such as encryption
device-use-default-route = The host reaches the network through { $name }
device-use-route = A route of the host goes through { $name }
device-use-bond = { $name } is part of a bond
device-use-bridge = { $name } is part of a bridge
device-use-machine-bridge = { $name } is part of a bridge with machines
device-use-boot-display = Screen of the console: you would lose what you are looking at
device-use-display = A screen is lit on it
device-use-keyboard = The only keyboard hangs on it
device-use-other = The host uses it ({ $word })
device-together = { $count ->
    [one] Group { $number } · alone
   *[other] Group { $number } · { $count } devices move together
}
device-fact-address = Address
device-fact-ids = Ids
device-fact-driver = Driver
device-fact-link = Link
device-fact-memory = Memory
device-fact-reset = Reset
device-fact-node = NUMA node
device-fact-functions = Functions
device-fact-card = Card
device-link = PCIe { $generation } × { $lanes }
device-link-full = { $link }, full speed
device-link-now = { $link }, now { $now }
device-functions = { $count } of { $most } virtual functions
device-reset-works = Function level reset works
device-reset-specific = By a way of its own
device-reset-bus = With its whole bus only
device-reset-power = By switching it off and on
device-reset-other = { $method }
device-reset-none = Not possible: what one machine leaves in it, the next one finds
device-used-head = What the host does with it
device-used-nothing = Nothing that the service sees
device-machines-head = Machines that want it
device-machine-has = has it
device-machine-off = after start
device-machine-later = after the next shut down
device-reserve = Reserve for machines…
device-reserve-many = Reserve { $count } devices…
device-give-back = Give back to the host…
device-give-back-many = Give { $count } devices back…
device-fabric-advice = It is a part of the computer itself and stays with the host.
device-no-iommu-advice = Without an IOMMU nothing keeps a device in its place, so none can be given away.
device-machine-has-it = { $machine } has it. Shut the machine down to give the device back.
devices-selected = { $count } devices selected
devices-lost = What is shown was known last.
iommu-off = Devices cannot be given to machines: the IOMMU is off
iommu-off-checking = Looking for the reason…
iommu-off-unknown = Look in the firmware of the computer for a setting named VT-d, AMD-Vi, SMMU or IOMMU.
iommu-off-failed = The service could not say why.
iommu-fix-kernel-argument = Add this to the kernel's command line, then restart the computer: { $value }
iommu-fix-no-kernel-argument = Take this from the kernel's command line, then restart the computer: { $value }
iommu-fix-firmware = Switch on { $value } in the firmware of the computer.
iommu-fix-module = Load the kernel module { $value }.
iommu-fix-other = { $value }
iommu-copy = Copy { $value }
bind-title = { $count ->
    [one] Reserve { $device } for machines
   *[other] Reserve { $count } devices for machines
}
release-title = { $count ->
    [one] Give { $device } back to the host
   *[other] Give { $count } devices back to the host
}
bind-plan = This is what will happen. Nothing is changed yet.
bind-step-check = Check once more that nothing uses it
bind-step-unbind = Release from the host
bind-step-from = { $device } from { $driver }
bind-step-none = { $device } has no driver
bind-step-bind = Bind to vfio-pci
bind-step-bind-detail = All or nothing: if a step fails, what came before it is put back
bind-already = Reserved already: nothing has to be done.
bind-undo = To undo, choose “Give back”. The drivers take the devices back without a restart. A restart of the computer gives them back, too.
release-step = The kernel chooses the drivers
release-step-detail = { $device } leaves vfio-pci
release-undo = To undo, choose “Reserve for machines”.
bind-steps-show = Show the exact changes
bind-steps-hide = Hide the exact changes
bind-group = Take everything that shares the group along
bind-group-more = { $count ->
    [one] 1 more device: { $devices }
   *[other] { $count } more devices: { $devices }
}
bind-no-reset = Take it although it cannot be reset
bind-no-reset-advice = What one machine leaves in it, the next one finds; it may need a restart of the computer to work again.
bind-refused = This cannot be done
bind-refused-plain = The service refuses and does not say why.
bind-password = asks for your password
bind-accept = { $count ->
    [one] Reserve 1 device
   *[other] Reserve { $count } devices
}
release-accept = { $count ->
    [one] Give back 1 device
   *[other] Give back { $count } devices
}
bind-working = Changing drivers…
release-running = { $machine } runs with { $device }. Shut it down first.
refusal-of = { $device }: { $reason }
refusal-mounted = { $name } is mounted at { $detail }
refusal-group-member = shares its group with { $name }, which the host drives with { $detail }
refusal-machine-running = { $name } runs with it
refusal-group-machine-running = shares its group with { $name }, which { $detail } has
refusal-bridge = it is a part of the computer itself
refusal-virtual-functions = its virtual function { $name } would vanish
refusal-open = the program { $name } has { $detail } open
refusal-no-reset = the kernel cannot reset it alone
refusal-no-iommu-group = nothing keeps it in its place without an IOMMU
refusal-no-vfio = { $detail ->
    [timed-out] { $name } did not load the module vfio-pci in time
    [failed] { $name } did not load the module vfio-pci
   *[other] the module vfio-pci is not loaded
  }
refusal-gone = it is not there any more
refusal-not-bound = it is not reserved
refusal-other = the host needs it ({ $reason })
warning-open-files-hidden = Programs are hidden from the service: one that has the device open is not seen, and may fail.
warning-no-reset = { $device } cannot be reset: what one machine leaves in it, the next one finds.
device-warning-other = Worth knowing: { $reason }.
act-bind = { $devices } reserved for machines
act-release = { $devices } given back to the host
act-devices = { $device } and { $count ->
    [one] 1 more
   *[other] { $count } more
}
failure-bind = Cannot reserve { $devices }
failure-release = Cannot give { $devices } back
palette-bind = Reserve { $device } for machines
palette-release = Give { $device } back to the host
attach-title-device = Attach { $device } to a machine
attach-title-machine = Attach a device to { $machine }
attach-find-machine = Find a machine
attach-find-device = Find a device
attach-nothing-found = Nothing matches.
attach-no-machine = There is no machine here that devices can be attached to.
attach-no-device = No device of this host is free. The list of devices says who has each one, and why others stay.
attach-show-devices = Show devices
attach-has-it = has it
attach-when = When
attach-when-both = Now and at each start
attach-when-now = Now
attach-when-start = At the next start
attach-when-off = The machine is off: it gets the device with each start.
attach-card = The whole card
attach-as = As
attach-as-device = Device
attach-as-device-detail = Its address and its VLAN are those that its settings at the card say.
attach-as-card = Network card of the machine
attach-as-card-detail = libvirt sets its address and its VLAN at the card each time the machine gets it, and sets them back afterwards.
attach-card-mac-hint = libvirt chooses one
attach-card-mac-wrong = Six bytes, such as 52:54:00:00:00:01; not one for many
attach-step-card = Set its address and VLAN at the card
attach-card-mac-chosen = An address that libvirt chooses and keeps
attach-card-address = { $mac }, VLAN { $vlan }
attach-more = More options
attach-rom = Its ROM
attach-rom-usual = As usual
attach-rom-on = The guest sees it
attach-rom-off = Hidden
attach-rom-detail = Hidden, the guest’s firmware starts nothing from the card. That helps where its video BIOS or its start over the network is in the way.
attach-rom-file = ROM from a file
attach-rom-file-none = The card’s own
attach-rom-file-detail = The guest sees it instead of the card’s own, from the next start on. A copy is kept until the card is detached.
attach-rom-file-missing = There is no such file.
attach-rom-file-none-such = This is no file but a folder or the like. Choose a file.
attach-rom-file-empty = Nothing is in this file. Choose another one.
attach-rom-file-large = This file is larger than any ROM, which is { $size } at most. Choose another one.
attach-rom-file-looking = Looking at the file: its folder takes its time, as one on a network may.
attach-rom-file-silent = The file does not answer, as on a network folder that is gone. Choose another one, or connect the folder and press Enter.
attach-rom-file-unreadable = This file cannot be read ({ $reason }). Choose another one, or change who may read it.
attach-rom-file-wrong = This is no ROM of a card. It begins with 55 AA, and what a tool has put before that has to go.
attach-iommufd = Through iommufd
attach-iommufd-detail = The newer interface of the kernel. The machine then needs it with each start.
attach-no-reset = Attach it although it cannot be reset
attach-already = The machine has all of it already.
attach-reserve = Reserve for machines…
attach-reserve-advice = Reserve it with everything that shares its group first, then attach it.
attach-step-configure = Write it into the definition of the machine
attach-step-start = The machine gets it with each start.
attach-step-start-from = With each start libvirt takes it: { $devices }
attach-step-plug = Plug it into the running machine
attach-step-plug-detail = All or nothing: if one cannot be plugged in, those before it are taken out again
attach-undo = To undo, choose “Detach”.
attach-working = Attaching…
attach-patience = This may take a minute.
attach-accept = { $count ->
    [one] Attach 1 device
   *[other] Attach { $count } devices
}
detach-title = Detach { $device } from { $machine }
detach-card = The whole card
detach-step-ask = Ask the guest to let go
detach-step-ask-detail = It has { $seconds } seconds.
detach-step-back = Give it back to the driver of the host
detach-step-reserved = It stays reserved for machines
detach-step-configure = Take it out of the definition of the machine
detach-step-configure-detail = The next start is without it.
detach-warning = { $machine } loses the device while it runs. What it does with it ends: save that in the guest first.
detach-undo = To undo, choose “Attach”.
detach-working = Detaching…
detach-patience = The guest has { $seconds } seconds.
detach-accept = { $count ->
    [one] Detach 1 device
   *[other] Detach { $count } devices
}
detach-kept = { $machine } keeps the device
detach-kept-advice = Its guest did not let go within { $seconds } seconds. Nothing has changed. Stop in the guest what uses the device and try again, or choose “At the next start”.
detach-part = { $machine } has it as one card
detach-part-advice = A card that the machine was started with cannot be unplugged while it runs. Choose “At the next start”, then shut the machine down.
refusal-no-free-port = { $count ->
    [0] the running machine has no free slot for it: attach it at the next start
    [one] the running machine has 1 free slot only: attach it at the next start
   *[other] the running machine has { $count } free slots only: attach it at the next start
}
warning-machine-configured = { $machine } gets it with its start, too. Only one of them can run with it.
warning-needs-hand-over = The host’s screen is on it. The machine then starts only by a hand-over of the screen, not as others do.
warning-separate-slots = Plugged in now, each function is a card of its own to the guest. From the next start on they are one card.
warning-same-ids = { $device } has the same ids: lines that go by ids would take it, too, so there are none.
device-attach = Attach to a machine…
device-detach = Detach…
device-detach-from = Detach from { $machine }…
device-copy-address = Copy { $address }
machine-devices = Devices
machine-devices-tip = What the machine has of its host
machine-devices-head = Devices of the host
machine-devices-hint = A device that a machine has is the machine’s alone: the host and other machines do without it meanwhile.
machine-devices-none = { $machine } has no device of its host. A graphics card, a network card, a disk or a USB controller can be its own.
machine-devices-attach = Attach a device…
machine-devices-detach = Detach…
machine-devices-when = When
machine-devices-both = Now and at each start
machine-devices-now = Until it is shut down
machine-devices-start = At the next start
machine-devices-neither = Not any more
machine-devices-vlan = VLAN { $vlan }
machine-devices-own-rom = own ROM
machine-devices-unknown = Not there on the host
act-attach = { $devices } attached to { $machine }
act-detach = { $devices } detached from { $machine }
failure-attach = Cannot attach { $devices } to { $machine }
failure-detach = Cannot detach { $devices } from { $machine }
undo-too-late = That was too long ago
undo-too-late-advice = What was detached comes back as it was within an hour, and only while the service runs. Attach it again: its ROM file, boot order and VLANs have to be given anew.
palette-attach = Attach { $device } to a machine
palette-detach = Detach { $device } from { $machine }
keep-title = { $count ->
    [one] Reserve { $device } at each start
   *[other] Reserve { $count } devices at each start
}
keep-accept = { $count ->
    [one] Keep 1 device
   *[other] Keep { $count } devices
}
keep-working = Writing it down…
keep-already = This is kept already. It is what happens at each start of the computer.
keep-step-look = Look whether the same card sits there
keep-step-look-detail = Early, before libvirt, displays and networks. Another card in its place is left alone, and everything is judged again.
keep-step-bind-detail = All of its group or none. No file of the host is edited.
keep-step-safe = Count the start
keep-step-safe-detail = After two starts in a row that were cut short within five minutes nothing is done any more: a way back if the screen stays dark.
keep-undo = To undo, choose “Forget”. What is reserved now stays so until it is given back.
keep-advice = If a driver is faster
keep-advice-text = A driver in the initial RAM file system may have the device first. These lines keep it away; put them there yourself, and take them out to undo it.
keep-place-kernel-argument = On the kernel’s command line
keep-place-module-option = In a file in /etc/modprobe.d
keep-place-initramfs-module = As a module of the initial RAM file system
keep-place-other = For the administrator
keep-list = Kept at each start
keep-nothing = Nothing is kept.
keep-forget = Forget
keep-given-up = Starts before were cut short: nothing is done any more until something is kept anew or forgotten.
keep-damaged = What is kept cannot be read. The next change begins anew.
keep-outcome-none = Not tried since the computer started
keep-outcome-bound = Reserved at the last start
keep-outcome-refused = Refused at the last start
keep-outcome-gone = It was not there at the last start
keep-outcome-other-device = Another card sat in its place and was left alone
keep-outcome-failed = It did not work at the last start; the journal says why
device-start-head = At each start of the computer
device-start-kept = Reserved for machines
device-start-not = As the drivers take it
device-keep = At each start…
device-functions-head = Virtual functions
device-functions-apply = Apply
device-functions-of = of { $most }
device-functions-advice = Those that there are go first. They last until the next start of the computer.
device-functions-link = The host reaches the network through this card
device-functions-link-advice = Its link may be reset by another number of functions: for some seconds the host may be out of reach, and its machines with it.
device-functions-working = The driver is at work…
device-functions-few = The driver made { $limit } only. The card has as many as before.
device-functions-fewer = One function less
device-functions-more = One function more
device-rom = Save ROM…
rom-title = Save the ROM of { $device }
rom-advice = What the card shows as its ROM, such as a video BIOS. One that the firmware has run may differ from the chip.
rom-accept = Save ROM
act-keep = { $devices } kept at each start
act-forget = { $devices } no longer kept
act-functions = { $device } has { $count ->
    [one] 1 virtual function
   *[other] { $count } virtual functions
}
failure-keep = Cannot keep { $devices }
failure-forget = Cannot forget { $devices }
failure-functions = Cannot change the virtual functions of { $devices }
failure-rom = Cannot save the ROM of { $devices }
palette-keep = Reserve { $device } at each start
palette-rom = Save the ROM of { $device }
