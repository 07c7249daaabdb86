"""
Scenarios: real operations played from an empty book through the services a person's click calls.

`stage` is what a story stands on, `play` runs it and holds it against its `expect.toml`, one module a story.
"""

from __future__ import annotations

import sys


def play_into_book(name: str) -> None:
    """
    Play a story into the open book, for a demonstration; played again after a crash, it goes on where it stopped.

    Raises UnusableInput where the story's own expectations do not hold: a demonstration shows nothing untrue.
    """
    from baogong.kernel.errors import UnusableInput
    from baogong.ops.scenarios.play import play

    document = play(name, say=lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201 - progress
    if not document["ok"]:
        broken = [outcome["name"] for outcome in document["expectations"] if not outcome["ok"]]
        raise UnusableInput(
            f"The story {name} was played, but does not hold.",
            found=broken,
            cure=f"Run `baogong scenario play {name}` and look at what is broken.",
        )
