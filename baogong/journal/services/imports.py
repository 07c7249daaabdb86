"""
Imports: a file is read, previewed, applied, and its doubtful lines wait for a person.

The rooms say what their lists mean (`baogong.engine.sheets.kinds`); here is what holds for every kind: all sound lines
of a run go in together or not at all (but for those a kind tells to have been overtaken), a bad line never hides the next,
and the same file again changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from baogong.engine.sheets.kinds import (
    ImportKind,
    LineOutcome,
    NotAChoice,
    Status,
    at_new_place,
    kind_named,
    kinds,
    settle,
    unread_columns,
)
from baogong.engine.sheets.names import fold
from baogong.engine.sheets.readers import read_table
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.models import ImportLine, ImportRun
from baogong.journal.queries.imports import ImportView, import_line, import_run, lines_within, of_people, require_sight
from baogong.journal.services.documents import draw_up, lock_numbers
from baogong.journal.services.events import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.ids import derived_id, new_id
from baogong.people.queries.merges import houses
from baogong.people.services.access import require_somewhere
from baogong.people.services.parties import register_party
from baogong.places import queries as places
from baogong.places.services import add_site

IMPORTERS = (Duty.CLERK, Duty.COMMAND, Duty.KEEPER)
PLACE_REGISTRARS = (Duty.COMMAND, Duty.CLERK)
PLACE_ROLES = ("WAREHOUSE", "HUB", "PICKUP", "STATION", "RECEIVER")  # of the places where goods may stand
PREVIEW_KEPT_H = 24  # so long what a list of people tells waits for whoever writes it
LINES_AT_ONCE = 1_000
_Place = tuple[str, int]  # the cell, and which of the lines that one cell gave


class PreviewLapsed(BaogongError):
    """Nobody wrote this list of people in time, or they were forgotten meanwhile: what it told is gone."""

    kind, code = Kind.CONFLICT, "journal.preview-lapsed"


def read_lines(
    *, kind: str, file_name: str, data: bytes, profile: str | None, actor: Actor, now: datetime
) -> tuple[tuple[LineOutcome, ...], tuple[str, ...]]:
    """
    What each line of the file would do, and the columns nobody read. Writes nothing.

    A line of the same file that stands in the book already, or that a person has settled, is UNCHANGED. Of a list of people
    a line of a place that is not the actor's is refused, whatever it would come to: what the book says of that place's
    people is not the actor's to ask.
    Raises UnusableInput: an unknown kind or profile, a file that cannot be read or is too large.
    """
    known, table = kind_named(kind), read_table(file_name, data)
    outcomes = _of_own_places(known, known.read(table, profile, now, actor), actor)
    lines = _without_known(outcomes, _known_lines(known, sha256(data).digest(), actor))
    return lines, unread_columns(known, table, profile)


@transaction.atomic
def preview(*, kind: str, file_name: str, data: bytes, profile: str | None, actor: Actor, now: datetime) -> ImportView:
    """Read the file and keep what each line would do, for a person to look at. Nothing else is written."""
    require_somewhere(actor, *IMPORTERS)
    kind_named(kind).require(actor)
    outcomes, unread = read_lines(kind=kind, file_name=file_name, data=data, profile=profile, actor=actor, now=now)
    run = ImportRun.objects.create(
        id=new_id(),
        kind=kind,
        profile=profile or "",
        file_name=file_name,
        file_hash=sha256(data).digest(),
        file=data if kind_named(kind).keeps_file else None,
        state=ImportRun.State.PREVIEWED,
        made_by_id=actor.person_id,
        made_at=now,
        unread_columns=list(unread),
    )
    ImportLine.objects.bulk_create(
        [
            ImportLine(
                id=new_id(),
                run=run,
                number=number,
                where=outcome.where,
                status=outcome.status.value,
                outcome=outcome.as_dict(),
            )
            for number, outcome in enumerate(outcomes)
        ]
    )
    return import_run(run.id)


@transaction.atomic
def apply(*, run: UUID, actor: Actor, now: datetime) -> ImportView:
    """
    Write every added and matched line, under one document; the waiting ones wait on. All or nothing, but for lines of which
    the kind tells that they were overtaken.

    The book as it stands now decides, not as it stood at the preview: a line that meets what came in since, another
    list's same wish or a count a power of ten away, waits for a person like any other doubt.
    Applied a second time, or after another run of the same file, it changes nothing. Of a list whose file is not kept, no
    line tells afterwards what it told.
    Raises NotYourPlace, PreviewLapsed; whatever the kind's apply raises.
    """
    require_somewhere(actor, *IMPORTERS)
    lock_numbers("IMPORT")  # one import after the other: two runs of one file cannot both find it new
    row = lock_row(ImportRun.objects.all(), run)
    _require(row, actor)
    if ImportLine.objects.filter(run=row).exclude(pk__in=_seen(row, actor).values("pk")).exists():
        actor.require(*kind_named(row.kind).duties)  # who sees a part of a list does not write the whole
    if row.state == ImportRun.State.APPLIED:
        return import_run(run)
    _refuse_lapsed(row)
    lines = list(ImportLine.objects.filter(run=row).order_by("number"))
    overtaken = _overtaken(row, lines, actor, now)
    ImportLine.objects.bulk_update(overtaken, ["status", "outcome"], batch_size=LINES_AT_ONCE)
    sound = [line for line in lines if Status(line.status).is_sound]
    if sound:
        row.document_id = _apply(row, sound, actor=actor, now=now, request_id=derived_id("import", run))
    _close_earlier_queues(row)
    row.state, row.applied_at, row.file = ImportRun.State.APPLIED, now, None
    row.save(update_fields=["state", "applied_at", "document", "file"])
    _let_go(row)
    return import_run(run)


@transaction.atomic
def lapse_previews(*, now: datetime, most: int = 100) -> int:
    """Of lists of people that nobody wrote in time what they tell goes; how many there were."""
    due = _of_people().filter(made_at__lte=now - timedelta(hours=PREVIEW_KEPT_H)).order_by("made_at", "id")
    return _lapse(due.values_list("id", flat=True)[:most])


@transaction.atomic
def lapse_previews_of(*, place: UUID) -> int:
    """
    The place forgets its people, and so does every list of them that nobody has written; how many there were.

    Takes the lists alone, which whoever writes one holds before anything it writes to: to be called before other rows are
    locked. What all imports wait for is not taken, as other places' lists are written meanwhile.
    """
    return _lapse(of_people(place).values_list("id", flat=True))


def _of_people() -> QuerySet[ImportRun]:
    """Previews of the kinds whose files are not kept."""
    private = [kind.name for kind in kinds() if not kind.keeps_file]
    return ImportRun.objects.filter(kind__in=private, state=ImportRun.State.PREVIEWED)


def _lapse(runs: Iterable[UUID]) -> int:
    held = lock_rows(_of_people(), list(runs))
    for row in held:
        _let_go(row)
    return ImportRun.objects.filter(id__in=[row.id for row in held]).update(state=ImportRun.State.LAPSED)


_MOMENT = re.compile(r"(?:[A-Z]+ (?:\D{1,80} )?)?\d{4}-\d\d-\d\d \d\d:\d\d")


def _let_go(run: ImportRun, lines: Iterable[ImportLine] | None = None) -> None:
    """
    What its lines (None: all of them) told is the room's now, or nobody's, and goes; of which place they are stays. What was
    refused goes too: a number may stand in any column. A moment stays, as it names nobody. What waits for a person waits on.
    """
    kind = kind_named(run.kind)
    if kind.keeps_file:
        return
    if lines is None:
        lines = ImportLine.objects.filter(run=run).exclude(status=Status.WAITING).iterator(chunk_size=LINES_AT_ONCE)
    emptied = (line for line in lines if line.status != Status.WAITING and _empty(line, kind))
    while some := list(islice(emptied, LINES_AT_ONCE)):
        ImportLine.objects.bulk_update(some, ["outcome"])


def _empty(line: ImportLine, kind: ImportKind) -> bool:
    """Whether there was anything left that it told."""
    told = LineOutcome.from_dict(line.outcome)
    payload = {key: told.payload[key] for key in told.payload if key == kind.place}
    found = told.found if _MOMENT.fullmatch(told.found) else ""
    text = "" if told.found != found and told.found in told.text else told.text
    kept = replace(told, payload=payload, text=text, found=found, written="", notes=(), candidates=(), then=None)
    if kept == told:
        return False
    _put(line, kept)
    return True


def _refuse_lapsed(run: ImportRun) -> None:
    if run.state == ImportRun.State.LAPSED:
        raise PreviewLapsed(
            f"This list was read at {run.made_at.isoformat(timespec='minutes')} and not written within {PREVIEW_KEPT_H} hours, "
            "or its people were forgotten meanwhile: what it told is gone. Nothing was written.",
            where=run.file_name,
            found=run.made_at.isoformat(timespec="minutes"),
            expected=f"a list written within {PREVIEW_KEPT_H} hours",
            cure="Bring the file in again and write it then.",
        )


@transaction.atomic
def resolve(*, line: UUID, choice: dict[str, object], actor: Actor, now: datetime, alike: bool = False) -> ImportView:
    """
    A person's decision on a waiting line (`engine.sheets.kinds.settle` lists the choices); it is applied at once where
    its run was applied.

    alike  decide all lines of the run that wait with the same value and the same question
    Raises NotAChoice, NotYourPlace; whatever the kind's apply raises, and then nothing is changed.
    """
    return _decide(
        line,
        lambda outcome: settle(outcome, choice),
        with_others=_is_alike if alike else None,
        actor=actor,
        now=now,
    )


@transaction.atomic
def register_place(
    *, line: UUID, name: str, role: str, city: str = "", actor: Actor, now: datetime
) -> tuple[ImportView, UUID, int]:
    """
    The place a waiting line names is new: it is registered, what the list calls it becomes its other name, and every
    waiting line of that list goes there, or nothing is. The list, the place, and how many lines are of it.

    role  what goods do there: one of PLACE_ROLES
    Raises NotYourPlace, NotAChoice, UnusableInput; whatever the kind's apply raises.
    """
    actor.require(*PLACE_REGISTRARS)
    asked = import_line(line, seen_by=actor)
    if role not in PLACE_ROLES:
        raise NotAChoice(
            "That is nothing a place of goods can be for. Nothing was registered.",
            where="role",
            found=role,
            expected=", ".join(PLACE_ROLES),
            cure="Choose one of them.",
        )
    site = register_party(
        kind="SITE",
        name=name,
        city=city,
        aliases=[asked.place_name] if asked.place_name else (),
        now=now,
        confirmed_by=actor.person_id,
    )
    if not places.sites(ids=[site]):  # another list's line may have had it registered
        add_site(party=site, role=role)
    view = settle_at_place(line=line, place=site, actor=actor, now=now)
    return view, site, sum(each.outcome.payload.get(asked.place) == str(site) for each in view.lines)


@transaction.atomic
def settle_at_place(*, line: UUID, place: UUID, actor: Actor, now: datetime) -> ImportView:
    """
    The place that a waiting line names is registered now. Every line of the list that waits and names it so goes there,
    or waits on for what else it asks; applied at once like any decision.

    Raises NotAChoice, NotYourPlace; whatever the kind's apply raises, and then nothing is changed.
    """
    return _decide(
        line,
        lambda outcome: at_new_place(outcome, str(place)),
        with_others=_names_the_same_place,
        actor=actor,
        now=now,
    )


def _decide(
    line: UUID,
    decided: Callable[[LineOutcome], LineOutcome],
    *,
    with_others: Callable[[LineOutcome, LineOutcome], bool] | None,
    actor: Actor,
    now: datetime,
) -> ImportView:
    """`with_others`: which other waiting lines of the run are decided with this one; None: no other."""
    require_somewhere(actor, *IMPORTERS)
    lock_numbers("IMPORT")
    asked = lock_row(ImportLine.objects.all(), line)
    run = lock_row(ImportRun.objects.all(), asked.run_id)
    _require(run, actor)
    _refuse_lapsed(run)
    if not _seen(run, actor).filter(pk=line).exists():
        actor.require(*kind_named(run.kind).duties)
    question = LineOutcome.from_dict(asked.outcome)
    lines = [asked]
    if with_others is not None:
        waiting = _seen(run, actor).filter(status=Status.WAITING).exclude(id=line)
        same = [other.id for other in waiting if with_others(LineOutcome.from_dict(other.outcome), question)]
        lines += lock_rows(ImportLine.objects.all(), same)
    kind = kind_named(run.kind)
    ask_again = kind.ask_again if kind.asks_at_once or run.state == ImportRun.State.APPLIED else None
    for each in lines:
        outcome = decided(LineOutcome.from_dict(each.outcome))
        if ask_again is not None and outcome.status.is_sound:
            outcome = ask_again(outcome, now)
        _put(each, outcome)
        _require_place(run, each, actor)
        if outcome.status is not Status.WAITING:
            each.settled_at, each.settled_by_id = now, actor.person_id
    ImportLine.objects.bulk_update(lines, ["status", "outcome", "settled_at", "settled_by"], batch_size=LINES_AT_ONCE)
    sound = [each for each in lines if Status(each.status).is_sound]
    if sound and run.state == ImportRun.State.APPLIED:
        _apply(run, sound, actor=actor, now=now, request_id=derived_id("import-line", line))
    if run.state == ImportRun.State.APPLIED:
        _let_go(run, lines)
    return import_run(run.id)


def _require(run: ImportRun, actor: Actor) -> None:
    """Raises NotYourPlace unless the kind's duties are the actor's, and the list is one they may look at."""
    kind_named(run.kind).require(actor)
    require_sight(run, actor)


def _seen(run: ImportRun, actor: Actor) -> QuerySet[ImportLine]:
    return ImportLine.objects.filter(lines_within(run, actor), run=run)


def _require_place(run: ImportRun, line: ImportLine, actor: Actor) -> None:
    """
    Raises NotYourPlace where a decided line is of a place that is not the actor's: left out, no service would ask.

    A line that names no place is left out by who brought the list in, or whose duty reaches everywhere.
    """
    kind = kind_named(run.kind)
    if not kind.place:
        return
    at = _registered(LineOutcome.from_dict(line.outcome).payload.get(kind.place))
    if at is not None:
        if not any(actor.may(duty, party) for duty in kind.duties for party in houses().family([at])):
            actor.require(*kind.duties, at=at)
    elif line.status == Status.REFUSED and (actor.person_id is None or run.made_by_id != actor.person_id):
        actor.require(*kind.duties)


def _registered(place: object) -> UUID | None:
    """The party a payload names; None where it names none, or one that only the list knows so far."""
    try:
        return UUID(str(place))
    except ValueError:
        return None


@recorded("journal.import.applied")
def _apply(run: ImportRun, lines: Sequence[ImportLine], *, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    document = draw_up(
        kind="IMPORT",
        title=run.file_name,
        body={
            "kind": run.kind,
            "profile": run.profile,
            "sha256": bytes(run.file_hash).hex(),
            "lines": [line.where for line in lines],
        },
        actor=actor,
        now=now,
        request_id=request_id,
        subjects=[run.id],
    )
    outcomes = [LineOutcome.from_dict(line.outcome) for line in lines]
    told = kind_named(run.kind).apply(outcomes, actor=actor, document=document, now=now) or outcomes
    written, changed = [], []
    for line, before, outcome in zip(lines, outcomes, told, strict=True):
        if outcome.status.is_sound:
            written.append(line.id)
        else:  # overtaken since it was looked at: nobody has settled it
            line.settled_at, line.settled_by = None, None
        if outcome != before:
            _put(line, outcome)
            changed.append(line)
    ImportLine.objects.bulk_update(changed, ["status", "outcome", "settled_at", "settled_by"], batch_size=LINES_AT_ONCE)
    ImportLine.objects.filter(id__in=written).update(is_applied=True)
    record(
        kind="journal.import.applied",
        actor=actor,
        now=now,
        subject=run.id,
        document=document,
        data={"kind": run.kind, "lines": len(written)},
    )
    return document


def _put(line: ImportLine, outcome: LineOutcome) -> None:
    line.status, line.outcome = outcome.status.value, outcome.as_dict()


def _is_alike(one: LineOutcome, other: LineOutcome) -> bool:
    return (one.found, one.asks, one.candidates, one.cure) == (other.found, other.asks, other.candidates, other.cure)


def _names_the_same_place(one: LineOutcome, other: LineOutcome) -> bool:
    return one.then is not None and (one.place, fold(one.place_name)) == (other.place, fold(other.place_name))


def _of_own_places(kind: ImportKind, outcomes: Iterable[LineOutcome], actor: Actor) -> tuple[LineOutcome, ...]:
    """Of a list of people: the outcomes, those of places that are not the actor's refused, and nothing else said of them."""
    if not kind.is_private or not kind.place:
        return tuple(outcomes)
    is_own = _reaches(kind, actor)
    return tuple(one if is_own(one.payload.get(kind.place)) else _of_another(one) for one in outcomes)


