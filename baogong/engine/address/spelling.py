"""One spelling of an address, cheaply: equal for what people write of one door, whoever reads it afterwards."""

from __future__ import annotations

import re
import unicodedata

from baogong.engine.address.signs import number

# The number a word of a door follows; streets that are called by numbers (七一路) keep theirs.
_SAID = re.compile("[零〇一二两三四五六七八九十百]+(?=号|栋|幢|座|楼|单元|室|户|房|弄|组|层)")
_WORD = re.compile(r"(?<=[0-9A-Z])(?:号楼|[#号栋幢座楼]|单元|[室户房])|[-‐‑–—－/]")
_NO_SIGN = re.compile(r"[^\w-]|_")
_JOINTS = re.compile("-+")


def one_spelling(text: str) -> str:
    """
    Width, signs and gaps left out, 七号楼 as 7号楼, and building, unit and room joined alike: 7号楼5单元301室 and 7栋5-301 are 7-5-301.

    Nothing is understood: a district that is left out, or a lane called a building, makes another spelling.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    figures = _SAID.sub(lambda said: number(said[0]) or said[0], folded)
    joined = _NO_SIGN.sub("", _WORD.sub("-", figures))
    return _JOINTS.sub("-", joined).strip("-")
