"""The one door to pypinyin. Its phrases take half a second to load, and most starts of the house need none of them."""

from __future__ import annotations


def syllables(text: str, *, with_tones: bool = False) -> list[str]:
    """Of Chinese text, in small letters, each syllable one; with_tones: 1 to 4 after it, nothing for the neutral one."""
    from pypinyin import Style, lazy_pinyin

    if with_tones:
        return lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=False)
    return lazy_pinyin(text)
