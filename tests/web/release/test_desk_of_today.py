"""The desk and the offers say at once what may be done with each: for whom, until when, and what is not open yet."""

from __future__ import annotations

from typing import Any

from baogong.kernel.ids import new_id
from baogong.release import offers, services
from baogong.release.codes import pickup_code
from baogong.release.models import DrawEntry
from baogong.release.services import Contact
from baogong.web.release.pictures import bars
from tests.apps.release.test_draws import announced
from tests.apps.release.world import DAY, NOW, TODAY, World, claim_one
from tests.web.release.test_lots import enters
from tests.web.release.visitors import NUMBER, OTHER, PERSON, code_on, press, register, resident
from tests.web.visits import form_of, read, send, visit


def test_cards_of_one_release_are_told_apart_and_an_unannounced_draw_serves_nobody(world: World) -> None:
    release = world.release(mode="DRAW", eligibility={"regions": ["511602", "511603"]})
    first, second = (world.put_out(release, 5, region=one, on=TODAY + DAY) for one in ("511602", "511603"))
    announced(world, first)
    clerk, anyone = visit("wu of 广安"), resident()
    for page in (read(clerk, "/release/desk/"), read(anyone, "/offers/")):
        assert "Guang’an District, Guang’an" in page
        assert "Qianfeng District, Guang’an" in page
        assert page.count("not announced") == 1
        assert "to be entered until" in page
    assert read(clerk, "/release/desk/").count("Serve somebody") == 1
    assert read(anyone, "/offers/").count("See and enter the draw") == 1
    page = read(anyone, f"/offers/{second}/")
    assert "It opens at 00:00" not in page
    assert "You may enter at any hour until the list closes" in page


def test_what_a_clerk_entered_in_draws_is_told_and_found_again_by_its_code(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW")
    announced(world, tranche)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    assert "Nothing was typed yet" in read(clerk, "/release/desk/")
    send(clerk, here, {"channel": "PHONE"})
    entry, page = enters(clerk, tranche, base=here)
    desk = read(clerk, "/release/desk/")
    assert "Nothing was typed yet" not in desk
    assert "Entered in draws" in desk
    answer = clerk.post("/release/desk/", {"code": code_on(page), "last_four": NUMBER[-4:]})
    assert answer.headers["Location"] == f"/release/desk/entries/{entry}/"
    back = {"Referer": "http://testserver/release/desk/"}
    clerk.post("/release/desk/", {"code": code_on(page), "last_four": "0000"}, headers=back)
    assert "No claim has this pickup code and this document" in read(clerk, "/release/desk/")
    assert DrawEntry.objects.count() == 1


def test_a_claim_of_another_office_is_not_shown_to_who_knows_its_code(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    said = {"code": pickup_code(claim), "last_four": NUMBER[-4:]}
    clerk = visit("wu of 广安")
    assert clerk.post("/release/desk/", said).headers["Location"] == f"/release/desk/claims/{claim}/"
    stranger = visit("bao")
    assert str(claim) not in str(stranger.post("/release/desk/", said).headers)


def test_a_clerk_at_the_cap_is_told_before_the_first_question(world: World) -> None:
    tranche = world.tranche(20, claims_per_clerk_max=1)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    assert "Somebody is on the telephone" in read(clerk, here)
    services.claim(
        claim_id=new_id(), tranche=tranche, units=5, channel="PHONE",
        contact=Contact("RESIDENT_ID", NUMBER, name=PERSON["name"], phone=PERSON["phone"], address="x"),
        actor=world.wu, now=NOW,
    )  # fmt: skip
    page = read(clerk, here)
    assert "as many of this as the rule lets one clerk type" in page
    assert "Somebody is on the telephone" not in page


def test_the_counter_begins_with_what_is_open_and_tells_the_days_before_in_short(world: World) -> None:
    release = world.release(eligibility={"regions": ["511602"], "region_of": "DOCUMENT"})
    for later in (0, 1, 2):
        claim_one(world.put_out(release, 10, on=TODAY + later * DAY), "zhang", now=NOW + later * DAY)
    page = read(visit("lin of 广安"), f"/release/office/{release}/counter/")
    assert "The days before" not in page
    assert page.index("open now") < page.index("opens ")
    assert "nobody is asked for a district" in page
    assert "no district said" not in page


def test_times_for_which_the_units_do_not_suffice_are_told_and_shown_as_full(world: World) -> None:
    release = world.release(
        mode="APPOINTMENT", slots=["21:00", "22:00", "23:00"], fulfilment="PICKUP", units_per_claim_max=3
    )
    office, here = visit("lin of 广安"), f"/release/office/{release}/"
    form: dict[str, Any] = form_of(
        read(office, here), act="put-out", stock=f"{world.cast.warehouse}:{world.lot}", on=TODAY.isoformat(), amount="7"
    )
    assert "nobody can come at 23:00" in send(office, here, form)
    (offer,) = offers.on_offer(NOW)
    page = register(resident(), offer.id)
    assert "23:00–00:00 · full" in page
    assert page.count("disabled") == 1
    assert "23:00–00:00 · 已满" in register(resident("zh-hans"), offer.id, number=OTHER)


def test_shares_below_a_tenth_are_told_apart() -> None:
    told = bars([("a", 52, 7_304), ("b", 58, 7_306), ("c", 0, 10), ("d", 1, 2), ("e", 0, 0)])
    assert [one.percent for one in told.rows] == ["0.7", "0.8", "0", "50", "0"]
