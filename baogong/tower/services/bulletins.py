"""
A bulletin is drawn from the book, looked at, given words, published under a paper, and corrected by another version only.

What everyone may read takes two persons' signatures, what superiors read one. Between the first signature and the second
nothing of it can be changed: the paper names the hash of what is signed.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from baogong.journal.clock import house_day
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.mapping import content_hash
from baogong.journal.queries import DocumentView, documents_by_id, is_drawn_up
from baogong.journal.services import draw_up, record, recorded, when_in_force
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.windows import FIRST_DAY
from baogong.people.queries.parties import without_numbers
from baogong.tower.bulletins.content import draw_content
from baogong.tower.bulletins.measures import Audience
from baogong.tower.models import Bulletin

DOCUMENT = "BULLETIN"
DRAWERS = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK)
PUBLISHERS = (Duty.COMMAND, Duty.APPROVER)
WORDS_MAX, WHY_MAX = 4_000, 500
State = Bulletin.State


class BulletinNotThere(NotFound):
    """No bulletin has this id."""

    code = "tower.bulletin-not-there"


class BulletinClosed(BaogongError):
    """It waits for a signature, is published, or was drawn again: it changes no more."""

    kind, code = Kind.CONFLICT, "tower.bulletin-closed"


@transaction.atomic
@recorded("tower.bulletin.drawn")
def draw(*, day: date, audience: Audience, why: str = "", actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Take the day out of the book for these readers. One that was drawn before and not published is dropped.

    why   asked for once a version is published: what changed, and why
    Raises NotYourPlace, UnusableInput (a day to come, no reason), BulletinClosed, RequestIdReused.
    """
    actor.require(*DRAWERS)
    asked = content_hash("bulletin", day, audience.value, why.strip(), actor.person_id)
    _lock_day(day, audience)
    earlier = Bulletin.objects.filter(request_id=request_id).only("id", "request_hash").first()
    if earlier is not None:
        if bytes(earlier.request_hash) != asked:
            raise RequestIdReused(
                "This request drew another bulletin before; that one stands, this one was not drawn.",
                where=str(request_id),
                cure="Ask under a new request id.",
            )
        return earlier.id
    today = house_day(now)
    if not FIRST_DAY <= day <= today:
        raise UnusableInput(
            f"A bulletin tells of a day that has begun; {day} has not. Nothing was drawn.",
            where="day",
            found=day.isoformat(),
            expected=f"a day up to {today}",
            cure="Choose today or an earlier day.",
        )
    before = _of_the_day(day, audience)
    version, words = 1, ("", "")
    if before is not None and before.state == State.PUBLISHED:
        version, words = before.version + 1, (before.words_zh, before.words_en)
    elif before is not None:
        _refuse_while_signed(before)
        version, words = before.version, (before.words_zh, before.words_en)
        why = why.strip() or before.why
    if version > 1 and not why.strip():
        raise UnusableInput(
            f"Version {version - 1} of this bulletin is published; another says what changed, and why. Nothing was drawn.",
            where="why",
            found="",
            expected="one sentence",
            cure="Write what changed and why.",
        )
    if len(why.strip()) > WHY_MAX:
        raise _too_long("why", len(why.strip()), WHY_MAX)
    if audience is Audience.PUBLIC:
        _refuse_numbers("why", why)
    drawn = draw_content(day, audience, now=now)
    if before is not None and before.state != State.PUBLISHED:
        before.state = State.DROPPED
        before.save(update_fields=["state"])
    row = Bulletin.objects.create(
        id=new_id(),
        day=day,
        audience=audience.value,
        version=version,
        content=drawn.text,
        content_hash=sha256(drawn.text.encode()).digest(),
        upto_seq=drawn.upto_seq,
        why=why.strip() if version > 1 else "",
        words_zh=words[0],
        words_en=words[1],
        drawn_at=now,
        drawn_by_id=actor.person_id,
        drawn_by_name=actor.name,
        request_id=request_id,
        request_hash=asked,
    )
    record(kind="tower.bulletin.drawn", actor=actor, now=now, subject=row.id, data=_named(row))
    return row.id


@transaction.atomic
@recorded("tower.bulletin.worded")
def write_words(*, bulletin: UUID, words_zh: str, words_en: str, actor: Actor, now: datetime) -> None:
    """
    The operator's own words above the figures, in both languages or none.

    Raises NotYourPlace, BulletinNotThere, BulletinClosed, UnusableInput (one language only, too long, a telephone in it).
    """
    actor.require(*DRAWERS)
    row = _locked(bulletin)
    _refuse_closed(row)
    for field, text in (("words_zh", words_zh), ("words_en", words_en)):
        if len(text.strip()) > WORDS_MAX:
            raise _too_long(field, len(text.strip()), WORDS_MAX)
        if row.audience == Audience.PUBLIC:
            _refuse_numbers(field, text)
    _refuse_one_language(words_zh, words_en)
    row.words_zh, row.words_en = words_zh.strip(), words_en.strip()
    row.save(update_fields=["words_zh", "words_en"])
    record(kind="tower.bulletin.worded", actor=actor, now=now, subject=row.id, data=_named(row))