def _of_another(line: LineOutcome) -> LineOutcome:
    return LineOutcome(
        line.where,
        Status.REFUSED,
        sure=0.0,
        written=line.written,
        expected="a place of your own",
        cure="Leave it to whoever works there, or ask an administrator of the working group for this place.",
    )


def _reaches(kind: ImportKind, actor: Actor) -> Callable[[object], bool]:
    """Whether the place that a payload names is the actor's; one that no register knows is nobody else's."""
    merged = houses() if kind.place and not actor.may_any(*kind.duties) else None

    def is_own(place: object) -> bool:
        at = _registered(place)
        return (
            merged is None
            or at is None
            or any(actor.may(duty, party) for duty in kind.duties for party in merged.family([at]))
        )

    return is_own


def _known_lines(kind: ImportKind, file_hash: bytes, actor: Actor) -> set[_Place]:
    """
    The places of this file that stand in the book already: applied, or settled by a person. What was refused since does not.

    Of a list of people only what is of the actor's own places: else whoever writes another city's row anew, letter by letter,
    would be told that it stands there.
    """
    dropped = kind.dropped(file_hash) if kind.dropped is not None else set()
    is_own = _reaches(kind, actor) if kind.is_private else lambda _place: True
    lines = ImportLine.objects.filter(run__kind=kind.name, run__file_hash=file_hash, run__state=ImportRun.State.APPLIED)
    known: set[_Place] = set()
    met: Tally[tuple[UUID, str]] = Tally()
    facts = lines.order_by("run_id", "number").values_list(
        "run_id", "where", "is_applied", "settled_at", f"outcome__payload__{kind.place or '-'}"
    )
    for run, where, is_applied, settled_at, place in facts.iterator():
        met[run, where] += 1
        if (is_applied or settled_at is not None) and where not in dropped and is_own(place):
            known.add((where, met[run, where]))
    return known


