# Der Detailbereich und das eigene Fenster einer Maschine.

details-live = Live
details-no-picture = Kein Bild
details-picture-locked = Der Bildschirm ist nur mit Berechtigung zu sehen.
details-picture-off = Bilder werden nicht von selbst geholt.
details-picture-show = Anzeigen
details-no-picture-text = Die Maschine hat keine Anzeige, oder sie ist nicht lesbar.
details-restore = Wiederherstellen
details-power = Herunterfahren, neu starten, Ausschalten erzwingen
details-more-actions = Weitere Aktionen
details-cancel-job = Diese Arbeit abbrechen
details-notes = Notizen
details-no-notes = Noch keine Notizen.
details-copy = { $text } kopieren
details-copied = { $text } kopiert
details-last-minute = Letzte 60 Sekunden

details-state = Zustand
details-stopped = Letzter Halt
details-processor = Prozessor
details-processor-value = { $count ->
    [one] 1 vCPU
   *[other] { $count } vCPUs
}
details-processor-of = { $count } von { $most } vCPUs
details-memory = Speicher
details-memory-of = { $now } von höchstens { $most }
details-firmware = Firmware
details-disk = Datenträger
details-no-disk = Keiner
details-disk-empty = { $target } · leeres Laufwerk
details-network = Netzwerk
details-display = Anzeige
details-display-here = { $kind } · nur dieser Rechner
details-display-at = { $kind } · an { $address }
details-display-all = { $kind } · offen für alle Netze
details-agent = Gastagent
details-agent-on = Verbunden
details-agent-silent = Antwortet nicht
details-agent-off = Eingerichtet
details-agent-none = Nicht eingerichtet
details-autostart = Start
details-autostart-on = Mit dem Host
details-autostart-off = Von Hand
details-lock = Sperre
details-locked = Gesperrt
details-unlock = Aufheben
details-more = und { $count } weitere

details-lost = { $host } ist nicht erreichbar
details-lost-text = Zu sehen ist der Stand von { $time }. Ändern lässt sich erst wieder etwas, wenn die Verbindung zurück ist.
details-stalled = Sie antwortet nicht
details-stalled-text = Ihr QEMU-Prozess hängt, oft wegen eines langsamen oder verlorenen Datenträgers. Zuerst den Speicher prüfen. Beim erzwungenen Ausschalten geht Ungesichertes verloren.
details-watchdog-text = Ihr Watchdog sah kein Lebenszeichen des Gastsystems.
details-io-error-text = Es ist nichts verloren. Platz schaffen oder den Datenträger zurückbringen, dann fortsetzen.
details-panic-text = Der Kernel des Gastsystems hat aufgegeben. Der Bildschirm zeigt den Grund. Weiter geht es nach Zurücksetzen oder Ausschalten.
details-crashed-text = Sie wurde nicht heruntergefahren. Das Protokoll sagt, was zuletzt geschah.
details-unapplied = { $count ->
    [one] 1 Änderung wartet auf einen Neustart
   *[other] { $count } Änderungen warten auf einen Neustart
}
details-unapplied-some = Änderungen warten auf einen Neustart
details-restart = Herunterfahren und neu starten
details-transient = Sie verschwindet, wenn sie ausgeht
details-transient-text = Ihre Definition wurde nicht gespeichert. Wird sie behalten, steht sie auch ausgeschaltet in der Liste.
details-keep = Behalten
details-unread = Nicht alles war lesbar
details-unread-text = Firmware, Datenträger, Netzwerkkarten und Anzeigen fehlen hier.

details-several = { $count } Maschinen
details-start-several = { $count ->
    [one] 1 Maschine starten
   *[other] { $count } Maschinen starten
}
details-running = Laufend
details-running-of = { $count } von { $all }
details-memory-in-use = { $all } · { $used } belegt

details-none = Hier steht, was ausgewählt ist.
details-host-machines = { $all ->
    [0] Keine Maschinen
    [one] 1 Maschine · { $running } läuft
   *[other] { $all } Maschinen · { $running } laufen
}
details-host-connecting = Verbindung wird hergestellt
details-host-lost = Nicht verbunden · zuletzt gesehen { $time }
details-host-off = Nicht verbunden

machine-cpu = CPU
machine-memory = Speicher
machine-disk = Datenträger
machine-network = Netzwerk
machine-used = Genutzt
machine-has = Vorhanden
machine-read = Gelesen
machine-write = Geschrieben
machine-received = Empfangen
machine-sent = Gesendet
machine-of-vcpus = { $count ->
    [one] von 1 vCPU
   *[other] von { $count } vCPUs
}
machine-of-memory = von { $size }
machine-latency-both = Lesen { $read } · Schreiben { $write }
machine-latency-read = Lesen { $read }
machine-latency-write = Schreiben { $write }

machine-gone = Diese Maschine gibt es nicht mehr.
machine-last-seen = zuletzt gesehen { $time }
machine-overview = Übersicht
machine-overview-tip = Was sie ist und tut
machine-performance = Leistung
machine-performance-tip = Die letzte Stunde in Zahlen
machine-tuning = CPU und Speicher
machine-tuning-tip = Wo sie auf ihrem Rechner läuft und was er für sie tut
machine-made-of = Woraus sie besteht
machine-log = Protokoll
machine-show-log = Protokoll zeigen
machine-no-log = Noch nichts aufgezeichnet: Sie lief noch nie.
machine-log-unread = Das Protokoll war nicht lesbar.

machine-range-minute = 1 min
machine-range-minute-tip = Die letzte Minute
machine-range-ten = 10 min
machine-range-ten-tip = Die letzten zehn Minuten
machine-range-hour = 1 h
machine-range-hour-tip = Die letzte Stunde
machine-zoom-reset = Ganzer Zeitraum
machine-zoom-hint = Zum Vergrößern über ein Diagramm ziehen
machine-at = Um { $time }
machine-latest = Zuletzt, { $time }
machine-no-figures = Noch keine Zahlen. Sie kommen, während die Maschine läuft.
machine-figures-lost = Die Zahlen enden, als sie zuletzt gesehen wurde: { $time }.
machine-figures-still = Die Maschine ist aus
machine-figures-off = Zahlen kommen, während sie läuft.
machine-figures-last = Das sind ihre letzten Zahlen, bis { $time }.
machine-history-unread = Die letzte Stunde war nicht lesbar
machine-history-unread-text = Zahlen sind ab jetzt zu sehen.
details-saves-power = Keine neuen Bilder, solange der Akku unter 20 % ist.
machine-figures-none = Die Einstellungen schalten alle Werte aus.
