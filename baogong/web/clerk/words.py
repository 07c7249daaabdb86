"""
What the readers of lists say about a line, in the visitor's language.

The rooms speak English, and a line keeps their words, not a code. For Chinese each of their sentences has one here;
a sentence nobody translated stays English.
"""

from __future__ import annotations

import re

from baogong.web.clerk.vocabulary import PATTERNS, SENTENCES
from baogong.web.names import is_chinese

_SENTENCES = re.compile(r"(?<=[a-z\d]\.) (?=[A-Z])")
_BOTH = re.compile(r"([^·;；]*[一-鿿][^·;；]*) · ([^·;；一-鿿]+)")  # 未审核 · not reviewed


def told(text: str) -> str:
    """What a reader said, in the visitor's language; doubts are separated by semicolons, and so are halves of a cure."""
    if is_chinese() and text in SENTENCES:
        return SENTENCES[text]
    return "；".join(map(_chinese, text.split("; "))) if is_chinese() else "; ".join(map(_english, text.split("; ")))


def _chinese(text: str) -> str:
    if text in SENTENCES:
        return SENTENCES[text]
    head, colon, tail = text.partition(": ")
    for pattern, chinese in PATTERNS:
        if pattern.fullmatch(text):
            return pattern.sub(chinese, text)
    if colon and (said := _chinese(tail)) != tail:
        return f"{head}：{said}"
    if len(sentences := _SENTENCES.split(text)) > 1:  # the cures of several cells
        return "".join(map(_chinese, sentences))
    both = _BOTH.fullmatch(text)
    return both[1] if both else text


def _english(text: str) -> str:
    both = _BOTH.fullmatch(text)
    return both[2] if both else text
