# Wörter, die jeder Client von KVM Manager sagt.

## Zustände

state-unknown = Unbekannt
state-running = Läuft
state-paused = Angehalten
state-shutting-down = Fährt herunter
state-off = Aus
state-crashed = Abgestürzt
state-suspended = Im Ruhezustand

state-unknown-is = ist in einem unbekannten Zustand
state-running-is = läuft
state-paused-is = ist angehalten
state-shutting-down-is = fährt gerade herunter
state-off-is = ist aus
state-crashed-is = ist abgestürzt
state-suspended-is = ist im Ruhezustand

state-running-for = Läuft seit { $time }

condition-running = Läuft
condition-paused = Angehalten
condition-saved = Gesichert
condition-off = Aus
condition-crashed = Abgestürzt
condition-attention = Braucht Aufmerksamkeit
condition-stalled = Antwortet nicht

reason-unknown = Grund nicht bekannt
reason-booted = Gestartet
reason-restored = Aus dem gesicherten Zustand fortgesetzt
reason-from-snapshot = Auf einen Schnappschuss zurückgesetzt
reason-migrated = Von einem anderen Host hierher umgezogen
reason-resumed = Fortgesetzt
reason-woken-up = Aufgeweckt
reason-by-user = Von jemandem angehalten
reason-migrating = Zieht auf einen anderen Host um
reason-saving = Wird gesichert
reason-dumping = Ihr Arbeitsspeicher wird in eine Datei geschrieben
reason-io-error = Wegen eines Datenträgerfehlers angehalten
reason-watchdog = Vom Watchdog angehalten
reason-snapshotting = Ein Schnappschuss wird erstellt
reason-shutting-down = Fährt herunter
reason-guest-panicked = Kernel-Panik im Gastsystem
reason-starting-up = Startet
reason-post-copy = Der Rest des Arbeitsspeichers zieht um
reason-post-copy-failed = Beim Umzug unterwegs gescheitert
reason-shut-down = Heruntergefahren
reason-forced-off = Ausschalten erzwungen
reason-crashed = QEMU hat sich von selbst beendet
reason-migrated-away = Auf einen anderen Host umgezogen
reason-saved = Gesichert
reason-failed = Konnte nicht starten
reason-daemon = libvirt hat sie aus den Augen verloren
reason-disk-full = Angehalten, weil der Datenträger voll ist

stop-shut-down = Um { $time } heruntergefahren
stop-forced-off = Ausschalten um { $time } erzwungen
stop-crashed = QEMU endete um { $time }
stop-guest-panicked = Kernel-Panik um { $time }
stop-migrated-away = Um { $time } umgezogen
stop-saved = Um { $time } gesichert
stop-failed = Start um { $time } gescheitert
stop-other = Um { $time } beendet

## Was man tun kann

