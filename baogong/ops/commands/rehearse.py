"""`baogong rehearse …`: tonight played before it comes, and the twin held against the plan."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.output import progress
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment_if

rehearse = typer.Typer(help="Tonight's plan, played many times before it comes.", no_args_is_help=True)

SHOWN = sheet(
    "state from_at until_at runs_count seed all_kept all_kept_low all_kept_high begins_at planned_at last_p50_at last_p90_at night_hash result_hash id",
    promises="about where planned_at due_at probability p50_at p90_at",
    breaks="what name share about promise",
    compared="what name price_fen hours later_s all_kept kept_mean kept_gain gain_per_100_yuan gain_per_hour is_cheapest is_promise_moved",
    compared_again="what name price_fen hours all_kept kept_mean kept_gain gain_low gain_high is_cheapest",
    queues="what name mean_s p90_s",
)

From = Annotated[str | None, typer.Option("--from", help="When the night begins; without it: now.")]
Until = Annotated[str | None, typer.Option("--until", help="When it ends; without it: a day later.")]
Chance = Annotated[
    list[str] | None, typer.Option("--chance", metavar="NAME=NUMBER", help="What differs, as absent_courier=0.1.")
]
Price = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="NAME=FEN",
        help="What differs, as courier_fen=40000: a dock or gate for an hour, a courier or cart for a shift of 8, a truck for 24.",
    ),
]


def register(app: typer.Typer) -> None:
    app.add_typer(rehearse, name="rehearse")


@writes(rehearse, "night", SHOWN, example="baogong rehearse night --runs 200 --as mei")
def night(
    desk: Desk,
    from_: From = None,
    until: Until = None,
    runs: Annotated[int, typer.Option(help="How often it is played.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed, the same nights.")] = 1,
    chance: Chance = None,
    price: Price = None,
    workers: Annotated[int | None, typer.Option(help="Processes; without it one for each core.")] = None,
) -> Any:
    """Play what is planned: how probable each promise is, what breaks first, what would help and what it costs."""
    from baogong.journal.clock import current_clock
    from baogong.tower.queries.rehearsals import rehearsal_head, rehearsal_view
    from baogong.tower.services import rehearsals

    begins = moment_if(from_, desk.now, "--from") or desk.now
    ends = moment_if(until, desk.now, "--until") or begins + timedelta(days=1)
    made = desk.once_made(
        lambda: rehearsals.ask(
            from_at=begins, until_at=ends, runs_count=runs, seed=seed,
            chances={name: float(value) for name, value in _pairs(chance, float)},
            prices={name: int(value) for name, value in _pairs(price, int)},
            is_for_worker=False, **desk.signed,
        )
    )  # fmt: skip
    with progress("rehearsal") as tell:
        rehearsals.play(rehearsal=made, now=lambda: current_clock().now(), workers=workers, tell=tell)
        while not (head := rehearsal_head(made)).is_over:  # a worker of the site was first
            tell(head.done_count, head.total_count)
            time.sleep(0.5)
    return rehearsal_view(made) if head.state == "DONE" else head


@reads(
    rehearse,
    "list",
    rows("made_at state from_at until_at runs_count seed made_by_name id"),
    example="baogong rehearse list",
)
def list_(look: Look) -> Any:
    """Rehearsals, the newest first."""
    from baogong.tower.queries.rehearsals import rehearsals

    return rehearsals()


@reads(rehearse, "show", SHOWN, example="baogong rehearse show 0190a1c8-0000-7000-8000-000000000001")
def show(look: Look, rehearsal: Annotated[UUID, typer.Argument(help="Its id.")]) -> Any:
    """One that is done."""
    from baogong.tower.queries.rehearsals import rehearsal_view

    return rehearsal_view(rehearsal)


@reads(
    rehearse,
    "check",
    rows("about where planned_at calm_at share is_near"),
    example="baogong rehearse check",
)
def check(look: Look, from_: From = None, until: Until = None) -> Any:
    """With nothing random: the last finish and each promise's time against the plan; 1 where one is further than a tenth. Without hours: all that is planned."""
    from baogong.kernel.windows import Window
    from baogong.tower.queries.rehearsals import drifts_of_book

    found = drifts_of_book(Window(moment_if(from_, look.now, "--from"), moment_if(until, look.now, "--until")))
    if not all(each.is_near for each in found):
        look.fails()
    return found


def _pairs(given: list[str] | None, kind: type[int] | type[float]) -> list[tuple[str, float]]:
    from baogong.kernel.errors import UnusableInput

    found = []
    for each in given or []:
        name, sign, value = each.partition("=")
        try:
            found.append((name.strip(), kind(value)))
        except ValueError:
            sign = ""
        if not sign:
            raise UnusableInput(
                f"“{each}” is no name and number. Nothing was rehearsed.",
                where="--chance, --price",
                found=each,
                expected="NAME=NUMBER",
                cure="Write it as absent_courier=0.1 or courier_fen=40000.",
            )
    return found
