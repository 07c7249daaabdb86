"""
Humanitarian Exchange Language: a row of hashtags under the headers says what each column is, in any language.

Source: HXL standard 1.1, read with libhxl. Which tags a column of ours answers to, and is given when a table leaves
the house, stands in the profile's `[hxl]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def match_tags(tags: Sequence[str], patterns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """
    Key → index of the column whose hashtag fits it. The pattern that says most wins: #item+code before #item.

    patterns   key → tag patterns ("#item+name", "#item-code"), as in the profile
    """
    from hxl.model import Column, TagPattern  # a second to load, and only tagged lists need it

    columns = {index: Column.parse(tag) for index, tag in enumerate(tags) if tag}
    fits = [
        (-pattern.count("+"), order, index, key)
        for order, (key, ways) in enumerate(patterns.items())
        for pattern in ways
        for index, column in columns.items()
        if column and TagPattern.parse(pattern).match(column)
    ]
    found: dict[str, int] = {}
    for _, _, index, key in sorted(fits):
        if key not in found and index not in found.values():
            found[key] = index
    return found
