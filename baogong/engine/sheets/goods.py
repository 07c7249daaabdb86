"""
The goods' name of a cell, apart from what else stands in it: a packing, a standard.

`医用防护服（50套/箱）`, `医用防护口罩 GB19083-2010`. What is none of these stays in the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from baogong.engine.sheets.amounts import parse_spec
from baogong.engine.sheets.standards import read_standards

_BRACKET = re.compile(r"[（(【\[]([^（()）【】\[\]]*)[）)】\]]")
_STANDARD = re.compile(
    r"(?:符合|执行|标准|达到)?\s*[:：]?\s*(?<![A-Za-z])(?:GB/T|GB|YY/T|YY)\s*[-:]?\s*\d{3,5}(?:\.\d+)?(?:\s*[-—–]\s*(?:19|20)\d{2})?(?:\s*标准)?",
    re.IGNORECASE,
)
_OUTERS = ("箱", "大箱", "件", "ctn", "carton")


@dataclass(frozen=True, slots=True)
class GoodsName:
    """
    name      without packing and standard
    spec      the packing as written, "" where there is none
    standard  the standards as written, "" where there is none
    """

    name: str
    spec: str = ""
    standard: str = ""


def read_goods_name(text: str) -> GoodsName:
    """The name, and what else the cell says of packing and standard. An empty name means that nothing else was there."""
    rest, spec = text.strip(), ""
    standards: list[str] = []
    for bracket in list(_BRACKET.finditer(rest))[::-1]:
        kept = []
        for part in re.split(r"[,，;；、]", bracket[1]):
            packing = parse_spec(part) if part.strip() else None
            if packing is not None and packing.outer in _OUTERS and not packing.doubts and not spec:
                spec = part.strip()
            elif read_standards(part) and not _STANDARD.sub("", part).strip():
                standards.insert(0, part.strip())
            else:
                kept.append(part)
        if len(kept) < len(re.split(r"[,，;；、]", bracket[1])):
            left = "、".join(part.strip() for part in kept if part.strip())
            rest = rest[: bracket.start()] + (f"（{left}）" if left else "") + rest[bracket.end() :]
    while found := _STANDARD.search(rest):
        if not read_standards(found[0]):
            break
        standards.append(found[0].strip())
        rest = (rest[: found.start()] + " " + rest[found.end() :]).strip(" ,，;；")
    return GoodsName(re.sub(r"\s{2,}", " ", rest).strip(), spec, "；".join(standards))
