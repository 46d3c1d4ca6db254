memory-tab-memory = Speicher
memory-tab-cpus = CPU-Karte
memory-threads = { $count ->
    [one] { $count } Thread
   *[other] { $count } Threads
 }
memory-node = Knoten { $node }
memory-on-node = auf Knoten { $node }
memory-everywhere = auf allen Knoten
memory-it = Der Speicher des Rechners
memory-cpus = CPUs { $cpus }
memory-no-cpus = nur Speicher, keine CPUs
memory-share-other = Belegt
memory-share-used = Seiten belegt
memory-share-pages = Seiten frei
memory-share-planned = Geplant
memory-share-free = Frei
memory-column-size = Größe
memory-column-use = Belegt / reserviert
memory-column-reserve = Reservieren
memory-column-count = Seiten
memory-column-memory = Speicher
memory-pages-none = keine reserviert
memory-pages = { $used } belegt, { $free } frei, von { $total }
memory-pages-planned = { $used } belegt, { $free } frei, { $planned } geplant
memory-pages-back = { $used } belegt, { $back } werden frei
memory-fixed = kein Platz für mehr
memory-less = Eine Seite von { $size } weniger auf Knoten { $node }
memory-more = Eine Seite von { $size } mehr auf Knoten { $node }
memory-refused-use = Mindestens { $least } müssen bleiben: Sie sind belegt oder jemandem versprochen.
memory-refused-floor = Höchstens { $most } mehr auf Knoten { $node }: { $floor } Speicher müssen verfügbar bleiben.
memory-no-sizes = Dieser Kernel hat keine Hugepages
memory-no-sizes-text = Maschinen benutzen hier gewöhnlichen Speicher.
memory-hint = Seiten von 1 GiB brauchen Speicher am Stück: bald nach dem Start des Rechners reservieren, oder beim Booten.
memory-hint-nodes = Am schnellsten ist eine Maschine mit Speicher und CPUs auf einem Knoten. Seiten von 1 GiB brauchen Speicher am Stück: bald nach dem Start des Rechners reservieren, oder beim Booten.
memory-asks = Fragt nach dem Passwort eines Verwalters
memory-changes = { $count ->
    [one] { $count } Änderung
   *[other] { $count } Änderungen
 }
memory-now = Jetzt
memory-restart = Nach Neustart
memory-plan-reserve = Knoten { $node }: { $count } mehr von { $size }, { $bytes }
memory-plan-release = Knoten { $node }: { $count } von { $size } werden frei, { $bytes }
memory-plan-more = und { $count } weitere Änderungen
memory-plan-left = { $left } bleiben verfügbar, mindestens { $floor } müssen es.
memory-plan-below = Nur { $left } blieben verfügbar, mindestens { $floor } müssen es.
memory-until-restart = Nichts davon bleibt.
memory-discard = Verwerfen
memory-reserve = Seiten reservieren
memory-release = Seiten zurückgeben
memory-keep-partial = Behalten, was zu finden ist
memory-working = In Arbeit
memory-progress = bisher { $done }
memory-dismiss = Schließen
memory-again = Noch einmal für { $count }
memory-reserve-some = { $count } reservieren
memory-partial = { $count } von { $asked } Seiten von { $size } { $where } reserviert
memory-partial-text = Für den Rest ist der Speicher zu zerstückelt. Was zu finden war, bleibt.
memory-scattered = Nur { $limit } von { $asked } Seiten von { $size } { $where } sind zu finden
memory-scattered-text = Der Speicher ist zu zerstückelt. Nichts wurde geändert; der Wunsch steht noch unten.
memory-nothing-changed = Der Speicher ist zu zerstückelt. Nichts wurde geändert.
memory-copied = Kopiert
memory-copy-message = Meldung kopieren
memory-copy = Kopieren
memory-users = Maschinen mit Hugepages
memory-users-none = Keine. Eine Maschine benutzt sie, wenn ihre Definition es sagt.
memory-user-pages = { $count } × { $size }
memory-user-has = Hat ihre Seiten
memory-user-lacks = Aus, { $missing } Seiten fehlen
memory-user-off = Aus
memory-boot = Beim Booten reservieren
memory-boot-none = Zurzeit ist nichts reserviert.
memory-boot-text = Mit diesen Argumenten reserviert der Kernel bei jedem Start, was jetzt reserviert ist, ehe der Speicher zerstückelt ist.

