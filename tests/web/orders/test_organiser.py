"""Whoever gathers a basket, on their own page behind a private link; what was lost brought again; lists that are no orders."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.test import Client
from openpyxl import load_workbook

from baogong.delivery import queries as delivery
from baogong.delivery.services import endings, placing, stations
from baogong.delivery.sources import BASKETS
from baogong.engine.chain import read as read_chain
from baogong.journal.clock import set_clock
from baogong.kernel.ids import new_id
from baogong.orders import queries, services
from baogong.orders.queries.plain_chats import queue_chat
from baogong.people.services.parties import register_party
from baogong.places.services import add_site, move_station
from tests.apps.orders.test_baskets import SHORT
from tests.apps.orders.test_chains import DOUBTFUL
from tests.apps.orders.world import DAY, HOUR, NOW, World
from tests.web.visits import read, send, visit

AFTER = NOW + 26 * HOUR


def linked(basket: UUID) -> tuple[str, str]:
    """The organiser's address and code, as the clerk's page shows them once."""
    page = visit("Wu", "en").post(f"/orders/baskets/{basket}/", {"act": "link"}).content.decode()
    (address,) = re.findall(r"http://testserver(/baskets/[\w-]+/)", page)[:1]
    (code,) = re.findall(r'<p class="figure">(\d{6})</p>', page)
    return address, code


def test_an_organiser_pastes_settles_closes_and_notes_who_paid_without_an_account(world: World) -> None:
    basket, neighbour = world.open(), Client(headers={"Accept-Language": "en"})
    address, code = linked(basket)

    def sent(act: str, **fields: Any) -> str:
        given = {"act": act, "code": code, "request_id": str(new_id())} | {
            name: str(one) for name, one in fields.items()
        }
        return neighbour.post(address, given, follow=True).content.decode()

    opened = neighbour.get(address)
    assert opened.headers["Cache-Control"] == "no-store"
    assert "菜篮子 · 滨江苑" in opened.content.decode()
    refused = neighbour.post(address, {"act": "paste", "text": DOUBTFUL, "code": "0", "request_id": str(new_id())})
    assert refused.status_code == 403
    assert queries.pastes_of(basket) == ()
    assert "5 lines wait for a person" in sent("paste", text=DOUBTFUL)
    for line in queries.lines_of(basket, states=["WAITING"]):
        if line.why == "no-place":
            sent("COUNT", line=line.id, building="2", room="102", packs_A="2", packs_B="0")
        else:
            sent("LEAVE_OUT", line=line.id, reason="不算")
    assert queries.lines_of(basket, states=["WAITING"]) == ()
    assert "Closed." in sent("close")
    assert queries.basket(basket).state == "CLOSED"
    services.order_basket(basket=basket, actor=world.wu, now=NOW + HOUR, request_id=new_id())
    (first, *_) = queries.households_of(basket)
    assert "Noted." in sent("paid", household=first.id, fen="12.5")
    assert queries.household(first.id).paid_fen == 1_250
    other = queries.households_of(world.ordered(SHORT, title="别的团"))[0]
    assert "of another basket" in sent("paid", household=other.id, fen="5")
    assert queries.household(other.id).paid_fen == 0
    (chain,) = read_chain(neighbour.get(f"{address}?chat=orders").context["text"]).chains
    assert sum(item.quantity for entry in chain.entries for item in entry.items) == queries.basket(basket).ordered
    assert neighbour.get(f"{address}?chat=queue").status_code == 200


def test_an_organiser_is_told_that_the_deadline_has_passed_and_settles_late_lines_at_once(world: World) -> None:
    basket = world.open(household_max=1)
    address, code = linked(basket)
    set_clock(NOW + 9 * HOUR)
    neighbour = Client(headers={"Accept-Language": "en"})
    told = neighbour.get(address).content.decode()
    assert "takes no more orders. Tell the group so." in told
    form = {"code": code, "request_id": str(new_id()), "act": "paste", "text": "1. 云朵 1-101 A2\n2. 李四 2-202 A1\n"}
    told = neighbour.post(address, form, follow=True).content.decode()
    assert "2 lines were read after the deadline." in told
    waiting = [str(line.id) for line in queries.lines_of(basket, states=["WAITING"])]
    told = neighbour.post(address, {"code": code, "line": waiting, "act": "COUNT"}, follow=True).content.decode()
    assert not queries.lines_of(basket, states=["WAITING"])
    assert "蔬菜套餐: 2 → 1" in told


def test_a_newer_link_ends_the_earlier_one_and_a_forgotten_basket_ends_it_too(world: World) -> None:
    basket, neighbour = world.ordered(SHORT), Client()
    first, _code = linked(basket)
    second, _code = linked(basket)
    assert [neighbour.get(one).status_code for one in (first, second)] == [404, 200]
    assert visit("Bao").post(f"/orders/baskets/{basket}/", {"act": "link"}).status_code == 403
    services.call_off_basket(basket=basket, why="停运", actor=world.wu, now=NOW, request_id=new_id())
    services.forget_basket(basket=basket, actor=world.wu, now=NOW)
    assert neighbour.get(second).status_code == 404


def lose(world: World, basket: UUID) -> str:
    """The first portion of a basket with a pack to spare is lost on its way; its parcel's code."""
    world.check_in(basket, ("A", 10, 0))
    world.share(basket)
    station = register_party(kind="SITE", name="滨江站", city="北京", now=NOW)
    add_site(party=station, role="STATION", lat=39.97, lon=116.49, is_located=True)
    move_station(station=station, from_at=NOW, lat=39.97, lon=116.49, actor=world.lin, now=NOW)
    stations.serve(community=world.community, station=station, actor=world.lin, now=NOW)
    placing.place(office=world.committee, room=BASKETS, actor=world.wu, now=AFTER)
    code = next(one.code for one in delivery.parcels(station=station) if "2-1-202" in one.address)
    at: dict[str, Any] = {"station": station, "scans": [code], "actor": world.lin, "now": AFTER}
    stations.receive(request_id=new_id(), **at)
    endings.report_lost(words="被拿走了", request_id=new_id(), **at)
    set_clock(AFTER)
    return code