operation-start = Starten
operation-start-running = Startet
operation-start-done = Gestartet
operation-start-failed = { $machine } konnte nicht starten
operation-start-paused = Angehalten starten
operation-start-paused-running = Startet
operation-start-paused-done = Gestartet und angehalten
operation-start-paused-failed = { $machine } konnte nicht starten
operation-start-cold = Gesicherten Zustand verwerfen und starten
operation-start-cold-running = Startet
operation-start-cold-done = Gestartet
operation-start-cold-failed = { $machine } konnte nicht starten
operation-shutdown = Herunterfahren
operation-shutdown-running = Fährt herunter
operation-shutdown-done = Heruntergefahren
operation-shutdown-failed = { $machine } fährt nicht herunter
operation-shutdown-and-restart = Herunterfahren und wieder starten
operation-shutdown-and-restart-running = Startet neu
operation-shutdown-and-restart-done = Wieder gestartet
operation-shutdown-and-restart-failed = { $machine } konnte nicht heruntergefahren und wieder gestartet werden
operation-reboot = Neu starten
operation-reboot-running = Startet neu
operation-reboot-done = Neustart angefordert
operation-reboot-failed = { $machine } konnte nicht neu gestartet werden
operation-reset = Zurücksetzen
operation-reset-running = Wird zurückgesetzt
operation-reset-done = Zurückgesetzt
operation-reset-failed = { $machine } konnte nicht zurückgesetzt werden
operation-force-off = Ausschalten erzwingen
operation-force-off-running = Wird ausgeschaltet
operation-force-off-done = Ausschalten erzwungen
operation-force-off-failed = { $machine } ließ sich nicht ausschalten
operation-pause = Anhalten
operation-pause-running = Wird angehalten
operation-pause-done = Angehalten
operation-pause-failed = { $machine } konnte nicht angehalten werden
operation-resume = Fortsetzen
operation-resume-running = Wird fortgesetzt
operation-resume-done = Fortgesetzt
operation-resume-failed = { $machine } konnte nicht fortgesetzt werden
operation-save = Zustand sichern
operation-save-running = Wird gesichert
operation-save-done = Gesichert
operation-save-failed = { $machine } konnte nicht gesichert werden
operation-discard-saved-state = Gesicherten Zustand verwerfen
operation-discard-saved-state-running = Gesicherter Zustand wird verworfen
operation-discard-saved-state-done = Gesicherter Zustand verworfen
operation-discard-saved-state-failed = Der gesicherte Zustand von { $machine } konnte nicht verworfen werden
operation-send-nmi = NMI senden
operation-send-nmi-running = NMI wird gesendet
operation-send-nmi-done = NMI gesendet
operation-send-nmi-failed = { $machine } hat den NMI nicht erhalten
operation-sleep = In den Ruhezustand versetzen
operation-sleep-running = Geht in den Ruhezustand
operation-sleep-done = Im Ruhezustand
operation-sleep-failed = { $machine } konnte nicht in den Ruhezustand versetzt werden
operation-wake = Aufwecken
operation-wake-running = Wird aufgeweckt
operation-wake-done = Aufgeweckt
operation-wake-failed = { $machine } konnte nicht aufgeweckt werden
operation-make-persistent = Diese Maschine behalten
operation-make-persistent-running = Wird behalten
operation-make-persistent-done = Behalten
operation-make-persistent-failed = { $machine } konnte nicht behalten werden
operation-restore = Wiederherstellen
operation-restart = Neu starten
operation-suspend-guest = In den Ruhezustand versetzen
operation-rename = Umbenennen
operation-delete = Löschen
operation-set-autostart = Mit dem Host starten
operation-set-metadata = Beschreibung ändern
operation-core-dump = Arbeitsspeicher in eine Datei schreiben
operation-screenshot = Auf den Bildschirm sehen
operation-get-log = Protokoll zeigen
operation-get-addresses = Adressen nachschlagen
operation-plan-delete = Löschen

## Lange Arbeiten

