"""
The text of a chain without the wrappers it was copied in, each character knowing where it came from.

Widths, dashes and blanks are made the same, letters capital, one character for one. In HTML and XML tags end lines and
entities are decoded; whatever is no text stays outside and is told as markup.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise

_SAME = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **{ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"},
    **{code: chr(code - 0xFEE0).upper() for code in range(0xFF41, 0xFF5B)},
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-"),
    **dict.fromkeys(map(ord, "\t\v\f\u3000\xa0\u200b\ufeff\u2002\u2003\u2009\u200e\u200f"), " "),
    **dict.fromkeys(map(ord, "\r\u2028\u2029\x85"), "\n"),
    ord("✕"): "×", ord("✖"): "×", ord("〔"): "(", ord("〕"): ")", ord("﹢"): "+",
}  # fmt: skip
_MARKED = re.compile(r"</[A-Za-z]|<br\s*/?>|<\?xml|&(?:nbsp|amp|lt|gt|quot|#x?[0-9A-Fa-f]{1,6});", re.IGNORECASE)
_MARK = re.compile(
    r"<!\[CDATA\[|\]\]>|<!--|-->|<[/!?]?(?P<tag>[A-Za-z][\w:]*)[^<>]*>|&(?:#x?[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
)
_INLINE = {"span", "b", "i", "u", "em", "strong", "font", "a", "img", "small", "s", "code"}
_MESSAGE_TEXT = re.compile(r"<(title|des|content)\b[^<>]*>(?:(?!</\1>|<\1\b)[^\x00])*</\1>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plain:
    """
    raw     what people wrote: `source` without markup
    text    the same, one character for one, in one width
    starts  where each character of `raw` begins in `source`, and at last where it ends; None: they are the same
    """

    source: str
    raw: str
    text: str
    starts: tuple[list[int], list[int]] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the plain text as characters of the source; not for empty ones."""
        if self.starts is None:
            return start, end
        return self.starts[0][start], self.starts[1][end - 1]


def plain(source: str) -> Plain:
    """The plain text of whatever was pasted."""
    if not _MARKED.search(source):
        return Plain(source, source, source.translate(_SAME), None)
    signs: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(sign: str, start: int, end: int) -> None:
        signs.append(sign)
        starts.append(start)
        ends.append(end)

    for first, last in _text_ranges(source):
        at = first
        for found in _MARK.finditer(source, first, last):
            for index in range(at, found.start()):
                put(source[index], index, index + 1)
            at = found.end()
            if found[0].startswith("&"):
                said = html.unescape(found[0])
                if len(said) == 1:
                    put(said, found.start(), found.end())
                else:  # no entity that anybody knows: as it stands
                    for index in range(found.start(), found.end()):
                        put(source[index], index, index + 1)
            elif (found["tag"] or "").lower() not in _INLINE:
                put("\n", found.start(), found.end())
        for index in range(at, last):
            put(source[index], index, index + 1)
        put("\n", last, last)
    raw = "".join(signs)
    return Plain(source, raw, raw.translate(_SAME), (starts, ends))


def _text_ranges(source: str) -> list[tuple[int, int]]:
    """Where text stands: of a message kept as XML only in the elements that hold what was written."""
    if "<appmsg" not in source:
        return [(0, len(source))]
    return [found.span() for found in _MESSAGE_TEXT.finditer(source)] or [(0, len(source))]


def gaps(source: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of the source that none of the spans (in order) covers, without the blanks around them."""
    found = []
    bounds = [(0, 0), *spans, (len(source), len(source))]
    for (_, end), (start, _) in pairwise(bounds):
        if start > end and (inner := source[end:start].strip()):
            begin = end + source[end:start].index(inner)
            found.append((begin, begin + len(inner)))
    return found