def _without_known(outcomes: Iterable[LineOutcome], known: set[_Place]) -> tuple[LineOutcome, ...]:
    """The outcomes, those of known places as UNCHANGED."""
    met: Tally[str] = Tally()
    kept: list[LineOutcome] = []
    for outcome in outcomes:
        met[outcome.where] += 1
        is_known = (outcome.where, met[outcome.where]) in known
        kept.append(_closed(outcome) if is_known else outcome)
    return tuple(kept)


def _overtaken(run: ImportRun, lines: Sequence[ImportLine], actor: Actor, now: datetime) -> list[ImportLine]:
    """The lines that come to something else than at the preview, each with its new outcome; not saved."""
    before = [LineOutcome.from_dict(line.outcome) for line in lines]
    if run.file is None:  # a list whose file is not kept: only what the same file brought is known
        after = _without_known(before, _known_lines(kind_named(run.kind), bytes(run.file_hash), actor))
    else:
        after, _ = read_lines(
            kind=run.kind,
            file_name=run.file_name,
            data=bytes(run.file),
            profile=run.profile or None,
            actor=actor,
            now=now,
        )
    changed = []
    for line, old, new in zip(lines, before, after, strict=True):
        if new.status is Status.UNCHANGED:
            kept = _closed(old)
        elif line.settled_at is not None or (old.status is Status.WAITING and new.status.is_sound):
            kept = old  # a person's word stands; what was shown as a question is not answered behind their back
        else:
            kept = new
        if kept != old:
            _put(line, kept)
            changed.append(line)
    return changed


def _closed(outcome: LineOutcome) -> LineOutcome:
    return replace(outcome, status=Status.UNCHANGED, candidates=(), asks="")


def _close_earlier_queues(run: ImportRun) -> None:
    """What still waits of this file waits in its newest run only."""
    earlier = ImportLine.objects.filter(
        run__kind=run.kind,
        run__file_hash=run.file_hash,
        run__state=ImportRun.State.APPLIED,
        status=Status.WAITING,
    ).exclude(run=run)
    closed = list(earlier.order_by("id"))
    for line in closed:
        _put(line, _closed(LineOutcome.from_dict(line.outcome)))
    ImportLine.objects.bulk_update(closed, ["status", "outcome"], batch_size=LINES_AT_ONCE)
    _let_go(run, closed)  # all of them are of its kind
