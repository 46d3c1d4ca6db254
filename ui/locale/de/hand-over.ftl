command-hand-over = Bildschirm geben…
command-keep-screen = Bildschirm behalten
command-give-back-screen = Bildschirm zurückgeben…
palette-do-hand-over = { $machine } den Bildschirm des Hosts geben
palette-do-keep-screen = { $machine } den Bildschirm behalten lassen
palette-do-give-back-screen = Bildschirm von { $machine } zurückgeben
hand-over-title = { $machine } den Bildschirm des Hosts geben
hand-over-accept = Bildschirm geben
hand-over-working = Wird übergeben…
hand-over-patience = Wenn etwas nicht gelingt, kommt alles zurück
hand-over-trial = Kommt von selbst zurück, wenn nicht behalten, nach
hand-over-trial-minutes = { $minutes } min
hand-over-trial-none = Nie
hand-over-trial-hint = Nach dieser Zeit wird die Maschine heruntergefahren, und der Host hat seinen Bildschirm wieder, wenn niemand „Bildschirm behalten“ wählt: hier, wenn dieser Rechner einen weiteren Bildschirm hat, oder von einem anderen Rechner aus.
hand-over-no-trial-hint = Der Host hat seinen Bildschirm erst wieder, wenn die Maschine anhält. Zeigt sie nichts, muss sie von einem anderen Rechner aus angehalten werden.
hand-over-locked-hint = Die Maschine ist gegen Anhalten gesperrt, deshalb gibt es keine Probe: an deren Ende müsste sie heruntergefahren werden.
hand-over-closes = Sitzungen und Programme auf der Karte dürfen enden
hand-over-closes-detail = Was darin nicht gespeichert ist, geht verloren: vorher speichern.
hand-over-ends = { $count ->
    [one] Das endet, mit allem, was darin nicht gespeichert ist
   *[other] Das alles endet, mit allem, was darin nicht gespeichert ist
}
hand-over-ends-session = die Sitzung von { $user } ({ $kind })
hand-over-ends-session-at = die Sitzung von { $user } an { $seat } ({ $kind })
hand-over-ends-program = das Programm { $name }
hand-over-ends-nobody = Soweit der Dienst sieht, benutzt keine Sitzung und kein Programm die Karte.
hand-over-step-driver = Den Treiber für Maschinen laden
hand-over-step-stop = Den Anzeigemanager anhalten
hand-over-step-stop-detail = { $units }: jede Sitzung auf den Bildschirmen dieses Rechners endet
hand-over-step-consoles = Die Textkonsolen von der Karte nehmen
hand-over-step-buffers = Das Bild der Firmware von der Karte nehmen
hand-over-step-modules = Die Module entladen, die die Karte behalten
hand-over-step-bind = An vfio-pci binden
hand-over-step-start = { $machine } starten
hand-over-step-wait = { $time } auf „Bildschirm behalten“ warten
hand-over-step-wait-detail = Sonst wird die Maschine heruntergefahren, nach 30 s ausgeschaltet, und alles kommt in umgekehrter Reihenfolge zurück
hand-over-step-back = Alles zurückgeben, wenn die Maschine anhält
hand-over-step-back-detail = Treiber, Bild, Konsolen und Anzeigemanager, in dieser Reihenfolge
hand-over-consent = erst erlauben, dass Sitzungen enden
hand-over-banner-copy = Befehl kopieren
give-back-title = Den Bildschirm von { $machine } dem Host zurückgeben
give-back-shut-down = Der Gast wird gebeten herunterzufahren und hat dafür zwei Minuten. Dann kommen Treiber, Konsolen und der Anzeigemanager des Hosts zurück.
give-back-again = Was nicht zurückkam, wird noch einmal versucht.
give-back-force = Die Maschine ausschalten
give-back-force-detail = Wie Stecker ziehen: sofort, und was der Gast nicht gespeichert hat, ist verloren.
give-back-accept = Zurückgeben
give-back-working = Wird zurückgegeben…
give-back-patience = Der Gast hat zwei Minuten
give-back-late = { $machine } fährt nicht herunter
give-back-late-advice = Alles ist, wie es war. Den Gast von innen herunterfahren, oder „Die Maschine ausschalten“ wählen.
failure-keep-screen = { $machine } kann den Bildschirm nicht behalten
failure-give-back = Der Bildschirm kam von { $machine } nicht zurück
refusal-session = { $name } würde die Sitzung verlieren ({ $detail })
refusal-display-manager = { $name } hat die Bildschirme und darf nicht angehalten werden
refusal-handed-over = { $name } hat den Bildschirm, oder etwas davon kam noch nicht zurück
refusal-module = { $detail ->
    [in-use] das Modul { $name } behält die Karte und bleibt geladen: ein Programm benutzt es
   *[other] das Modul { $name } behält die Karte und kann nicht weg, wegen { $detail }
  }
refusal-kept-by-module = das Modul { $name } behält es, und das Wegnehmen käme nie zu Ende; es mit dem Bildschirm geben, oder abschalten, wofür das Modul es behält (nvidia_drm.modeset=0)
refusal-kept-by-some-module = ein Modul seines Treibers behält es, und das Wegnehmen käme nie zu Ende
warning-kept-by-module = Das Modul { $module } behält es jetzt. Ist das bei einem Start da, bevor die Geräte reserviert werden, bleibt es beim Rechner: dafür sorgen, dass vfio-pci zuerst kommt.
warning-sessions-hidden = Niemand sagt, wer angemeldet ist: es können Sitzungen enden, die hier nicht stehen.
