# Words that every client of KVM Manager says. The space between a number and its unit is one that does not break.

## States

state-unknown = Unknown
state-running = Running
state-paused = Paused
state-shutting-down = Shutting down
state-off = Off
state-crashed = Crashed
state-suspended = Asleep

state-unknown-is = is in an unknown state
state-running-is = is running
state-paused-is = is paused
state-shutting-down-is = is shutting down
state-off-is = is off
state-crashed-is = has crashed
state-suspended-is = is asleep

state-running-for = Running for { $time }

condition-running = Running
condition-paused = Paused
condition-saved = Saved
condition-off = Off
condition-crashed = Crashed
condition-attention = Needs attention
condition-stalled = Does not answer

reason-unknown = No reason known
reason-booted = Started
reason-restored = Restored from its saved state
reason-from-snapshot = Gone back to a snapshot
reason-migrated = Moved here from another host
reason-resumed = Resumed
reason-woken-up = Woken up
reason-by-user = Paused by someone
reason-migrating = Being moved to another host
reason-saving = Being saved
reason-dumping = Its memory is being written to a file
reason-io-error = Stopped by a disk error
reason-watchdog = Stopped by its watchdog
reason-snapshotting = A snapshot is being taken
reason-shutting-down = Shutting down
reason-guest-panicked = The guest’s kernel panicked
reason-starting-up = Starting
reason-post-copy = The rest of its memory is being moved
reason-post-copy-failed = Moving it failed on the way
reason-shut-down = Shut down
reason-forced-off = Forced off
reason-crashed = QEMU stopped by itself
reason-migrated-away = Moved to another host
reason-saved = Saved
reason-failed = Could not start
reason-daemon = libvirt lost track of it
reason-disk-full = Stopped because the disk is full

stop-shut-down = Shut down at { $time }
stop-forced-off = Forced off at { $time }
stop-crashed = QEMU stopped at { $time }
stop-guest-panicked = The guest panicked at { $time }
stop-migrated-away = Moved away at { $time }
stop-saved = Saved at { $time }
stop-failed = Failed to start at { $time }
stop-other = Stopped at { $time }

## What can be done

operation-start = Start
operation-start-running = Starting
operation-start-done = Started
operation-start-failed = { $machine } could not start
operation-start-paused = Start paused
operation-start-paused-running = Starting
operation-start-paused-done = Started, paused
operation-start-paused-failed = { $machine } could not start
operation-start-cold = Discard saved state and start
operation-start-cold-running = Starting
operation-start-cold-done = Started
operation-start-cold-failed = { $machine } could not start
operation-shutdown = Shut down
operation-shutdown-running = Shutting down
operation-shutdown-done = Shut down
operation-shutdown-failed = { $machine } does not shut down
operation-shutdown-and-restart = Shut down and start again
operation-shutdown-and-restart-running = Restarting
operation-shutdown-and-restart-done = Started again
operation-shutdown-and-restart-failed = { $machine } could not be shut down and started again
operation-reboot = Restart
operation-reboot-running = Restarting
operation-reboot-done = Restart requested
operation-reboot-failed = { $machine } could not be restarted
operation-reset = Reset
operation-reset-running = Resetting
operation-reset-done = Reset
operation-reset-failed = { $machine } could not be reset
operation-force-off = Force off
operation-force-off-running = Forcing off
operation-force-off-done = Forced off
operation-force-off-failed = { $machine } could not be forced off
operation-pause = Pause
operation-pause-running = Pausing
operation-pause-done = Paused
operation-pause-failed = { $machine } could not be paused
operation-resume = Resume
operation-resume-running = Resuming
operation-resume-done = Resumed
operation-resume-failed = { $machine } could not be resumed
operation-save = Save state
operation-save-running = Saving
operation-save-done = Saved
operation-save-failed = { $machine } could not be saved
operation-discard-saved-state = Discard saved state
operation-discard-saved-state-running = Discarding saved state
operation-discard-saved-state-done = Saved state discarded
operation-discard-saved-state-failed = The saved state of { $machine } could not be discarded
operation-send-nmi = Send NMI
operation-send-nmi-running = Sending NMI
operation-send-nmi-done = NMI sent
operation-send-nmi-failed = { $machine } did not get the NMI
operation-sleep = Sleep
operation-sleep-running = Going to sleep
operation-sleep-done = Asleep
operation-sleep-failed = { $machine } could not be put to sleep
operation-wake = Wake up
operation-wake-running = Waking up
operation-wake-done = Woken up
operation-wake-failed = { $machine } could not be woken up
operation-make-persistent = Keep this machine
operation-make-persistent-running = Keeping
operation-make-persistent-done = Kept
operation-make-persistent-failed = { $machine } could not be kept
operation-restore = Restore
operation-restart = Restart
operation-suspend-guest = Sleep
operation-rename = Rename
operation-delete = Delete
operation-set-autostart = Start with the host
operation-set-metadata = Change the description
operation-core-dump = Write memory to a file
operation-screenshot = Look at the screen
operation-get-log = Show the log
operation-get-addresses = Look up addresses
operation-plan-delete = Delete

