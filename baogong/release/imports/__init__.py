"""
The lists of people that a release reads.

`rights` winners chosen elsewhere, rights a shop has redeemed · `people` who claims, who enters a draw, where can be delivered

Numbers of documents become tags as they are read, telephones and addresses are enciphered: no preview, no line and no
file of these lists is kept with one in it.
"""

from __future__ import annotations

from baogong.release.imports import people, rights


def register() -> None:
    """Called when the room starts."""
    rights.register()
    people.register()
