"""
Scenarios: real operations played from an empty book through the services a person's click calls.

`stage` is what a story stands on, `play` runs it and holds it against its `expect.toml`, one module a story.
"""

from __future__ import annotations

import sys

DEMO_STORY = "hubei-relay-2020"


def play_demo() -> None:
    """
    Play the demonstration's story into the open book, to where its next night is still to be done.

    Played again after a crash, it goes on where it stopped. Raises UnusableInput where the book does not verify: a
    demonstration shows nothing untrue. Whether the story holds is for its own play to say, at its own end.
    """
    from baogong.kernel.errors import UnusableInput
    from baogong.ledger import queries as book
    from baogong.ops.scenarios.hubei_relay_2020.steps import DEMO
    from baogong.ops.scenarios.play import walk

    walk(DEMO_STORY, DEMO, say=lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201 - progress
    report = book.verify_book()
    if not report.ok:
        raise UnusableInput(
            f"The story {DEMO_STORY} was played, but its book does not hold.",
            found=str(report),
            cure=f"Run `baogong scenario play {DEMO_STORY}` and look at what is broken.",
        )
