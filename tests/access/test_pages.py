"""Every page behind a log-in, for the wrong duty, the right one at the wrong place, and the right one everywhere."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zlib import crc32

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from baogong.delivery.codes import code_of
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.people.services import identity
from tests.access.books import city, house, neighbourhood, quarter, road, street
from tests.access.rows import (
    ADMIN,
    APPROVER,
    AUDITOR,
    CARRIER,
    CLERK,
    COMMAND,
    DECIDERS,
    DRIVER,
    KEEPER,
    OFFICE,
    REGISTRARS,
    Book,
    Elsewhere,
    Row,
    comers,
    complaints_about,
    digests,
    told,
)
from tests.web.visits import visit

NOTHING, OPEN = Elsewhere.NOTHING, Elsewhere.OPEN
LISTS = (CLERK, COMMAND, KEEPER)
BOARD = (COMMAND, APPROVER, AUDITOR)
PAPER = (*OFFICE, KEEPER, DRIVER, CARRIER)
RUN = {"run": "packing_run"}
OWN = "what is of the visitor's own places, of which there are none here"
# Addresses that ask for no duty, and why.
FOR_EVERYBODY = {
    "account:start": "leads on",
    "account:doors": "everyone logged in: a door leads on only for whom it opens",
    "account:login": "the log-in",
    "account:logout": "one's own session",
    "account:language": "one's own language",
    "account:first": "a private link",
    "stories:gallery": "what stories there are, and nothing of this book but which one was played into it",
    "account:my_order": "leads a resident to the page of the own order",
    "account:trust": "how a phone comes to trust this house",
    "account:authority": "how a phone comes to trust this house",
    "carrier:offer": "a private link",
    "crew:join": "a private link",
    "crew:own": "a private link",
}
# the public book; private links (tests/web/test_private.py); telephones with a token of their own (tests/web/courier)
# what is on offer to everybody: a claim opens to the visit that made it or knows its code (tests/web/release)
# shops' own pages, where a neighbour orders without an account (tests/web/shop)
OPEN_ROOMS = ("public:", "donor:", "receiver:", "resident:", "courier:", "offers:", "shops:", "baskets:")

# given: what stands behind the address's question mark; for POSTED what is sent. shows: what tells of the place.
HOUSE: dict[str, Row] = {
    **{
        f"tower:{part}": Row(OFFICE)
        for part in ("board", "late", "promises", "goods", "load", "map", "ground", "alerts")
    },
    "tower:alert": Row((*OFFICE, KEEPER), "hub"),
    "tower:watch": Row(
        (*OFFICE, KEEPER), elsewhere=OPEN, why_open="how the house's watch is kept, and one's own telephone"
    ),
    "command:stock": Row(OFFICE),
    "command:freeze": Row([COMMAND]),
    "command:ship_orders": Row((COMMAND, KEEPER), "langfang", given={"site": "langfang"}),
    "command:gifts": Row(OFFICE),
    "command:gift": Row(OFFICE),
    "command:gift_thanks": Row(REGISTRARS),
    "command:carriage": Row(OFFICE),
    "command:carriage_request": Row(OFFICE),
    "command:needs": Row(OFFICE, "union", NOTHING, shows="同济医学院附属协和医院"),
    "command:add_need": Row(
        REGISTRARS, elsewhere=OPEN, why_open="an empty form; for whom it is, is asked when it is sent"
    ),
    "command:doubles": Row(OFFICE),
    "command:houses": Row(OFFICE),
    "command:public_contact": Row((COMMAND, ADMIN), given={"contact": "0728-1111"}),
    "command:proof_picture": Row(OFFICE, "union"),
    "command:uses": Row(OFFICE),
    "command:communities": Row(OFFICE, "community", NOTHING, shows="幸福里社区"),
    "command:community": Row(OFFICE, "community"),
    "command:community_households": Row([CLERK], "community"),
    "command:need": Row(OFFICE, "union"),
    "command:funds": Row(OFFICE),
    "command:money_gift": Row(OFFICE, path={"gift": "money_gift"}),
    "command:fund": Row(OFFICE),
    "command:move_earmark": Row([COMMAND]),
    "command:purchases": Row(OFFICE),
    "command:purchase": Row(
        (*OFFICE, KEEPER), "buyer", NOTHING, shows="¥"
    ),  # a keeper elsewhere: goods to come, no money
    "command:offers": Row(OFFICE),
    "command:sourcing": Row(OFFICE),
    "command:basket": Row(OFFICE, path={"plan": "basket"}),
    "command:packs": Row(OFFICE),
    "command:write_kit": Row(REGISTRARS),
    "command:packs_by_need": Row(OFFICE, "community", NOTHING, shows="幸福里社区"),
    "command:kit": Row(OFFICE),
    "command:packing_run": Row(OFFICE, path=RUN),
    "command:run_origins": Row(OFFICE, path=RUN),
    "command:weighing": Row(OFFICE),
    "command:loans": Row(OFFICE),
    "command:loan_unit": Row(OFFICE),
    "command:volunteers": Row(OFFICE),
    "command:volunteer_hours": Row(OFFICE),
    "command:places": Row((*OFFICE, KEEPER), "community", NOTHING, shows="幸福里社区"),
    "command:open_place": Row(REGISTRARS),
    "command:place": Row((*OFFICE, KEEPER), "community"),
    "command:place_paper": Row((*OFFICE, KEEPER), "community"),
    "command:place_doors": Row((COMMAND, CLERK, KEEPER), "community"),
    "command:place_stations": Row((COMMAND, CLERK, KEEPER), "community"),
    "command:place_footprints": Row((COMMAND, CLERK, KEEPER), "community"),
    "command:parcel_kinds": Row(OFFICE),
    "command:zones": Row(OFFICE),
    "command:zone_notice": Row(OFFICE),
    "clerk:drop": Row(LISTS, elsewhere=OPEN, why_open="an empty box: what is dropped says of which place it is"),
    "clerk:choose": Row(LISTS, "langfang", given={"run": "run"}),
    "clerk:run": Row(LISTS, "langfang"),
    "clerk:apply": Row(LISTS, "langfang"),
    "clerk:left_out": Row(LISTS, "langfang"),
    "clerk:waiting": Row(LISTS, "langfang", NOTHING, shows="廊坊仓库"),
    "clerk:settle": Row(LISTS, "langfang", given={"answer": "c:langfang"}),
    "clerk:new_place": Row(REGISTRARS, given={"name": "汉口北仓", "role": "WAREHOUSE"}),
    "clerk:template": Row(LISTS, elsewhere=OPEN, why_open="an empty list with its headers"),
    "clerk:calls": Row(REGISTRARS, "union", NOTHING, shows="同济医学院附属协和医院"),
    "clerk:next_call": Row(REGISTRARS, "union", NOTHING, shows="/lists/calls/0"),
    "clerk:call": Row(REGISTRARS, "union"),
    "account:people": Row([ADMIN]),
    "account:person": Row([ADMIN], path={"user": "log_in"}),
    "account:webhooks": Row([ADMIN]),
    "account:clock": Row([ADMIN], given={"to": "2020-01-24T06:00"}),
    "account:identity": Row(identity.READERS),
    "keeper:home": Row([KEEPER], elsewhere=OPEN, why_open=OWN),
    "keeper:surpluses": Row((*DECIDERS, KEEPER), elsewhere=OPEN, why_open=OWN),
    "keeper:site": Row([KEEPER], "langfang"),
    "keeper:goods": Row([KEEPER], "langfang"),
    "keeper:count": Row([KEEPER], "langfang"),
    "keeper:equipment": Row([KEEPER], "langfang"),
    "keeper:card": Row((*OFFICE, KEEPER), "langfang"),
    "keeper:certificate": Row((*OFFICE, KEEPER), "hub", path={"gift": "sited"}),
    "keeper:scan": Row([KEEPER], "langfang"),
    "keeper:scales": Row([KEEPER], "hub", path={"site": "hub"}),
    "keeper:loans": Row([KEEPER], "hub", path={"site": "hub"}),
    "keeper:packing": Row([KEEPER], "hub", path={"site": "hub"}),
    "keeper:packing_run": Row([KEEPER], "hub", path={"site": "hub", **RUN}),
    "keeper:volunteers": Row([KEEPER], "hub", path={"site": "hub"}),
    "crew:home": Row(LISTS, "hub", NOTHING, shows="仙桃招募"),
    "crew:call": Row(REGISTRARS, "hub"),
    "crew:muster": Row(LISTS, "hub"),
    "crew:rules": Row(REGISTRARS, "hub", path={"place": "hub"}),
    "crew:couriers": Row(LISTS, "hub", path={"place": "hub"}),
    "crew:stand_in": Row(LISTS, "hub", path={"place": "hub"}),
    "crew:person": Row(LISTS, "hub", path={"place": "hub", "person": "crew_person"}),
    **{
        f"crew:{name}": Row(LISTS, "hub", path={"place": "hub"})
        for name in ("tonight", "assign", "gate", "roll", "keep", "kit")
    },
    "keeper:gifts": Row([KEEPER], "hub", path={"site": "hub"}),
    "keeper:gift": Row([KEEPER], "hub", path={"site": "hub", "gift": "accepted"}),
}
ROAD: dict[str, Row] = {
    "command:board": Row(BOARD),
    "command:board_doubts": Row(BOARD),
    "command:board_steps": Row(BOARD),
    "command:losses": Row(OFFICE),
    "command:board_map": Row(BOARD),
    "command:unmoved": Row(OFFICE),
    "command:shares": Row(OFFICE),
    "command:make_share": Row(REGISTRARS),
    "command:compare": Row(OFFICE, given={"a": "share", "b": "later_share"}),
    "command:allot": Row([COMMAND]),
    "command:share": Row(OFFICE, path={"plan": "share"}),
    "command:what_if": Row(OFFICE, path={"plan": "share"}),
    "command:convoys": Row(OFFICE),
    "command:plan_convoy": Row([COMMAND]),
    "command:fleet": Row(OFFICE),
    "tower:bulletins": Row(OFFICE),
    "tower:bulletin": Row(OFFICE),
    "tower:figure": Row(OFFICE, path={"number": "figure_number"}),
    "tower:bulletin_file": Row(OFFICE),
    "tower:rehearsals": Row(OFFICE),
    "stories:theatre": Row(OFFICE),
    "stories:frames": Row(OFFICE),
    "tower:rehearsal": Row(OFFICE),
    "command:convoy": Row(OFFICE, path={"plan": "convoy"}),
    "command:convoy_map": Row(OFFICE, path={"plan": "convoy"}),
    "command:difference": Row(OFFICE, path={"plan": "replan"}),
    "command:waybill": Row(OFFICE),
    "command:waybill_numbered": Row(OFFICE),
    "command:custody": Row(OFFICE),
    "command:tasks": Row(OFFICE),
    "command:documents": Row(OFFICE),
    "command:document": Row(OFFICE),
    "command:shift": Row(OFFICE),
    "keeper:load": Row([KEEPER], "origin"),
    "keeper:receive": Row([KEEPER], "target"),
    "keeper:waybill": Row(PAPER, "origin"),
    "keeper:packing_list": Row(PAPER, "origin"),
    "keeper:note": Row(PAPER, "origin", served=404),
    "driver:home": Row([DRIVER], elsewhere=OPEN, why_open=OWN),
    "driver:trip": Row([DRIVER], "carrier"),
    "driver:gate": Row([DRIVER], "carrier"),
    "driver:loss": Row([DRIVER], "carrier"),
    "driver:hand_over": Row([DRIVER], "carrier"),
    "carrier:home": Row([CARRIER], elsewhere=OPEN, why_open=OWN),
    "carrier:ask": Row([CARRIER], "carrier"),
    "carrier:trip": Row([CARRIER], "carrier"),
    "carrier:vehicles": Row([CARRIER], elsewhere=OPEN, why_open=OWN),
}
STATIONS = (KEEPER, COMMAND)
OF_ROUNDS = (*OFFICE, KEEPER)
STREET: dict[str, Row] = {
    "station:rounds_home": Row(OF_ROUNDS, elsewhere=OPEN, why_open=OWN),
    "station:rounds": Row(OF_ROUNDS, "station"),
    "station:plan_rounds": Row((COMMAND, CLERK, KEEPER), "station"),
    "station:rounds_plan": Row(OF_ROUNDS, "station", path={"plan": "rounds_plan"}),
    "station:rounds_map": Row(OF_ROUNDS, "station", path={"plan": "rounds_plan"}),
    "station:compare_rounds": Row(OF_ROUNDS, "station", given={"a": "rounds_plan", "b": "rounds_plan"}),
    "station:trips": Row(STATIONS, "station"),
    "command:ways": Row(OFFICE),
    "command:way": Row(OFFICE),
    "command:compare_ways": Row(OFFICE, given={"a": "way", "b": "way"}),
    "command:household_link": Row(REGISTRARS, "community", given={"code": code_of(0)}),
    "station:home": Row(STATIONS, elsewhere=OPEN, why_open=OWN),
    "station:board": Row(STATIONS, "station"),
    "station:receive": Row(STATIONS, "station"),
    "station:returns": Row(STATIONS, "station"),
    "station:counter": Row(STATIONS, "station"),
    "station:sealed": Row(STATIONS, "station"),
    "station:disinfection": Row(STATIONS, "station"),
    "station:parcel": Row(STATIONS, "station"),
    "station:photo": Row(STATIONS, "station", path={"evidence": "photo", "code": "handed"}),
    "station:kept_photo": Row(STATIONS, "station", path={"act": "refused", "number": "photo_number"}),
    "station:carts": Row(STATIONS, "station"),
    "station:cart": Row(STATIONS, "station"),
    "station:couriers": Row(STATIONS, "station"),
    "station:buildings": Row(STATIONS, "station"),
    "station:run_sheet": Row(STATIONS, "station", path={"round_id": "round"}),
    "station:building_list": Row(STATIONS, "station"),
    "station:call_list": Row(STATIONS, "station"),
    "station:labels": Row(STATIONS, "station"),
    "station:list_xlsx": Row(STATIONS, "station", path={"what": "run", "of": "round"}),
    "station:list_chat": Row(STATIONS, "station", path={"what": "run", "of": "round"}),
}
DESK, HANDS = (CLERK, COMMAND), (COMMAND, CLERK, KEEPER)
CITY: dict[str, Row] = {
    "release:start": Row((*OFFICE, KEEPER), elsewhere=OPEN, why_open="leads on to the first page of one's own duties"),
    "release:office": Row(OFFICE, "office", NOTHING, shows="广安疫情防控指挥部"),
    "release:release": Row(OFFICE, "office"),
    "release:reword": Row([COMMAND], "office", path={"release": "draft"}),
    "release:counter": Row(OFFICE, "office"),
    "release:winners": Row(OFFICE, "office"),
    "release:clusters": Row(OFFICE, "office"),
    "release:settlement": Row(OFFICE, "office"),
    "release:settlement_file": Row(OFFICE, "office"),
    "release:announce": Row(OFFICE, "office", path={"tranche": "drawn_tranche"}),
    "release:draw": Row(OFFICE, "office"),
    "release:drill_key": Row([COMMAND], elsewhere=OPEN, why_open="makes a key for a drill; it is about no place"),
    "release:cities": Row([ADMIN]),
    "release:ending": Row([ADMIN]),
    "release:desk": Row(DESK, "office", NOTHING, shows="广安口罩"),
    "release:offer": Row(DESK, "office"),
    "release:step": Row(DESK, "office"),
    "release:claim": Row(DESK, "office"),
    "release:enter": Row(DESK, "office", path={"tranche": "drawn_tranche"}),
    "release:right": Row(DESK, "office"),
    "release:entry": Row(DESK, "office"),
    "release:receipt": Row(DESK, "office"),
    "release:answer": Row(DESK, "office"),
    "release:slip": Row(DESK, "office"),
    "release:pickup": Row(
        HANDS,
        elsewhere=OPEN,
        why_open="an empty form; at whose desk a claim is fetched is asked when its code is known",
    ),
    "release:hand_over": Row(HANDS, "office"),
    "release:brought": Row(DESK, "office", NOTHING, shows="广安疫情防控指挥部"),
    "release:shop": Row(HANDS, "office", NOTHING, shows="廊坊仓"),
    "release:orders": Row(HANDS, "office"),
}
NEIGHBOURHOOD: dict[str, Row] = {
    "orders:day": Row((*OFFICE, KEEPER), "committee", NOTHING, shows="滨江苑"),
    "orders:draft": Row(
        DESK, elsewhere=OPEN, why_open="an empty form; of which committee it is, is asked when it is sent"
    ),
    "orders:day_xlsx": Row(
        (*OFFICE, KEEPER), elsewhere=OPEN, why_open="a workbook of one's own committees (tests/web/orders)"
    ),
    "orders:day_chat": Row((*OFFICE, KEEPER), "committee", NOTHING, path={"what": "baskets"}, shows="滨江苑"),
    "orders:trucks_xlsx": Row(DESK),
    "orders:trucks_chat": Row(DESK),
    "orders:trucks": Row(DESK),
    "orders:stations": Row(DESK),
    "orders:stations_xlsx": Row(DESK),
    "orders:stations_chat": Row(DESK),
    **{
        f"orders:{name}": Row((*OFFICE, KEEPER), "committee")
        for name in ("basket", "chain", "text", "households", "answers", "sheet")
    },
    "orders:queue": Row(DESK, "committee"),
    "orders:arrival": Row(HANDS, "committee"),
    "orders:chat": Row((*OFFICE, KEEPER), "committee", path={"what": "menu"}),
    "orders:xlsx": Row((*OFFICE, KEEPER), "committee", path={"what": "total"}),
}
QUARTER: dict[str, Row] = {
    "shop:home": Row(HANDS, "shop", NOTHING, shows="陈记生鲜"),
    "shop:open": Row(
        HANDS, elsewhere=OPEN, why_open="an empty form; whose merchant it is for is asked when it is sent"
    ),
    "shop:shop": Row(HANDS, "shop"),
    "shop:change": Row(HANDS, "shop"),
    "shop:open_day": Row(HANDS, "shop"),
    "shop:tomorrow": Row(HANDS, "shop"),
    "shop:day": Row(HANDS, "shop"),
    "shop:picking": Row(HANDS, "shop"),
    "shop:picking_file": Row(HANDS, "shop"),
    "shop:message": Row(HANDS, "shop"),
    "shop:order": Row(HANDS, "shop"),
    "shop:office": Row(DESK, "office", NOTHING, shows="陈记生鲜"),
    "shop:forgetting": Row([ADMIN]),
    "shop:lessons": Row(HANDS, "shop", NOTHING, shows="开店第一课"),
    "shop:calendar": Row(HANDS, "shop", NOTHING, shows="开店第一课"),
    "shop:lesson": Row(DESK, "office"),
    "shop:lesson_xlsx": Row(DESK, "office"),
    "shop:lesson_chat": Row(DESK, "office"),
    "shop:lessons_xlsx": Row(
        HANDS, elsewhere=OPEN, why_open="a workbook of the lessons of one's own districts (tests/web/shop)"
    ),
    "shop:lessons_chat": Row(HANDS, "shop", NOTHING, shows="开店第一课"),
}
BOOKS = (
    (house, HOUSE), (road, ROAD), (street, STREET), (city, CITY), (neighbourhood, NEIGHBOURHOOD), (quarter, QUARTER)
)  # fmt: skip
ACTS = ("approve", "sign", "order", "add", "undo", "link", "receive")
NAMES = ("the house", "the road", "the street", "the city", "the neighbourhood", "the quarter")
POSTED = {  # a form's targets; every other page is read
    "command:ship_orders",
    "command:gift_thanks",
    "command:public_contact",
    "clerk:apply",
    "clerk:settle",
    "clerk:new_place",
    "clerk:next_call",
    "account:clock",
    "release:drill_key",
}


def addresses() -> dict[str, tuple[str, ...]]:
    """Every page of the site but the API's by its name, with the parts of its address."""

    def walk(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield space + str(each.name), tuple(each.pattern.converters)
            else:
                yield from walk(each, f"{space}{each.namespace}:" if each.namespace else space)

    found = [(name, parts) for name, parts in walk(get_resolver()) if not name.startswith("api-v1:")]
    assert [name for name, times in Counter(name for name, _ in found).items() if times > 1] == [], "two of one name"
    return dict(found)


def address_of(name: str, row: Row, book: Book) -> str:
    return reverse(name, kwargs={part: book.things[row.path.get(part, part)] for part in addresses()[name]})


def test_no_page_is_forgotten() -> None:
    """A new page: say in one of the tables above whose it is and at which place."""
    asking = {name for name in addresses() if not name.startswith(OPEN_ROOMS)} - set(FOR_EVERYBODY)
    tables = [table for _, table in BOOKS]
    assert set().union(*tables) == asking
    assert sum(map(len, tables)) == len(asking)


@pytest.mark.sampled
@pytest.mark.parametrize(("make", "table"), BOOKS, ids=NAMES)
def test_a_page_opens_to_its_duty_at_its_place_and_to_nobody_else(
    db: None, settings: Any, make: Callable[[], Book], table: Mapping[str, Row], is_whole: bool
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    book = make()
    book.is_whole = is_whole
    browsers: dict[Any, Client] = {}
    for row in table.values():  # persons and their sessions are there before anything is compared
        for comer in itertools.chain(*comers(row, book)):
            if comer.actor.person_id not in browsers:
                browsers[comer.actor.person_id] = visit(comer.actor.name, "zh-hans")
    complaints = []
    for name, row in table.items():
        address = address_of(name, row, book)

        def come(actor: Actor, *, name: str = name, row: Row = row, address: str = address) -> tuple[int, bool, str]:
            return opened(browsers[actor.person_id], address, row, book, is_posted=name in POSTED)

        complaints += [f"{name}: {each}" for each in complaints_about(row, book, come)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.sampled
@pytest.mark.parametrize(("make", "table"), BOOKS, ids=NAMES)
def test_whoever_a_page_refuses_sends_it_nothing_either(
    db: None, settings: Any, make: Callable[[], Book], table: Mapping[str, Row], is_whole: bool
) -> None:
    """The forms of a page are behind the same door: whatever is sent."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    book = make()
    browsers: dict[Any, Client] = {}
    for row in table.values():
        for comer in comers(row, book)[0]:
            if comer.actor.person_id not in browsers:
                browsers[comer.actor.person_id] = visit(comer.actor.name, "zh-hans")
    before, complaints = digests(), []
    for name, row in table.items():
        address = address_of(name, row, book)
        for comer in comers(row, book)[0]:
            for act in ACTS if is_whole else (ACTS[crc32(f"{name} {comer.who}".encode()) % len(ACTS)],):
                sent = {**told(row.given, book), "act": act, "request_id": str(new_id())}
                answer = browsers[comer.actor.person_id].post(f"{address}?{urlencode(sent)}", sent)
                if answer.status_code not in row.refused:
                    complaints.append(f"{name}: {comer.who} sends “{act}”: {answer.status_code}")
    assert digests() == before
    assert not complaints, "\n".join(complaints)


def opened(browser: Client, address: str, row: Row, book: Book, *, is_posted: bool) -> tuple[int, bool, str]:
    """(status, whether the place is told of, a line of what is said)."""
    given = told(row.given, book)
    if is_posted:
        answer = browser.post(address, {"request_id": str(new_id()), **given})
    else:
        answer = browser.get(f"{address}?{urlencode(given)}" if given else address)
    body = b"".join(answer) if answer.streaming else answer.content
    said = answer.headers.get("Location", "") + body.decode(errors="replace")
    alert = said.partition('role="alert">')[2][:200]
    return answer.status_code, bool(row.shows) and row.shows in said, alert or said[:80]
