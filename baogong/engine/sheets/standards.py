"""Chinese standards as written in the wild: `YY 0469-2011`, `YY0469-2011`, `GB19082-2009`, `yy/t0969`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_STANDARD = re.compile(
    r"\b(GB/T|GB|YY/T|YY)\s*[-:]?\s*(\d{3,5}(?:\.\d+)?)(?:\s*[-—–]\s*((?:19|20)\d{2}))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class StandardRef:
    """A standard named in a text: family "GB 19083", edition "2010" or ""."""

    family: str
    edition: str = ""

    def __str__(self) -> str:
        return f"{self.family}-{self.edition}" if self.edition else self.family


def read_standards(text: str) -> tuple[StandardRef, ...]:
    """Every standard a text names, in its order, each once."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z])", " ", plain)  # 符合GB19083: a word starts at the letters
    found = (StandardRef(f"{m[1].upper()} {m[2]}", m[3] or "") for m in _STANDARD.finditer(plain))
    return tuple(dict.fromkeys(found))