transparent-title = Hugepages von selbst
transparent-used = { $size } belegt
transparent-mode = Programme bekommen sie
transparent-always = Immer
transparent-madvise = Auf Wunsch
transparent-never = Nie
transparent-always-text = Jedes Programm, sooft es welche gibt. Manche Programme brauchen so mehr Speicher.
transparent-madvise-text = Programme, die es wünschen, etwa QEMU.
transparent-never-text = Kein Programm bekommt welche.
defrag-title = Wenn es keine gibt
defrag-always = Warten
defrag-defer = Später
defrag-defer-madvise = Warten auf Wunsch
defrag-madvise = Nur auf Wunsch
defrag-never = Ohne
defrag-always-text = Jedes Programm wartet, bis der Kernel Speicher zusammengeschoben hat.
defrag-defer-text = Programme gehen mit kleinen Seiten weiter, und der Kernel schiebt hinter ihnen Speicher zusammen.
defrag-defer-madvise-text = Programme, die es wünschen, warten; für alle anderen wird hinter ihnen zusammengeschoben.
defrag-madvise-text = Programme, die es wünschen, warten; für andere wird nichts verschoben.
defrag-never-text = Für sie wird nie Speicher zusammengeschoben.

merging-title = Gleiche Seiten zusammenlegen (KSM)
merging-what = Gleicher Speicher von Maschinen ist nur einmal da
merging-saved = spart { $size }
merging-running = Läuft
merging-stopped = Angehalten
merging-taken-apart = Getrennt
merging-running-text = Spart Speicher, kostet Rechenzeit und lässt Maschinen erraten, was andere im Speicher haben.
merging-stopped-text = Was zusammengelegt ist, bleibt so, bis darauf geschrieben wird.
merging-taken-apart-text = Jede Maschine hat all ihren Speicher für sich.
merging-start = Starten
merging-stop = Anhalten
merging-apart = Trennen
merging-apart-hint = Braucht { $size } Speicher, die das Zusammenlegen jetzt spart

cpus-full = Volle Kerne
cpus-efficient = Sparsame Kerne
cpus-core = Kern
cpus-unknown = Kerne
cpus-isolated = Vom Kernel freigehalten (isoliert)
cpus-hint = CPUs in einem Rahmen teilen sich einen Kern.
cpus-none = Dieser Knoten hat nur Speicher.
cpus-count = { $cores ->
    [one] { $cores } Kern
   *[other] { $cores } Kerne
 }, { $threads ->
    [one] { $threads } Thread
   *[other] { $threads } Threads
 }
cpus-package = Sockel { $package }
cpus-frequency = bis { $frequency }
cpus-cpu = CPU { $cpu }
cpus-shares = teilt sich den Kern mit { $cpus }
cpus-distances = Entfernungen
cpus-distances-text = Wie weit der Speicher einer Spalte von den CPUs einer Zeile ist; 10 ist der eigene.
cpus-governors = Taktfrequenzen
cpus-governors-text = Was den Takt welcher CPUs setzt. Es gibt: { $names }.
cpus-governors-none = Dieser Rechner setzt die Frequenzen nicht selbst.

readiness-again = Noch einmal prüfen
readiness-count = { $host } · { $ready } von { $count } bereit
readiness-ready = Bereit
readiness-limited = Eingeschränkt
readiness-missing = Fehlt
readiness-unknown = Nicht bekannt
readiness-not-applicable = Nicht auf diesem Rechner
readiness-choice = Eines davon, je nach Distribution des Rechners:

act-pages-reserved = Seiten von { $size } { $where } reserviert
act-pages-released = Seiten von { $size } { $where } zurückgegeben
act-transparent = Hugepages von Programmen geändert
act-merging = Zusammenlegen gleicher Seiten geändert
failure-memory = Der Speicher des Rechners wurde nicht geändert