job-machine-start = Startet
job-machine-start-of = { $machine } startet
job-machine-start-done = { $machine } ist gestartet
job-machine-start-failed = { $machine } konnte nicht starten
job-machine-shutdown = Fährt herunter
job-machine-shutdown-of = { $machine } fährt herunter
job-machine-shutdown-done = { $machine } ist heruntergefahren
job-machine-shutdown-failed = { $machine } fährt nicht herunter
job-machine-restart = Startet neu
job-machine-restart-of = { $machine } startet neu
job-machine-restart-done = { $machine } ist aus und startet wieder
job-machine-restart-failed = { $machine } fährt nicht herunter
job-machine-save = Wird gesichert
job-machine-save-of = { $machine } wird gesichert
job-machine-save-done = { $machine } ist gesichert
job-machine-save-failed = { $machine } konnte nicht gesichert werden
job-machine-core-dump = Arbeitsspeicher wird geschrieben
job-machine-core-dump-of = Arbeitsspeicher von { $machine } wird in eine Datei geschrieben
job-machine-core-dump-done = Der Arbeitsspeicher von { $machine } ist geschrieben
job-machine-core-dump-failed = Der Arbeitsspeicher von { $machine } konnte nicht geschrieben werden
job-machine-delete = Wird gelöscht
job-machine-delete-of = { $machine } wird gelöscht
job-machine-delete-done = { $machine } ist gelöscht
job-machine-delete-failed = { $machine } konnte nicht gelöscht werden
job-machine-undelete = Wird zurückgeholt
job-machine-undelete-of = { $machine } wird zurückgeholt
job-machine-undelete-done = { $machine } ist wieder da
job-machine-undelete-failed = { $machine } konnte nicht zurückgeholt werden
job-machine-purge = Wird endgültig entfernt
job-machine-purge-of = { $machine } wird endgültig entfernt
job-machine-purge-done = { $machine } ist endgültig entfernt
job-machine-purge-failed = { $machine } konnte nicht entfernt werden
job-machine-hand-over = Bekommt den Bildschirm des Hosts
job-machine-hand-over-of = { $machine } bekommt den Bildschirm des Hosts
job-machine-hand-over-done = { $machine } hat den Bildschirm des Hosts
job-machine-hand-over-failed = { $machine } hat den Bildschirm des Hosts nicht bekommen
screen-taking = { $machine } bekommt den Bildschirm des Hosts
screen-taking-text = Der Anzeigemanager hält an, die Karte wechselt den Treiber, dann startet die Maschine. Wenn etwas nicht gelingt, kommt alles zurück.
screen-trial = { $machine } hat den Bildschirm zur Probe: noch { $time }
screen-trial-text = „Bildschirm behalten“ wählen, wenn die Maschine ihr Bild zeigt. Sonst wird sie heruntergefahren, und der Host hat seinen Bildschirm wieder.
screen-machine = { $machine } hat den Bildschirm des Hosts
screen-machine-text = Der Host hat ihn wieder, wenn die Maschine anhält.
screen-returning = Der Host holt seinen Bildschirm von { $machine } zurück
screen-returning-text = Der Gast fährt herunter; dann kommen Treiber, Konsolen und der Anzeigemanager zurück.
screen-left = Von { $machine } kam nicht alles zurück
screen-left-text = Noch weg: { $what }. Es wird fünf Minuten lang von selbst wieder versucht, und mit „Bildschirm zurückgeben“. Wer das System verwaltet, behebt es mit dem Befehl darunter.
screen-left-device = das Gerät { $name }
screen-left-frame-buffer = der Bildspeicher { $name }
screen-left-console = die Konsole { $name }
screen-left-module = das Modul { $name }
screen-left-daemon = die Unit { $name }
screen-left-display-manager = der Anzeigemanager { $name }
job-huge-pages-reserve = Hugepages werden reserviert
job-huge-pages-reserve-of = Hugepages für { $machine } werden reserviert
job-huge-pages-reserve-done = Hugepages sind reserviert
job-huge-pages-reserve-failed = Hugepages konnten nicht reserviert werden
job-huge-pages-release = Hugepages werden zurückgegeben
job-huge-pages-release-of = Hugepages von { $machine } werden zurückgegeben
job-huge-pages-release-done = Hugepages sind zurückgegeben
job-huge-pages-release-failed = Hugepages konnten nicht zurückgegeben werden
job-other = Arbeit läuft
job-other-of = Arbeit an { $machine } läuft
job-other-done = Die Arbeit an { $machine } ist fertig
job-other-failed = Die Arbeit an { $machine } ist gescheitert

## Fehler

