# Dialoge, Menüs und kurze Meldungen. Zwischen Zahl und Einheit steht ein Leerzeichen, das nicht umbricht.

## In mehreren Dialogen

dialog-retry = Noch einmal versuchen
dialog-waiting = Der Rechner hat noch nicht geantwortet
dialog-save = Speichern
dialog-saving = Wird gespeichert
dialog-close = Schließen
dialog-copy = Details kopieren
dialog-copied = Kopiert

menu-more = Mehr
menu-less = Weniger

toast-undo = Rückgängig
toast-show = Protokoll zeigen
toast-saved = { $machine } in { $time } gesichert
toast-failed = { $what }: { $why }

## Fragen, bevor etwas geschieht

confirm-force-off = { $count ->
    [one] Ausschalten von { $machine } erzwingen?
   *[other] Ausschalten von { $count } Maschinen erzwingen?
 }
confirm-force-off-advice = Das ist, als zöge man den Stecker: Ungesichertes kann verloren gehen.
confirm-reset = { $count ->
    [one] { $machine } zurücksetzen?
   *[other] { $count } Maschinen zurücksetzen?
 }
confirm-reset-advice = Das ist wie der Reset-Knopf: Ungesichertes kann verloren gehen.
confirm-shutdown = { $count ->
    [one] { $machine } herunterfahren?
   *[other] { $count } Maschinen herunterfahren?
 }
confirm-shutdown-advice = { $count ->
    [one] Das Gastsystem wird aufgefordert herunterzufahren. Das kann etwas dauern.
   *[other] Die Gastsysteme werden aufgefordert herunterzufahren. Das kann etwas dauern.
 }
confirm-shutdown-and-restart = { $count ->
    [one] { $machine } herunterfahren und wieder starten?
   *[other] { $count } Maschinen herunterfahren und wieder starten?
 }
confirm-shutdown-and-restart-advice = Änderungen, die auf den nächsten Start warten, gelten dann.
confirm-reboot = { $count ->
    [one] { $machine } neu starten?
   *[other] { $count } Maschinen neu starten?
 }
confirm-reboot-advice = { $count ->
    [one] Das Gastsystem wird aufgefordert, neu zu starten. Änderungen, die auf den nächsten Start warten, gelten noch nicht.
   *[other] Die Gastsysteme werden aufgefordert, neu zu starten. Änderungen, die auf den nächsten Start warten, gelten noch nicht.
 }
confirm-save = { $count ->
    [one] Zustand von { $machine } sichern?
   *[other] Zustand von { $count } Maschinen sichern?
 }
confirm-save-advice = Der Arbeitsspeicher kommt auf den Datenträger, und die Maschine ist aus, bis sie wiederhergestellt wird. Netzwerkverbindungen können abreißen.
confirm-pause = { $count ->
    [one] { $machine } anhalten?
   *[other] { $count } Maschinen anhalten?
 }
confirm-pause-advice = Programme stehen still, und der Arbeitsspeicher bleibt belegt, bis es weitergeht.
confirm-sleep = { $count } Maschinen in den Ruhezustand versetzen?
confirm-sleep-advice = Die Gastsysteme werden aufgefordert zu schlafen: Ihre Programme stehen still, bis jemand sie weckt.
confirm-discard-saved-state = { $count ->
    [one] Gesicherten Zustand von { $machine } verwerfen?
   *[other] Gesicherten Zustand von { $count } Maschinen verwerfen?
 }
confirm-discard-saved-state-advice = Was im Arbeitsspeicher war, ist dann endgültig verloren, als hätte man den Stecker gezogen. Die Datenträger bleiben, wie sie sind.
confirm-start-cold = { $count ->
    [one] Gesicherten Zustand von { $machine } verwerfen und starten?
   *[other] Gesicherten Zustand von { $count } Maschinen verwerfen und starten?
 }
confirm-start-cold-advice = Was im Arbeitsspeicher war, ist dann endgültig verloren, als hätte man den Stecker gezogen. Die Datenträger bleiben, wie sie sind.
confirm-send-nmi = Nicht maskierbaren Interrupt an { $machine } senden?
confirm-send-nmi-advice = Die meisten Gastsysteme halten das für einen Hardwarefehler: Sie schreiben ein Speicherabbild und starten neu.

## Löschen

delete-title = { $machine } löschen?
delete-advice = Die Maschine und alles, was hier angehakt ist, verschwindet.
delete-running = Sie ist an. Zuerst wird das Ausschalten erzwungen, als zöge man den Stecker.
delete-locked = Sie ist gesperrt. Zuerst die Sperre aufheben.
delete-snapshots = { $count ->
    [one] 1 Schnappschuss
   *[other] { $count } Schnappschüsse
 }
