# Dialogs, menus and toasts. The space between a number and its unit is one that does not break.

## In several dialogs

dialog-retry = Try again
dialog-waiting = Waiting for the host to answer
dialog-save = Save
dialog-saving = Saving
dialog-close = Close
dialog-copy = Copy details
dialog-copied = Copied

menu-more = More
menu-less = Less

toast-undo = Undo
toast-show = Show log
toast-saved = Saved { $machine } in { $time }
toast-failed = { $what }: { $why }

## Questions before something is done

confirm-force-off = { $count ->
    [one] Force off { $machine }?
   *[other] Force off { $count } machines?
 }
confirm-force-off-advice = Forcing off is like pulling the plug: unsaved data may be lost.
confirm-reset = { $count ->
    [one] Reset { $machine }?
   *[other] Reset { $count } machines?
 }
confirm-reset-advice = This is like the reset button: unsaved data may be lost.
confirm-shutdown = { $count ->
    [one] Shut down { $machine }?
   *[other] Shut down { $count } machines?
 }
confirm-shutdown-advice = { $count ->
    [one] The guest is asked to shut down and may take a while.
   *[other] The guests are asked to shut down and may take a while.
 }
confirm-shutdown-and-restart = { $count ->
    [one] Shut down { $machine } and start it again?
   *[other] Shut down { $count } machines and start them again?
 }
confirm-shutdown-and-restart-advice = Changes that wait for the next start apply then.
confirm-reboot = { $count ->
    [one] Restart { $machine }?
   *[other] Restart { $count } machines?
 }
confirm-reboot-advice = { $count ->
    [one] The guest is asked to restart. Changes that wait for the next start do not apply yet.
   *[other] The guests are asked to restart. Changes that wait for the next start do not apply yet.
 }
confirm-save = { $count ->
    [one] Save the state of { $machine }?
   *[other] Save the state of { $count } machines?
 }
confirm-save-advice = Memory is written to disk and the machine is off until it is restored. Network connections may be lost.
confirm-pause = { $count ->
    [one] Pause { $machine }?
   *[other] Pause { $count } machines?
 }
confirm-pause-advice = Programs stand still, and memory stays in use, until it goes on.
confirm-sleep = Put { $count } machines to sleep?
confirm-sleep-advice = The guests are asked to sleep: their programs stand still until somebody wakes them.
confirm-discard-saved-state = { $count ->
    [one] Discard the saved state of { $machine }?
   *[other] Discard the saved state of { $count } machines?
 }
confirm-discard-saved-state-advice = What was in memory is lost for good, as if the plug had been pulled. Disks stay as they are.
confirm-start-cold = { $count ->
    [one] Drop the saved state of { $machine } and start it?
   *[other] Drop the saved state of { $count } machines and start them?
 }
confirm-start-cold-advice = What was in memory is lost for good, as if the plug had been pulled. Disks stay as they are.
confirm-send-nmi = Send a non-maskable interrupt to { $machine }?
confirm-send-nmi-advice = Most guests take it for a hardware fault: they write a crash dump and restart.

## Deleting

delete-title = Delete { $machine }?
delete-advice = The machine and everything ticked here goes.
delete-running = It is on. It is forced off first, which is like pulling the plug.
delete-locked = It is locked. Remove the lock first.
delete-snapshots = { $count ->
    [one] 1 snapshot
   *[other] { $count } snapshots
 }
delete-stays = What stays
delete-trash = The disks rest in the trash of their pool for 7 days. The machine comes back with Undo or from Deleted machines.
delete-trash-plain = The machine is kept for 7 days. It comes back with Undo or from Deleted machines.
delete-permanent = Gone for good
delete-permanent-advice = without the trash
delete-gone = Nothing comes back: neither with Undo nor from Deleted machines.
delete-type = Type the name to confirm: { $name }
delete-keep = Keep it
delete-accept = Delete machine
delete-accept-permanent = Delete for good

delete-several-title = Delete { $count } machines?
delete-several-advice = Each machine goes with what is listed here.
delete-several-goes = Goes: { $what }
delete-several-stays = Stays: { $what }
delete-several-running = It is on and forced off first.
delete-several-waiting = The plan is being made.
delete-several-failed = It stays: there is no plan for it.
delete-several-trash = Disks rest in the trash of their pool for 7 days. The machines come back with Undo or from Deleted machines.
delete-several-type = Type the number of machines to confirm: { $number }
delete-several-keep = Keep them
delete-several-accept = { $count ->
    [one] Delete 1 machine
   *[other] Delete { $count } machines
}

deleted-title = Deleted machines
deleted-advice = They are kept for 7 days. What was deleted for good is not here.
deleted-empty = No machine was deleted in the last 7 days.
deleted-no-host = No host is connected.
deleted-name = Name
deleted-when = Deleted
deleted-size = Size
deleted-expires = goes { $time }
deleted-restore = Restore
deleted-purge = Delete for good
deleted-keep = Keep it
deleted-question = Delete { $machine } for good? Nothing brings it back then.
deleted-busy = Being done
deleted-taken = Rename the machine that has it, then restore this one.

## Names and descriptions

