"""Tasks, calls, events, evidence, notices; the working group and its shift change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, When
from django.db.models.expressions import Combinable

from baogong.journal.models import Call, Document, Event, Evidence, EvidenceMovement, Member, Outgoing, Task, Watch
from baogong.journal.queries.documents import DocumentView, document_views
from baogong.journal.queries.imports import waiting_lines_count
from baogong.journal.sealed import opened_data, opened_picture, opened_piece
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as ledger
from baogong.ledger.queries import HoldView
from baogong.people.services.access import require_somewhere
from baogong.people.services.identity import opener

PAPERS_MAX, WATCHES_MAX = 600, 100
AT_PLACES = (Duty.KEEPER, Duty.DRIVER, Duty.CARRIER)


@dataclass(frozen=True, slots=True)
class TaskView:
    """`owner` None: whoever of the duty takes it, at `place` where it names one."""

    id: UUID
    title: str
    duty: Duty
    place: UUID | None
    place_name: str
    owner: UUID | None
    owner_name: str
    due_at: datetime
    subject: UUID | None
    made_at: datetime
    taken_at: datetime | None
    done_at: datetime | None
    document: UUID | None
    document_number: str
    outcome: str

    def is_late(self, now: datetime) -> bool:
        return (self.done_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class CallView:
    id: UUID
    at: datetime
    name: str
    whom: str
    about: str
    outcome: str
    task: UUID | None


@dataclass(frozen=True, slots=True)
class EventView:
    """`at` on the book's clock, `written_at` on the machine's."""

    seq: int
    kind: str
    at: datetime
    written_at: datetime
    person: UUID | None
    name: str
    subject: UUID | None
    document: UUID | None
    document_number: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The bytes are fetched one by one with `evidence_payload`."""

    id: UUID
    kind: str
    text: str
    by_name: str
    media_type: str
    bytes_count: int
    sha256: str
    at_device: datetime | None
    at: datetime
    document: UUID | None
    movements: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MemberView:
    party: UUID
    name: str
    duty_text: str
    joined_at: datetime
    tasks_open: int


@dataclass(frozen=True, slots=True)
class WatchView:
    party: UUID
    name: str
    duty_text: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A message shown on its reader's page."""

    id: UUID
    template: str
    payload: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """
    What the next shift has to know, made from the book.

    counts            event kind → how often in [since, until)
    events            the last of them, newest first
    documents         drawn up in the time, newest first
    promises          open holds of the whole book, the first to end first
    signatures_short  documents that wait for a signature; `overdue` the ones done alone and past their twelve hours
    refused_in_force  done alone, then refused by the second hand: to be corrected
    """

    since: datetime
    until: datetime
    counts: dict[str, int]
    events: tuple[EventView, ...]
    documents: tuple[DocumentView, ...]
    promises: tuple[HoldView, ...] = field(repr=False)
    tasks_done: tuple[TaskView, ...]
    tasks_open: tuple[TaskView, ...]
    calls: tuple[CallView, ...]
    signatures_short: tuple[DocumentView, ...]
    overdue: tuple[DocumentView, ...]
    refused_in_force: tuple[DocumentView, ...]
    waiting_lines: int
    on_watch: tuple[WatchView, ...]
    next_watch: tuple[WatchView, ...]


def duties_of_tasks(actor: Actor) -> list[Duty]:
    """
    The duties whose free tasks the actor may take, where a task names no place.

    A duty of the office must hold everywhere for it, so that nobody takes the whole group's work
    for one place's; who keeps, drives or carries has the duty at places only, and whoever comes first takes it.
    """
    return [duty for duty in actor.reach if actor.may(duty) or duty in AT_PLACES]


