"""A receiver thanks: only for what it signed for, with the code, and nothing of persons in what everyone reads."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from baogong.kernel.errors import BaogongError, NotYourPlace, RequestIdReused
from baogong.kernel.ids import new_id
from baogong.ledger.services import AccountRef, post, post_line
from baogong.ledger.states import Reason, State
from baogong.people.services import links
from baogong.people.services.parties import register_party
from baogong.supply import queries as supply
from baogong.supply.errors import NoteTellsOfPersons, NothingSignedFor
from baogong.supply.models import ThankYou
from baogong.supply.services import thank, withdraw_thanks
from tests.apps.supply.packs import give
from tests.apps.supply.world import World, make_house
from tests.books import Built
from tests.cast import NOW
from tests.web.donor.test_giver import given, sign_for
from tests.web.visits import read

WORDS = "口罩收到了，谢谢你们！ Thank you all."
CODE = "20200126"


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


@pytest.fixture
def signed(world: World) -> UUID:
    """A gift of the alumni, of which the hospital signed for 100; the gift's id."""
    sign_for(world, given(world, world.alumni, "goggles", 400), 100, "周护士长")
    (gift,) = supply.gifts(giver=world.alumni)
    return gift.id


def link_to(world: World, receiver: UUID, *, code: str | None = CODE) -> str:
    return links.make_link(
        purpose="THANKS",
        subject=receiver,
        party=receiver,
        code=code,
        expires_at=NOW + timedelta(days=1),
        actor=world.cast.lin,
        now=NOW,
    )


def giver_link(world: World, giver: UUID) -> str:
    return links.make_link(
        purpose="GIVER", subject=giver, party=giver, expires_at=NOW + timedelta(days=1), actor=world.cast.lin, now=NOW
    )


def test_a_note_reaches_the_givers_page_the_card_and_the_public_account(world: World, signed: UUID) -> None:
    visitor = Client(headers={"Accept-Language": "en"})
    path = f"/receiver/thanks/{link_to(world, world.cast.hospital)}/"
    assert "400" not in read(visitor, path)  # what was signed for, not what was given
    answer = visitor.post(path, {"text": WORDS, "code": CODE, "request_id": new_id(), "gift": signed})
    assert answer.status_code == 302
    token = giver_link(world, world.alumni)
    assert WORDS in read(visitor, f"/giver/{token}/")
    card = visitor.get(f"/giver/{token}/card.svg").content.decode()
    assert "谢谢你们" in card
    assert WORDS in read(visitor, "/book/")
    assert "周护士长" not in read(visitor, "/book/")
    (note,) = supply.notes_of(world.cast.hospital)
    assert read(visitor, path).count(WORDS) == 1
    assert visitor.post(path, {"act": "withdraw", "note": note.id, "code": CODE}).status_code == 302
    assert WORDS not in read(visitor, f"/giver/{token}/")
    assert WORDS not in read(visitor, "/book/")


def test_without_the_code_nothing_is_written(world: World, signed: UUID) -> None:
    visitor = Client()
    for token, code in (
        (link_to(world, world.cast.hospital), "1"),
        (link_to(world, world.cast.hospital, code=None), CODE),
    ):
        answer = visitor.post(
            f"/receiver/thanks/{token}/", {"text": WORDS, "code": code, "request_id": new_id(), "gift": signed}
        )
        assert answer.status_code in (403, 404)
    assert not ThankYou.objects.exists()
    assert visitor.get("/receiver/thanks/nonsense/").status_code == 404


def test_only_what_was_signed_for_is_thanked_for_and_strangers_leave_no_trace(world: World, signed: UUID) -> None:
    other = given(world, world.alumni, "gloves", 100)
    assert other
    (unsigned,) = [gift.id for gift in supply.gifts(giver=world.alumni) if gift.id != signed]
    for gift, text, actor, refusal in (
        (unsigned, WORDS, world.cast.lin, NothingSignedFor),
        (signed, "请打 138 0000 0000", world.cast.lin, NoteTellsOfPersons),
        (signed, "请打１３８００００００００", world.cast.lin, NoteTellsOfPersons),
        (signed, "  ", world.cast.lin, BaogongError),
        (signed, WORDS, world.cast.stranger, NotYourPlace),
    ):
        with pytest.raises(refusal):
            thank(receiver=world.cast.hospital, gift=gift, text=text, actor=actor, now=NOW, request_id=new_id())
    assert not ThankYou.objects.exists()


def test_the_same_request_writes_one_note_and_a_withdrawal_is_final(world: World, signed: UUID) -> None:
    request_id = new_id()

    def write(text: str) -> UUID:
        return thank(receiver=world.cast.hospital, text=text, actor=world.cast.lin, now=NOW, request_id=request_id)

    note = write(WORDS)
    assert write(WORDS) == note
    with pytest.raises(RequestIdReused):
        write("anything else")
    with pytest.raises(NotYourPlace):
        withdraw_thanks(note=note, why="x", actor=world.cast.stranger, now=NOW)
    for why in ("a name stood in it", "another word"):
        withdraw_thanks(note=note, why=why, actor=world.cast.lin, now=NOW)
    assert ThankYou.objects.get().withdrawn_why == "a name stood in it"
    assert supply.public_notes() == ()


def test_what_a_person_wrote_stands_neither_on_the_public_page_nor_in_the_api(world: World, signed: UUID) -> None:
    person = register_party(kind="PERSON", name="周某某", now=NOW)
    lot = give(world, "gloves", 60)
    here, own = AccountRef(world.cast.hub, State.AVAILABLE), AccountRef(person, State.HANDED_OVER)
    with transaction.atomic():
        post(
            lines=[post_line(here, own, lot, 60)],
            actor=world.cast.bao,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    lin = world.cast.lin
    thank(receiver=world.cast.hospital, text=WORDS, actor=lin, now=NOW, request_id=new_id())
    later = NOW + timedelta(minutes=1)
    for _note in range(50):  # the newest, and as many as are looked at
        thank(receiver=person, text="家里收到了手套", actor=lin, now=later, request_id=new_id())
    visitor = Client()
    told = visitor.get("/api/v1/public/notes").json()["items"]
    assert [(note["receiver"], note["text"]) for note in told] == [("武汉大学中南医院", WORDS)]
    page = read(visitor, "/book/")
    assert WORDS in page
    assert "家里收到了手套" not in page
    assert "周某某" not in page