delete-stays = Was bleibt
delete-trash = Die Datenträger ruhen 7 Tage im Papierkorb ihres Speicherpools. Die Maschine kommt mit „Rückgängig“ oder aus „Gelöschte Maschinen“ zurück.
delete-trash-plain = Die Maschine wird 7 Tage aufgehoben. Sie kommt mit „Rückgängig“ oder aus „Gelöschte Maschinen“ zurück.
delete-permanent = Endgültig
delete-permanent-advice = ohne den Papierkorb
delete-gone = Nichts kommt zurück: weder mit „Rückgängig“ noch aus „Gelöschte Maschinen“.
delete-type = Zur Bestätigung den Namen eintippen: { $name }
delete-keep = Behalten
delete-accept = Maschine löschen
delete-accept-permanent = Endgültig löschen

delete-several-title = { $count } Maschinen löschen?
delete-several-advice = Jede Maschine geht mit dem, was hier steht.
delete-several-goes = Geht: { $what }
delete-several-stays = Bleibt: { $what }
delete-several-running = Sie ist an und wird vorher hart ausgeschaltet.
delete-several-waiting = Der Plan entsteht noch.
delete-several-failed = Sie bleibt: Für sie gibt es keinen Plan.
delete-several-trash = Datenträger ruhen 7 Tage im Papierkorb ihres Speicherpools. Die Maschinen kommen mit „Rückgängig“ oder aus „Gelöschte Maschinen“ zurück.
delete-several-type = Zur Bestätigung die Zahl der Maschinen eingeben: { $number }
delete-several-keep = Behalten
delete-several-accept = { $count ->
    [one] 1 Maschine löschen
   *[other] { $count } Maschinen löschen
}

deleted-title = Gelöschte Maschinen
deleted-advice = Sie werden 7 Tage aufgehoben. Endgültig Gelöschtes ist nicht dabei.
deleted-empty = In den letzten 7 Tagen wurde keine Maschine gelöscht.
deleted-no-host = Kein Rechner ist verbunden.
deleted-name = Name
deleted-when = Gelöscht
deleted-size = Größe
deleted-expires = bis { $time }
deleted-restore = Zurückholen
deleted-purge = Endgültig löschen
deleted-keep = Behalten
deleted-question = { $machine } endgültig löschen? Nichts bringt sie dann zurück.
deleted-busy = In Arbeit
deleted-taken = Erst die Maschine umbenennen, die ihn hat, dann diese zurückholen.

## Namen und Beschreibungen

rename-title = { $machine } umbenennen
rename-label = Neuer Name
rename-accept = Umbenennen
rename-hint = Buchstaben ohne Umlaute, Ziffern und dazwischen . _ + -. Der Titel darf alles sein.
rename-running = Sie ist an. Zuerst herunterfahren: Eine Maschine, die an ist, kann ihren Namen nicht ändern.
rename-empty = Eine Maschine braucht einen Namen.
rename-space = Ein Name kann keine Leerzeichen enthalten. Einen Strich verwenden.
rename-character = Ein Name kann kein „{ $character }“ enthalten.
rename-first = Ein Name beginnt mit einem Buchstaben oder einer Ziffer.
rename-long = Ein Name hat höchstens 63 Zeichen, dieser hat { $count }.
rename-taken = Eine andere Maschine auf diesem Rechner heißt { $name }.

title-title = Titel von { $name }
title-hint = Steht statt des Namens da. Leer lassen, um den Namen zu zeigen.
title-long = Ein Titel hat höchstens 4096 Byte, dieser hat { $count }.

notes-title = Notizen zu { $machine }
notes-placeholder = Wofür sie da ist, wem sie gehört, was man wissen muss, bevor man etwas ändert
notes-count = { $count } von { $limit } Byte
notes-long = Diese Notizen sind zu lang.
notes-unsaved = Die Notizen sind nicht gespeichert.
notes-discard = Verwerfen
notes-stay = Weiterschreiben

tags-title = { $count ->
    [one] Schlagwörter von { $machine }
   *[other] Schlagwörter von { $count } Maschinen
 }
tags-advice = Ein Schlagwort drücken, um es zu vergeben oder zu entfernen.
tags-advice-several = Ein Schlagwort drücken, um es allen zu geben oder zu nehmen. Ein Strich heißt: Einige haben es.
tags-new = Neues Schlagwort
tags-add = Hinzufügen
tags-colour = Farbe
tags-long = Ein Schlagwort hat höchstens 64 Zeichen.
tags-control = Ein Schlagwort hat keine Steuerzeichen.
tags-many = Eine Maschine hat höchstens 32 Schlagwörter, hier sind es { $count }.
colour-blue = Blau
colour-violet = Violett
colour-magenta = Magenta
colour-red = Rot
colour-orange = Orange
colour-green = Grün
colour-teal = Petrol
colour-grey = Grau

group-title = { $count ->
    [one] Gruppe von { $machine }
   *[other] Gruppe von { $count } Maschinen
 }