cpus-machine = Maschine
cpus-choose = Maschine wählen
cpus-choose-text = Ihre CPUs werden hier geplant und gesetzt.
cpus-find = Maschine suchen
cpus-planned = Geplant
cpus-pinned = { $machine } ist hier angeheftet

tuning-cpus = CPUs
tuning-it = Die Maschine
tuning-reading = Wird gelesen
tuning-unread = Was für die Maschine gesetzt ist, ist nicht lesbar
tuning-count = { $count ->
    [one] { $count } CPU
   *[other] { $count } CPUs
 }
tuning-fewer = Eine CPU weniger
tuning-more = Eine CPU mehr
tuning-plan = CPUs vorschlagen
tuning-plan-hint = Zeigt, welche CPUs am besten passen; ändert nichts
tuning-none = Nicht angeheftet: Der Rechner verschiebt sie auf alle seine CPUs.
tuning-pinned = { $count ->
    [one] { $count } virtuelle CPU
   *[other] { $count } virtuelle CPUs
 } auf { $cpus }
tuning-emulator = übrige Threads von QEMU auf { $cpus }
tuning-memory = Speicher auf Knoten { $nodes }
tuning-clear = Lösen
tuning-clear-hint = Fragt nach dem Passwort. Die Kerne, die der Gast sieht, bleiben.
tuning-planned = Plan für { $machine }
tuning-line-cpus = Virtuelle CPUs
tuning-line-emulator = Übrige QEMU-Threads
tuning-line-memory = Speicher
tuning-line-guest = Der Gast sieht
tuning-host-keeps = CPUs { $cpus }, die der Rechner für sich behält
tuning-nodes = auf Knoten { $nodes }
tuning-guest = { $cores ->
    [one] { $cores } Kern
   *[other] { $cores } Kerne
 } mit { $threads ->
    [one] je einem Thread
   *[other] je { $threads } Threads
 }; das bleibt auch nach dem Lösen
tuning-warning-not-on-node = Nicht auf dem Knoten ihrer Karte: Dort sind nicht so viele Kerne frei.
tuning-warning-several-nodes = Kein Knoten hat so viele freie Kerne: Sie liegen auf mehreren.
tuning-warning-several-caches = Die Kerne teilen sich keinen gemeinsamen letzten Cache.
tuning-warning-siblings-idle = Jede virtuelle CPU hat einen Kern allein; dessen zweiter Thread bleibt frei.
tuning-warning-memory-elsewhere = Die Knoten der Kerne haben weniger Speicher als die Maschine: Er bleibt nicht dort.
tuning-other-count = Sie bekommt { $count } statt { $now } virtuelle CPUs. Das wird mit dem Lösen nicht zurückgenommen.
tuning-when-running = Ihre Threads ziehen sofort um; Speicher und Kerne ändern sich beim nächsten Start.
tuning-when-off = Ab ihrem nächsten Start.
tuning-apply = { $count ->
    [one] { $count } CPU anheften
   *[other] { $count } CPUs anheften
 }
tuning-asks = Fragt nach dem Passwort eines Administrators
tuning-too-many = Höchstens { $limit } virtuelle CPUs können eigene Kerne haben
tuning-no-room = Kein Kern ist für sie frei
tuning-no-room-text = Der Rechner behält seinen ersten Kern, und auf den übrigen sind andere. Weniger CPUs wählen oder eine andere Maschine lösen.
tuning-plan-fewer = Für { $count } planen
tuning-no-core-left = Dem Rechner bliebe kein Kern. Eine andere Maschine ihre CPUs teilen lassen oder weniger anheften.
tuning-needs-pins = Für Maschinen, deren virtuelle CPUs angeheftet sind.
tuning-needs-pages = Für Maschinen mit Hugepages.
tuning-while-it-runs = Während sie läuft
tuning-isolate = Den Rechner von ihren CPUs fernhalten
tuning-isolate-text = Programme und Dienste des Rechners laufen anderswo, bis sie wieder aus ist. Interrupts bleiben.
tuning-governor = Takt ihrer CPUs
tuning-governor-text = Wird bei ihrem Start gesetzt und zurückgesetzt, wenn sie aus ist.
tuning-governor-none = Wie er ist
tuning-pages = Hugepages
tuning-pages-size = Ihr Speicher
tuning-pages-size-text = Ab ihrem nächsten Start. Die Seiten müssen dann da sein.
tuning-pages-none = Gewöhnlich
tuning-pages-usual = Übliche Größe
tuning-reserve = Ihre Seiten beim Start reservieren
tuning-reserve-text = Was fehlt, wird vor ihrem Start reserviert und zurückgegeben, wenn sie aus ist.

