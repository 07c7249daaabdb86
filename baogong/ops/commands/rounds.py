"""`baogong rounds plan` and `solve`: couriers' rounds from a file, without a database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops.json_file import read_json, unreadable
from baogong.ops.output import JsonFlag, say, show

if TYPE_CHECKING:
    from baogong.engine.rounds.rule import RoundsRule

BYTES_MAX = 1024 * 1024 * 1024


class Kind(StrEnum):
    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


@dataclass(frozen=True, slots=True)
class Where:
    """Who plans: so many workers of a kind; scheduler: the address of a Dask cluster."""

    executor: Literal["threads", "processes", "dask"] = "threads"
    workers_count: int | None = None
    scheduler: str | None = None

    @contextmanager
    def open(self) -> Iterator[Executor | None]:
        """The executor; None where nothing is asked and one snapshot's own threads will do."""
        from baogong.ops.city_file import executor_of, workers_here

        if self == Where():
            yield None
            return
        with executor_of(self.executor, self.workers_count or workers_here(), self.scheduler) as executor:
            yield executor


def plan(
    path: Path, *, seed: int, wants_size: bool = False, is_fast: bool = False, where: Where = Where()
) -> dict[str, Any]:
    """
    The document of the contract for the snapshot in a file (docs/algorithms/rounds.md lists its keys).

    Raises UnusableInput (no readable JSON), UnusableProblem (every fault).
    """
    # Imported here: the engine loads a compiler, which the other commands need not wait for.
    from baogong.engine.rounds import as_document, check, read_problem, sizing, solve

    cure = "Write it as a city's file, one station a line (docs/guides/many-machines.md)."
    problem = read_problem(read_json(path, bytes_max=BYTES_MAX, so="Nothing was planned.", cure=cure))
    rule = _rule(seed, is_fast)
    if len(problem.stops) > rule.plain_stops:
        say("Planning. The first run on a machine compiles the search, which takes up to a minute.")
    with where.open() as executor:
        made = solve(problem, rule, executor)
    document = as_document(problem, made, check(problem, made))
    return document | {"sizing": asdict(sizing(problem, made))} if wants_size else document


def _rule(seed: int, is_fast: bool) -> RoundsRule:
    from baogong.engine.rounds.rule import CITY, RoundsRule

    return replace(CITY, seed=seed) if is_fast else RoundsRule(seed=seed)


def plan_lines(path: Path, out: Path, *, seed: int, is_fast: bool, where: Where) -> dict[str, Any]:
    """The sums of a city's file and where its plans are. Raises UnusableInput, LineRefused."""
    from baogong.ops.city_file import executor_of, plan_city, workers_here

    count = where.workers_count or workers_here()
    rule = replace(_rule(seed, is_fast), threads=1)
    say("Planning. The first run on a machine compiles the search, which takes up to a minute.")
    started = time.perf_counter()
    with executor_of(where.executor, count, where.scheduler) as executor:
        sums = plan_city(path, out, rule, executor, count)
    return sums | {"seconds": round(time.perf_counter() - started, 1)}


def solve(path: Path, *, limit_s: float, seed: int, known: Path | None) -> dict[str, Any]:
    """
    Routes for an instance of CVRPLIB, and how far they are from a known solution.

    Raises UnusableInput (no readable text), UnusableFile (the line that is not understood, of either file).
    """
    started = time.perf_counter()
    from baogong.engine.rounds.cvrplib import cost_of, faults_of, read_instance, read_solution, solve_instance
    from baogong.engine.rounds.rule import RoundsRule

    instance = read_instance(_text(path), path.stem)
    told = None if known is None else read_solution(_text(known))
    left_s = max(0.1, limit_s - (time.perf_counter() - started))
    routes = solve_instance(instance, RoundsRule(seed=seed, limit_s=left_s, plain_stops=0))
    problems = faults_of(instance, routes)
    document: dict[str, Any] = {
        "cost": cost_of(instance, routes),
        "routes": [list(route) for route in routes],
        "seconds": round(time.perf_counter() - started, 2),
        "checked": not problems,
        "problems": problems,
    }
    if told is not None:
        told_faults = faults_of(instance, told.routes)
        if told_faults:
            raise UnusableInput(
                f"{known} is no solution of {path}: {told_faults[0]}. Nothing was compared.",
                where=str(known),
                found=told_faults[0],
                expected=f"a solution of {instance.name}",
                cure="Give the .sol file of the same instance.",
            )
        best = cost_of(instance, told.routes)
        document |= {"known_cost": best, "gap": document["cost"] / best - 1}
    return document


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error, so="Nothing was solved.") from error
    except ValueError as error:
        raise UnusableInput(
            f"{path} is not text: {error}. Nothing was solved.",
            where=str(path),
            found=str(error),
            expected="text in UTF-8",
            cure="Give the .vrp file itself, unpacked.",
        ) from error


