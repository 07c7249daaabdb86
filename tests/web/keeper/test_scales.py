"""Scales and loans at a site, and as the office sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.journal.clock import set_clock
from baogong.kernel.ids import new_id
from baogong.supply import queries
from tests.apps.freight.test_losses import photo
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.test_loans import lend, take_in
from tests.apps.supply.test_weighing import packs, state, truck
from tests.apps.supply.world import World, make_house, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import read, send, visit


@pytest.fixture
def house(built: Built) -> World:
    return built(make_house)


def form(act: str, **given: Any) -> dict[str, Any]:
    return {"act": act, "request_id": new_id(), **given}


def test_packs_and_trucks_are_weighed_and_held_against_each_other(house: World) -> None:
    kit, bao, path = vegetable_kit(house), visit("bao"), f"/site/{house.cast.hub}/scales/"
    given = {"plate": "沪B12345", "ticket": "7", "gross_kg": 33_000, "tare_kg": 12_000, "stated_kg": 21_000}
    page = send(bao, path, form("truck", by_name="老周", **given))
    assert "What is off has become a task" in page
    assert "21,000 kg" in page
    page = send(
        bao, path, form("packs", kit=kit, weights="5200，5240 5 230", stands_for=4_000, by_name="Bao", next=path)
    )
    assert "cannot be right" in page
    page = send(bao, path, form("packs", kit=kit, weights="5200, 5.24kg\n5.23公斤", stands_for=4_000, by_name="Bao"))
    assert "3 / 4,000" in page
    for wrong in ("5.24", "5200 heavy", "5kg5"):
        page = send(bao, path, form("packs", kit=kit, weights=wrong, stands_for=4_000, by_name="Bao", next=path))
        assert "is no weight" in page
    (weighed,) = [view.id for view in queries.weighings() if view.what == "TRUCK"]
    given = {"trucks": [weighed], "kit": kit, "packs": 4_000, "kg_PALLETS": "400", "why_PALLETS": "20 × 20 kg"}
    page = send(bao, path, form("compare", **given))
    assert "250 g a pack" in page
    assert "within tolerance" in page
    page = send(visit("lin", "zh-hans"), "/command/packs/weighing/", form("compare", **{**given, "kg_PALLETS": ""}))
    assert "无法解释的超出允许" in page


def test_a_photo_of_the_scale_stands_with_its_paper(house: World) -> None:
    kit, bao, path = vegetable_kit(house), visit("bao"), f"/site/{house.cast.hub}/scales/"
    asked = form("packs", kit=kit, weights="5200, 5240", stands_for=4_000, by_name="Bao")
    send(bao, path, {**asked, "photo": SimpleUploadedFile("scale.jpg", photo(), "image/jpeg")})
    (weighed,) = queries.weighings()
    page = read(visit("lin"), f"/command/documents/{weighed.document}/")
    picture = page.partition('<img src="')[2].partition('"')[0]
    assert "witness · Bao" in page
    assert visit("lin").get(picture).headers["Content-Type"] == "image/jpeg"
    assert visit("kai").get(picture).status_code == 403
    refused = {**form("packs", kit=kit, weights="5200", stands_for=9, by_name="Bao"), "next": path}
    page = send(bao, path, {**refused, "photo": SimpleUploadedFile("scale.jpg", b"no picture", "image/jpeg")})
    assert len(queries.weighings()) == 1


def test_things_are_lent_and_taken_back_and_the_office_sees_what_is_overdue(house: World) -> None:
    bao, path = visit("bao"), f"/site/{house.cast.hub}/loans/"
    given = {"item": house.item("computer"), "lender": "东行商城", "serials": "PC-001\nPC-002\n"}
    assert "PC-002" in send(bao, path, form("take-in", **given))
    due = "2020-01-25T12:00"
    lending = {"borrower": "武汉大学中南医院", "due_at": due, "purpose": "tests", "by_name": "Zhou"}
    page = send(bao, path, form("lend", units=["PC-001", "PC-002"], **lending))
    assert page.count("武汉大学中南医院") == 2
    page = send(bao, path, form("lend", units=["PC-001"], next=path, **lending))
    assert "are not where this begins" in page
    send(bao, path, form("set-up", units=["PC-001"], by_name="Qi", place="desk 3"))
    page = send(bao, path, form("take-back", units=["PC-001"], by_name="Zhou", condition="GOOD", missing="charger"))
    set_clock(NOW + timedelta(days=3))
    lin = visit("lin")
    page = read(lin, "/command/packs/loans/")
    assert "Overdue" in page
    unit = queries.units_of(["PC-001"])[0]
    assert "charger" in read(lin, f"/command/packs/loans/{unit}/")
    send(bao, path, form("lost", units=["PC-002"], why="fire"))
    assert "Overdue" not in read(lin, "/command/packs/loans/")


def test_what_was_typed_stays_in_a_refused_form_once_and_on_its_own_page(house: World) -> None:
    bao, path = visit("bao"), f"/site/{house.cast.hub}/loans/"
    given = {"item": house.item("computer"), "lender": "东行商城", "serials": "PC-001\nPC-002"}
    send(bao, path, form("take-in", **given))
    again = {**given, "serials": "PC-001\nPC-<3>", "next": path}
    page = send(bao, path, form("take-in", **again))
    assert "known here" in page
    assert ">PC-001 PC-&lt;3&gt;</textarea>" in page
    assert 'value="东行商城"' in page
    assert f'value="{house.item("computer")}" selected' in page
    assert "PC-&lt;3&gt;" not in read(bao, path)
    page = send(bao, path, form("lend", units=["PC-002"], borrower="nobody of that name", purpose="tests", next=path))
    assert 'value="PC-002" checked' in page
    assert 'value="PC-001" checked' not in page
    assert 'value="nobody of that name"' in page
    weighed = {"kit": vegetable_kit(house), "weights": "5200 five", "by_name": "老周", "next": path}
    send(bao, f"/site/{house.cast.hub}/scales/", form("packs", **weighed))
    assert "老周" not in read(bao, path)
    page = read(bao, f"/site/{house.cast.hub}/scales/")
    assert ">5200 five</textarea>" in page
    assert page.count('value="老周"') == 1


def test_pages_stay_cheap_and_shut_to_others(house: World) -> None:
    for number in range(6):
        weighed = truck(house, ticket=f"{number}")
        packs(house, [5_200, 5_210])
        state(house, [weighed])
        lend(house, take_in(house, f"PC-{number}{number}7"), house.union if number % 2 else None)
    unit = queries.units()[0].id
    site, office = f"/site/{house.cast.hub}/", "/command/packs/"
    for page in (f"{site}scales/", f"{site}loans/"):
        read(visit("bao"), page)
    for page in (f"{office}weighing/", f"{office}loans/", f"{office}loans/{unit}/"):
        read(visit("lin"), page)
    stranger, kai = visit("stranger"), visit("kai")
    before = rows_everywhere()
    for page in (f"{site}scales/", f"{site}loans/"):
        assert kai.get(page).status_code == 403
        assert kai.post(page, form("lost", why="x")).status_code == 403
    for page in (f"{office}weighing/", f"{office}loans/", f"{office}loans/{unit}/"):
        assert stranger.get(page).status_code == 403
        assert stranger.post(page, form("compare")).status_code == 403
    assert rows_everywhere() == before