def tasks(
    open_only: bool = True,
    *,
    seen_by: Actor | None = None,
    done_since: datetime | None = None,
    done_until: datetime | None = None,
    open_or_done: tuple[datetime, datetime] | None = None,
    subject: UUID | None = None,
    limit: int | None = 200,
) -> tuple[TaskView, ...]:
    """
    The first due first, at most `limit` (None: all). `seen_by`: what is this person's, or free for one of their duties;
    `open_or_done`: the open ones first, then those that ended from the one moment until the other.
    """
    rows = Task.objects.select_related("owner", "place", "document").order_by("due_at", "id")
    if open_only:
        rows = rows.filter(done_at=None)
    if open_or_done is not None:
        is_open, (start, end) = Q(done_at=None), open_or_done
        rows = rows.filter(is_open | Q(done_at__gte=start, done_at__lt=end)).order_by(
            F("done_at").asc(nulls_first=True), "due_at", "id"
        )
    if done_since is not None:
        rows = rows.filter(done_at__gte=done_since)
    if done_until is not None:
        rows = rows.filter(done_at__lt=done_until)
    if subject is not None:
        rows = rows.filter(subject=subject)
    if seen_by is not None:
        own = Q() if seen_by.person_id is None else Q(owner=seen_by.person_id)
        rows = rows.filter(own | _free_for(seen_by))
    return tuple(
        TaskView(
            id=row.id,
            title=row.title,
            duty=Duty(row.duty),
            place=row.place_id,
            place_name=row.place.name if row.place else "",
            owner=row.owner_id,
            owner_name=row.owner.name if row.owner else "",
            due_at=row.due_at,
            subject=row.subject,
            made_at=row.made_at,
            taken_at=row.taken_at,
            done_at=row.done_at,
            document=row.document_id,
            document_number=row.document.number if row.document else "",
            outcome=row.outcome,
        )
        for row in rows[:limit]
    )


def _free_for(actor: Actor) -> Q:
    """Tasks nobody owns that the actor may take for one of their duties."""
    found = Q(place=None, duty__in=[duty.value for duty in duties_of_tasks(actor)])
    for duty, places in actor.reach.items():
        at = Q(place__in=places) if places else Q(place__isnull=False)
        found |= at & Q(duty=duty.value)
    return Q(owner=None) & found


def calls(
    *, task: UUID | None = None, since: datetime | None = None, until: datetime | None = None, limit: int = 200
) -> tuple[CallView, ...]:
    """Newest first."""
    rows = Call.objects.order_by("-at", "-id")
    if task is not None:
        rows = rows.filter(task=task)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return tuple(
        CallView(row.id, row.at, row.name, row.whom, row.about, row.outcome, row.task_id) for row in rows[:limit]
    )


def events(
    *,
    kinds: Sequence[str] | None = None,
    subject: UUID | None = None,
    document: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after_seq: int | None = None,
    limit: int | None = 200,
) -> tuple[EventView, ...]:
    """
    Newest first, at most `limit` (None: all); with `after_seq` the following ones, oldest first, for a reader that keeps
    its place.
    """
    rows = Event.objects.select_related("document")
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if subject is not None:
        rows = rows.filter(subject=subject)
    if document is not None:
        rows = rows.filter(document=document)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    rows = rows.order_by("-seq") if after_seq is None else rows.filter(seq__gt=after_seq).order_by("seq")
    opened = opener()
    return tuple(
        EventView(
            seq=row.seq,
            kind=row.kind,
            at=row.at,
            written_at=row.written_at,
            person=row.person_id,
            name=row.name,
            subject=row.subject,
            document=row.document_id,
            document_number=row.document.number if row.document else "",
            data=opened_data(row.data, opened),
        )
        for row in rows[:limit]
    )


MARK_OF = 200


def newest_mark() -> str:
    """
    Where the journal stands: another text whenever an event was written. One query, however long the journal is.

    Of the last events their number and both ends: one that was given a smaller number and committed later shows too.
    """
    last = Event.objects.order_by("-seq").values("seq")[:MARK_OF]
    found = Event.objects.filter(seq__in=last).aggregate(last=Max("seq"), first=Min("seq"), count=Count("seq"))
    return f"{found['last'] or 0}.{found['first'] or 0}.{found['count']}"


def evidence_of(movements: Iterable[UUID]) -> tuple[EvidenceView, ...]:
    """What shows these movements, in the order it came. One query."""
    shown = EvidenceMovement.objects.filter(movement__in=list(movements))
    rows = (
        Evidence.objects.filter(pk__in=shown.values("evidence"))
        .annotate(of=ArraySubquery(shown.filter(evidence=OuterRef("pk")).order_by("movement").values("movement")))
        .order_by("at", "id")
        .extra(select={"size": "octet_length(payload)"})
    )
    opened = opener()
    return tuple(_piece(row, opened, tuple(row.of)) for row in rows.defer("payload"))


