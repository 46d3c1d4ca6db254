# A few cards that say where things are.
tour-step = Tour, { $number } of { $count }
tour-next = Next
tour-skip = Skip the tour
tour-done = Done
tour-find = Everything by its name
tour-find-text = The search in the toolbar finds machines, actions, groups, tags and hosts. A few letters are enough.
tour-places = Places, and a search in the list
tour-places-text = Hosts, groups and tags in the sidebar each show their machines. The field above the list finds in all that is known of them.
tour-details = What is selected
tour-details-text = The details pane shows the selected machine and what can be done with it. Enter opens the machine in a window of its own.
tour-keys = All of it by keyboard
tour-keys-text = Tab walks the controls, F6 the panes, and arrow keys move in a list. The list of shortcuts has every command, and leads to where keys are changed.
tour-undo = Back again, and out of sight
tour-undo-text = What was deleted, moved or renamed comes back. With the window closed, the icon in the panel of the desktop starts machines and tells what becomes of them.