def test_a_lost_portion_is_brought_again_at_a_tap(world: World) -> None:
    code, wu = lose(world, world.ordered(SHORT)), visit("Wu", "en")
    page = read(wu, f"/orders/baskets/?on={DAY}")
    assert "Bring others" in page
    (one,) = queries.lost_portions(None)
    assert (one.building, one.room, one.name, one.packs) == ("2", "202", "蔬菜套餐", 1)
    sent = {"on": f"{DAY}", "act": "again", "portion": str(one.id), "request_id": str(new_id())}
    assert f"parcel {code} is expected once more" in send(wu, "/orders/baskets/", sent)
    assert queries.lost_portions([world.committee]) == ()


def test_the_committee_ends_its_task_on_the_baskets_page(world: World) -> None:
    basket = world.ordered(SHORT, tolerance_permille=100)
    world.check_in(basket, ("A", 5, 0))
    world.share(basket)
    wu, own = visit("Wu", "en"), f"/orders/baskets/{basket}/"
    (task,) = re.findall(r'name="task" value="([0-9a-f-]+)"', read(wu, own))
    assert "The task has ended" in send(wu, own, {"act": "finish", "task": task, "outcome": "供应商明天补送"})
    assert 'name="task"' not in read(wu, own)


def test_what_waits_goes_away_as_a_workbook_and_as_a_message(world: World) -> None:
    basket, wu = world.open(), visit("Wu", "en")
    world.paste(basket, DOUBTFUL)
    waiting = queries.lines_of(basket, states=["WAITING"])
    sheet = load_workbook(io.BytesIO(wu.get(f"/orders/baskets/{basket}/queue.xlsx").content)).active
    assert sheet is not None
    assert [row[0].value for row in list(sheet)[1:]] == [line.words for line in waiting]
    text = wu.get(f"/orders/baskets/{basket}/chat/queue/").context["text"]
    assert text == queue_chat(queries.basket(basket), waiting)
    (chain,) = read_chain(text).chains
    assert [one.name for one in chain.entries] == [line.name for line in waiting]
    assert all(line.words in text for line in waiting)


def test_the_stations_schedule_goes_away_with_what_is_to_come(world: World) -> None:
    station = register_party(kind="SITE", name="流动站", city="北京", now=NOW)
    add_site(party=station, role="STATION", lat=39.97, lon=116.49, is_located=True)
    for hours in (0, 4):
        move_station(
            station=station, community=world.community, from_at=NOW + hours * HOUR, note=f"{hours}号门", actor=world.lin, now=NOW
        )  # fmt: skip
    lin = visit("Lin", "en")
    sheet = load_workbook(io.BytesIO(lin.get("/orders/baskets/stations.xlsx").content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row[:4]] for row in list(sheet)[1:]]
    assert rows == [
        ["流动站", "滨江苑", "0号门", datetime(2022, 4, 26, 9)],  # noqa: DTZ001
        ["流动站", "滨江苑", "4号门", datetime(2022, 4, 26, 13)],  # noqa: DTZ001
    ]
    text = lin.get("/orders/baskets/stations/chat/").context["text"]
    assert not lin.get("/orders/baskets/stations/chat/").context["nothing"]
    assert "1. 流动站｜｜站点×1｜滨江苑，0号门，4月26日 09:00 起，4月26日 13:00 止" in text
    assert "2. 流动站｜｜站点×1｜滨江苑，4号门，4月26日 13:00 起" in text
    assert "4号门" in read(lin, "/orders/baskets/stations/")
