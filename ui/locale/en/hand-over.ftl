command-hand-over = Give it the screen…
command-keep-screen = Keep the screen
command-give-back-screen = Give the screen back…
palette-do-hand-over = Give { $machine } the screen of the host
palette-do-keep-screen = Let { $machine } keep the screen
palette-do-give-back-screen = Give the screen back from { $machine }
hand-over-title = Give { $machine } the screen of the host
hand-over-accept = Give it the screen
hand-over-working = Handing over…
hand-over-patience = If anything fails, everything comes back
hand-over-trial = Back by itself, unless kept after
hand-over-trial-minutes = { $minutes } min
hand-over-trial-none = Never
hand-over-trial-hint = After that time the machine is shut down and the host has its screen back, unless somebody chooses “Keep the screen”: here if this computer has another screen, or from another computer.
hand-over-no-trial-hint = The host has its screen back only when the machine stops. If the machine shows nothing, it has to be stopped from another computer.
hand-over-locked-hint = The machine is locked against being stopped, so there can be no trial: it would have to be shut down at its end.
hand-over-closes = Desktops and programs that use the card may end
hand-over-closes-detail = What is not saved in them is lost: save your work first.
hand-over-ends = { $count ->
    [one] This ends, with all that is not saved in it
   *[other] These end, with all that is not saved in them
}
hand-over-ends-session = the desktop of { $user } ({ $kind })
hand-over-ends-session-at = the desktop of { $user } on { $seat } ({ $kind })
hand-over-ends-program = the program { $name }
hand-over-ends-nobody = No desktop and no program uses the card as far as the service sees.
hand-over-step-driver = Load the driver for machines
hand-over-step-stop = Stop the display manager
hand-over-step-stop-detail = { $units }: every desktop on this computer’s screens ends
hand-over-step-consoles = Take the text consoles off the card
hand-over-step-buffers = Take the firmware’s picture off the card
hand-over-step-modules = Unload the modules that keep the card
hand-over-step-bind = Bind to vfio-pci
hand-over-step-start = Start { $machine }
hand-over-step-wait = Wait { $time } for “Keep the screen”
hand-over-step-wait-detail = Otherwise the machine is shut down, after 30 s forced off, and everything comes back in reverse order
hand-over-step-back = Give everything back when the machine stops
hand-over-step-back-detail = Drivers, picture, consoles and display manager, in this order
hand-over-consent = first allow the desktops to end
hand-over-banner-copy = Copy the command
give-back-title = Give the screen of { $machine } back to the host
give-back-shut-down = The guest is asked to shut down, for which it has two minutes. Then drivers, consoles and the display manager of the host come back.
give-back-again = What did not come back is tried once more.
give-back-force = Force the machine off
give-back-force-detail = Like pulling the plug: at once, and what the guest has not saved is lost.
give-back-accept = Give back
give-back-working = Giving back…
give-back-patience = The guest has two minutes
give-back-late = { $machine } does not shut down
give-back-late-advice = Everything is as it was. Shut the guest down from inside, or choose “Force the machine off”.
failure-keep-screen = { $machine } cannot keep the screen
failure-give-back = The screen did not come back from { $machine }
refusal-session = { $name } would lose the desktop ({ $detail })
refusal-display-manager = { $name } has the screens and may not be stopped
refusal-handed-over = { $name } has the screen, or something of it did not come back yet
refusal-module = { $detail ->
    [in-use] the module { $name } keeps the card and stays loaded: a program uses it
   *[other] the module { $name } keeps the card and cannot go, because of { $detail }
  }
refusal-kept-by-module = the module { $name } keeps it, and taking it would never end; give it with the screen, or switch off what the module keeps it for (nvidia_drm.modeset=0)
refusal-kept-by-some-module = a module of its driver keeps it, and taking it would never end
warning-kept-by-module = The module { $module } keeps it now. If that is there before the devices are reserved at a start, it is left to the host: see to it that vfio-pci is first.
warning-sessions-hidden = Nobody tells who is logged in: desktops may end that are not listed here.