error-machine = Die Maschine
error-failed = { $machine }: etwas Unvorhergesehenes ist schiefgegangen
error-failed-advice = Noch einmal versuchen. Das Journal des Dienstes nennt den Grund: journalctl -u kvm-manager
error-failed-code-advice = libvirt hat mit Code { $code } abgelehnt. Das Journal des Dienstes und das Protokoll der Maschine nennen den Grund.
error-failed-left = { $machine } ist gelöscht, aber einige Dateien sind noch da
error-failed-left-advice = Sie werden entfernt, sobald das möglich ist: { $left }
error-not-found = { $machine } ist nicht mehr da
error-not-found-advice = Jemand anderes hat sie gelöscht oder umbenannt. Die Liste zeigt, was es jetzt gibt.
error-not-found-what-advice = Was fehlt: { $what }.
error-already-exists = Der Name { $name } ist vergeben
error-already-exists-advice = Einen anderen Namen wählen oder die Maschine umbenennen, die ihn hat.
error-already-exists-other = { $machine }: etwas mit diesem Namen oder dieser Kennung gibt es schon
error-already-exists-other-advice = Umbenennen oder entfernen, was im Weg ist, dann noch einmal versuchen.
error-invalid-argument = { $machine }: dieser Wert ist nicht verwendbar
error-invalid-argument-advice = „{ $argument }“ ändern: { $reason }.
error-invalid-argument-plain-advice = Den Wert ändern, dann noch einmal versuchen.
error-invalid-state = { $machine } { $state }
error-invalid-state-advice = „{ $operation }“ ist nicht möglich, solange das so ist.
error-invalid-state-other = { $machine } ist nicht im passenden Zustand
error-invalid-state-other-advice = Nachsehen, was sie gerade tut, dann noch einmal versuchen.
error-busy = { $machine } ist beschäftigt
error-busy-advice = Es läuft schon eine andere Arbeit an ihr. Warten, bis die fertig ist, oder sie abbrechen.
error-not-supported = { $machine } kann das nicht
error-not-supported-advice = Dieser Host oder seine Version von libvirt bietet das nicht.
error-not-supported-reason-advice = Der Grund: { $reason }.
error-not-authorized = Das ist nicht erlaubt
error-not-authorized-advice = Mit dem Passwort eines Administrators entsperren oder das eigene Konto von einem Administrator freigeben lassen.
error-not-authorized-never = Das ist nicht erlaubt
error-not-authorized-never-advice = Die Regeln dieses Rechners verbieten es dem eigenen Konto. Ein Administrator kann sie ändern.
error-not-authorized-dismissed = Es wurde nichts getan
error-not-authorized-dismissed-advice = Die Passwortabfrage wurde geschlossen. Beim nächsten Versuch erscheint sie wieder.
error-no-agent = Niemand kann nach dem Passwort fragen
error-no-agent-advice = In dieser Sitzung läuft kein Polkit-Agent. Den des Desktops starten oder im Terminal pkttyagent verwenden.
error-cancelled = { $machine }: abgebrochen
error-cancelled-advice = Was begonnen war, ist rückgängig gemacht. Ein neuer Versuch ist jederzeit möglich.
error-timed-out = { $machine } wurde nicht rechtzeitig fertig
error-timed-out-advice = Sie wurde vor { $seconds } s aufgefordert und ist nicht gefolgt. Länger warten, auf den Bildschirm sehen oder das Ausschalten erzwingen. Das ist, als zöge man den Stecker: Ungesichertes kann verloren gehen.
error-timed-out-plain-advice = Etwas warten, dann nachsehen, was sie gerade tut.
error-unavailable = libvirt ist nicht erreichbar
error-unavailable-advice = Was zu sehen ist, stammt von vorher. Der Dienst verbindet sich von selbst neu; wenn nicht, libvirt starten.
error-stalled = { $machine } antwortet nicht
error-stalled-advice = Ihr QEMU-Prozess hängt, oft wegen langsamer oder verlorener Datenträger. Die Datenträger prüfen oder das Ausschalten erzwingen.
error-no-space = Es ist kein Platz mehr frei
error-no-space-advice = Speicherplatz für { $machine } freigeben, dann noch einmal versuchen.
error-limit-exceeded = Zu viel auf einmal
error-limit-exceeded-advice = Die Grenze für { $what } ist { $limit }. Warten, bis andere Arbeiten fertig sind, dann noch einmal versuchen.
error-limit-exceeded-plain-advice = Eine Grenze ist erreicht. Warten, bis andere Arbeiten fertig sind, dann noch einmal versuchen.
error-agent-unavailable = In { $machine } antwortet kein Gastagent
error-agent-unavailable-advice = Den QEMU-Gastagenten im Gastsystem installieren und starten oder einen anderen Weg wählen.
error-unsafe = Abgelehnt, um Daten zu schützen
error-unsafe-advice = { $reasons } Es wurde nichts geändert.
error-unsafe-plain-advice = Daten, die etwas anderes braucht, könnten Schaden nehmen. Es wurde nichts geändert.
error-locked = { $machine } ist gesperrt
error-locked-advice = Die Sperre schützt vor Ausschalten und Löschen. Zuerst die Sperre aufheben.
error-gone = Der Dienst antwortet nicht
error-gone-advice = Die Verbindung wird von selbst wiederhergestellt. Maschinen laufen auch ohne sie weiter.
error-other = { $machine }: das hat nicht funktioniert
error-other-advice = Die Meldung darunter sagt mehr.

