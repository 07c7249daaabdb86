"""The lines of a list as a clerk looks at them: by what becomes of them, equal doubts together, in pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from baogong.engine.sheets.kinds import Candidate, LineOutcome, Status
from baogong.journal.queries import ImportView, WaitingLine
from baogong.web.clerk.words import told
from baogong.web.names import is_chinese

ORDER = (Status.REFUSED, Status.WAITING, Status.ADDED, Status.MATCHED, Status.UNCHANGED, Status.NOTED)
SHOWN_FIRST = 20
PAGE_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words; `sure` from 0 to 1. `written` is the row as it stands, `notes` what was understood beyond it."""

    where: str
    text: str
    found: str
    expected: str
    cure: str
    sure: float
    written: str = ""
    notes: tuple[str, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """
    Lines of one list that ask the same question: answered once for all of them, or for the first alone.

    asks            what is asked for: "door", "building"; "" where only yes or no
    may_type        each line may be answered in the person's own words; `is_blank`: the list has none
    may_look_again  it waits for what the register does not have yet
    place           the place the lines name that no register knows; "" where there is none
    """

    line: UUID
    file_name: str
    found: str
    cure: str
    candidates: tuple[Candidate, ...]
    may_be_new: bool
    may_stand: bool
    lines: tuple[Line, ...]
    asks: str = ""
    may_type: bool = False
    is_blank: bool = False
    may_look_again: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one status: the first of them, or one page of all."""

    status: Status
    total: int
    lines: tuple[Line, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    next_from: int | None = None

    @property
    def first(self) -> Line | None:
        """A sample of its lines."""
        lines = self.doubts[0].lines if self.doubts else self.lines
        return lines[0] if lines else None


def groups_of(run: ImportView) -> tuple[Group, ...]:
    """Every status that occurs, what needs somebody first, with its first lines."""
    return tuple(group for status in ORDER if (group := page_of(run, status, start=0, most=SHOWN_FIRST)).total)


def page_of(run: ImportView, status: Status, *, start: int, most: int = PAGE_LINES) -> Group:
    """Lines `start` up to `start + most` of one status; doubts are grouped before they are cut."""
    lines = [line for line in run.lines if line.outcome.status is status]
    total = len(lines)
    following = start + most if start + most < total else None
    if status is Status.WAITING:
        doubts = doubts_of((line.id, run.id, run.file_name, line.outcome) for line in lines)
        following = start + most if start + most < len(doubts) else None
        return Group(status, total, doubts=doubts[start : start + most], next_from=following)
    shown = tuple(line_of(line.outcome) for line in lines[start : start + most])
    return Group(status, total, lines=shown, next_from=following)


def queue_of(waiting: Sequence[WaitingLine]) -> tuple[Doubt, ...]:
    """The queue of applied lists, equal doubts of one list together."""
    return doubts_of((line.id, line.run, line.file_name, line.outcome) for line in waiting)


def doubts_of(lines: Iterable[tuple[UUID, UUID, str, LineOutcome]]) -> tuple[Doubt, ...]:
    """(line, run, file, outcome) grouped by run and question, in the order of the first of each."""
    alike: dict[tuple[object, ...], list[tuple[UUID, str, LineOutcome]]] = {}
    for line, run, file_name, outcome in lines:
        question = (run, outcome.found, outcome.asks, outcome.candidates, outcome.cure)
        alike.setdefault(question, []).append((line, file_name, outcome))
    return tuple(
        Doubt(
            line=group[0][0],
            file_name=group[0][1],
            found=told(group[0][2].found),
            cure=told(group[0][2].cure),
            candidates=tuple(
                Candidate(each.key, each.text, each.score, told(each.why)) for each in group[0][2].candidates
            ),
            may_be_new=bool(group[0][2].asks) and group[0][2].may_be_new,
            may_stand=not group[0][2].asks,
            lines=tuple(line_of(outcome, line) for line, _file, outcome in group),
            asks=group[0][2].asks,
            may_type=bool(group[0][2].types),
            is_blank=not group[0][2].payload.get(group[0][2].types),
            may_look_again=group[0][2].may_look_again,
            place=group[0][2].place_name,
        )
        for group in alike.values()
    )


def line_of(outcome: LineOutcome, line: UUID | None = None) -> Line:
    # A line that could not be read has the refusal's sentence for a text; in Chinese the parts beside it say it all.
    is_told_beside = is_chinese() and outcome.status is Status.REFUSED and outcome.text.endswith(".")
    return Line(
        where=outcome.where,
        text="" if is_told_beside else told(outcome.text) if outcome.status is Status.NOTED else outcome.text,
        found=told(outcome.found),
        expected=told(outcome.expected),
        cure=told(outcome.cure),
        sure=outcome.sure,
        written=outcome.written if outcome.written != outcome.text else "",
        notes=tuple(told(note) for note in outcome.notes),
        id=line,
    )
