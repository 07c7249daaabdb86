"""Whoever another office has chosen looks the right up by document and telephone, and has it brought by one tap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session

from baogong.journal.clock import set_clock
from baogong.journal.services import sign
from baogong.journal.services.imports import apply
from baogong.kernel.ids import new_id
from baogong.people.models import PersonalRead
from baogong.release import offers, services
from baogong.release.codes import pickup_code
from baogong.release.models import Claim, Redemption, WinnerList
from tests.apps.release.test_winners import as_file, line, read, second
from tests.apps.release.test_winners import number as winners_number
from tests.apps.release.world import DAY, NOW, World, is_sound
from tests.cast import person_of
from tests.web.release.visitors import NUMBER, OTHER, PERSON, register, resident
from tests.web.visits import form_of, send, visit
from tests.web.visits import read as page_of


@pytest.fixture
def tranche(world: World) -> UUID:
    """One person has won five, may fetch them for two days, or has them brought within a day for six yuan more."""
    price = [
        {"part": "GOODS", "payee": "SHOP", "fen": 90, "bearers": {"RESIDENT": 1}},
        {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 600, "bearers": {"RESIDENT": 1}},
    ]
    made = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", pickup_days=2, within_h=24, price=price)
    rows = [line(1, 证件号码=NUMBER, 手机号=PERSON["phone"], 签署人数=1, 签署数量=5)]
    apply(run=read(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    return made


def without_a_telephone(world: World, *serials: int, **changed: Any) -> UUID:
    """Winners of whom their list names no telephone; the first is the one with `NUMBER`."""
    tranche = world.tranche(
        5 * len(serials), **{"mode": "IMPORTED", "fulfilment": "PICKUP", "pickup_days": 2, "within_h": 24, **changed}
    )
    signed = {"手机号": "", "签署人数": len(serials), "签署数量": 5 * len(serials)}
    rows = [line(one, **signed, **({"证件号码": NUMBER} if one == serials[0] else {})) for one in serials]
    apply(run=read(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    return tranche


@pytest.mark.parametrize(
    ("language", "found", "brought"),
    [("en", "You are on the winners’ list", "ordered online"), ("zh-hans", "中签名单上有您", "线上下单")],
)
def test_a_winner_looks_the_right_up_and_has_it_brought(tranche: UUID, language: str, found: str, brought: str) -> None:
    client, here = resident(language), f"/offers/{tranche}/right/"
    assert f"/offers/{tranche}/step/1/" in page_of(client, f"/offers/{tranche}/")
    page = register(client, tranche)
    assert found in page
    assert "¥10.50" in page
    assert "¥4.50" in page
    assert not Redemption.objects.exists(), "looking uses nothing"
    form = form_of(page)
    answer = send(client, here, form)
    row = Claim.objects.get()
    assert (row.state, row.due_at) == ("ACCEPTED", NOW + timedelta(days=1))
    assert brought in answer
    assert "¥10.50" in answer
    assert brought in send(client, here, form), "pressed twice, it counts once"
    assert Redemption.objects.count() == 1
    assert PERSON["address"] not in str(list(Claim.objects.values()))


@pytest.mark.parametrize("wrong", [{"phone": "13900002222"}, {"number": OTHER}])
def test_another_telephone_or_document_is_told_no_more_than_that(tranche: UUID, wrong: dict[str, str]) -> None:
    client = resident()
    register(client, tranche, **wrong)
    here = f"/offers/{tranche}/right/"
    assert "No right was found" in page_of(client, here)
    assert "No right was found" in send(client, here, {"request_id": str(new_id())}, status=200)
    assert not Redemption.objects.exists()
    tries = [client.get(here).content.decode() for _try in range(3)]
    assert ["No right was found" in one for one in tries] == [True, True, False], (
        "telephones are not tried out on a number"
    )


@pytest.mark.parametrize(
    ("language", "told"), [("en", "If you gave no telephone then"), ("zh-hans", "报名时没留电话的，不能在这里下单")]
)
def test_whoever_gave_no_telephone_is_told_where_to_go_and_a_number_alone_orders_nothing(
    world: World, language: str, told: str
) -> None:
    tranche = without_a_telephone(world, 1)
    client = resident(language)
    assert told in register(client, tranche)
    assert told in send(client, f"/offers/{tranche}/right/", {"request_id": str(new_id())}, status=200)
    assert not Redemption.objects.exists()


@pytest.mark.parametrize(
    ("language", "told", "not_told"),
    [("en", "it orders for you", "where it is fetched"), ("zh-hans", "由工作人员代为下单", "到领取处出示证件")],
)
def test_where_the_rule_brings_it_nobody_is_sent_to_a_place_where_it_is_fetched(
    world: World, language: str, told: str, not_told: str
) -> None:
    tranche = world.tranche(10, mode="IMPORTED", within_h=24)
    client = resident(language)
    first = page_of(client, f"/offers/{tranche}/")
    assert told in first
    assert not_told not in first
    assert f"/offers/{tranche}/step/1/" in first
    last = register(client, tranche)
    assert told in last
    assert not_told not in last


def test_on_the_rights_second_day_it_is_found_under_my_claims_and_nowhere_once_it_is_over(tranche: UUID) -> None:
    client, link = resident(), f"/offers/{tranche}/step/1/"
    set_clock(NOW + DAY)
    assert link not in page_of(client, "/offers/")
    assert link in page_of(client, "/offers/mine/")
    assert link in page_of(client, f"/offers/{tranche}/")
    set_clock(NOW + 2 * DAY)
    services.expire_unclaimed(now=NOW + 2 * DAY)
    assert link not in page_of(client, "/offers/mine/")
    register(client, tranche)
    answer = client.get(f"/offers/{tranche}/right/").headers["Location"]
    assert "Not fetched in time" in page_of(client, answer)
    assert not Redemption.objects.exists()


def test_what_is_only_fetched_takes_no_orders(world: World) -> None:
    tranche = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP")
    here = f"/offers/{tranche}/"
    assert offers.offer(tranche).takes_orders is False
    assert resident().get(f"{here}right/").headers["Location"] == here


# At a desk, for whom.


@pytest.mark.parametrize(
    ("language", "led", "read_back", "reported"),
    [
        ("en", "Somebody stands at the counter", "your document ends in 002X", "rights, ordered for their people"),
        ("zh-hans", "人在柜台前", "证件尾号 002X", "代中签人下单"),
    ],
)
def test_a_clerk_who_has_seen_the_document_has_it_brought_for_whom_the_list_names_no_telephone(
    world: World, language: str, led: str, read_back: str, reported: str
) -> None:
    tranche = without_a_telephone(world, 1)
    clerk, here = visit("wu of 广安", language), f"/release/desk/{tranche}/"
    assert led in page_of(clerk, here)
    assert "/offers/" not in page_of(clerk, here).partition("<main")[2], "a clerk is not sent to the resident's pages"
    send(clerk, here, {"channel": "CLERK"})
    page = register(clerk, tranche, base=here)
    assert read_back in page
    assert not Redemption.objects.exists(), "looking uses nothing"
    answer = send(clerk, f"{here}right/", form_of(page))
    row, used = Claim.objects.get(), Redemption.objects.get()
    assert (row.state, row.due_at) == ("ACCEPTED", NOW + timedelta(days=1))
    assert (used.channel, used.recorded_by_id) == ("ONLINE", person_of(world.wu))
    assert pickup_code(row.id) in answer
    kept = "\n".join(str(one.get_decoded()) for one in Session.objects.all())
    assert "'caller':" not in kept, "the next caller is somebody else"
    assert reported in page_of(clerk, "/release/desk/")
    (typed,) = offers.by_clerk(clerk=person_of(world.wu), since=NOW)[-1:]
    assert (typed.channel, typed.claims, typed.units) == ("ORDERED", 1, 5)


def test_who_has_tried_too_often_alone_is_served_at_the_counter(world: World) -> None:
    tranche = without_a_telephone(world, 1)
    client, here = resident(), f"/release/desk/{tranche}/"
    register(client, tranche)
    tries = [client.get(f"/offers/{tranche}/right/").status_code for _try in range(6)]
    assert tries[-1] == 429
    clerk = visit("wu of 广安")
    send(clerk, here, {"channel": "CLERK"})
    send(clerk, f"{here}right/", form_of(register(clerk, tranche, base=here)))
    assert Redemption.objects.count() == 1


def test_each_look_of_a_clerk_for_a_right_stands_on_record_with_no_word_of_whom(world: World) -> None:
    tranche = without_a_telephone(world, 1)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    send(clerk, here, {"channel": "CLERK"})
    assert "None here is for the document that ends in 0014" in register(clerk, tranche, base=here, number=OTHER)
    register(clerk, tranche, base=here)
    looks = list(PersonalRead.objects.order_by("id").values())
    assert [(one["reader_id"], one["act"], one["found_count"]) for one in looks] == [
        (person_of(world.wu), "LOOK_UP", 0),
        (person_of(world.wu), "LOOK_UP", 1),
    ]
    assert NUMBER[-4:] not in str(looks)
    assert PERSON["name"] not in str(looks)


def test_on_the_telephone_a_number_alone_opens_nothing_at_the_desk_either(world: World, tranche: UUID) -> None:
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    send(clerk, here, {"channel": "PHONE"})
    page = register(clerk, tranche, base=here, phone="13900002222")
    assert "comes to the counter with the document" in page
    assert "comes to the counter" in send(clerk, f"{here}right/", {"request_id": str(new_id())}, status=200)
    assert not Redemption.objects.exists()
    send(clerk, f"{here}right/", form_of(register(clerk, tranche, base=here)))
    assert Redemption.objects.get().recorded_by_id == person_of(world.wu)


def test_one_clerk_orders_no_more_than_the_rule_lets_one_clerk_type(world: World) -> None:
    tranche = without_a_telephone(world, 1, 2, claims_per_clerk_max=1)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    for number in (NUMBER, winners_number(2)):
        send(clerk, here, {"channel": "CLERK"})
        form = form_of(register(clerk, tranche, base=here, number=number))
        clerk.post(f"{here}right/", form, headers={"Referer": f"http://testserver{here}right/"})
    assert "the rule lets one clerk type 1" in clerk.get(f"{here}right/").content.decode()
    assert Redemption.objects.count() == 1
    command = visit("lin of 广安")
    send(command, here, {"channel": "CLERK"})
    send(command, f"{here}right/", form_of(register(command, tranche, base=here, number=winners_number(2))))
    assert Redemption.objects.count() == 2, "who commands answers for it"
    assert is_sound(tranche)


def test_a_right_is_ordered_at_the_desk_also_on_its_second_day(world: World) -> None:
    tranche = without_a_telephone(world, 1)
    set_clock(NOW + DAY)
    clerk, link = visit("wu of 广安"), f"/release/desk/{tranche}/"
    assert link in page_of(clerk, "/release/desk/")
    assert "Somebody stands at the counter" in page_of(clerk, link)
    set_clock(NOW + 2 * DAY)
    services.expire_unclaimed(now=NOW + 2 * DAY)
    assert link not in page_of(clerk, "/release/desk/")