unsafe-in-use = Eine andere Maschine braucht einen Datenträger, der verschwinden würde.
unsafe-shared = Ein Datenträger, der verschwinden würde, wird von mehreren Maschinen genutzt.
unsafe-read-only = Ein Datenträger, der verschwinden würde, ist schreibgeschützt.
unsafe-removable = Ein eingelegtes Medium würde verschwinden.
unsafe-backing = Andere Abbilder bauen auf einem Datenträger auf, der verschwinden würde.
unsafe-no-pool = Ein Datenträger, der verschwinden würde, liegt in keinem Speicherpool.
unsafe-not-writable = Der Dienst darf dort nicht schreiben, wo ein Datenträger liegt.
unsafe-not-of-this-machine = Ein Datenträger, der verschwinden würde, gehört nicht zu dieser Maschine.
unsafe-unreadable-definition = Die Definition einer Maschine ist nicht lesbar; niemand weiß, was sie braucht.
unsafe-memory-floor = Dem Rechner bliebe zu wenig freier Speicher.
unsafe-other = Etwas spricht dagegen: { $reason }.

## Nicht erreichbare Hosts

problem-no-bus = Kein D-Bus antwortet
problem-no-bus-text = KVM Manager erreicht seinen Dienst über D-Bus, und unter dieser Adresse gibt es keinen.
problem-not-installed = Der Dienst von KVM Manager ist nicht installiert
problem-not-installed-text = Er erledigt, was Administratorrechte braucht. Die Maschinen laufen auch ohne ihn weiter.
problem-not-running = Der Dienst von KVM Manager läuft nicht
problem-not-running-text = Er erledigt, was Administratorrechte braucht. Die Maschinen laufen auch ohne ihn weiter.
problem-not-allowed = Der Zugang zum Dienst ist nicht erlaubt
problem-not-allowed-text = Der Bus des Rechners lässt das eigene Konto nicht zu KVM Manager. Ein Administrator kann es mit einer Regel in /etc/dbus-1/system.d erlauben; die Verbindung entsteht dann von selbst.
problem-ssh = Der andere Rechner ist nicht erreichbar
problem-ssh-text = SSH konnte keine Verbindung herstellen. Adresse und Schlüssel prüfen, und ob der Rechner an ist.
problem-ended = Die Verbindung ist abgerissen
problem-ended-text = Die Maschinen laufen weiter. Die Verbindung wird von selbst wiederhergestellt.
problem-other = Der Dienst antwortet nicht wie erwartet
problem-other-text = Die Meldung darunter sagt mehr.

libvirt-not-installed = libvirt ist auf diesem Rechner nicht installiert
libvirt-not-installed-text = KVM Manager braucht libvirt und QEMU, um Maschinen auszuführen.
libvirt-not-running = libvirt läuft nicht
libvirt-not-running-text = Laufende Maschinen laufen weiter. libvirt starten, um sie zu sehen und zu bedienen.
libvirt-unreachable = libvirt ist nicht erreichbar
libvirt-unreachable-text = Prüfen, ob der andere Rechner an ist und libvirt dort läuft.
libvirt-failed = libvirt antwortet nicht wie erwartet
libvirt-failed-text = Das Journal des Dienstes sagt mehr. Er versucht es von selbst wieder.

virtualisation-available = KVM ist bereit
virtualisation-kvm = KVM ist bereit
virtualisation-module-missing = Das Kernelmodul für KVM ist nicht geladen
virtualisation-off-in-firmware = Virtualisierung ist in der Firmware ausgeschaltet
virtualisation-not-supported = Der Prozessor kann keine Maschinen mit KVM ausführen
virtualisation-other = Nicht bekannt

## Löschen

plan-kind-definition = Einstellungen der Maschine
plan-kind-disk = Datenträger { $name }
plan-kind-backing = Basisabbild { $name }
plan-kind-snapshot = Schnappschuss { $name }
plan-kind-nvram = Firmware-Einstellungen (UEFI)
plan-kind-tpm = Inhalt des TPM
plan-kind-saved-state = Gesicherter Zustand
plan-kind-other = { $name }
plan-action-trash = kommt in den Papierkorb
plan-action-remove = verschwindet endgültig
plan-action-keep = bleibt
plan-reason-none = von niemand anderem genutzt
plan-reason-in-use = { $count ->
    [0] von einer gelöschten Maschine gebraucht, die zurückkommen kann
    [one] genutzt von { $machines }
   *[other] genutzt von { $machines }
 }
