"""What a draw publishes of its winners opens nothing: neither their page, nor their right, nor the desk's hand."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client

from baogong.journal.clock import set_clock
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import derived_id
from baogong.release import codes, entrants, offers, queries, services
from baogong.release.codes import entry_number, pickup_code
from baogong.release.models import Claim
from baogong.release.services import Contact
from tests.apps.release.test_draws import CLOSES, DRAWN, announced, run
from tests.apps.release.test_winners import HASH, SOURCE, number, second
from tests.apps.release.test_winners import bring as bring_winners
from tests.apps.release.world import NOW, World
from tests.web.release.test_lots import PICKUP, enters
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, press, register, resident
from tests.web.visits import form_of, read, send, visit

HOUR_OF_WORDS = {"en": ("pickup code", "entry number"), "zh": ("取货码", "登记编号")}


class Won:
    """A draw with a winner and somebody who stands by; the winner's own browser, and what everybody may read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tranche = world.tranche(5, mode="DRAW", standby_max=1, **PICKUP)
        self.draw = announced(world, self.tranche)
        entered: dict[UUID, tuple[str, Client]] = {}
        for each in (NUMBER, OTHER, OTHER_STILL):
            client = resident()
            entered[enters(client, self.tranche, each)[0]] = (each, client)
        set_clock(DRAWN)
        run(world, self.draw)
        self.claim = Claim.objects.get(state="ADMITTED").id
        self.document, self.browser = entered[self.claim]
        self.last_four = self.document[-4:]

    def published(self) -> set[str]:
        """Every twelve signs that could be typed as a code, from whatever the house shows to strangers."""
        anyone, here = resident(), f"/offers/draws/{self.draw}/"
        whole = [read(anyone, here), read(anyone, f"{here}stage/")]
        paths = [f"{here}drawn.csv", *(f"{here}files/{name}" for name in entrants.draw_files(queries.draw(self.draw)))]
        whole += [anyone.get(path).content.decode("utf-8-sig", "replace") for path in paths]
        records = anyone.get(f"{here}files/leaves.bin").content
        whole += [records[at : at + 16].hex() for at in range(0, len(records), 52)]
        found: set[str] = set()
        for text in whole:
            found |= set(re.findall(r"(?<![\w-])[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}(?![\w-])", text))
            found |= {one[:12] for one in re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text)}
        return found


@pytest.fixture
def won(world: World) -> Won:
    return Won(world)


def shown_by(client: Client, code: str, last_four: str) -> int:
    return client.post("/offers/mine/", {"code": code, "last_four": last_four}).status_code


def test_nothing_that_is_published_of_a_draw_shows_a_winner_their_right(won: Won) -> None:
    published = won.published()
    assert entry_number(won.claim) in published
    assert len(published) >= 3
    for code in published:
        assert shown_by(resident(), code, won.last_four) == 404
        assert pickup_code(won.claim).replace("-", "") != code.replace("-", "").upper()
    stranger = resident()
    for here in (f"/offers/mine/{won.claim}/", f"/offers/mine/{won.claim}/slip/", f"/offers/entries/{won.claim}/"):
        assert stranger.get(here).status_code == 404
        stranger.post(here)
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["ADMITTED", "STANDBY"]


def test_a_proxy_with_the_published_number_gets_nothing_at_the_desk(won: Won) -> None:
    desk = visit("wu of 广安")
    for code in won.published():
        send_back = {"Referer": "http://testserver/release/pickup/"}
        desk.post("/release/pickup/", {"code": code, "last_four": won.last_four}, headers=send_back)
        assert desk.get(f"/release/pickup/{won.claim}/").headers["Location"] == "/release/pickup/"
    desk.post(f"/release/pickup/{won.claim}/", {"taker": "proxy", "proxy_name": "陌生人", "proxy_last_four": "1234"})
    assert Claim.objects.get(id=won.claim).state == "ADMITTED"


def test_the_winner_gives_it_up_or_fetches_it_by_the_code_of_their_own_page_and_receipt(won: Won) -> None:
    code = pickup_code(won.claim)
    assert code in read(won.browser, f"/offers/mine/{won.claim}/")
    for page in (
        read(won.browser, f"/offers/entries/{won.claim}/"),
        read(won.browser, f"/offers/entries/{won.claim}/receipt/"),
    ):
        assert code in page
        assert entry_number(won.claim) in page
    other = resident()
    send(other, "/offers/mine/", {"code": code, "last_four": won.last_four})
    page = read(other, f"/offers/mine/{won.claim}/")
    assert "Give it up" in page
    desk = visit("wu of 广安")
    page = send(desk, "/release/pickup/", {"code": code, "last_four": won.last_four})
    assert "Give 5 pieces" in page
    assert entry_number(won.claim) in page
    assert code not in page, "the desk has it; whoever looks over the counter has not"
    send(other, f"/offers/mine/{won.claim}/", form_of(read(other, f"/offers/mine/{won.claim}/")))
    assert Claim.objects.get(id=won.claim).state == "CANCELLED"


def test_a_winner_without_the_code_shows_the_whole_document_at_the_desk(won: Won) -> None:
    desk = visit("wu of 广安")
    asked = {"tranche": str(won.tranche), "document": "RESIDENT_ID"}
    page = send(desk, "/release/pickup/", {**asked, "number": won.document})
    assert "Give 5 pieces" in page
    send(desk, f"/release/pickup/{won.claim}/", form_of(page, taker="self"))
    assert Claim.objects.get(id=won.claim).state == "HANDED_OVER"


