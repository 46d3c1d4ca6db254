sidebar-hosts = Rechner
sidebar-all = Alle Maschinen
sidebar-groups = Gruppen
sidebar-tags = Schlagwörter
sidebar-parts = Verwalten
part-devices = Geräte
part-memory = Hugepages und NUMA
part-readiness = Voraussetzungen
host-connecting = Verbindet
host-lost = Nicht verbunden
host-no-libvirt = libvirt antwortet nicht
filter-all = Alle
filter-attention = Braucht Aufmerksamkeit
find-here = Suchen
search = Suchen
search-everything = Maschinen, Aktionen, Einstellungen suchen
more-actions = Weitere Aktionen
menu = Menü
window-minimise = Minimieren
window-maximise = Maximieren
window-close = Schließen
view-list = Liste
view-grid = Bilder
group-by-group = Nach Gruppe
group-by-host = Nach Rechner
group-by-state = Nach Zustand
group-by-none = Ohne Gruppen
group-none = Ohne Gruppe
group-machines = { $count ->
    [one] 1 Maschine
   *[other] { $count } Maschinen
}
group-running = { $count } in Betrieb
group-attention = { $count ->
    [one] 1 braucht Aufmerksamkeit
   *[other] { $count } brauchen Aufmerksamkeit
}
column-name = Name
column-cpu = CPU
column-memory = Speicher
column-disk = Disk MB/s
column-network = Netz MB/s
column-address = IP-Adresse
column-host = Rechner
column-tags = Schlagwörter
column-autostart = Auto
column-started = Letzter Start
column-agent = Gastagent
row-stalled = Antwortet nicht
figure-cpu = CPU
figure-memory = Speicher
jobs-more = und { $count } weitere
job-cancel = Diese Aufgabe abbrechen
cancel = Abbrechen
empty-search = Nichts passt hierzu.
empty-search-clear = Alle Maschinen zeigen
autostart-on = Startet mit dem Rechner
autostart-off = Startet nicht mit dem Rechner
toast-deleted-several = { $count ->
    [one] 1 Maschine ist gelöscht
   *[other] { $count } Maschinen sind gelöscht
}
toast-deleted = { $machine } ist gelöscht
drag-group = Nach { $group } verschieben
drag-tag = Das Schlagwort { $tag } geben
drag-nowhere = Auf einer Gruppe oder einem Schlagwort ablegen
act-group = { $machines } nach { $group } verschoben
act-no-group = { $machines } aus der Gruppe genommen
act-tags = Schlagwörter von { $machines } geändert
act-title = Titel von { $machines } geändert
act-notes = Notizen zu { $machines } geändert
act-autostart = Start mit dem Host für { $machines } geändert
act-rename = { $machine } in { $name } umbenannt
toast-undone = Zurückgenommen: { $what }
toast-nothing-to-undo = Es gibt nichts zurückzunehmen
hover-mean-and-high = Mittel { $mean }, höchstens { $high }
running-on = { $count ->
    [one] 1 Maschine läuft weiter
   *[other] { $count } Maschinen laufen weiter
}
toast-restored = { $machine } ist wieder da
toast-written = Geschrieben nach { $file }
unseen-nowhere = Es gibt keine Maschine „{ $name }“
unseen-not-there = Kein Rechner, der antwortet, hat eine Maschine „{ $name }“
toast-unlocked = Du darfst jetzt Maschinen ändern

# The load of several hosts together.
status-hosts = { $count } Rechner
