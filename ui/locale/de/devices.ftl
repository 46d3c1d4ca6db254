devices-find = Gerät suchen
devices-filter-all = Alle
devices-filter-free = Frei
devices-filter-reserved = Für Maschinen
devices-filter-host = Vom Rechner benutzt
devices-iommu-on = IOMMU an
devices-group = Gruppe { $number }
devices-no-group = Keine Gruppe
devices-count = { $count ->
    [one] 1 Gerät
   *[other] { $count } Geräte
}
devices-and-fabric = { $count ->
    [one] und 1 Brücke
   *[other] und { $count } Brücken
}
devices-state-free = Kann abgegeben werden
devices-state-no-reset = Ohne Zurücksetzen
devices-state-reserved = Für Maschinen reserviert
devices-state-given = Bei { $machine }
devices-state-host = Bleibt beim Rechner
devices-state-mixed = Gemischte Gruppe
devices-column-address = Adresse
devices-column-device = Gerät
devices-column-driver = Treiber
devices-column-holder = Benutzt von
devices-column-node = Knoten
devices-holder-host = Rechner
devices-holder-idle = Rechner, ruht
devices-holder-reserved = reserviert
devices-no-driver = kein Treiber
devices-empty = Dieser Rechner hat keine PCI-Geräte, die zu sehen sind.
devices-nothing-found = Kein Gerät passt.
devices-function-of = virtuelle Funktion von { $device }
devices-no-reset = Der Kernel kann es nicht allein zurücksetzen
devices-goes-with = geht mit { $device }
device-kind-storage = Speicher
device-kind-network = Netzwerkkarte
device-kind-display = Grafikkarte
device-kind-audio = Ton
device-kind-multimedia = Multimedia
device-kind-memory = Arbeitsspeicher
device-kind-host-bridge = Host-Brücke
device-kind-isa-bridge = ISA-Brücke
device-kind-bridge = Brücke
device-kind-iommu = IOMMU
device-kind-system = Systemgerät
device-kind-usb = USB-Controller
device-kind-smbus = SMBus
device-kind-serial-bus = Serieller Bus
device-kind-wireless = Funknetz
device-kind-encryption = Verschlüsselung
device-kind-accelerator = Beschleuniger
device-kind-other = Anderes Gerät
device-use-system-disk = Trägt das System des Rechners ({ $name })
device-use-mounted = { $name } ist eingehängt
device-use-swap = Der Rechner lagert auf { $name } aus
device-use-lvm = { $name } ist Teil einer Volume-Gruppe
device-use-raid = { $name } ist Teil eines RAIDs
device-use-zfs = { $name } ist Teil eines ZFS-Pools
device-use-held = { $name } trägt etwas anderes, etwa eine Verschlüsselung
device-use-default-route = Der Rechner erreicht das Netz über { $name }
device-use-route = Eine Route des Rechners geht über { $name }
device-use-bond = { $name } ist Teil eines Bonds
device-use-bridge = { $name } ist Teil einer Brücke
device-use-machine-bridge = { $name } ist Teil einer Brücke mit Maschinen
device-use-boot-display = Bildschirm der Konsole: Was gerade zu sehen ist, ginge verloren
device-use-display = Ein Bildschirm leuchtet daran
device-use-keyboard = Die einzige Tastatur hängt daran
device-use-other = Der Rechner benutzt es ({ $word })
device-together = { $count ->
    [one] Gruppe { $number } · allein
   *[other] Gruppe { $number } · { $count } Geräte gehen zusammen
}
device-fact-address = Adresse
device-fact-ids = Kennungen
device-fact-driver = Treiber
device-fact-link = Anbindung
device-fact-memory = Speicher
device-fact-reset = Zurücksetzen
device-fact-node = NUMA-Knoten
device-fact-functions = Funktionen
device-fact-card = Karte
device-link = PCIe { $generation } × { $lanes }
device-link-full = { $link }, volle Geschwindigkeit
device-link-now = { $link }, jetzt { $now }
device-functions = { $count } von { $most } virtuellen Funktionen
device-reset-works = Funktioniert für die Funktion allein
device-reset-specific = Auf eine eigene Weise
device-reset-bus = Nur mit dem ganzen Bus
device-reset-power = Durch Aus- und Einschalten
device-reset-other = { $method }
device-reset-none = Nicht möglich: Was eine Maschine darin lässt, findet die nächste
device-used-head = Was der Rechner damit tut
device-used-nothing = Nichts, was der Dienst sieht
device-machines-head = Maschinen, die es wollen
device-machine-has = hat es
device-machine-off = nach dem Start
device-machine-later = nach dem nächsten Herunterfahren
device-reserve = Für Maschinen reservieren …
device-reserve-many = { $count } Geräte reservieren …
device-give-back = An den Rechner zurückgeben …
device-give-back-many = { $count } Geräte zurückgeben …
device-fabric-advice = Es ist ein Teil des Rechners selbst und bleibt bei ihm.
device-no-iommu-advice = Ohne IOMMU hält nichts ein Gerät an seinem Platz, deshalb kann keines abgegeben werden.
device-machine-has-it = { $machine } hat es. Die Maschine herunterfahren, um das Gerät zurückzugeben.
devices-selected = { $count } Geräte ausgewählt
devices-lost = Gezeigt wird, was zuletzt bekannt war.
iommu-off = Geräte können nicht an Maschinen gegeben werden: Die IOMMU ist aus
iommu-off-checking = Der Grund wird gesucht …
iommu-off-unknown = In der Firmware des Rechners nach einer Einstellung namens VT-d, AMD-Vi, SMMU oder IOMMU sehen.
iommu-off-failed = Der Dienst konnte den Grund nicht nennen.
iommu-fix-kernel-argument = Dies an die Kommandozeile des Kernels anfügen und den Rechner neu starten: { $value }
iommu-fix-no-kernel-argument = Dies aus der Kommandozeile des Kernels nehmen und den Rechner neu starten: { $value }
iommu-fix-firmware = { $value } in der Firmware des Rechners einschalten.
iommu-fix-module = Das Kernel-Modul { $value } laden.
iommu-fix-other = { $value }
iommu-copy = { $value } kopieren
bind-title = { $count ->
    [one] { $device } für Maschinen reservieren
   *[other] { $count } Geräte für Maschinen reservieren
}
release-title = { $count ->
    [one] { $device } an den Rechner zurückgeben
   *[other] { $count } Geräte an den Rechner zurückgeben
}
bind-plan = Das wird geschehen. Noch ist nichts geändert.
bind-step-check = Noch einmal nachsehen, dass nichts es benutzt
bind-step-unbind = Vom Rechner lösen
bind-step-from = { $device } von { $driver }
bind-step-none = { $device } hat keinen Treiber
bind-step-bind = An vfio-pci binden
bind-step-bind-detail = Alles oder nichts: Misslingt ein Schritt, wird rückgängig gemacht, was davor geschah
bind-already = Schon reserviert: Es ist nichts zu tun.
bind-undo = Rückgängig machen: „Zurückgeben“ wählen. Die Treiber nehmen die Geräte ohne Neustart zurück. Auch ein Neustart des Rechners gibt sie zurück.
release-step = Der Kernel wählt die Treiber
release-step-detail = { $device } verlässt vfio-pci
release-undo = Rückgängig machen: „Für Maschinen reservieren“ wählen.
bind-steps-show = Die genauen Änderungen zeigen
bind-steps-hide = Die genauen Änderungen verbergen
bind-group = Alles mitnehmen, was die Gruppe teilt
bind-group-more = { $count ->
    [one] 1 weiteres Gerät: { $devices }
   *[other] { $count } weitere Geräte: { $devices }
}
bind-no-reset = Nehmen, obwohl es nicht zurückgesetzt werden kann
bind-no-reset-advice = Was eine Maschine darin lässt, findet die nächste; vielleicht geht es erst nach einem Neustart des Rechners wieder.
bind-refused = Das geht nicht
bind-refused-plain = Der Dienst lehnt es ab und sagt nicht warum.
bind-password = fragt nach dem Passwort
bind-accept = { $count ->
    [one] 1 Gerät reservieren
   *[other] { $count } Geräte reservieren
}
release-accept = { $count ->
    [one] 1 Gerät zurückgeben
   *[other] { $count } Geräte zurückgeben
}
bind-working = Treiber werden gewechselt …
release-running = { $machine } läuft mit { $device }. Die Maschine zuerst herunterfahren.
refusal-of = { $device }: { $reason }
refusal-mounted = { $name } ist unter { $detail } eingehängt
refusal-group-member = teilt die Gruppe mit { $name }, das der Rechner mit { $detail } betreibt
refusal-machine-running = { $name } läuft damit
refusal-group-machine-running = teilt die Gruppe mit { $name }, das { $detail } hat
refusal-bridge = es ist ein Teil des Rechners selbst
refusal-virtual-functions = seine virtuelle Funktion { $name } würde verschwinden
refusal-open = das Programm { $name } hat { $detail } offen
refusal-no-reset = der Kernel kann es nicht allein zurücksetzen
refusal-no-iommu-group = ohne IOMMU hält es nichts an seinem Platz
refusal-no-vfio = { $detail ->
    [timed-out] { $name } hat das Modul vfio-pci nicht rechtzeitig geladen
    [failed] { $name } hat das Modul vfio-pci nicht geladen
   *[other] das Modul vfio-pci ist nicht geladen
  }
