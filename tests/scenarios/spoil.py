"""
What the measures of a kept play say when one thing in its book is wrong:

    python -m tests.scenarios.spoil BOOK [STORY]
"""

from __future__ import annotations

import json
import sys

from baogong.config.runtime import LocalRuntime


def main() -> None:
    book, *story = sys.argv[1:]
    with LocalRuntime().throwaway_book(reopen=book):
        from tests.scenarios import packs_spoils, spoils

        found = packs_spoils.said() if story == [packs_spoils.STORY] else spoils.said()
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