group-placeholder = Keine Gruppe
group-several = Verschiedene Gruppen
group-hint = Eine neue Gruppe eintippen oder eine wählen. „/“ macht Ebenen.
group-new = Neu: { $name }
group-long = Eine Gruppe hat höchstens 64 Zeichen.
group-level = Jede Ebene braucht einen Namen ohne Leerzeichen am Rand.

## Dateien

choose-file = Wählen…
target-file = Datei
target-relative = Den ganzen Pfad angeben, beginnend mit / oder ~/.
target-folder = Diesen Ordner gibt es nicht.
target-exists = Diese Datei gibt es schon. Einen anderen Namen wählen.
target-looking = Der Ordner wird angesehen. In einem Netz kann das dauern.
target-silent = Der Ordner antwortet nicht, wie einer in einem Netz, das weg ist. Einen anderen wählen, oder ihn verbinden und es erneut versuchen.
target-no-space = Dort, wohin die Datei soll, Platz schaffen oder einen anderen Ort wählen.
dump-title = Arbeitsspeicher von { $machine } in eine Datei schreiben
dump-advice = Um herauszufinden, warum ein Gastsystem hängt. Die Maschine steht still, bis alles geschrieben ist.
dump-warning = Darin steht alles, was im Arbeitsspeicher ist, auch Passwörter und Schlüssel. Die Datei wird bis zu { $size } groß.
dump-accept = Speicher schreiben
screenshot-title = Bildschirmfoto von { $machine } aufnehmen
screenshot-advice = Was ihr Bildschirm jetzt zeigt, wird als PNG-Bild gespeichert.
screenshot-accept = Bild speichern

## Protokoll und Arbeiten

log-title = Protokoll von { $machine }
log-advice = Was QEMU geschrieben hat, das Neueste am Ende.
log-empty = Das Protokoll ist leer.
log-copy = Alles kopieren
log-refresh = Neu lesen

jobs-title = Laufende Arbeiten
jobs-advice = Sie gehen weiter, wenn dieses Fenster geschlossen wird.
jobs-empty = Im Augenblick läuft nichts.
jobs-cancelling = Wird abgebrochen
jobs-since = seit { $time }

## Fehler

failure-show = Meldung zeigen
failure-hide = Meldung verbergen
failure-rename = { $machine } konnte nicht umbenannt werden
failure-metadata = { $machine } konnte nicht geändert werden
failure-autostart = { $machine } konnte nicht geändert werden
failure-undelete = Die Maschine konnte nicht zurückgeholt werden
failure-purge = Die Maschine konnte nicht entfernt werden
failure-cancel = Die Arbeit konnte nicht abgebrochen werden
failure-unlock = Der Rechner bleibt gesperrt
failure-screenshot = Der Bildschirm von { $machine } konnte nicht gespeichert werden

repair-again = Noch einmal versuchen
repair-delete = Noch einmal nachsehen
repair-start-cold = Zustand verwerfen und starten
repair-start-cold-hint = Ohne den gesicherten Zustand startet sie, als hätte man den Stecker gezogen: Was nur im Arbeitsspeicher war, ist verloren.
repair-remove-lock = Sperre aufheben
repair-unlock = Für diese Sitzung entsperren…
repair-unlock-hint = Das Entsperren fragt nach dem Passwort eines Administrators.
repair-force-off = Ausschalten erzwingen
repair-force-off-hint = Das Ausschalten zu erzwingen ist, als zöge man den Stecker: Ungesichertes kann verloren gehen.
repair-jobs = Arbeiten zeigen
repair-deleted = Gelöschte Maschinen…
repair-rename = Die andere umbenennen…

no-answer = Sie wurde vor { $seconds } s aufgefordert und läuft noch.
no-answer-advice = Das Ausschalten zu erzwingen ist, als zöge man den Stecker: Ungesichertes kann verloren gehen.
no-answer-restart = Sie startet dann nicht wieder. Das Ausschalten zu erzwingen ist, als zöge man den Stecker: Ungesichertes kann verloren gehen.
no-answer-over = Sie ist inzwischen heruntergefahren.
no-answer-look = Bildschirm ansehen
no-answer-wait = Noch { $seconds } s warten
no-answer-force = Ausschalten erzwingen

results-title = { $failed ->
    [one] 1 von { $count } Maschinen gescheitert
   *[other] { $failed } von { $count } Maschinen gescheitert
 }
results-advice = Die anderen sind fertig.
results-done = Fertig
results-again = { $count ->
    [one] Für 1 Maschine noch einmal versuchen
   *[other] Für { $count } Maschinen noch einmal versuchen
 }

# The guide.
guide-title = Handbuch
guide-window = Das Fenster
guide-tray = Die Leiste
guide-delete = Löschen
guide-passthrough = Geräte für Maschinen
guide-hugepages = Hugepages
guide-cpus = CPUs für Maschinen
guide-readiness = Voraussetzungen
guide-configuration = Konfiguration
