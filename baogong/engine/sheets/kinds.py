"""
The kinds of list the house can import, and what becomes of each line.

A room describes its kind once, as an `ImportKind`, and registers it when it starts; whoever runs imports (preview,
apply, settle a doubt) knows only this registry. Classifying reads and never writes; applying is idempotent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from baogong.engine.sheets.profiles import Column, match_headers, with_both_headers
from baogong.engine.sheets.tables import Row, Table, column_letters
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, UnusableInput


class Status(StrEnum):
    """What a line of a list would do, or did."""

    ADDED = "ADDED"  # new to the book
    MATCHED = "MATCHED"  # names something known and changes it, or was settled by a person
    UNCHANGED = "UNCHANGED"  # says what the book already says
    REFUSED = "REFUSED"  # cannot be read: cell, value, expected, cure
    WAITING = "WAITING"  # can be read, but a person has to decide
    NOTED = "NOTED"  # read, and no line of the list: a heading, a total that agrees

    @property
    def is_sound(self) -> bool:
        """Whether such a line goes into the book as it stands."""
        return self in (Status.ADDED, Status.MATCHED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer a person may choose for a waiting line: its id, how it reads, how sure (0 to 1) and why."""

    key: str
    text: str
    score: float
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "text": self.text, "score": round(self.score, 3), "why": self.why}


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """
    What one line of a list comes to.

    where       the cell or row, as the file's own program names it: "B7", "库存!B7"
    payload     what `apply` needs, plain JSON values only
    text        the line in words, for the preview
    written     the row as it is written, cell by cell
    notes       what was understood beyond the plain cells: the earmark out of the goods' cell, the giver from above
    sure        0 to 1: how surely it was read and matched
    found       the value met; with `expected` and `cure` for REFUSED, alone for WAITING
    candidates  what a person may choose from where the line waits
    asks        the payload key that the chosen candidate's key fills; "" where only yes or no is asked
    may_be_new  whether "none of these" is an answer: false where a place, an item or an unnamed receiver is asked for
    types       the payload key that a person's own words fill: a room that nobody has listed; "" where none are taken
    may_look_again  it waits for what the book does not have yet: once that is there, the line is looked up anew
    place       the payload key of a place that no register knows and that may be registered for it; "" where there is none
    place_name  what the list calls that place
    then        the line once the place is registered: sound, or waiting for what else it asks
    """

    where: str
    status: Status
    payload: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    sure: float = 1.0
    found: str = ""
    expected: str = ""
    cure: str = ""
    candidates: tuple[Candidate, ...] = ()
    asks: str = ""
    written: str = ""
    notes: tuple[str, ...] = ()
    may_be_new: bool = True
    types: str = ""
    may_look_again: bool = False
    place: str = ""
    place_name: str = ""
    then: LineOutcome | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "where": self.where,
            "status": self.status.value,
            "payload": self.payload,
            "text": self.text,
            "sure": round(self.sure, 3),
            "found": self.found,
            "expected": self.expected,
            "cure": self.cure,
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "asks": self.asks,
            "written": self.written,
            "notes": list(self.notes),
            "may_be_new": self.may_be_new,
            "types": self.types,
            "may_look_again": self.may_look_again,
            "place": self.place,
            "place_name": self.place_name,
            "then": self.then.as_dict() if self.then else None,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> LineOutcome:
        """The inverse of `as_dict`."""
        candidates = tuple(Candidate(**candidate) for candidate in stored["candidates"])
        return cls(
            **{
                **stored,
                "status": Status(stored["status"]),
                "candidates": candidates,
                "notes": tuple(stored.get("notes", ())),
                "then": cls.from_dict(stored["then"]) if stored.get("then") else None,
            }
        )


def refused(where: str, error: BaogongError, *, text: str = "") -> LineOutcome:
    """The refusal of one line, from the error its reading raised; the error's own `where` is the more exact one."""
    return LineOutcome(
        where=error.where or where,
        status=Status.REFUSED,
        text=text or error.message,
        sure=0.0,
        found=str(error.found),
        expected=str(error.expected),
        cure=error.cure,
    )


