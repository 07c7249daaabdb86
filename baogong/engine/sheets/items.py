"""Names of goods as people write them."""

from __future__ import annotations

import re
import unicodedata


def fold_item(text: str) -> str:
    """A name's key: width, case, spaces and punctuation go, what stands in brackets stays; 75%酒精 keeps its 75."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
