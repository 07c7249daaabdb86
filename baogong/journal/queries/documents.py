"""Documents and their signatures, as pages and other rooms read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from baogong.journal.models import Document, DocumentSubject, Evidence, Signature
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignatureView:
    """`person` None: the house itself, or a hand known by name only."""

    person: UUID | None
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DocumentView:
    """
    state          WAITING, SIGNED, ALONE (in force, second signature due), REFUSED, CANCELLED
    second_due_at  for what was done alone on duty
    """

    id: UUID
    kind: str
    number: str
    title: str
    body: dict[str, Any] = field(repr=False)
    state: str
    signatures_required: int
    signatures: tuple[SignatureView, ...]
    signers: tuple[Duty, ...]
    at: UUID | None
    beneficiary: UUID | None
    subjects: tuple[UUID, ...]
    drawn_by: UUID | None
    drawn_by_name: str
    drawn_at: datetime
    was_alone: bool
    second_due_at: datetime | None
    ended_at: datetime | None
    ended_why: str

    @property
    def is_in_force(self) -> bool:
        return self.state in (Document.State.SIGNED, Document.State.ALONE)

    def require_sight(self, actor: Actor) -> None:
        """Raises NotYourPlace unless the actor has a duty of the office, may sign it, or drew it up or signed it."""
        own = {self.drawn_by, *(signature.person for signature in self.signatures)}
        if actor.person_id is not None and actor.person_id in own:
            return
        if not actor.may_any(*self.signers, at=self.at):
            actor.require(Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR, at=self.at)

    def is_overdue(self, now: datetime) -> bool:
        """Done alone, and the second signature has not come in time."""
        return self.state == Document.State.ALONE and self.second_due_at is not None and now >= self.second_due_at


@dataclass(frozen=True, slots=True)
class PaperView:
    """What a document says and who drew it up, without its signatures; `pictures` kept with it that show no movement."""

    id: UUID
    number: str
    body: dict[str, Any] = field(repr=False)
    drawn_by_name: str
    drawn_at: datetime
    pictures: tuple[UUID, ...]


def papers(ids: Collection[UUID]) -> tuple[PaperView, ...]:
    """Those that exist, the oldest first; one query."""
    kept = Evidence.objects.filter(document=OuterRef("pk"), movements=None).order_by("at", "id").values("pk")
    rows = Document.objects.filter(id__in=list(ids)).annotate(pictures=ArraySubquery(kept)).order_by("drawn_at", "id")
    return tuple(
        PaperView(row.id, row.number, row.body, row.drawn_by_name, row.drawn_at, tuple(row.pictures)) for row in rows
    )


def document(key: UUID | str) -> DocumentView:
    """By id, or by number ("PA-0001"). Raises NotFound."""
    found = document_views(Document.objects.filter(Q(id=key) if isinstance(key, UUID) else Q(number=key)))
    if not found:
        raise NotFound("There is no such document in this book.", where=str(key), cure="Open the list again.")
    return found[0]


def is_drawn_up(request_id: UUID) -> bool:
    """Whether this request drew up a document before."""
    return Document.objects.filter(request_id=request_id).exists()


def documents_by_id(ids: Collection[UUID]) -> tuple[DocumentView, ...]:
    """Those that exist, the oldest first; one query, none where no id is given."""
    if not ids:
        return ()
    return document_views(Document.objects.filter(id__in=ids).order_by("drawn_at", "id"))


def documents(
    kind: str | None = None,
    subject: UUID | None = None,
    *,
    kinds: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    drawn_since: datetime | None = None,
    drawn_until: datetime | None = None,
    limit: int = 200,
) -> tuple[DocumentView, ...]:
    """Newest first."""
    rows = Document.objects.order_by("-drawn_at", "-id")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if subject is not None:
        rows = rows.filter(id__in=DocumentSubject.objects.filter(subject=subject).values("document"))
    if states is not None:
        rows = rows.filter(state__in=states)
    if drawn_since is not None:
        rows = rows.filter(drawn_at__gte=drawn_since)
    if drawn_until is not None:
        rows = rows.filter(drawn_at__lt=drawn_until)
    return document_views(rows, limit)


def pending_signatures(actor: Actor, *, document: UUID | None = None, limit: int = 200) -> tuple[DocumentView, ...]:
    """
    What waits for a signature this actor may give: not signed by them, not to their own gain; most urgent first.

    document  only this one, if it does
    """
    rows = Document.objects.filter(state__in=(Document.State.WAITING, Document.State.ALONE))
    if document is not None:
        rows = rows.filter(pk=document)
    if actor.person_id is not None:
        rows = rows.exclude(signatures__person=actor.person_id)
    for_oneself = {actor.person_id, *(place for places in actor.reach.values() for place in places)} - {None}
    rows = rows.exclude(signatures_required=2, beneficiary__in=for_oneself)
    within_reach = Q(pk__in=())
    for duty, places in actor.reach.items():
        may_sign = Q(signers__contains=[duty.value])
        within_reach |= may_sign & Q(at__in=places) if places else may_sign
    return document_views(rows.filter(within_reach).order_by("second_due_at", "drawn_at", "id"), limit)


def signatures_overdue(now: datetime, *, limit: int | None = 200) -> tuple[DocumentView, ...]:
    """Done alone on duty more than twelve hours ago, and still one signature short; longest overdue first."""
    return signatures_due(now, limit=limit)


def signatures_due(until: datetime, *, limit: int | None = 200) -> tuple[DocumentView, ...]:
    """Done alone on duty, one signature short, and due by then or overdue already; who waits longest first. One query."""
    found = Document.objects.filter(state=Document.State.ALONE, second_due_at__lte=until)
    return document_views(found.order_by("second_due_at", "id"), limit)


def document_views(rows: QuerySet[Document], limit: int | None = None) -> tuple[DocumentView, ...]:
    """With signatures and subjects, at most `limit`; one query."""
    signed = Signature.objects.filter(document=OuterRef("pk")).order_by("at", "id")
    about = DocumentSubject.objects.filter(document=OuterRef("pk")).order_by("id")
    found = rows.annotate(
        told=ArraySubquery(signed.values(told=JSONObject(person="person_id", name="name", at="at"))),
        about=ArraySubquery(about.values("subject")),
    )
    return tuple(
        DocumentView(
            id=row.id,
            kind=row.kind,
            number=row.number,
            title=row.title,
            body=row.body,
            state=row.state,
            signatures_required=row.signatures_required,
            signatures=tuple(
                SignatureView(each["person"] and UUID(each["person"]), each["name"], datetime.fromisoformat(each["at"]))
                for each in row.told
            ),
            signers=tuple(Duty(duty) for duty in row.signers),
            at=row.at_id,
            beneficiary=row.beneficiary_id,
            subjects=tuple(row.about),
            drawn_by=row.drawn_by_id,
            drawn_by_name=row.drawn_by_name,
            drawn_at=row.drawn_at,
            was_alone=row.was_alone,
            second_due_at=row.second_due_at,
            ended_at=row.ended_at,
            ended_why=row.ended_why,
        )
        for row in found[:limit]
    )
