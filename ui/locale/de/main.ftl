sidebar-hosts = Rechner
sidebar-all = Alle Maschinen
sidebar-groups = Gruppen
sidebar-tags = Schlagwörter
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
toast-deleted = { $machine } ist gelöscht
toast-restored = { $machine } ist wieder da
toast-written = Geschrieben nach { $file }
toast-unlocked = Du darfst jetzt Maschinen ändern