def _piece(row: Any, opened: Callable[[str], str], movements: tuple[UUID, ...]) -> EvidenceView:
    text, name = opened_piece(row.sealed, opened) if row.sealed else (row.text, row.by_name)
    return EvidenceView(
        id=row.id,
        kind=row.kind,
        text=text,
        by_name=name,
        media_type=row.media_type,
        bytes_count=row.size or 0,
        sha256=bytes(row.sha256).hex(),
        at_device=row.at_device,
        at=row.at,
        document=row.document_id,
        movements=movements,
    )


def evidence_under(documents: Iterable[UUID]) -> tuple[EvidenceView, ...]:
    """What was kept with these documents and shows no movement, in the order it came. One query."""
    rows = Evidence.objects.filter(document__in=list(documents), movements=None).order_by("at", "id")
    opened = opener()
    shown = rows.extra(select={"size": "octet_length(payload)"}).defer("payload")
    return tuple(_piece(row, opened, ()) for row in shown)


def evidence_payload(evidence: UUID, actor: Actor, *, is_own: bool = False) -> tuple[bytes, str]:
    """
    (bytes, media type) of a photo or drawn signature. Raises NotYourPlace, NotFound.

    is_own  the caller found it among the papers of one of the actor's places: then a duty of the office there is enough
    """
    office = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
    if is_own:
        require_somewhere(actor, *office)
    else:
        actor.require(*office)
    row = Evidence.objects.filter(id=evidence, payload__isnull=False).first()
    return _picture(row, evidence)


def _picture(row: Evidence | None, evidence: UUID) -> tuple[bytes, str]:
    """Raises NotFound, also of one whose people were forgotten."""
    payload = None if row is None or row.payload is None else bytes(row.payload)
    if row is not None and payload is not None and row.sealed:
        payload = opened_picture(payload)
    if row is None or payload is None:
        raise NotFound("There is no such picture in this book.", where=str(evidence))
    return payload, row.media_type


def photo_of(evidence: UUID, *, movements: Iterable[UUID]) -> tuple[bytes, str]:
    """(bytes, media type) of a photo that shows one of these movements; whose it is the caller asked. Raises NotFound."""
    rows = Evidence.objects.filter(id=evidence, kind=Evidence.Kind.PHOTO, payload__isnull=False)
    return _picture(rows.filter(movements__movement__in=list(movements)).first(), evidence)


def working_group() -> tuple[MemberView, ...]:
    """The members, the first to join first, with how many open tasks each has."""
    open_tasks = dict(
        Task.objects.filter(done_at=None, owner__isnull=False)
        .values_list("owner")
        .annotate(count=Count("id"))
        .order_by()
    )
    rows = Member.objects.filter(left_at=None).select_related("party").order_by("joined_at", "party_id")
    return tuple(
        MemberView(row.party_id, row.party.name, row.duty_text, row.joined_at, open_tasks.get(row.party_id, 0))
        for row in rows
    )


def watches(*, since: datetime, until: datetime) -> tuple[WatchView, ...]:
    """Every watch that touches [since, until), the first to start first."""
    rows = Watch.objects.filter(start_at__lt=until, end_at__gt=since).select_related("member__party")
    return tuple(_watch(row) for row in rows.order_by("start_at", "id"))


def on_watch(now: datetime) -> tuple[WatchView, ...]:
    """Whose watch it is, the first to end first."""
    rows = Watch.objects.filter(start_at__lte=now, end_at__gt=now).select_related("member__party")
    return tuple(_watch(row) for row in rows.order_by("end_at", "id"))


def notices(party: UUID, *, limit: int = 50) -> tuple[NoticeView, ...]:
    """What this person's page shows and they have not closed, newest first."""
    rows = Outgoing.objects.filter(to_party=party, channel="PAGE", sent_at__isnull=False, read_at=None)
    return tuple(
        NoticeView(row.id, row.template, row.payload, row.sent_at)
        for row in rows.order_by("-sent_at", "-id")[:limit]
        if row.sent_at is not None
    )