rename-title = Rename { $machine }
rename-label = New name
rename-accept = Rename
rename-hint = Letters, digits, and . _ + - in between. The title can be anything.
rename-running = It is on. Shut it down first: a machine that is on cannot change its name.
rename-empty = A machine needs a name.
rename-space = A name cannot contain spaces. Use a dash.
rename-character = A name cannot contain “{ $character }”.
rename-first = A name begins with a letter or a digit.
rename-long = A name has 63 characters at most, this one has { $count }.
rename-taken = Another machine on this host is called { $name }.

title-title = Title of { $name }
title-hint = Shown in place of the name. Leave it empty to show the name.
title-long = A title has 4096 bytes at most, this one has { $count }.

notes-title = Notes about { $machine }
notes-placeholder = What it is for, who it belongs to, what to know before it is changed
notes-count = { $count } of { $limit } bytes
notes-long = These notes are too long.
notes-unsaved = The notes are not saved.
notes-discard = Discard them
notes-stay = Go on writing

tags-title = { $count ->
    [one] Tags of { $machine }
   *[other] Tags of { $count } machines
 }
tags-advice = Press a tag to give it or to take it away.
tags-advice-several = Press a tag to give it to all of them or to take it away. A dash means: some have it.
tags-new = New tag
tags-add = Add
tags-colour = Colour
tags-long = A tag has 64 characters at most.
tags-control = A tag has no control characters.
tags-many = A machine has 32 tags at most, these are { $count }.
colour-blue = Blue
colour-violet = Violet
colour-magenta = Magenta
colour-red = Red
colour-orange = Orange
colour-green = Green
colour-teal = Teal
colour-grey = Grey

group-title = { $count ->
    [one] Group of { $machine }
   *[other] Group of { $count } machines
 }
group-placeholder = No group
group-several = Several groups
group-hint = Type a new group or choose one. “/” makes levels.
group-new = New: { $name }
group-long = A group has 64 characters at most.
group-level = Each level needs a name, without spaces around it.

## Files

choose-file = Choose…
target-file = File
target-relative = Write the whole path, beginning with / or ~/.
target-folder = There is no such folder.
target-exists = There is such a file already. Choose another name.
target-looking = Looking at the folder: it takes its time, as one on a network may.
target-silent = The folder does not answer, as one on a network that is gone. Choose another one, or connect it and try again.
target-no-space = Free space where the file goes, or choose another place.
dump-title = Write the memory of { $machine } to a file
dump-advice = For finding out why a guest hangs. The machine stands still until all is written.
dump-warning = It holds everything that is in memory, passwords and keys too, and takes up to { $size }.
dump-accept = Write memory
screenshot-title = Take a screenshot of { $machine }
screenshot-advice = What its screen shows now is saved as a PNG picture.
screenshot-accept = Save picture

## Log and jobs

log-title = Log of { $machine }
log-advice = What QEMU wrote, newest at the end.
log-empty = The log is empty.
log-copy = Copy all
log-refresh = Read again

jobs-title = Jobs
jobs-advice = They go on when this window is closed.
jobs-empty = Nothing is being done.
jobs-cancelling = Being cancelled
jobs-since = for { $time }

## Failures

failure-show = Show the message
failure-hide = Hide the message
failure-rename = { $machine } could not be renamed
failure-metadata = { $machine } could not be changed
failure-autostart = { $machine } could not be changed
failure-undelete = The machine could not be brought back
failure-purge = The machine could not be removed
failure-cancel = The job could not be cancelled
failure-unlock = The host stays locked
failure-screenshot = The screen of { $machine } could not be saved

repair-again = Try again
repair-delete = Look at the plan again
repair-start-cold = Drop the saved state and start
repair-start-cold-hint = Without the saved state it starts as if the plug had been pulled: what was only in memory is lost.
repair-remove-lock = Remove the lock
repair-unlock = Unlock for this session…
repair-unlock-hint = Unlocking asks for the password of an administrator.
repair-force-off = Force off
repair-force-off-hint = Forcing it off is like pulling the plug: unsaved data may be lost.
repair-jobs = Show jobs
repair-deleted = Deleted machines…
repair-rename = Rename the other one…

no-answer = It got the signal { $seconds } s ago and still runs.
no-answer-advice = Forcing it off is like pulling the plug: unsaved data may be lost.
no-answer-restart = It does not start again then. Forcing it off is like pulling the plug: unsaved data may be lost.
no-answer-over = It has shut down meanwhile.
no-answer-look = Look at the screen
no-answer-wait = Wait { $seconds } s more
no-answer-force = Force off

results-title = { $failed ->
    [one] 1 of { $count } machines failed
   *[other] { $failed } of { $count } machines failed
 }
results-advice = The others are done.
results-done = Done
results-again = { $count ->
    [one] Try again for 1 machine
   *[other] Try again for { $count } machines
 }

# The guide.
guide-title = Guide
guide-window = The window
guide-tray = The tray
guide-delete = Deleting
guide-passthrough = Devices for machines
guide-hugepages = Hugepages
guide-cpus = CPUs for machines
guide-readiness = Readiness
guide-configuration = Configuration