def line_by_line(table: Table, read: Callable[[Row], LineOutcome]) -> tuple[LineOutcome, ...]:
    """One outcome a row: what reading it comes to, else why it is refused. No row keeps the next one from being read."""
    outcomes = []
    for row in table.rows:
        try:
            outcomes.append(read(row))
        except BaogongError as error:
            outcomes.append(refused(row.where, error))
    return tuple(outcomes)


class Apply(Protocol):
    """
    Writes the lines that are ADDED or MATCHED, in the caller's transaction; skips all others. Idempotent.

    Returns None where all were written; or each line, in their order, as it came out: what could not be written since it was
    looked at is REFUSED or WAITING then, and keeps no other line from being written.
    """

    def __call__(
        self, lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime
    ) -> Sequence[LineOutcome] | None: ...


@dataclass(frozen=True, slots=True)
class ImportKind:
    """
    A kind of list.

    columns   what a list of this kind may hold; the titles are the headers of its template
    classify  (table, profile name or None, now) → one outcome per line, in the order of the table; a kind that `asks_whose`
              takes the reader too
    forms     table forms it reads whole (see `tables.Table.form`), besides rows under headers
    duties    who may bring such a list in, and look at those brought in: what the services demand that its apply calls
    place     the payload key of the place where one of the duties must hold; "" where it must reach everywhere
    readers   who else may look, where that duty holds everywhere
    is_private  names households: who has the duty at some places only sees the lists that are their own, never lines of
                another's list, even if they are of the own place
    ask_again   (line a person has settled, now) → the line, or waiting with what only their answer lets one ask
    keeps_file  False where the file holds what nobody may keep (numbers of documents): it is read, and let go at once
    dropped     (SHA-256 of a file) → the places of its lines that were written and are refused by now: brought again, they
                are read anew
    asks_at_once  that is asked while the list is only previewed too, not only once it was applied
    asks_whose  classify is told who reads (`actor`), and refuses rows of places that are not theirs before it looks anybody
                up, in the words of a place that is not there: a refusal of a person tells of that person too
    """

    name: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    classify: Callable[..., tuple[LineOutcome, ...]]
    apply: Apply
    forms: frozenset[str] = frozenset()
    duties: tuple[Duty, ...] = (Duty.CLERK, Duty.COMMAND)
    place: str = ""
    readers: tuple[Duty, ...] = (Duty.AUDITOR,)
    is_private: bool = False
    ask_again: Callable[[LineOutcome, datetime], LineOutcome] | None = None
    asks_at_once: bool = False
    keeps_file: bool = True
    dropped: Callable[[bytes], set[str]] | None = None
    asks_whose: bool = False

    def read(self, table: Table, profile: str | None, now: datetime, actor: Actor) -> tuple[LineOutcome, ...]:
        """What each line would do, for this reader."""
        if self.asks_whose:
            return self.classify(table, profile, now, actor=actor)
        return self.classify(table, profile, now)

    def admits(self, actor: Actor) -> bool:
        """Whether the actor may bring such a list in; where it has a place, at some place."""
        if self.place:
            return actor.may_somewhere(*self.duties)
        return actor.may_any(*self.duties)

    def require(self, actor: Actor) -> None:
        """Raises NotYourPlace unless `admits`."""
        if not self.admits(actor):
            actor.require(*self.duties)

    def shows(self, actor: Actor) -> bool:
        """Whether the actor may look at lists of this kind; at which lines of them, where it has a place, the book knows."""
        return self.admits(actor) or actor.may_any(*self.readers)

    def shows_all(self, actor: Actor) -> bool:
        """Whether the actor may look at every line of every list of this kind, whatever its place."""
        return actor.may_any(*self.duties, *self.readers)


class UnknownKind(UnusableInput):
    """No room has registered this kind of list."""

    code = "sheets.unknown-kind"


class NotAChoice(BaogongError):
    """The answer given for a waiting line is none of those it offered."""

    kind, code = Kind.REFUSED, "sheets.not-a-choice"