plan-reason-shared = von mehreren Maschinen genutzt
plan-reason-read-only = schreibgeschützt
plan-reason-removable = eingelegtes Medium
plan-reason-backing = andere Abbilder bauen darauf auf
plan-reason-no-pool = in keinem Speicherpool
plan-reason-not-writable = der Dienst darf dort nicht schreiben
plan-reason-other = { $reason }

## Warnungen

warning-display-public = Jeder im Netzwerk kann ihren Bildschirm sehen
warning-display-public-advice = Die Anzeige nur auf diesem Rechner bereitstellen oder mit einem Passwort schützen.
warning-definition-unreadable = Ihre Definition ist nicht lesbar
warning-definition-unreadable-advice = Titel, Tags und Sperre sind nicht zu sehen, und keine Maschine lässt sich löschen, bis sie repariert ist.
warning-other = Warnung: { $warning }
warning-other-advice = Eine neuere Version von KVM Manager kann mehr dazu sagen.

## Änderungen, die auf den nächsten Start warten

change-memory = Arbeitsspeicher
change-vcpus = Prozessoren
change-cpu = Prozessormodell
change-name = Name
change-title = Titel
change-description = Notizen
change-metadata = Tags und Gruppe
change-machine = Maschinentyp
change-firmware = Firmware
change-boot = Startreihenfolge
change-features = Funktionen
change-clock = Uhr
change-lifecycle = Verhalten bei Ausschalten, Neustart und Absturz
change-security = Sicherheit
change-emulator = Emulator
change-arguments = QEMU-Argumente
change-cputune = Prozessor-Feineinstellung
change-numatune = NUMA-Feineinstellung
change-blkiotune = Datenträger-Feineinstellung
change-memtune = Speichergrenzen
change-memoryBacking = Art des Arbeitsspeichers
change-disk = Datenträger { $name }
change-interface = Netzwerkkarte { $name }
change-graphics = Anzeige { $name }
change-video = Grafikkarte { $name }
change-filesystem = Geteilter Ordner { $name }
change-hostdev = Durchgereichtes Gerät { $name }
change-device = { $kind } { $name }
change-other = { $kind }

## Zahlen und Zeiten

unit-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
 }
unit-left = noch etwa { $time }
unit-left-soon = noch wenige Sekunden
unit-yesterday = gestern { $time }
unit-date = { $day }. { $month } { $year }
unit-moment = { $date } { $time }
unit-month-1 = Jan.
unit-month-2 = Feb.
unit-month-3 = März
unit-month-4 = Apr.
unit-month-5 = Mai
unit-month-6 = Juni
unit-month-7 = Juli
unit-month-8 = Aug.
unit-month-9 = Sept.
unit-month-10 = Okt.
unit-month-11 = Nov.
unit-month-12 = Dez.

## Einstellungen

settings-broken = Die Einstellungen konnten nicht gelesen werden
settings-broken-text = Es gelten die Vorgaben. Die alte Datei ist als { $file } aufgehoben.
settings-unreadable = Die Einstellungen konnten nicht gelesen werden
settings-unreadable-text = Es gelten die Vorgaben. Prüfen, wer { $file } lesen darf.
settings-values = Einige Einstellungen konnten nicht gelesen werden
settings-values-text = Für { $names } gelten die Vorgaben.

# Hosts that have no name of their own.
host-this-computer = Dieser Rechner
host-user-session = Benutzersitzung

## Was ein Rechner für Maschinen braucht