def test_nobody_claims_under_the_id_of_an_entry_that_is_published(world: World) -> None:
    """Else a first-come claim would stand where the winner's is to stand, or bear the winner's code."""
    tranche = world.tranche(5, mode="DRAW", **PICKUP)
    draw, client = announced(world, tranche), resident()
    entry, _page = enters(client, tranche)
    assert codes.is_of_the_house(entry)
    elsewhere = world.tranche(50, code="first-come")
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    thief = resident()
    register(thief, elsewhere, number=OTHER)
    here = f"/offers/{elsewhere}/claim/"
    form = form_of(read(thief, here), claim=str(entry))
    assert thief.post(here, form, headers={"Referer": f"http://testserver{here}"}).headers["Location"] != (
        f"/offers/mine/{entry}/"
    )
    asked = {"tranche": elsewhere, "units": 5, "channel": "WEB", "contact": Contact("RESIDENT_ID", OTHER), "now": NOW}
    for actor in (None, world.wu):
        with pytest.raises(RequestIdReused):
            services.claim(claim_id=entry, actor=actor, **asked)  # type: ignore[arg-type]
    assert not Claim.objects.exists()
    # The same first bits under another version are another code: the thief's own is not the winner's.
    chosen = UUID(int=entry.int >> 80 << 80 | uuid4().int & (1 << 80) - 1)
    assert services.claim(claim_id=chosen, actor=None, **asked).state == "ADMITTED"  # type: ignore[arg-type]
    run(world, draw)
    assert Claim.objects.get(id=entry).state == "ADMITTED"
    assert [one.id for one in offers.claims_of_code(pickup_code(entry), NUMBER[-4:])] == [entry]
    assert offers.claims_of_code(pickup_code(chosen), NUMBER[-4:]) == ()


def test_who_knows_a_winners_file_cannot_compute_the_codes(world: World) -> None:
    from baogong.journal.services import sign
    from baogong.release.identity import person
    from baogong.release.services import WinnerIn

    tranche = world.tranche(20, mode="IMPORTED", within_h=24, **PICKUP)
    who = person(world.office, document="RESIDENT_ID", number=number(1), phone="13800001111")
    row = WinnerIn("C2", 5, "RESIDENT_ID", who.person, phone=who.phone)
    sign(document=bring_winners(world, tranche, [row]), actor=second(world), now=NOW)
    contact = Contact("RESIDENT_ID", number(1), "张", "13800001111", address="望春花街七号楼五单元 301")
    claim = services.order_online(tranche=tranche, contact=contact, now=NOW, request_id=uuid4())
    computed = derived_id("release.winner", tranche, SOURCE, HASH.hex(), "C2")
    assert entry_number(computed) == entry_number(claim), "the id itself is no secret"
    for code in (entry_number(claim), pickup_code(computed)):
        assert offers.claims_of_code(code, number(1)[-4:]) == ()
    assert [one.id for one in offers.claims_of_code(pickup_code(claim), number(1)[-4:])] == [claim]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_name_the_two_by_their_own_words(won: Won, language: str) -> None:
    pickup, public = HOUR_OF_WORDS[language[:2]]
    won.browser.cookies["baogong_language"] = language
    entry = read(won.browser, f"/offers/entries/{won.claim}/").lower()
    assert pickup in entry
    assert public in entry
    assert pickup in read(won.browser, f"/offers/mine/{won.claim}/").lower()
    assert pickup in read(won.browser, f"/offers/mine/{won.claim}/slip/").lower()
    for where in (f"/offers/draws/{won.draw}/", f"/offers/draws/{won.draw}/stage/"):
        assert public in read(resident(language), where).lower()


def test_a_slip_is_scanned_by_its_code_and_not_by_the_claims_id(world: World) -> None:
    tranche, client = world.tranche(20, **PICKUP), resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    (slip,) = re.findall(r"<article.*</article>", read(client, f"/offers/mine/{claim}/slip/"), re.S)
    assert pickup_code(claim) in slip
    assert not {str(claim), claim.hex, entry_number(claim)} & set(re.findall(r"[\w-]+", slip))
    desk = visit("wu of 广安")
    for scanned in (str(claim), claim.hex, claim.hex[:12]):
        back = {"Referer": "http://testserver/release/pickup/"}
        desk.post("/release/pickup/", {"code": scanned, "last_four": NUMBER[-4:]}, headers=back)
        assert "Give 5 pieces" not in read(desk, "/release/pickup/")
    assert "Give 5 pieces" in send(desk, "/release/pickup/", {"code": pickup_code(claim), "last_four": NUMBER[-4:]})


def test_who_comes_with_a_slip_of_before_or_with_none_shows_the_whole_document(world: World) -> None:
    """Slips printed before the two were told apart bear the entry number: it fetches nothing any more."""
    tranche, client = world.tranche(20, **PICKUP), resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    desk, back = visit("wu of 广安"), {"Referer": "http://testserver/release/pickup/"}
    desk.post("/release/pickup/", {"code": entry_number(claim), "last_four": NUMBER[-4:]}, headers=back)
    assert "No claim has this pickup code" in read(desk, "/release/pickup/")
    asked = {"tranche": str(tranche), "document": "RESIDENT_ID"}
    desk.post("/release/pickup/", {**asked, "number": OTHER}, headers=back)
    assert "Nothing of this stock is for this document" in read(desk, "/release/pickup/")
    page = send(desk, "/release/pickup/", {**asked, "number": NUMBER})
    send(desk, f"/release/pickup/{claim}/", form_of(page, taker="self"))
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"
