# What the tray says beside the words that all clients share.

tray-title = KVM Manager
tray-open = Open KVM Manager
tray-no-hosts = No host is watched
tray-connecting = Connecting
tray-none-running = No machine is running
tray-running = { $count } running
tray-paused = { $count } paused
tray-cpu = CPU { $cpu }
tray-figures = CPU { $cpu } · { $used } of { $all }
tray-machines = { $count ->
    [one] { $count } machine
   *[other] { $count } machines
 }
tray-more = { $count } more...
tray-more-in-application = { $count } more in KVM Manager
tray-start = Start a machine
tray-open-machine = Open
tray-restore = Restore
tray-asks = { $operation }...
tray-cancel = Cancel
tray-keep = Keep the screen
tray-give-back = Give the screen back...
tray-quiet = Quiet for 1 hour
tray-settings = Settings...
tray-quit = Quit, machines keep running

tray-host-system = This computer
tray-host-session = My session
tray-host-demo = Demo

## Notifications

tray-note-open = Open
tray-note-start-again = Start again
tray-note-show-log = Show log
tray-note-crashed = { $name } stopped by itself
tray-note-crashed-body = Its QEMU process ended. The log says why. Nothing was deleted.
tray-note-panicked = The system in { $name } has crashed
tray-note-panicked-body = The guest’s kernel panicked, so the machine stands still. Look at its screen, then force it off and start it.
tray-note-standstill = { $name } stands still
tray-note-disk-full-body = The disk of the host is full, so the machine was paused before it could lose data. Free space, then resume it.
tray-note-disk-error-body = Its disk could not be read or written, so the machine was paused. Check the storage, then resume it.
tray-note-watchdog-body = Its watchdog was not fed in time. Look at its screen, then resume it or force it off.
tray-note-saved-body = The next start goes on where it was.
tray-note-give-back = Give back
tray-note-trial = { $name } loses the screen in { $time }
tray-note-trial-body = Nobody has said yet that it keeps it. Without that the machine is shut down, and the host has its screen back.
tray-note-screen-back = The host has its screen back from { $name }
tray-note-screen-back-body = The machine has stopped. If you did not expect that, its log says why.
tray-note-host-lost = { $name } is not reachable
tray-note-libvirt-lost = The machines of { $name } cannot be controlled
tray-note-more-events = { $count ->
    [one] { $count } more event
   *[other] { $count } more events
 }
tray-note-log = Log of { $name }
tray-note-log-empty = The log is empty.

## Questions

tray-ask-keep-running = Keep running
tray-ask-force-off = Force { $name } off?
tray-ask-force-off-body = This is like pulling the plug: what is not yet written to disk is lost.
tray-ask-shutdown = Shut { $name } down?
tray-ask-shutdown-body = The guest is asked to shut down.
tray-ask-reboot = Restart { $name }?
tray-ask-reboot-body = The guest is asked to restart.
tray-ask-save = Save { $name }?
tray-ask-save-body = Its memory is written to disk and it stops. The next start goes on from there.
tray-ask-pause = Pause { $name }?
tray-ask-pause-body = It stands still until it is resumed.
tray-ask-give-back = Give the screen back from { $name }?
tray-ask-give-back-body = The guest is asked to shut down, for which it has two minutes. Then the desktop of the host comes back.

## What did not work

tray-failed-keep = { $name } cannot keep the screen
tray-failed-give-back = The screen did not come back from { $name }
tray-failed-cancel = The work could not be cancelled
tray-failed-log = The log of { $name } could not be read
tray-failed-lost = { $host } is not reachable
tray-failed-lost-body = Nothing was done. Try again when it is connected.
tray-failed-gone = That machine is not there any more
tray-failed-gone-body = Nothing was done. The menu shows what there is now.
tray-failed-open = KVM Manager could not be opened
tray-failed-open-body = The program kvm-manager is neither known to the desktop nor beside the tray. Install it, or start it from a terminal.
