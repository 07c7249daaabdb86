"""What the measures of a kept play say when one thing in its book is wrong: `python -m tests.scenarios.spoil BOOK`."""

from __future__ import annotations

import json
import sys

from baogong.config.runtime import LocalRuntime


def main() -> None:
    with LocalRuntime().throwaway_book(reopen=sys.argv[1]):
        from tests.scenarios.spoils import said

        found = said()
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
