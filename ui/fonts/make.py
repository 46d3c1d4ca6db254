"""Makes the fonts of the window out of the files of their designers; README.md says how to run it.

make.py INTER_DIRECTORY JETBRAINS_MONO_DIRECTORY
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# First and last character of what stays: Latin, combining marks, Greek, Cyrillic, Vietnamese, punctuation, currency,
# letterlike, fractions, arrows, mathematics, keyboard signs, boxes and blocks (JetBrains Mono has them), shapes, ticks.
KEPT = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF), (0x2000, 0x2069),
    (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2100, 0x218F), (0x2190, 0x22FF), (0x2300, 0x23FF), (0x2500, 0x259F),
    (0x25A0, 0x25FF), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
)
# Composing accents, forms of a language, kerning. What replaces characters (calt, liga) goes: a name is shown as it is.
FEATURES = ["ccmp", "locl", "kern", "mark", "mkmk"]
OWN = {"Inter": "KVM Manager Sans", "JetBrains Mono": "KVM Manager Mono"}
DIGITS = {ord("0") + value: name + ".tf" for value, name in enumerate(
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))}


def make(source, target, style, tabular):
    font = TTFont(source, recalcTimestamp=False)
    font.flavor = None
    if tabular:
        # Digits only. The whole of tnum also widens hyphens, which are in every second name of a machine.
        for table in font["cmap"].tables:
            table.cmap.update((code, glyph) for code, glyph in DIGITS.items() if code in table.cmap)
    options = subset.Options(layout_features=FEATURES, name_IDs=["*"], name_languages=["*"], notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in KEPT for code in range(first, last + 1)])
    subsetter.subset(font)
    names = font["name"]
    family = names.getDebugName(16) or names.getDebugName(1)
    changed = "; subset, tabular figures" if tabular else "; subset, no ligatures"
    for record in list(names.names):
        if record.nameID in (3, 5):
            record.string = record.toUnicode() + changed
    # A family of our own: a font of the same name on the computer must not be taken for this one.
    own = OWN[family]
    for record in list(names.names):
        if record.nameID in (1, 4, 16, 21):
            record.string = record.toUnicode().replace(family, own)
        elif record.nameID == 6:
            record.string = record.toUnicode().replace(family.replace(" ", ""), own.replace(" ", ""))
    for number, text in ((16, own), (17, style)):
        names.setName(text, number, 3, 1, 0x409)
    font.save(target)


inter, mono = (Path(argument) for argument in sys.argv[1:])
here = Path(__file__).parent
for style in ("Regular", "Medium", "SemiBold"):
    make(inter / f"Inter-{style}.woff2", here / f"Inter-{style}.ttf", style, tabular=True)
make(mono / "JetBrainsMono-Regular.woff2", here / "JetBrainsMono-Regular.ttf", "Regular", tabular=False)