def messages_under(key: str, *, limit: int = 50) -> tuple[NoticeView, ...]:
    """Messages put out under keys that begin so, sent or not yet, the oldest first; `sent_at`: when they were written."""
    rows = Outgoing.objects.filter(dedupe_key__startswith=key).order_by("made_at", "id")[:limit]
    return tuple(NoticeView(row.id, row.template, row.payload, row.made_at) for row in rows)


def was_put_out(key: Combinable) -> Exists:
    """Whether a message stands under this key, sent or not yet; for a query of another room's rows, of whose columns it is made."""
    return Exists(Outgoing.objects.filter(dedupe_key=key))


def messages_stuck(*, attempts: int = 5, limit: int = 100) -> tuple[tuple[UUID, str, int, str], ...]:
    """(id, channel, attempts, last error) of messages no far end would take, longest waiting first."""
    rows = Outgoing.objects.filter(sent_at=None, attempts__gte=attempts).order_by("made_at", "id")
    return tuple(rows.values_list("id", "channel", "attempts", "last_error")[:limit])


def shift_change(since: datetime, until: datetime, *, seen_by: Actor | None = None) -> ShiftChange:
    """
    The page one shift leaves to the next: what changed in [since, until), what is promised, what is late, who is next.

    until    the present moment
    seen_by  who reads it: lines that wait are counted of the lists this person may look at (None: the house itself, all)
    """
    in_time = Event.objects.filter(at__gte=since, at__lt=until)
    state = Document.State
    is_short, is_drawn = Q(state=state.WAITING), Q(drawn_at__gte=since, drawn_at__lt=until)
    is_overdue = Q(state=state.ALONE, second_due_at__lte=until)
    is_refused = Q(state=state.REFUSED, was_alone=True, ended_at__gte=since, ended_at__lt=until)
    # What somebody has to see to is never crowded out by what a busy shift drew up.
    pressing = is_short | is_overdue | is_refused
    found = Document.objects.filter(pressing | is_drawn).annotate(
        rank=Case(When(pressing, then=0), default=1, output_field=IntegerField())
    )
    papers = sorted(
        document_views(found.order_by("rank", "-drawn_at", "-id"), PAPERS_MAX),
        key=lambda paper: (paper.drawn_at, paper.id),
        reverse=True,
    )
    work = tasks(False, open_or_done=(since, until))
    coming = Watch.objects.filter(end_at__gt=until).select_related("member__party").order_by("start_at", "id")
    watches = list(coming[:WATCHES_MAX])
    first = next((row.start_at for row in watches if row.start_at > until), None)
    promises = sorted(
        ledger.open_holds(), key=lambda hold: (hold.expires_at is None, hold.expires_at or until, hold.id)
    )
    return ShiftChange(
        since=since,
        until=until,
        counts=dict(in_time.values_list("kind").annotate(count=Count("seq")).order_by("kind")),
        events=events(since=since, until=until),
        documents=tuple(paper for paper in papers if since <= paper.drawn_at < until),
        promises=tuple(promises),
        tasks_done=tuple(task for task in work if task.done_at is not None),
        tasks_open=tuple(task for task in work if task.done_at is None),
        calls=calls(since=since, until=until),
        signatures_short=tuple(paper for paper in reversed(papers) if paper.state == state.WAITING),
        overdue=tuple(sorted((paper for paper in papers if paper.is_overdue(until)), key=_second_due)),
        refused_in_force=tuple(sorted((paper for paper in papers if _is_refused(paper, since, until)), key=_ended)),
        waiting_lines=waiting_lines_count(seen_by=seen_by),
        on_watch=tuple(
            sorted((_watch(row) for row in watches if row.start_at <= until), key=lambda watch: watch.end_at)
        ),
        next_watch=tuple(_watch(row) for row in watches if first is not None and row.start_at == first),
    )


def _is_refused(paper: DocumentView, since: datetime, until: datetime) -> bool:
    if paper.state != Document.State.REFUSED or not paper.was_alone or paper.ended_at is None:
        return False
    return since <= paper.ended_at < until


def _second_due(paper: DocumentView) -> tuple[datetime | None, UUID]:
    return paper.second_due_at, paper.id


def _ended(paper: DocumentView) -> tuple[datetime | None, UUID]:
    return paper.ended_at, paper.id


def _watch(row: Watch) -> WatchView:
    return WatchView(row.member_id, row.member.party.name, row.member.duty_text, row.start_at, row.end_at)