refusal-gone = es ist nicht mehr da
refusal-not-bound = es ist nicht reserviert
refusal-other = der Rechner braucht es ({ $reason })
warning-open-files-hidden = Programme sind vor dem Dienst verborgen: Eines, das das Gerät offen hat, wird nicht gesehen und kann scheitern.
warning-no-reset = { $device } kann nicht zurückgesetzt werden: Was eine Maschine darin lässt, findet die nächste.
device-warning-other = Zu wissen: { $reason }.
act-bind = { $devices } für Maschinen reserviert
act-release = { $devices } an den Rechner zurückgegeben
act-devices = { $device } und { $count ->
    [one] 1 weiteres
   *[other] { $count } weitere
}
failure-bind = { $devices } kann nicht reserviert werden
failure-release = { $devices } kann nicht zurückgegeben werden
palette-bind = { $device } für Maschinen reservieren
palette-release = { $device } an den Rechner zurückgeben
attach-title-device = { $device } an eine Maschine anschließen
attach-title-machine = Gerät an { $machine } anschließen
attach-find-machine = Maschine suchen
attach-find-device = Gerät suchen
attach-nothing-found = Nichts passt dazu.
attach-no-machine = Hier gibt es keine Maschine, an die Geräte angeschlossen werden können.
attach-no-device = Kein Gerät dieses Rechners ist frei. Die Liste der Geräte sagt, wer welches hat und warum andere bleiben.
attach-show-devices = Geräte zeigen
attach-has-it = hat es
attach-when = Wann
attach-when-both = Jetzt und bei jedem Start
attach-when-now = Jetzt
attach-when-start = Beim nächsten Start
attach-when-off = Die Maschine ist aus: Sie bekommt das Gerät bei jedem Start.
attach-card = Die ganze Karte
attach-as = Als
attach-as-device = Gerät
attach-as-device-detail = Adresse und VLAN sind die, die ihre Einstellungen an der Karte sagen.
attach-as-card = Netzwerkkarte der Maschine
attach-as-card-detail = libvirt setzt Adresse und VLAN an der Karte jedes Mal, wenn die Maschine sie bekommt, und danach zurück.
attach-card-mac-hint = libvirt wählt eine
attach-card-mac-wrong = Sechs Bytes, etwa 52:54:00:00:00:01; keine für viele
attach-step-card = Adresse und VLAN an der Karte setzen
attach-card-mac-chosen = Eine Adresse, die libvirt wählt und behält
attach-card-address = { $mac }, VLAN { $vlan }
attach-more = Weitere Einstellungen
attach-rom = Sein ROM
attach-rom-usual = Wie üblich
attach-rom-on = Der Gast sieht es
attach-rom-off = Verborgen
attach-rom-detail = Ist es verborgen, startet die Firmware des Gastes nichts von der Karte. Das hilft, wo ihr Video-BIOS oder ihr Start übers Netz stört.
attach-rom-file = ROM aus einer Datei
attach-rom-file-none = Das der Karte
attach-rom-file-detail = Der Gast sieht es anstelle dessen der Karte, vom nächsten Start an. Eine Kopie bleibt, bis die Karte getrennt wird.
attach-rom-file-missing = Diese Datei gibt es nicht.
attach-rom-file-none-such = Das ist keine Datei, sondern ein Ordner oder Ähnliches. Eine Datei wählen.
attach-rom-file-empty = In dieser Datei steht nichts. Eine andere wählen.
attach-rom-file-large = Diese Datei ist größer als jedes ROM, das höchstens { $size } hat. Eine andere wählen.
attach-rom-file-looking = Die Datei wird angesehen. In einem Netzwerkordner kann das dauern.
attach-rom-file-silent = Die Datei antwortet nicht, wie in einem Netzwerkordner, der weg ist. Eine andere wählen, oder den Ordner verbinden und die Eingabetaste drücken.
attach-rom-file-unreadable = Diese Datei lässt sich nicht lesen ({ $reason }). Eine andere wählen, oder ändern, wer sie lesen darf.
attach-rom-file-wrong = Das ist kein ROM einer Karte. Es beginnt mit 55 AA; was ein Werkzeug davor gesetzt hat, muss weg.
attach-iommufd = Über iommufd
attach-iommufd-detail = Die neuere Schnittstelle des Kernels. Die Maschine braucht sie dann bei jedem Start.
attach-no-reset = Anschließen, obwohl es nicht zurückgesetzt werden kann
attach-already = Die Maschine hat all das schon.
attach-reserve = Für Maschinen reservieren…
attach-reserve-advice = Zuerst mit allem reservieren, was die Gruppe teilt, dann anschließen.
attach-step-configure = In die Definition der Maschine schreiben
attach-step-start = Die Maschine bekommt es bei jedem Start.
attach-step-start-from = Bei jedem Start nimmt libvirt es: { $devices }
attach-step-plug = In die laufende Maschine stecken
attach-step-plug-detail = Alles oder nichts: Geht eines nicht, werden die davor wieder herausgenommen
attach-undo = Rückgängig mit „Trennen“.
attach-working = Wird angeschlossen…
attach-patience = Das kann eine Minute dauern.
attach-accept = { $count ->
    [one] 1 Gerät anschließen
   *[other] { $count } Geräte anschließen
}
detach-title = { $device } von { $machine } trennen
detach-card = Die ganze Karte
detach-step-ask = Dem Gast sagen, dass er es loslassen soll
detach-step-ask-detail = Er hat { $seconds } Sekunden Zeit.
detach-step-back = Dem Treiber des Rechners zurückgeben
detach-step-reserved = Es bleibt für Maschinen reserviert
detach-step-configure = Aus der Definition der Maschine nehmen
detach-step-configure-detail = Der nächste Start ist ohne das Gerät.
detach-warning = { $machine } verliert das Gerät im Betrieb. Was damit geschieht, endet: vorher im Gast sichern.
detach-undo = Rückgängig mit „Anschließen“.
detach-working = Wird getrennt…
detach-patience = Der Gast hat { $seconds } Sekunden Zeit.
detach-accept = { $count ->
    [one] 1 Gerät trennen
   *[other] { $count } Geräte trennen
}
detach-kept = { $machine } behält das Gerät
detach-kept-advice = Der Gast hat es nicht innerhalb von { $seconds } Sekunden losgelassen. Nichts hat sich geändert. Im Gast beenden, was das Gerät benutzt, und noch einmal versuchen, oder „Beim nächsten Start“ wählen.
detach-part = { $machine } hat es als eine Karte
detach-part-advice = Eine Karte, mit der die Maschine gestartet ist, kann im Betrieb nicht herausgenommen werden. „Beim nächsten Start“ wählen, dann die Maschine herunterfahren.
refusal-no-free-port = { $count ->
    [0] die laufende Maschine hat keinen freien Platz dafür: beim nächsten Start anschließen
    [one] die laufende Maschine hat nur 1 freien Platz: beim nächsten Start anschließen
   *[other] die laufende Maschine hat nur { $count } freie Plätze: beim nächsten Start anschließen
}
warning-machine-configured = { $machine } bekommt es bei ihrem Start auch. Nur eine von beiden kann damit laufen.
warning-needs-hand-over = Der Bildschirm des Hosts ist darauf. Die Maschine startet dann nur durch Übergabe des Bildschirms, nicht wie andere.
warning-separate-slots = Jetzt eingesteckt ist jede Funktion für den Gast eine eigene Karte. Vom nächsten Start an sind sie eine.
warning-same-ids = { $device } hat dieselben Kennungen: Zeilen, die danach gehen, nähmen es mit, darum gibt es keine.
device-attach = An Maschine anschließen…
device-detach = Trennen…
device-detach-from = Von { $machine } trennen…
device-copy-address = { $address } kopieren
machine-devices = Geräte
machine-devices-tip = Was die Maschine von ihrem Rechner hat
machine-devices-head = Geräte des Rechners
machine-devices-hint = Ein Gerät, das eine Maschine hat, gehört ihr allein: Der Rechner und andere Maschinen kommen solange ohne es aus.
machine-devices-none = { $machine } hat kein Gerät ihres Rechners. Eine Grafikkarte, eine Netzwerkkarte, ein Laufwerk oder ein USB-Controller kann ihr allein gehören.
machine-devices-attach = Gerät anschließen…
machine-devices-detach = Trennen…
machine-devices-when = Wann
machine-devices-both = Jetzt und bei jedem Start
machine-devices-now = Bis zum Herunterfahren
machine-devices-start = Beim nächsten Start
machine-devices-neither = Nicht mehr
machine-devices-vlan = VLAN { $vlan }
machine-devices-own-rom = eigenes ROM
machine-devices-unknown = Im Rechner nicht da
act-attach = { $devices } an { $machine } angeschlossen
act-detach = { $devices } von { $machine } getrennt
failure-attach = { $devices } lässt sich nicht an { $machine } anschließen
failure-detach = { $devices } lässt sich nicht von { $machine } trennen
undo-too-late = Das ist zu lange her
undo-too-late-advice = Was getrennt wurde, kommt eine Stunde lang zurück, wie es war, und nur solange der Dienst läuft. Neu anschließen: ROM-Datei, Startreihenfolge und VLANs müssen neu angegeben werden.
palette-attach = { $device } an eine Maschine anschließen
palette-detach = { $device } von { $machine } trennen
keep-title = { $count ->
    [one] { $device } bei jedem Start reservieren
   *[other] { $count } Geräte bei jedem Start reservieren
}
keep-accept = { $count ->
    [one] 1 Gerät merken
   *[other] { $count } Geräte merken
}
keep-working = Wird aufgeschrieben…
keep-already = Das ist schon gemerkt. So geht es bei jedem Start des Rechners.
keep-step-look = Nachsehen, ob dort dieselbe Karte steckt
keep-step-look-detail = Früh, vor libvirt, Bildschirmen und Netzen. Eine andere Karte am selben Platz bleibt unberührt, und alles wird neu beurteilt.
keep-step-bind-detail = Die ganze Gruppe oder nichts. Keine Datei des Rechners wird geändert.
keep-step-safe = Den Start zählen
keep-step-safe-detail = Nach zwei Starts hintereinander, die in den ersten fünf Minuten abbrachen, geschieht nichts mehr: ein Weg zurück, falls der Bildschirm dunkel bleibt.
keep-undo = Rückgängig mit „Vergessen“. Was jetzt reserviert ist, bleibt es, bis es zurückgegeben wird.
keep-advice = Falls ein Treiber schneller ist
keep-advice-text = Ein Treiber im initialen RAM-Dateisystem kann das Gerät vorher haben. Diese Zeilen halten ihn fern; von Hand eintragen, und zum Rückgängigmachen wieder herausnehmen.
keep-place-kernel-argument = In der Befehlszeile des Kernels
keep-place-module-option = In einer Datei in /etc/modprobe.d
keep-place-initramfs-module = Als Modul des initialen RAM-Dateisystems
keep-place-other = Für den Verwalter
keep-list = Bei jedem Start gemerkt
keep-nothing = Nichts ist gemerkt.
keep-forget = Vergessen
keep-given-up = Frühere Starts brachen ab: Nichts geschieht mehr, bis etwas neu gemerkt oder vergessen wird.
keep-damaged = Was gemerkt ist, lässt sich nicht lesen. Die nächste Änderung beginnt von vorn.
keep-outcome-none = Seit dem Start des Rechners nicht versucht
keep-outcome-bound = Beim letzten Start reserviert
keep-outcome-refused = Beim letzten Start abgelehnt
keep-outcome-gone = Beim letzten Start nicht da
keep-outcome-other-device = Eine andere Karte steckte an seinem Platz und blieb unberührt
keep-outcome-failed = Beim letzten Start misslungen; das Journal sagt, warum
device-start-head = Bei jedem Start des Rechners
device-start-kept = Für Maschinen reserviert
device-start-not = Wie die Treiber es nehmen
device-keep = Bei jedem Start…
device-functions-head = Virtuelle Funktionen
device-functions-apply = Anwenden
device-functions-of = von { $most }
device-functions-advice = Die vorhandenen gehen zuerst. Sie bleiben bis zum nächsten Start des Rechners.
device-functions-link = Der Rechner erreicht das Netz über diese Karte
device-functions-link-advice = Eine andere Zahl von Funktionen kann ihre Verbindung zurücksetzen: Einige Sekunden lang kann der Rechner nicht erreichbar sein, und seine Maschinen auch nicht.
device-functions-working = Der Treiber arbeitet…
device-functions-few = Der Treiber hat nur { $limit } gemacht. Die Karte hat so viele wie vorher.
device-functions-fewer = Eine Funktion weniger
device-functions-more = Eine Funktion mehr
device-rom = ROM sichern…
rom-title = ROM von { $device } sichern
rom-advice = Was die Karte als ihr ROM zeigt, etwa ein Video-BIOS. Eines, das die Firmware ausgeführt hat, kann vom Baustein abweichen.
rom-accept = ROM sichern
act-keep = { $devices } bei jedem Start gemerkt
act-forget = { $devices } nicht mehr gemerkt
act-functions = { $device } hat { $count ->
    [one] 1 virtuelle Funktion
   *[other] { $count } virtuelle Funktionen
}
failure-keep = { $devices } lässt sich nicht merken
failure-forget = { $devices } lässt sich nicht vergessen
failure-functions = Die virtuellen Funktionen von { $devices } lassen sich nicht ändern
failure-rom = Das ROM von { $devices } lässt sich nicht sichern
palette-keep = { $device } bei jedem Start reservieren
palette-rom = ROM von { $device } sichern