UNDERSTOOD_MIN = 0.45  # of a list's own headers; a list of which less is understood is none for certain
SURE_BY = 0.05  # how much better than another guess the best must be to be taken without asking
_kinds: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> None:
    """Make a kind known. A room calls this when it starts; the same name again replaces the earlier one."""
    _kinds[kind.name] = kind


def kinds() -> tuple[ImportKind, ...]:
    """Every registered kind, by name."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def kind_named(name: str) -> ImportKind:
    """Raises UnknownKind, naming the kinds there are."""
    if name not in _kinds:
        raise UnknownKind(
            f"There is no list of kind “{name}”.",
            found=name,
            expected=", ".join(sorted(_kinds)),
            cure="Choose one of the kinds named.",
        )
    return _kinds[name]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a table seems to be: `score` from 0 to 1, and why."""

    kind: str
    score: float
    reason_zh: str
    reason_en: str


def guess_kind(table: Table, profile: str | None = None) -> tuple[Guess, ...]:
    """
    What the table may be, best first; empty where no kind has all its required columns.

    The score is the share of the table's own headers that the kind understands, weighted with the share of the
    kind's required columns (all of them, or it is no guess). Ties go to the kind with more columns understood.
    """
    guesses: list[tuple[float, int, Guess]] = []
    for kind in kinds():
        if table.form != "rows" and table.form not in kind.forms and any(table.form in one.forms for one in kinds()):
            continue
        if table.form in kind.forms:
            guess = Guess(kind.name, 1.0, f"文件格式为 {table.form}", f"the file is in the form “{table.form}”")
            guesses.append((1.0, len(table.columns), guess))
            continue
        read = with_both_headers(table, kind.columns, profile, kind=kind.name)
        heads = match_headers(read, kind.columns, profile, kind=kind.name)
        if not heads.by_key or heads.missing:
            continue
        known = len(heads.by_key)
        filled = sum(1 for column in read.columns if column.text)
        score = known / max(filled, 1)
        names = [read.columns[index].text for index in heads.by_key.values()]
        guess = Guess(
            kind.name,
            round(score, 3),
            f"{filled} 列中认得 {known} 列：{'、'.join(names)}",
            f"{known} of {filled} columns are understood: {', '.join(names)}",
        )
        guesses.append((score, known, guess))
    guesses.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].kind))
    return tuple(guess for _, _, guess in guesses)


def likely_kinds(guesses: Sequence[Guess]) -> list[str]:
    """
    What the list may well be, best first; one where that is sure, none where too little of its headers is understood.

    A guess as good as the best is asked about, and so is one whose kind requires all that the best one's does and more:
    every list of goods has the one column that a catalogue requires, and few that look like orders are catalogues.
    """
    guesses = [guess for guess in guesses if guess.score >= UNDERSTOOD_MIN]
    if not guesses:
        return []
    best = guesses[0]
    asked = _required(best.kind)
    return [guess.kind for guess in guesses if best.score - guess.score < SURE_BY or asked < _required(guess.kind)]


def _required(kind: str) -> frozenset[str]:
    return frozenset(column.key for column in kind_named(kind).columns if column.is_required)


