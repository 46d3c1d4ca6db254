# Was der Tray über die gemeinsamen Wörter aller Clients hinaus sagt.

tray-title = KVM Manager
tray-open = KVM Manager öffnen
tray-no-hosts = Kein Host wird beobachtet
tray-connecting = Verbindung wird aufgebaut
tray-none-running = Keine Maschine läuft
tray-running = { $count ->
    [one] { $count } läuft
   *[other] { $count } laufen
 }
tray-paused = { $count } angehalten
tray-cpu = CPU { $cpu }
tray-figures = CPU { $cpu } · { $used } von { $all }
tray-machines = { $count ->
    [one] { $count } Maschine
   *[other] { $count } Maschinen
 }
tray-more = { $count } weitere...
tray-more-in-application = { $count } weitere in KVM Manager
tray-start = Maschine starten
tray-open-machine = Öffnen
tray-restore = Wiederherstellen
tray-asks = { $operation }...
tray-cancel = Abbrechen
tray-keep = Bildschirm behalten
tray-give-back = Bildschirm zurückgeben...
tray-quiet = 1 Stunde Ruhe
tray-settings = Einstellungen...
tray-quit = Beenden, Maschinen laufen weiter

tray-host-system = Dieser Computer
tray-host-session = Meine Sitzung
tray-host-demo = Demo

## Benachrichtigungen

tray-note-open = Öffnen
tray-note-start-again = Erneut starten
tray-note-show-log = Protokoll zeigen
tray-note-crashed = { $name } hat sich von selbst beendet
tray-note-crashed-body = Der QEMU-Prozess ist zu Ende gegangen. Das Protokoll sagt, warum. Gelöscht wurde nichts.
tray-note-panicked = Das System in { $name } ist abgestürzt
tray-note-panicked-body = Der Kernel des Gastes ist abgestürzt, deshalb steht die Maschine still. Bildschirm ansehen, dann das Ausschalten erzwingen und starten.
tray-note-standstill = { $name } steht still
tray-note-disk-full-body = Der Datenträger des Hosts ist voll, deshalb wurde die Maschine angehalten, bevor Daten verloren gehen. Platz schaffen, dann fortsetzen.
tray-note-disk-error-body = Ihr Datenträger ließ sich nicht lesen oder schreiben, deshalb wurde die Maschine angehalten. Speicher prüfen, dann fortsetzen.
tray-note-watchdog-body = Ihr Watchdog wurde nicht rechtzeitig bedient. Bildschirm ansehen, dann fortsetzen oder das Ausschalten erzwingen.
tray-note-saved-body = Der nächste Start macht dort weiter.
tray-note-give-back = Zurückgeben
tray-note-trial = { $name } verliert in { $time } den Bildschirm
tray-note-trial-body = Noch hat niemand gesagt, dass sie ihn behält. Sonst wird die Maschine heruntergefahren, und der Host hat seinen Bildschirm wieder.
tray-note-screen-back = Der Host hat seinen Bildschirm von { $name } zurück
tray-note-screen-back-body = Die Maschine hat angehalten. Kam das unerwartet, sagt ihr Protokoll, warum.
tray-note-host-lost = { $name } ist nicht erreichbar
tray-note-libvirt-lost = Die Maschinen von { $name } lassen sich nicht steuern
tray-note-more-events = { $count ->
    [one] { $count } weiteres Ereignis
   *[other] { $count } weitere Ereignisse
 }
tray-note-log = Protokoll von { $name }
tray-note-log-empty = Das Protokoll ist leer.

## Fragen

tray-ask-keep-running = Laufen lassen
tray-ask-force-off = Ausschalten von { $name } erzwingen?
tray-ask-force-off-body = Das ist wie Stecker ziehen: Was noch nicht auf dem Datenträger ist, geht verloren.
tray-ask-shutdown = { $name } herunterfahren?
tray-ask-shutdown-body = Der Gast wird gebeten, herunterzufahren.
tray-ask-reboot = { $name } neu starten?
tray-ask-reboot-body = Der Gast wird gebeten, neu zu starten.
tray-ask-save = Zustand von { $name } sichern?
tray-ask-save-body = Der Arbeitsspeicher wird auf den Datenträger geschrieben, und die Maschine hält an. Der nächste Start macht dort weiter.
tray-ask-pause = { $name } anhalten?
tray-ask-pause-body = Sie steht still, bis sie fortgesetzt wird.
tray-ask-give-back = Den Bildschirm von { $name } zurückgeben?
tray-ask-give-back-body = Der Gast wird gebeten herunterzufahren und hat dafür zwei Minuten. Dann kommt die Arbeitsfläche des Hosts zurück.

## Was nicht ging

tray-failed-keep = { $name } kann den Bildschirm nicht behalten
tray-failed-give-back = Der Bildschirm kam von { $name } nicht zurück
tray-failed-cancel = Die Arbeit ließ sich nicht abbrechen
tray-failed-log = Das Protokoll von { $name } ließ sich nicht lesen
tray-failed-lost = { $host } ist nicht erreichbar
tray-failed-lost-body = Nichts wurde getan. Erneut versuchen, sobald die Verbindung steht.
tray-failed-gone = Diese Maschine gibt es nicht mehr
tray-failed-gone-body = Nichts wurde getan. Das Menü zeigt, was es jetzt gibt.
tray-failed-open = KVM Manager ließ sich nicht öffnen
tray-failed-open-body = Das Programm kvm-manager ist weder dem Desktop bekannt noch neben dem Tray zu finden. Es installieren oder im Terminal starten.
