"""Import runs and the lines that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from baogong.engine.sheets.kinds import ImportKind, LineOutcome, Status, kind_named, kinds, summary
from baogong.journal.models import ImportLine, ImportRun
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import reach
from baogong.people.queries.merges import Houses, houses


@dataclass(frozen=True, slots=True)
class ImportLineView:
    """`is_applied`: what the line says stands in the book."""

    id: UUID
    number: int
    outcome: LineOutcome
    is_applied: bool


@dataclass(frozen=True, slots=True)
class ImportView:
    """state PREVIEWED, APPLIED or LAPSED; `lines` in the file's order; `unread_columns` hold something that nobody read."""

    id: UUID
    kind: str
    profile: str
    file_name: str
    state: str
    made_at: datetime
    applied_at: datetime | None
    document: UUID | None
    lines: tuple[ImportLineView, ...]
    unread_columns: tuple[str, ...]

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON of `baogong import`."""
        return summary([line.outcome for line in self.lines], self.kind, self.unread_columns)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of an applied run that a person has to decide."""

    id: UUID
    run: UUID
    kind: str
    file_name: str
    since: datetime
    outcome: LineOutcome


def import_run(run: UUID, *, seen_by: Actor | None = None) -> ImportView:
    """
    A list with the lines that `seen_by` may look at (None: the house itself looks, at all of them).

    Raises NotFound; NotYourPlace where lists of its kind, or every line of this one, are not for them.
    """
    row = ImportRun.objects.filter(id=run).first()
    if row is None:
        raise NotFound("There is no such import in this book.", where=str(run), cure="Drop the file again.")
    if seen_by is not None:
        require_sight(row, seen_by)
    lines = ImportLine.objects.filter(run=row).order_by("number")
    if seen_by is not None:
        lines = lines.filter(lines_within(row, seen_by))
    return ImportView(
        id=row.id,
        kind=row.kind,
        profile=row.profile,
        file_name=row.file_name,
        state=row.state,
        made_at=row.made_at,
        applied_at=row.applied_at,
        document=row.document_id,
        lines=tuple(
            ImportLineView(line.id, line.number, LineOutcome.from_dict(line.outcome), line.is_applied) for line in lines
        ),
        unread_columns=tuple(row.unread_columns),
    )


def import_line(line: UUID, *, seen_by: Actor) -> LineOutcome:
    """One line of a list. Raises NotFound, NotYourPlace."""
    row = ImportLine.objects.select_related("run").filter(id=line).first()
    if row is None:
        raise NotFound("There is no such line in this book.", where=str(line), cure="Drop the file again.")
    require_sight(row.run, seen_by)
    if not ImportLine.objects.filter(lines_within(row.run, seen_by), pk=line).exists():
        seen_by.require(*kind_named(row.run.kind).duties)
    return LineOutcome.from_dict(row.outcome)


def require_sight(run: ImportRun, actor: Actor) -> None:
    """Raises NotYourPlace unless the actor may look at lists of this kind, and at this one or some line of it."""
    kind = kind_named(run.kind)
    if not kind.shows(actor):
        actor.require(*kind.duties)
    seen = lines_within(run, actor)
    if seen and not ImportLine.objects.filter(seen, run=run).exists():
        actor.require(*kind.duties)


def lines_within(run: ImportRun, actor: Actor) -> Q:
    """
    Which lines of the run the actor may look at; an empty condition: all.

    All of a list one brought in oneself; of another's the lines of the own places, and those that may mean one of them.
    """
    kind = kind_named(run.kind)
    if kind.shows_all(actor) or (actor.person_id is not None and run.made_by_id == actor.person_id):
        return Q()
    return _of_own_places(kind, actor, houses())


def _of_own_places(kind: ImportKind, actor: Actor, merged: Houses) -> Q:
    nothing = Q(pk__in=())
    if kind.is_private or not kind.place:
        return nothing
    own = sorted(map(str, merged.family(reach(actor, *kind.duties) or ())))
    found = nothing | Q(**{f"outcome__payload__{kind.place}__in": own})
    for place in own:
        found |= Q(outcome__candidates__contains=[{"key": place}])
    return found


def of_people(place: UUID) -> QuerySet[ImportRun]:
    """Lists of people of this place that were read and that nobody has written."""
    named = Q(pk__in=())
    for kind in kinds():
        if kind.place and not kind.keeps_file:
            named |= Q(run__kind=kind.name, **{f"outcome__payload__{kind.place}": str(place)})
    runs = ImportLine.objects.filter(named, run__state=ImportRun.State.PREVIEWED).values("run")
    return ImportRun.objects.filter(id__in=runs).order_by("id")


def previews_of(place: UUID) -> int:
    """How many such lists there are."""
    return of_people(place).count()


def waiting_lines(
    kind: str | None = None, *, limit: int = 500, seen_by: Actor | None = None
) -> tuple[WaitingLine, ...]:
    """The queue, oldest run first; the lines that `seen_by` may look at (None: all)."""
    rows = _waiting(seen_by)
    if kind is not None:
        rows = rows.filter(run__kind=kind)
    rows = rows.select_related("run").order_by("run__made_at", "run_id", "number")[:limit]
    return tuple(
        WaitingLine(
            id=row.id,
            run=row.run_id,
            kind=row.run.kind,
            file_name=row.run.file_name,
            since=row.run.made_at,
            outcome=LineOutcome.from_dict(row.outcome),
        )
        for row in rows
    )


def waiting_lines_count(*, seen_by: Actor | None = None) -> int:
    return _waiting(seen_by).count()


def _waiting(seen_by: Actor | None) -> QuerySet[ImportLine]:
    rows = ImportLine.objects.filter(status=Status.WAITING, run__state=ImportRun.State.APPLIED)
    if seen_by is None:
        return rows
    shown = [kind for kind in kinds() if kind.shows(seen_by)]
    seen = Q(run__kind__in=[kind.name for kind in shown if kind.shows_all(seen_by)])
    at_places = [kind for kind in shown if not kind.shows_all(seen_by)]
    if at_places and seen_by.person_id is not None:
        seen |= Q(run__kind__in=[kind.name for kind in at_places], run__made_by=seen_by.person_id)
    merged = houses() if at_places else Houses(())
    for kind in at_places:
        seen |= Q(run__kind=kind.name) & _of_own_places(kind, seen_by, merged)
    return rows.filter(seen)