def settle(line: LineOutcome, choice: dict[str, Any]) -> LineOutcome:
    """
    A waiting line after a person's decision.

    choice  {"candidate": key}  take this candidate: MATCHED, with payload[line.asks] = key
            {"new": true}       none of them, it is new: ADDED, payload[line.asks] = None; where the line `may_be_new`
            {"accept": true}    right as it stands: MATCHED
            {"typed": text}     in the person's own words: MATCHED, payload[line.types] = text; where the line takes any
            {"again": true}     look it up anew: ADDED as it stands, for the kind's `ask_again`; where it `may_look_again`
            {"drop": true}      leave it out: REFUSED, by a person
    Raises NotAChoice.
    """
    if line.status is not Status.WAITING:
        raise NotAChoice(
            "This line is not waiting for a decision; nothing was changed.",
            where=line.where,
            found=line.status.value,
            expected=Status.WAITING.value,
            cure="Correct the file and import it again.",
        )
    if choice.get("drop"):
        return replace(line, status=Status.REFUSED, cure="Left out by a person.", candidates=(), asks="")
    if choice.get("accept") and not line.asks:
        return replace(line, status=Status.MATCHED, sure=1.0, candidates=(), asks="")
    if choice.get("new") and line.asks and line.may_be_new:
        payload = {**line.payload, line.asks: None}
        return replace(line, status=Status.ADDED, payload=payload, sure=1.0, candidates=(), asks="")
    typed = " ".join(str(choice.get("typed") or "").split())
    if typed and line.types:
        payload = {**line.payload, line.types: typed}
        return replace(line, status=Status.MATCHED, payload=payload, sure=1.0, candidates=(), asks="", types="")
    if choice.get("again") and line.may_look_again:
        return replace(line, status=Status.ADDED, sure=1.0, candidates=(), asks="", cure="", may_look_again=False)
    key = choice.get("candidate")
    if line.asks and any(candidate.key == key for candidate in line.candidates):
        payload = {**line.payload, line.asks: key}
        return replace(line, status=Status.MATCHED, payload=payload, sure=1.0, candidates=(), asks="")
    raise NotAChoice(
        "That is none of the answers this line can take; nothing was changed.",
        where=line.where,
        found=str(choice),
        expected=", ".join(candidate.key for candidate in line.candidates)
        or ("to leave it out" if line.asks else "accept or drop"),
        cure="Choose one of the candidates, say that it is new, or leave the line out."
        if line.may_be_new
        else "Choose one of the candidates, or leave the line out.",
    )


def at_new_place(line: LineOutcome, place: str) -> LineOutcome:
    """
    A waiting line once the place it names is registered: as the rest of it was read, or waiting for what else it asks.

    place  the register's key of the place
    Raises NotAChoice.
    """
    if line.status is not Status.WAITING or line.then is None:
        raise NotAChoice(
            "This line does not wait for a place; nothing was changed.",
            where=line.where,
            found=line.status.value,
            expected="a line whose place nobody has registered",
            cure="Look at the list again: somebody may have decided it.",
        )
    return replace(line.then, payload={**line.then.payload, line.place: place})


def unread_columns(kind: ImportKind, table: Table, profile: str | None = None) -> tuple[str, ...]:
    """
    The columns that hold something and that a list of this kind does not read: each by its header, by its letter where
    it has none.
    """
    if table.form in kind.forms:
        return ()
    read = with_both_headers(table, kind.columns, profile, kind=kind.name)
    used = set(match_headers(read, kind.columns, profile, kind=kind.name).by_key.values())
    return tuple(
        head.text or column_letters(index)
        for index, head in enumerate(read.columns)
        if index not in used and any(row.cells[index].text for row in read.rows)
    )


def summary(outcomes: Iterable[LineOutcome], kind: str = "", unread: Sequence[str] | None = None) -> dict[str, Any]:
    """
    The JSON of `baogong import`: lines = added + matched + unchanged + len(refused) + len(waiting).

    What is no line of the list (headings, totals that agree) stands in `noted`; of a whole list, the columns that nobody
    read in `unread_columns`.
    """
    outcomes = tuple(outcomes)
    noted = [outcome for outcome in outcomes if outcome.status is Status.NOTED]
    count = Counter(outcome.status for outcome in outcomes)
    told: dict[str, Any] = {
        "kind": kind,
        "lines": len(outcomes) - len(noted),
        "added": count[Status.ADDED],
        "matched": count[Status.MATCHED],
        "unchanged": count[Status.UNCHANGED],
        "refused": [
            {"where": line.where, "found": line.found, "expected": line.expected, "cure": line.cure}
            for line in outcomes
            if line.status is Status.REFUSED
        ],
        "waiting": [
            {
                "where": line.where,
                "found": line.found,
                "cure": line.cure,
                "candidates": [candidate.as_dict() for candidate in line.candidates],
            }
            for line in outcomes
            if line.status is Status.WAITING
        ],
        "noted": [{"where": line.where, "text": line.text} for line in noted],
    }
    return told if unread is None else told | {"unread_columns": list(unread)}
