# Einige Karten, die sagen, wo was ist.
tour-step = Rundgang, { $number } von { $count }
tour-next = Weiter
tour-skip = Überspringen
tour-done = Fertig
tour-find = Alles beim Namen
tour-find-text = Die Suche in der Werkzeugleiste findet Maschinen, Aktionen, Gruppen, Schlagwörter und Rechner. Wenige Buchstaben genügen.
tour-places = Orte und eine Suche in der Liste
tour-places-text = Rechner, Gruppen und Schlagwörter in der Seitenleiste zeigen jeweils ihre Maschinen. Das Feld über der Liste sucht in allem, was über sie bekannt ist.
tour-details = Was ausgewählt ist
tour-details-text = Der Bereich mit Details zeigt die ausgewählte Maschine und was sich mit ihr tun lässt. Die Eingabetaste öffnet sie in einem eigenen Fenster.
tour-keys = Alles mit der Tastatur
tour-keys-text = Tab geht durch die Bedienelemente, F6 durch die Bereiche, Pfeiltasten durch eine Liste. Die Liste der Tastenkürzel hat alle Befehle und führt dorthin, wo sich Tasten ändern lassen.
tour-undo = Zurück und außer Sicht
tour-undo-text = Was gelöscht, verschoben oder umbenannt wurde, kommt zurück. Ist das Fenster zu, startet das Symbol in der Leiste des Desktops Maschinen und meldet, was mit ihnen geschieht.