check-kvm = Virtualisierung (KVM)
check-kvm-text = Maschinen laufen so schnell wie der Prozessor.
check-nested = Maschinen in Maschinen
check-nested-text = Eine Maschine kann selbst Maschinen ausführen.
check-iommu = IOMMU
check-iommu-text = Geräte des Rechners lassen sich Maschinen geben.
check-vfio = Treiber VFIO
check-vfio-text = Hält Geräte, die Maschinen gegeben werden.
check-huge-pages = Hugepages
check-huge-pages-text = Große Maschinen finden ihren Speicher schneller.
check-confinement = Abschottung
check-confinement-text = Hält eine übernommene Maschine vom Rest des Rechners fern.
check-cgroup = Kontrollgruppen
check-cgroup-text = Begrenzen, was Maschinen an Prozessor und Speicher nehmen.
check-swtpm = TPM für Maschinen (swtpm)
check-swtpm-text = Nötig für Windows 11 und für Platten, die sich selbst entsperren.
check-virtiofsd = Geteilte Ordner (virtiofsd)
check-virtiofsd-text = Ein Ordner des Rechners ist in einer Maschine zu sehen.
check-dnsmasq = Adressen für Netze (dnsmasq)
check-dnsmasq-text = Gibt Maschinen in Netzen von libvirt Adressen und Namen.
check-passt = Netz ohne Rechte (passt)
check-passt-text = Maschinen der eigenen Sitzung erreichen das Netz.
check-firmware = UEFI für Maschinen
check-firmware-text = Nötig für Windows 11, Secure Boot und die meisten neueren Systeme.
check-other = { $id }
check-other-text = Eine neuere Version von KVM Manager kann mehr dazu sagen.
check-reason-module-missing = Das Modul des Kernels dafür ist nicht geladen.
check-reason-off-in-firmware = In der Firmware des Rechners ist es abgeschaltet.
check-reason-not-supported = Der Prozessor hat es nicht.
check-reason-off-by-argument = Ein Argument des Kernels schaltet es ab.
check-reason-not-asked-for = Die Firmware bietet es an, aber der Kernel benutzt es nur auf Wunsch.
check-reason-iommu-none = Der Rechner scheint keine zu haben.
check-reason-not-loaded = Das Modul ist nicht geladen. Das geschieht von selbst, sobald eine Maschine ein Gerät bekommt.
check-reason-not-built = Dieser Kernel kommt ohne.
check-reason-permissive = SELinux schreibt nur auf, was es verbieten würde.
check-reason-confinement-none = Weder AppArmor noch SELinux ist eingeschaltet.
check-reason-other = Der Dienst sagt: { $reason }.
check-fact-groups = { $value } Gruppen
check-fact-sizes = { $value }
check-fact-by = { $value }
check-fact-by-apparmor = AppArmor
check-fact-by-selinux = SELinux
check-fact-module = { $value }
check-fact-version = Version { $value }
check-fact-controllers = { $value }
check-fact-descriptors = { $value } Varianten
check-fact-secure-boot-yes = Secure Boot
check-fact-secure-boot-no = kein Secure Boot
check-fact-enrolled-keys-yes = mit Schlüsseln
check-fact-enrolled-keys-no = ohne Schlüssel
check-fact-other = { $name }: { $value }
fix-command = Installieren:
fix-kernel-argument = Dies zu den Argumenten des Kernels hinzufügen, dann den Rechner neu starten:
fix-no-kernel-argument = Dies aus den Argumenten des Kernels entfernen, dann den Rechner neu starten:
fix-module = Das Modul laden:
fix-module-option = Diese Zeile in eine Datei in /etc/modprobe.d schreiben, alle Maschinen herunterfahren und den Rechner neu starten:
fix-firmware = Dies in der Firmware des Rechners (BIOS, UEFI) einschalten:
fix-other = Zu tun ({ $kind }):

# Was eine Änderung an einem Gerät hinterlassen hat.
left-release = { $device } ließ sich nicht zurückgeben
left-other = { $device } ließ sich nicht in den alten Zustand bringen
left-partly = Sein Treiber ist da, aber nicht alles ist wie vorher.
left-without = Es hat keinen Treiber; vorher war es { $before }.
left-with = Es hat den Treiber { $driver }; vorher hatte es keinen.
left-instead = Es hat den Treiber { $driver }; vorher war es { $before }.
left-hangs = Sein Treiber antwortet nicht. Sobald er loslässt, wird das Gerät von selbst zurückgestellt; wenn nie, den Rechner neu starten.
left-repair = Ein Administrator stellt es mit Befehlen zurück, die das Fenster zeigt; ein Neustart des Rechners tut es auch.