## Long work

job-machine-start = Starting
job-machine-start-of = Starting { $machine }
job-machine-start-done = { $machine } has started
job-machine-start-failed = { $machine } could not start
job-machine-shutdown = Shutting down
job-machine-shutdown-of = Shutting down { $machine }
job-machine-shutdown-done = { $machine } has shut down
job-machine-shutdown-failed = { $machine } does not shut down
job-machine-restart = Restarting
job-machine-restart-of = Restarting { $machine }
job-machine-restart-done = { $machine } is off and starts again
job-machine-restart-failed = { $machine } does not shut down
job-machine-save = Saving
job-machine-save-of = Saving { $machine }
job-machine-save-done = { $machine } is saved
job-machine-save-failed = { $machine } could not be saved
job-machine-core-dump = Writing memory to a file
job-machine-core-dump-of = Writing the memory of { $machine } to a file
job-machine-core-dump-done = The memory of { $machine } is written
job-machine-core-dump-failed = The memory of { $machine } could not be written
job-machine-delete = Deleting
job-machine-delete-of = Deleting { $machine }
job-machine-delete-done = { $machine } is deleted
job-machine-delete-failed = { $machine } could not be deleted
job-machine-undelete = Bringing back
job-machine-undelete-of = Bringing { $machine } back
job-machine-undelete-done = { $machine } is back
job-machine-undelete-failed = { $machine } could not be brought back
job-machine-purge = Removing for good
job-machine-purge-of = Removing { $machine } for good
job-machine-purge-done = { $machine } is gone for good
job-machine-purge-failed = { $machine } could not be removed
job-machine-hand-over = Getting the screen of the host
job-machine-hand-over-of = { $machine } gets the screen of the host
job-machine-hand-over-done = { $machine } has the screen of the host
job-machine-hand-over-failed = { $machine } did not get the screen of the host
screen-taking = { $machine } gets the screen of the host
screen-taking-text = The display manager stops, the card changes its driver, then the machine starts. If anything fails, everything comes back.
screen-trial = { $machine } has the screen on trial: { $time } left
screen-trial-text = Choose “Keep the screen” if the machine shows its picture. Otherwise it is shut down, and the host has its screen back.
screen-machine = { $machine } has the screen of the host
screen-machine-text = The host has it back when the machine stops.
screen-returning = The host takes its screen back from { $machine }
screen-returning-text = The guest shuts down; then drivers, consoles and the display manager come back.
screen-left = Not everything came back from { $machine }
screen-left-text = Still away: { $what }. It is tried again by itself for five minutes, and with “Give the screen back”. An administrator can repair it with the command below.
screen-left-device = the device { $name }
screen-left-frame-buffer = the frame buffer { $name }
screen-left-console = the console { $name }
screen-left-module = the module { $name }
screen-left-daemon = the unit { $name }
screen-left-display-manager = the display manager { $name }
job-huge-pages-reserve = Reserving huge pages
job-huge-pages-reserve-of = Reserving huge pages for { $machine }
job-huge-pages-reserve-done = Huge pages are reserved
job-huge-pages-reserve-failed = Huge pages could not be reserved
job-huge-pages-release = Giving huge pages back
job-huge-pages-release-of = Giving huge pages of { $machine } back
job-huge-pages-release-done = Huge pages are given back
job-huge-pages-release-failed = Huge pages could not be given back
job-other = Working
job-other-of = Working on { $machine }
job-other-done = The work on { $machine } is done
job-other-failed = The work on { $machine } failed

## Failures

