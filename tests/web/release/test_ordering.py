"""Whoever another office has chosen looks the right up by document and telephone, and has it brought by one tap."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from baogong.journal.clock import set_clock
from baogong.journal.services import sign
from baogong.journal.services.imports import apply
from baogong.kernel.ids import new_id
from baogong.release import offers, services
from baogong.release.models import Claim, Redemption, WinnerList
from tests.apps.release.test_winners import as_file, line, read, second
from tests.apps.release.world import DAY, NOW, World
from tests.web.release.visitors import NUMBER, OTHER, PERSON, register, resident
from tests.web.visits import form_of, send
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
    tranche = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", pickup_days=2, within_h=24)
    rows = [line(1, 证件号码=NUMBER, 手机号="", 签署人数=1, 签署数量=5)]
    apply(run=read(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    client = resident(language)
    assert told in register(client, tranche)
    assert told in send(client, f"/offers/{tranche}/right/", {"request_id": str(new_id())}, status=200)
    assert not Redemption.objects.exists()


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
