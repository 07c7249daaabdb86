"""
The form of a zone notice: its headings and sentences as they stand, a blank for whatever is a fact of one place or day.

    红霞北里3号楼、7号楼；花溪里（5-6号楼除外）。    →    ＿＿；＿＿（＿＿除外）。

Blank become all addresses that are read, all that stays unread, dates, counts, rooms, and every other figure. Sentences
around the list stay, but for their figures and the names that are given: a name that nobody gives may stand in them still.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from baogong.engine.zones.reader import read_notice
from baogong.engine.zones.reading import PieceKind

BLANK = "＿＿"
_STAYS = {
    PieceKind.READ: {"heading", "all-others", "state", "exception"},
    PieceKind.SKIPPED: {"separator", "prose", "bracket"},
    PieceKind.UNREAD: set[str](),
}
_FIGURE = re.compile(r"[\d〇○]+(?:\s*[-－—–~～至.．:：/]\s*\d+)*")
_RUN = re.compile(rf"{BLANK}(?:[ 、,，]*{BLANK})+")


def form_of(text: str, names: Collection[str] = ()) -> str:
    """
    A notice's words without its facts. Done again it changes nothing.

    names  to be left out wherever they stand, such as the community's own
    """
    parts = []
    for piece in read_notice(text).pieces:
        said = text[piece.start : piece.end]
        parts.append(said if piece.reason in _STAYS[piece.kind] else BLANK)
    return form_of_title("".join(parts), names)


def form_of_title(said: str, names: Collection[str] = ()) -> str:
    """Words that no address is read in: without figures and these names."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        said = said.replace(name, BLANK)
    return _RUN.sub(BLANK, _FIGURE.sub(BLANK, said))