error-machine = The machine
error-failed = { $machine }: something unforeseen went wrong
error-failed-advice = Try it once more. The journal of the service says why: journalctl -u kvm-manager
error-failed-code-advice = libvirt refused it with code { $code }. The journal of the service and the log of the machine say why.
error-failed-left = { $machine } is deleted, but some files are still there
error-failed-left-advice = They are removed as soon as that is possible: { $left }
error-not-found = { $machine } is not there any more
error-not-found-advice = Someone else deleted or renamed it. The list shows what there is now.
error-not-found-what-advice = What is missing: { $what }.
error-already-exists = The name { $name } is taken
error-already-exists-advice = Choose another name, or rename the machine that has it.
error-already-exists-other = { $machine }: something with that name or identity is there already
error-already-exists-other-advice = Rename or remove what is in the way, then try again.
error-invalid-argument = { $machine }: that value cannot be used
error-invalid-argument-advice = Change “{ $argument }”: { $reason }.
error-invalid-argument-plain-advice = Change the value, then try again.
error-invalid-state = { $machine } { $state }
error-invalid-state-advice = “{ $operation }” is not possible while that is so.
error-invalid-state-other = { $machine } is not in the state for that
error-invalid-state-other-advice = Look at what it does now, then try again.
error-busy = { $machine } is busy
error-busy-advice = Something else is being done to it. Wait until that is finished, or cancel it.
error-not-supported = { $machine } cannot do this
error-not-supported-advice = This host or its version of libvirt does not offer it.
error-not-supported-reason-advice = The reason: { $reason }.
error-not-authorized = You may not do this
error-not-authorized-advice = Unlock with an administrator’s password, or ask an administrator to allow your account.
error-not-authorized-never = You may not do this
error-not-authorized-never-advice = The rules of this computer forbid it for your account. An administrator can change them.
error-not-authorized-dismissed = Nothing was done
error-not-authorized-dismissed-advice = The password prompt was closed. Try again to be asked once more.
error-no-agent = Nobody can ask for the password
error-no-agent-advice = No polkit agent runs in this session. Start the one of your desktop, or use pkttyagent in a terminal.
error-cancelled = { $machine }: cancelled
error-cancelled-advice = What had begun is undone. Try again at any time.
error-timed-out = { $machine } did not finish in time
error-timed-out-advice = It was asked { $seconds } s ago and has not followed. Wait longer, look at its screen, or force it off. Forcing it off is like pulling the plug: unsaved data may be lost.
error-timed-out-plain-advice = Wait a while, then look at what it does now.
error-unavailable = libvirt is not reachable
error-unavailable-advice = What is shown is from before. The service connects again by itself; if it does not, start libvirt.
error-stalled = { $machine } does not answer
error-stalled-advice = Its QEMU process hangs, often because of slow or lost storage. Check the storage, or force the machine off.
error-no-space = There is no space left
error-no-space-advice = Free space in the storage of { $machine }, then try again.
error-limit-exceeded = Too much at once
error-limit-exceeded-advice = The limit for { $what } is { $limit }. Wait until other work is done, then try again.
error-limit-exceeded-plain-advice = A limit is reached. Wait until other work is done, then try again.
error-agent-unavailable = No guest agent answers in { $machine }
error-agent-unavailable-advice = Install and start the QEMU guest agent in the guest, or use another way.
error-unsafe = Refused, to protect data
error-unsafe-advice = { $reasons } Nothing was changed.
error-unsafe-plain-advice = It could damage data that something else needs. Nothing was changed.
error-locked = { $machine } is locked
error-locked-advice = The lock protects it from being stopped and deleted. Remove the lock first.
error-gone = The service does not answer
error-gone-advice = The connection is made again by itself. Machines keep running without it.
error-other = { $machine }: that did not work
error-other-advice = The message below says more.

unsafe-in-use = Another machine needs a disk that would go.
unsafe-shared = A disk that would go is shared between machines.
unsafe-read-only = A disk that would go is read-only.
unsafe-removable = A medium in a drive would go.
unsafe-backing = Other images are built on a disk that would go.
unsafe-no-pool = A disk that would go is in no storage pool.
unsafe-not-writable = The service may not write where a disk is.
unsafe-not-of-this-machine = A disk that would go does not belong to this machine.
unsafe-unreadable-definition = The definition of a machine cannot be read, so nobody knows what it needs.
unsafe-memory-floor = Too little memory would stay available on the host.
unsafe-other = Something speaks against it: { $reason }.

