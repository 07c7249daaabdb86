"""What a consignor does on its own page: asks to have goods carried, takes that back, speaks for goods that fail."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from baogong.journal.media import PHOTO_BYTES_MAX
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor, Duty
from baogong.people.queries.parties import parties
from baogong.people.services.links import LinkView
from baogong.supply import services as supply
from baogong.supply.services import ToCarry
from baogong.web.pages import PageRequest, UnusableForm, day_from, number_from, text_from, uuid_from
from baogong.web.private import check_code

LINES = range(1, 5)  # rows of the form; who has more sends a second request, or a list to the office
PHOTOS_MAX = 4
FIELDS = ("goods", "quantity", "receiver", "standard", "lies_at")


def act_by_link(request: PageRequest, link: LinkView, party: UUID) -> None:
    """The second factor first: a wrong one leaves everything as it was, and counts against the link."""
    check_code(request, link)
    (owner,) = parties(ids=[party])
    speaker = Actor(person_id=None, name=_("%s, by private link") % owner.name, reach={Duty.CLERK: frozenset({party})})
    acts: dict[str, Callable[[PageRequest, UUID, Actor], None]] = {
        "ask": _ask,
        "withdraw": _withdraw,
        "consent": _consent,
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise UnusableForm(_("This page has no such button."), where="act", cure=_("Reload the page."))
    act(request, party, speaker)


def _ask(request: PageRequest, party: UUID, speaker: Actor) -> None:
    supply.ask_for_carriage(
        consignor=party,
        lines=[line for no in LINES if (line := _line(request, no)) is not None],
        words=request.POST.get("words", ""),
        papers=_papers(request),
        actor=speaker,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Your request is with the working group. Its answer will stand here."))


def _line(request: PageRequest, no: int) -> ToCarry | None:
    """A row of the form; one in which nothing was written is none."""
    said = {field: request.POST.get(f"{field}_{no}", "").strip() for field in FIELDS}
    expires_on = day_from(request, f"expires_on_{no}")
    if not any(said.values()) and expires_on is None:
        return None
    return ToCarry(expires_on=expires_on, **said)


def _papers(request: PageRequest) -> list[EvidenceIn]:
    """Photos of certificates and goods, and the papers' numbers in words."""
    pieces = []
    photos = [photo for photo in request.FILES.getlist("photos") if isinstance(photo, UploadedFile)]
    too_large = [photo for photo in photos if (photo.size or 0) > PHOTO_BYTES_MAX]
    if len(photos) > PHOTOS_MAX or too_large:
        raise UnusableForm(
            _("At most %(count)s photos of at most %(size)s MB each. Nothing was sent.")
            % {"count": PHOTOS_MAX, "size": PHOTO_BYTES_MAX // 1_000_000},
            where="photos",
            found=len(photos),
            cure=_("Choose fewer or smaller ones."),
        )
    pieces += [EvidenceIn("PHOTO", text=(photo.name or "")[:120], payload=photo.read()) for photo in photos]
    number = request.POST.get("papers", "").strip()[:500]
    if number:
        pieces.append(EvidenceIn("NOTE", text=number))
    return pieces


def _withdraw(request: PageRequest, party: UUID, speaker: Actor) -> None:
    supply.withdraw_carriage(
        request=uuid_from(request, "carriage"),
        why="",
        actor=speaker,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Your request is taken back."))


def _consent(request: PageRequest, party: UUID, speaker: Actor) -> None:
    agrees = request.POST.get("agrees", "")
    if agrees not in ("0", "1"):
        raise UnusableForm(_("This page has no such button."), where="agrees", cure=_("Reload the page."))
    supply.consent_to_community_use(
        gift=uuid_from(request, "gift"),
        no=number_from(request, "no", least=1, most=100_000),
        agrees=agrees == "1",
        by=party,
        words=text_from(request, "words"),
        actor=speaker,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(
        request,
        _("Thank you. Two persons of the working group sign it; then it goes to community use.")
        if agrees == "1"
        else _("Understood: it goes to nobody else. What had come in is kept for you."),
    )