act-pinned = CPUs von { $machine } angeheftet
act-unpinned = CPUs von { $machine } gelöst
act-machine-pages = Hugepages von { $machine } geändert
act-host-tuning = Was der Rechner für { $machine } tut, geändert
act-at-boot = Seiten zu { $size } { $where } bei jedem Start geändert
failure-tuning = CPUs und Speicher der Maschine wurden nicht geändert

memory-column-boot = Je Start
memory-boot-no = nein
memory-boot-switch = Ob auf Knoten { $node } bei jedem Start des Rechners ebenso viele Seiten zu { $size } reserviert werden
memory-boot-apply = Für jeden Start ändern
memory-boot-plan = Knoten { $node }: { $count } Seiten zu { $size } bei jedem Start
memory-boot-plan-none = Knoten { $node }: keine Seiten zu { $size } mehr bei jedem Start
memory-boot-refused = Knoten { $node }: höchstens { $most } bei jedem Start, { $floor } müssen verfügbar bleiben
memory-boot-argument = Seiten zu 1 GiB findet der Kernel am besten selbst
memory-boot-argument-text = Mit diesem Argument reserviert er sie, bevor etwas anderes Speicher hat. Ein Administrator trägt es ein; streichen macht es rückgängig.
memory-boot-given-up = Bei Starts wird nichts mehr reserviert
memory-boot-given-up-text = Zwei Starts hintereinander wurden abgebrochen. Wer ändert, was bei jedem Start reserviert wird, lässt es wieder versuchen.
memory-boot-damaged = Was bei jedem Start reserviert wird, ist nicht lesbar
memory-boot-damaged-text = Nichts davon geschieht. Näheres steht im Protokoll des Dienstes.
memory-kept = Bei jedem Start
memory-kept-line = { $count } × { $size } { $where }
memory-kept-drop = Nicht mehr
memory-outcome-reserved = Bei diesem Start reserviert
memory-outcome-refused = Bei diesem Start nicht: Es wäre zu wenig Speicher verfügbar geblieben
memory-outcome-too-few = Bei diesem Start nicht: Nur { $count } waren zu finden
memory-outcome-gone = Bei diesem Start nicht: Der Kernel hat dort keine dieser Größe
memory-outcome-failed = Bei diesem Start nicht: Der Grund steht im Protokoll
memory-outcome-none = Ab dem nächsten Start
tuning-energy = Was seine CPUs vorziehen
tuning-energy-text = Bei Prozessoren, die ihre Frequenz selbst wählen. Mit dem Regler performance geht nur Tempo.
tuning-energy-performance = Tempo
tuning-energy-balance-performance = Eher Tempo
tuning-energy-balance-power = Eher Sparen
tuning-energy-power = Sparen
tuning-balloon = Speicher nach Bedarf
tuning-balloon-floor = Ihr Gast behält mindestens
tuning-balloon-text = Solange dem Rechner Speicher fehlt, nimmt er, was der Gast nicht benutzt, und gibt es zurück. Nicht mit Hugepages oder einer Karte des Rechners.
tuning-balloon-none = Alles
tuning-refused-no-balloon = Die Maschine hat keinen Speicherballon.
tuning-refused-huge-pages = Ihr Speicher liegt in Hugepages, die nicht einzeln genommen werden können.
tuning-refused-locked-memory = Ihr Speicher ist gesperrt.
tuning-refused-host-device = Sie hat ein Gerät des Rechners, für das ihr Speicher festgehalten wird.