## Hosts that cannot be reached

problem-no-bus = No D-Bus answers
problem-no-bus-text = KVM Manager reaches its service over D-Bus, and there is none at that address.
problem-not-installed = The KVM Manager service is not installed
problem-not-installed-text = It does the work that needs administrator rights. Your machines keep running without it.
problem-not-running = The KVM Manager service is not running
problem-not-running-text = It does the work that needs administrator rights. Your machines keep running without it.
problem-not-allowed = You may not use the service
problem-not-allowed-text = The computer's bus does not let your account reach KVM Manager. An administrator can allow it with a rule in /etc/dbus-1/system.d; the connection is then made by itself.
problem-ssh = The other computer cannot be reached
problem-ssh-text = SSH could not connect. Check the address, the key and whether the computer is on.
problem-ended = The connection was lost
problem-ended-text = Machines keep running. The connection is made again by itself.
problem-other = The service does not answer as it should
problem-other-text = The message below says more.

libvirt-not-installed = libvirt is not installed on this computer
libvirt-not-installed-text = KVM Manager needs libvirt and QEMU to run machines.
libvirt-not-running = libvirt is not running
libvirt-not-running-text = Machines that run keep running. Start libvirt to see and control them.
libvirt-unreachable = libvirt cannot be reached
libvirt-unreachable-text = Check whether the other computer is on and libvirt runs there.
libvirt-failed = libvirt does not answer as it should
libvirt-failed-text = The journal of the service says more. It tries again by itself.

virtualisation-available = KVM is ready
virtualisation-kvm = KVM is ready
virtualisation-module-missing = The kernel module for KVM is not loaded
virtualisation-off-in-firmware = Virtualisation is switched off in the firmware
virtualisation-not-supported = The processor cannot run machines with KVM
virtualisation-other = Not known

## Deleting

plan-kind-definition = Settings of the machine
plan-kind-disk = Disk { $name }
plan-kind-backing = Base image { $name }
plan-kind-snapshot = Snapshot { $name }
plan-kind-nvram = Firmware settings (UEFI)
plan-kind-tpm = Contents of the TPM
plan-kind-saved-state = Saved state
plan-kind-other = { $name }
plan-action-trash = goes to the trash
plan-action-remove = gone for good
plan-action-keep = stays
plan-reason-none = used by nobody else
plan-reason-in-use = { $count ->
    [0] needed by a deleted machine that can come back
    [one] used by { $machines }
   *[other] used by { $machines }
 }
plan-reason-shared = shared between machines
plan-reason-read-only = read-only
plan-reason-removable = medium in a drive
plan-reason-backing = other images are built on it
plan-reason-no-pool = in no storage pool
plan-reason-not-writable = the service may not write there
plan-reason-other = { $reason }

## What a machine is warned of

warning-display-public = Anybody on the network can see its screen
warning-display-public-advice = Let its display listen on this computer only, or give it a password.
warning-definition-unreadable = Its definition cannot be read
warning-definition-unreadable-advice = Title, tags and lock are not shown, and no machine can be deleted until it is repaired.
warning-other = Warning: { $warning }
warning-other-advice = A newer version of KVM Manager can say more.

## Changes that wait for the next start

change-memory = Memory
change-vcpus = Processors
change-cpu = Processor model
change-name = Name
change-title = Title
change-description = Notes
change-metadata = Tags and group
change-machine = Machine type
change-firmware = Firmware
change-boot = Boot order
change-features = Features
change-clock = Clock
change-lifecycle = What happens on power-off, restart and crash
change-security = Security
change-emulator = Emulator
change-arguments = QEMU arguments
change-cputune = Processor tuning
change-numatune = NUMA tuning
change-blkiotune = Disk tuning
change-memtune = Memory limits
change-memoryBacking = Memory backing
change-disk = Disk { $name }
change-interface = Network card { $name }
change-graphics = Display { $name }
change-video = Graphics card { $name }
change-filesystem = Shared folder { $name }
change-hostdev = Passed-through device { $name }
change-device = { $kind } { $name }
change-other = { $kind }

## Numbers and times