rounds = typer.Typer(
    help="Couriers' rounds of the last 100 metres: of a station's book, or from files.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add `rounds` to the command line."""
    app.add_typer(rounds, name="rounds")


@rounds.command("plan", epilog="Example: baogong rounds plan morning.json --json")
def plan_rounds(
    file: Annotated[Path, typer.Argument(help="Snapshot as JSON: stations, gates, stops, couriers, limits.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="For a city's file, one snapshot a line: where its plans are written."),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="A twenty-fifth of the search, for hundreds of thousands.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="How many stations at a time.")] = None,
    executor: Annotated[Kind, typer.Option(help="Who plans the stations; the plan is the same.")] = Kind.THREADS,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask cluster's address, such as tcp://10.0.0.5:8786.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=1_000_000, help="The same seed gives the same plan.")] = 1,
    size: Annotated[
        bool, typer.Option("--size", help="Say how many couriers it takes, and what one fewer costs.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Plan trips and shifts: who brings what where in which order; exit 1 if the checker finds a fault."""
    if scheduler is not None and executor is not Kind.DASK:
        raise UnusableInput(
            f"A scheduler is Dask's, and the executor is {executor.value}. Nothing was planned.",
            where="--scheduler",
            found=scheduler,
            expected="--executor dask",
            cure="Add --executor dask, or leave --scheduler out.",
        )
    where = Where(executor.value, workers, scheduler)
    if out is not None:
        if size:
            raise UnusableInput(
                "A city's file is planned line by line, without a sizing. Nothing was planned.",
                where="--size",
                found="--size with --out",
                expected="one of them",
                cure="Ask for the sizing of one station's snapshot.",
            )
        document = plan_lines(file, out, seed=seed, is_fast=fast, where=where)
        show(document, json, _tell_city)
    else:
        document = plan(file, seed=seed, wants_size=size, is_fast=fast, where=where)
        show(document, json, _tell_plan)
    if not document["checked"]:
        raise typer.Exit(1)


@rounds.command("solve", epilog="Example: baogong rounds solve X-n101-k25.vrp --seconds 10 --json")
def solve_instance(
    file: Annotated[Path, typer.Argument(help="An instance of CVRPLIB (EUC_2D).")],
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="How long to search.")] = 10,
    known: Annotated[Path | None, typer.Option("--sol", help="A solution to be compared with.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=1_000_000)] = 1,
    json: JsonFlag = False,
) -> None:
    """Solve a capacitated instance with the search of the rounds; exit 1 if its own check fails."""
    document = solve(file, limit_s=seconds, seed=seed, known=known)
    show(document, json, _tell_routes)
    if not document["checked"]:
        raise typer.Exit(1)


def _tell_routes(console: Console, document: dict[str, Any]) -> None:
    for number, route in enumerate(document["routes"], 1):
        console.print(f"Route #{number}: {' '.join(map(str, route))}")
    console.print(f"Cost {document['cost']}")
    if "gap" in document:
        console.print(f"{document['gap']:+.2%} against {document['known_cost']}, in {document['seconds']} s")


def _tell_city(console: Console, document: dict[str, Any]) -> None:
    console.print(
        f"{document['stops']:,} stops of {document['lines']:,} lines in {document['trips']:,} trips of "
        f"{document['couriers']:,} couriers; {document['left']:,} stops are left. {document['seconds']} s."
    )
    console.print(f"Plans: {escape(document['file'])}")
    for problem in document["problems"]:
        console.print(f"[red]fault[/] {escape(problem)}")
    if document["checked"]:
        console.print("[green]Checked: every stop once, within every limit.[/]")


def _tell_plan(console: Console, document: dict[str, Any]) -> None:
    trips = Table("trip", "courier", "leaves", "back", "stops", "kg", "order", "why not more")
    for trip in document["trips"]:
        trips.add_row(
            trip["id"],
            escape(trip["courier"]),
            _clock(trip["leaves_s"]),
            _clock(trip["back_s"]),
            str(len(trip["visits"])),
            f"{trip['weight_g'] / 1000:,.1f}",
            escape(" ".join(visit["stop"] for visit in trip["visits"])),
            escape(trip["reason_en"]),
        )
    console.print(trips)
    for left in document["left"]:
        console.print(f"[red]left[/] {escape(left['stop'])}: {escape(left['reason_en'])}")
    cost = document["cost"]
    console.print(
        f"{cost['work_s'] / 60:,.0f} minutes of work in {cost['trips_count']} trips: "
        f"{cost['walk_s'] / 60:,.0f} walking, {cost['service_s'] / 60:,.0f} serving, "
        f"{cost['wait_s'] / 60:,.0f} waiting, {cost['load_s'] / 60:,.0f} loading."
    )
    if "sizing" in document:
        console.print(escape(document["sizing"]["reason_en"]))
    for problem in document["problems"]:
        console.print(f"[red]fault[/] {escape(problem)}")
    if document["checked"]:
        console.print("[green]Checked: every stop once, within every limit.[/]")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02}:{int(seconds) % 3600 // 60:02}"