@transaction.atomic
@recorded("tower.bulletin.to-publish")
def publish(*, bulletin: UUID, alone: bool = False, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Sign it for publication; returns the paper. What everyone may read waits for a second person, unless nobody else is on
    duty (`alone`): then it is out at once, flagged, and the second signature due within 12 hours.

    Asked again under the same request id it returns the same paper and changes nothing.
    Raises NotYourPlace, BulletinNotThere, BulletinClosed, NoPersonSigns, RequestIdReused.
    """
    actor.require(*PUBLISHERS)
    row = _locked(bulletin)
    is_public = row.audience == Audience.PUBLIC
    request = derived_id("tower.bulletin", row.id, request_id)
    was_asked = is_drawn_up(request)
    if not was_asked:
        _refuse_closed(row)
        _refuse_one_language(row.words_zh, row.words_en)
        row.state, row.hash = State.WAITING, hash_of(row)
        row.save(update_fields=["state", "hash"])
        record(kind="tower.bulletin.to-publish", actor=actor, now=now, subject=row.id, data=_named(row))
    paper = draw_up(
        kind=DOCUMENT,
        title=f"每日通报 · Daily bulletin {row.day} ({row.version})",
        body={
            "day": row.day.isoformat(), "audience": row.audience, "version": row.version,
            "why": row.why, "sha256": hash_of(row).hex(),
        },
        subjects=[row.id],
        signatures_required=2 if is_public else 1,
        alone=alone and is_public,
        signers=PUBLISHERS,
        actor=actor,
        now=now,
        request_id=request,
    )  # fmt: skip
    if was_asked:
        return paper
    Bulletin.objects.filter(pk=row.id, state=State.WAITING).update(document=paper)
    return paper


def register() -> None:
    """Called when the room starts."""
    when_in_force(DOCUMENT, _put_out)


def _put_out(document: DocumentView, actor: Actor, now: datetime) -> None:
    """Every signature is there: from now on it stays as it is."""
    row = _locked(document.subjects[0])
    if row.state != State.WAITING or hash_of(row).hex() != document.body["sha256"]:
        raise BulletinClosed(
            f"This bulletin is not what {document.number} was drawn up for. Nothing was published.",
            where=document.number,
            cure="Draw the bulletin again and sign that one.",
        )
    row.state, row.published_at, row.document = State.PUBLISHED, now, document.id
    row.save(update_fields=["state", "published_at", "document"])
    record(
        kind="tower.bulletin.published", actor=actor, now=now, subject=row.id, document=document.id, data=_named(row)
    )


def hash_of(row: Bulletin) -> bytes:
    """Of all that is published: whoever has the figures' text and the words can compute it."""
    return content_hash(
        "bulletin",
        row.day,
        row.audience,
        row.version,
        row.why,
        row.words_zh,
        row.words_en,
        bytes(row.content_hash).hex(),
    )


def waits_for_signature(row: Bulletin) -> bool:
    """Whether a paper for it is waiting; one that was refused or taken back leaves it as it was drawn."""
    if row.state != State.WAITING:
        return False
    return row.document is None or any(paper.state == "WAITING" for paper in documents_by_id([row.document]))


def _of_the_day(day: date, audience: Audience) -> Bulletin | None:
    """The newest version that stands, published or not."""
    rows = Bulletin.objects.filter(day=day, audience=audience.value).exclude(state=State.DROPPED)
    return rows.order_by("-version").first()


def _lock_day(day: date, audience: str) -> None:
    """Whoever draws, words or publishes a bulletin of this day for these readers waits for whoever does already."""
    lock_word(f"bulletin {day} {audience}")


def _locked(bulletin: UUID) -> Bulletin:
    """The day's word first, as drawing takes it, then the row: what it says was not overtaken by another drawing."""
    found = Bulletin.objects.filter(pk=bulletin).values_list("day", "audience").first()
    if found is None:
        raise BulletinNotThere("There is no such bulletin.", where=str(bulletin), cure="Open the list again.")
    _lock_day(*found)
    return lock_row(Bulletin.objects.all(), bulletin)


def _refuse_while_signed(row: Bulletin) -> None:
    if waits_for_signature(row):
        raise BulletinClosed(
            "This bulletin waits for the second signature. Nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected="one that nobody has signed",
            cure="Let the second person sign or refuse it first.",
        )


def _refuse_closed(row: Bulletin) -> None:
    _refuse_while_signed(row)
    if row.state in (State.PUBLISHED, State.DROPPED):
        raise BulletinClosed(
            "This bulletin is published or was drawn again; it changes no more. Nothing was changed.",
            where=str(row.id),
            found=row.state,
            expected="one that is drawn and not published",
            cure="Draw another version of the day.",
        )


def _refuse_one_language(words_zh: str, words_en: str) -> None:
    if bool(words_zh.strip()) != bool(words_en.strip()):
        raise UnusableInput(
            "The words are there in one language only. Nothing was changed.",
            where="words_en" if words_zh.strip() else "words_zh",
            found="",
            expected="words in Chinese and in English, or none",
            cure="Write the other half, or leave both empty.",
        )


def _refuse_numbers(field: str, text: str) -> None:
    if without_numbers(text) != text:
        raise UnusableInput(
            "The words hold a long number, such as a telephone's or an identity document's. Everyone reads this; nothing was kept.",
            where=field,
            found="a long number",
            expected="words without telephones and identity numbers",
            cure="Leave the number out.",
        )


def _too_long(field: str, found: int, most: int) -> UnusableInput:
    return UnusableInput(
        f"The words have {found} characters, {most} are read. Nothing was kept.",
        where=field,
        found=found,
        expected=f"at most {most}",
        cure="Write less.",
    )


def _named(row: Bulletin) -> dict[str, object]:
    return {"day": row.day.isoformat(), "audience": row.audience, "version": row.version}