unit-days = { $count } d
unit-left = about { $time } left
unit-left-soon = a few seconds left
unit-yesterday = yesterday { $time }
unit-date = { $day } { $month } { $year }
unit-moment = { $date } { $time }
unit-month-1 = Jan
unit-month-2 = Feb
unit-month-3 = Mar
unit-month-4 = Apr
unit-month-5 = May
unit-month-6 = Jun
unit-month-7 = Jul
unit-month-8 = Aug
unit-month-9 = Sep
unit-month-10 = Oct
unit-month-11 = Nov
unit-month-12 = Dec

## Settings

settings-broken = The settings could not be read
settings-broken-text = Defaults are used. The old file is kept as { $file }.
settings-unreadable = The settings could not be read
settings-unreadable-text = Defaults are used. Check who may read { $file }.
settings-values = Some settings could not be read
settings-values-text = Defaults are used for { $names }.

# Hosts that have no name of their own.
host-this-computer = This computer
host-user-session = User session

## What a host needs for machines

check-kvm = Virtualisation (KVM)
check-kvm-text = Machines run at the speed of the processor.
check-nested = Machines in machines
check-nested-text = A machine can run machines of its own.
check-iommu = IOMMU
check-iommu-text = Devices of the host can be given to machines.
check-vfio = VFIO driver
check-vfio-text = Holds devices that are given to machines.
check-huge-pages = Huge pages
check-huge-pages-text = Large machines find their memory faster.
check-confinement = Confinement
check-confinement-text = Keeps a machine that was taken over from the rest of the host.
check-cgroup = Control groups
check-cgroup-text = Limit what machines take of processor and memory.
check-swtpm = TPM for machines (swtpm)
check-swtpm-text = Needed by Windows 11 and by disks that unlock by themselves.
check-virtiofsd = Shared folders (virtiofsd)
check-virtiofsd-text = A folder of the host is seen in a machine.
check-dnsmasq = Addresses for networks (dnsmasq)
check-dnsmasq-text = Gives machines in networks of libvirt their addresses and names.
check-passt = Network without rights (passt)
check-passt-text = Machines of a user session reach the network.
check-firmware = UEFI for machines
check-firmware-text = Needed by Windows 11, Secure Boot and most newer systems.
check-other = { $id }
check-other-text = A newer version of KVM Manager can say more.
check-reason-module-missing = The kernel’s module for it is not loaded.
check-reason-off-in-firmware = It is switched off in the firmware of the computer.
check-reason-not-supported = The processor does not have it.
check-reason-off-by-argument = An argument of the kernel switches it off.
check-reason-not-asked-for = The firmware offers it, but the kernel uses it only when it is told to.
check-reason-iommu-none = The computer does not seem to have one.
check-reason-not-loaded = The module is not loaded. It is, by itself, as soon as a device is given to a machine.
check-reason-not-built = This kernel comes without it.
check-reason-permissive = SELinux only writes down what it would forbid.
check-reason-confinement-none = Neither AppArmor nor SELinux is on.
check-reason-other = The service says: { $reason }.
check-fact-groups = { $value } groups
check-fact-sizes = { $value }
check-fact-by = { $value }
check-fact-by-apparmor = AppArmor
check-fact-by-selinux = SELinux
check-fact-module = { $value }
check-fact-version = version { $value }
check-fact-controllers = { $value }
check-fact-descriptors = { $value } variants
check-fact-secure-boot-yes = Secure Boot
check-fact-secure-boot-no = no Secure Boot
check-fact-enrolled-keys-yes = with keys
check-fact-enrolled-keys-no = without keys
check-fact-other = { $name }: { $value }
fix-command = Install it:
fix-kernel-argument = Add this to the kernel’s arguments, then restart the computer:
fix-no-kernel-argument = Take this out of the kernel’s arguments, then restart the computer:
fix-module = Load the module:
fix-module-option = Write this line into a file in /etc/modprobe.d, shut all machines down and restart the computer:
fix-firmware = Switch this on in the firmware of the computer (BIOS, UEFI):
fix-other = To do ({ $kind }):

# What a change of a device left behind.
left-release = { $device } could not be given back
left-other = { $device } could not be put back as it was
left-partly = It has its driver, but not everything is as it was.
left-without = It has no driver; it had { $before }.
left-with = It has the driver { $driver }; it had none.
left-instead = It has the driver { $driver }; it had { $before }.
left-hangs = Its driver does not answer. The device is put back by itself when it lets go; if it never does, restart the computer.
left-repair = An administrator puts it back with commands that the window shows; a restart of the computer does so, too.
