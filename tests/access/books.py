"""Two books in which every thing an address can name is there: the house's affairs, and goods on the road."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.services import add_item
from baogong.crew import queries as inside
from baogong.crew import services as planned
from baogong.delivery import queries as delivery
from baogong.delivery.services import rounds, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.ways import save_way_of_working
from baogong.freight import queries as freight
from baogong.journal import queries as journal
from baogong.journal.clock import house_day, mark_drill
from baogong.journal.models import Evidence
from baogong.journal.queries.imports import waiting_lines
from baogong.journal.services import EvidenceIn, imports, tasks, webhooks
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as ledger
from baogong.needs import queries as needs_queries
from baogong.needs import services as needs
from baogong.needs.services.households import Counts, ask_for_community, count_household
from baogong.orders import queries as orders_queries
from baogong.orders import services as orders
from baogong.orders.queries import shop_orders, shops
from baogong.orders.services.lessons import announce_lesson
from baogong.people.queries.access import log_ins
from baogong.people.services.parties import register_party
from baogong.places import queries as places_queries
from baogong.places import services as places
from baogong.places.services import BuildingGiven, UnitGiven, add_lane, add_site
from baogong.release.services import accept_claims, close_draw, deliveries
from baogong.supply import queries as supply
from baogong.supply.services import (
    Counted,
    Finding,
    Judgement,
    Offered,
    PaidOrder,
    Scope,
    consent_to_community_use,
    count_stock,
    find_failing,
    freeze_stock,
    hold_for_order,
    judge_gift,
    offer_gift,
    propose_re_earmark,
    state_weights,
    take_in,
    weigh_truck,
)
from baogong.supply.views import OptionConsidered
from baogong.tower.bulletins.measures import Audience
from baogong.tower.models import Alert
from baogong.tower.services import bulletins, rehearsals
from tests.access.rows import Book
from tests.apps.crew import test_crew as crew
from tests.apps.delivery.world import NOW as STREET_NOW
from tests.apps.delivery.world import World as Street
from tests.apps.delivery.world import act as street_act
from tests.apps.delivery.world import make_world as make_street
from tests.apps.delivery.world import vehicle as street_vehicle
from tests.apps.freight.world import NOW as ROAD_NOW
from tests.apps.needs.test_sourcing import Market, make_market
from tests.apps.orders.neighbourhood import NOW as QUARTER_NOW
from tests.apps.orders.neighbourhood import make_neighbourhood as make_quarter
from tests.apps.orders.world import DAY as NEIGHBOURHOOD_DAY
from tests.apps.orders.world import NOW as NEIGHBOURHOOD_NOW
from tests.apps.orders.world import make_world as make_neighbourhood
from tests.apps.release.test_draws import CLOSES, announced, enter
from tests.apps.release.world import NOW as CITY_NOW
from tests.apps.release.world import TODAY, claim_one
from tests.apps.release.world import make_world as make_city
from tests.apps.supply import packs
from tests.apps.supply.purse import SUIT
from tests.apps.supply.test_carriage import ask as ask_carriage
from tests.apps.supply.test_carriage import photo
from tests.apps.supply.world import World
from tests.cast import NOW, make_cast, person_of
from tests.web.command.conftest import give, make_stage
from tests.web.donor.test_giver import given
from tests.web.visits import make_world_in_drill

YESTERDAY = TODAY - timedelta(days=1)
STOCK = "仓库,物资名称,数量,单位,盘点时间\n廊坊仓,医用外科口罩,3100,只,2020-01-22\n"
DOUBTFUL = "仓库,物资名称,数量,单位,盘点时间\n廊坊仓库,护目镜,5,个,2020-01-22\n"


def house() -> Book:
    """Needs and what they rest on, gifts, money, lists, papers: everything but the road."""
    mark_drill(name="the house", at=NOW)
    market = make_market()
    world = market.purses.world
    things: dict[str, Any] = {}
    act: dict[str, Any] = {"actor": world.cast.wu, "now": NOW}

    def party(name: str, kind: str = "SITE", city: str = "武汉") -> UUID:
        return register_party(kind=kind, name=name, city=city, now=NOW)

    elsewhere = party("别处仓", city="成都")
    add_site(party=elsewhere, role="WAREHOUSE")
    ward, other, other_ward = party("武汉协和医院东院"), party("甲医院"), party("甲医院东区")
    community = party("幸福里社区", "ORGANISATION")
    things |= {
        "elsewhere": elsewhere,
        "langfang": world.langfang,
        "hub": world.cast.hub,
        "hospital": world.cast.hospital,
        "union": world.union,
        "ward": ward,
        "federation": market.purses.federation,
        "supplier": market.purses.supplier,
        "company": world.company,
        "alumni": world.alumni,
        "community": community,
        "party": world.company,
        "site": world.langfang,
        "receiver": world.union,
        "item": world.item("surgical-mask"),
        "log_in": next(login.id for login in log_ins(now=NOW) if login.username == "wu"),
    }
    things |= _money(market) | _gifts(market) | _needs(market, community) | _packs(world) | _crew(world)
    things |= _places(world, community, act)
    things["merge"] = needs.merge_houses(kept=other, merged=other_ward, why="one house", request_id=new_id(), **act)
    things["apart"] = needs.keep_apart(one=other, other=elsewhere, why="two", **act)
    world.count(Counted(item=things["item"], amount=3_000, pieces_per_carton=100))
    things["freeze"] = freeze_stock(
        scopes=[Scope(site=world.langfang, item=things["item"])],
        decided_by=world.langfang,
        basis="OWN_DECISION",
        reason="for relief",
        options=[OptionConsidered("send all", is_chosen=True)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    things["lot"] = world.lot_of("surgical-mask")
    things["movement"] = ledger.movements(lots=[things["lot"]], limit=1)[0].id
    things["webhook"] = _webhook()
    things["alert"] = _alert(world.cast.hub, NOW)
    for name, duty in (("task", Duty.CLERK), ("keepers_task", Duty.KEEPER)):
        things[name] = tasks.add_task(title=name, duty=duty, due_at=NOW, request_id=new_id(), **act)
    things["run"] = _brought(STOCK, act)
    applied = _brought(DOUBTFUL, act)
    imports.apply(run=applied, **act)
    things["line"] = waiting_lines()[0].id
    things["kind"] = "stock"
    return Book(things)


def road() -> Book:
    """The relay with an approved share, a convoy on its way and a proposal to change it."""
    stage = make_stage(make_world_in_drill())
    world, truck = stage.world, stage.truck
    elsewhere = register_party(kind="SITE", name="别处仓", city="成都", now=ROAD_NOW)
    add_site(party=elsewhere, role="WAREHOUSE")
    assert truck.vehicle is not None
    give(world)
    (gift,) = supply.gifts(giver=world.team)
    act: dict[str, Any] = {"actor": world.lin, "now": ROAD_NOW}
    gloves = add_item(code="gloves", name_zh="手套", name_en="Gloves")
    counted = [Counted(item=gloves, amount=50, pieces_per_carton=10)]
    count_stock(site=world.langfang, lines=counted, counted_at=ROAD_NOW, request_id=new_id(), **act)
    order = hold_for_order(site=world.langfang, order=PaidOrder(gloves, 5), request_id=new_id(), **act)
    tasks.join_working_group(party=person_of(world.mei), duty_text="signs", **act)
    add_lane(origin=world.langfang, target=world.hub)
    task = tasks.add_task(title="ring the town", duty=Duty.CLERK, due_at=ROAD_NOW, request_id=new_id(), **act)
    run = _brought("仓库,物资名称,数量,单位,盘点时间\n廊坊仓库,手套,5,个,2020-01-22\n", act)
    imports.apply(run=run, **act)
    return Book(
        {
            "elsewhere": elsewhere,
            "origin": truck.origin,
            "target": truck.target,
            "hub": world.hub,
            "langfang": world.langfang,
            "hospital": world.hospital,
            "ezhou": world.ezhou,
            "team": world.team,
            "haulier": world.haulier,
            "gift": gift.number,
            "order": order,
            "task": task,
            "alert": _alert(world.hub, ROAD_NOW),
            "waiting": waiting_lines()[0].id,
            "allotment": needs_queries.allotments(plan=stage.share)[0].id,
            "promised_at": needs_queries.allotments(plan=stage.share)[0].at_site,
            "carrier": truck.carrier,
            "waybill": truck.id,
            "number": truck.number,
            "ask": next(ask.id for ask in freight.asks(plan=stage.convoy) if ask.carrier == truck.carrier),
            "trip": truck.trip,
            "vehicle": truck.vehicle,
            "line": freight.waybill(truck.id, now=ROAD_NOW).lines[0].id,
            "share": stage.share,
            "later_share": stage.later_share,
            "convoy": stage.convoy,
            "replan": stage.replan,
            "rehearsal": _rehearsed(world.lin),
            "bulletin": _bulletin(world.lin, ROAD_NOW),
            "figure_number": 1,
            "need": stage.masks,
            "document": journal.documents(limit=1)[0].id,
        }
    )


def _bulletin(lin: Actor, now: datetime) -> UUID:
    """The day as it stands, not published."""
    return bulletins.draw(day=house_day(now), audience=Audience.PUBLIC, actor=lin, now=now, request_id=new_id())


def _rehearsed(lin: Actor) -> UUID:
    """The convoy's days, played once."""
    made = rehearsals.ask(
        from_at=ROAD_NOW, until_at=ROAD_NOW + timedelta(days=9), runs_count=1, is_for_worker=False, actor=lin,
        now=ROAD_NOW, request_id=new_id(),
    )  # fmt: skip
    rehearsals.play(rehearsal=made, now=lambda: ROAD_NOW, workers=1)
    return made


def _places(world: World, community: UUID, act: dict[str, Any]) -> dict[str, Any]:
    """A community that is open, a station elsewhere, and a notice with something that waits."""
    places.open_community(party=community, street="华灵路", lat=30.6, lon=114.3, **act)
    buildings = [BuildingGiven("1", units=(UnitGiven("1", 12),)), BuildingGiven("2")]
    places.add_buildings(community=community, buildings=buildings, **act)
    shelf = places.set_shelf(community=community, name="一号架", **act)
    gate = places.set_gate(community=community, name="北门", **act)
    station = register_party(kind="SITE", name="一号站", city="武汉", now=NOW)
    add_site(party=station, role="STATION")
    notice = places.read_notice(text="封控区\n幸福里社区1号楼\n不知道小区", published_at=NOW, issuer="武汉市", **act)
    plan = places_queries.community_plan(community, NOW)
    return {
        "station": station,
        "notice": notice,
        "doubt": places_queries.notice(notice).doubts[0].id,
        "building": plan.buildings[0].id,
        "door_unit": plan.buildings[0].units[0].id,
        "shelf": shelf,
        "gate": gate,
    }


def city() -> Book:
    """A city's release being drafted, one that is open, its tranches, claims before and after the handover."""
    mark_drill(name="the city", at=CITY_NOW)
    world = make_city(make_cast())
    draft, release = world.release(is_open=False), world.release(code="open", closes="18:00")
    world.put_out(release, 20)
    past = world.put_out(release, 20, now=CITY_NOW - timedelta(days=1), on=YESTERDAY)
    tranche = world.put_out(release, 20)
    claims = [claim_one(tranche, name).id for name in ("zhang", "li")]
    accept_claims(claims=claims[1:], actor=world.wu, now=CITY_NOW)
    lost = claim_one(tranche, "wang").id
    accept_claims(claims=[lost], actor=world.wu, now=CITY_NOW)
    with transaction.atomic():
        deliveries.leave_shop([lost], CITY_NOW)
        deliveries.go_missing([lost], actor=world.wu, now=CITY_NOW)
    lots = world.release(code="lots", mode="DRAW")
    drawn_tranche, (draw, closed_draw) = (
        world.put_out(lots, 10),
        (announced(world, world.put_out(lots, 10)) for _ in "ab"),
    )
    entry = enter(world, closed_draw, "zhang").entry
    close_draw(draw=closed_draw, actor=world.lin, now=CLOSES)
    return Book(
        {
            "office": world.office,
            "elsewhere": register_party(kind="ORGANISATION", name="别处商务局", city="厦门", now=CITY_NOW),
            "item": world.item,
            "lot": world.lot,
            "draft": draft,
            "release": release,
            "tranche": tranche,
            "past": past,
            "claim": claims[0],
            "lost": lost,
            "drawn_tranche": drawn_tranche,
            "draw": draw,
            "closed_draw": closed_draw,
            "entry": entry,
            "step": 1,
        }
    )


def neighbourhood() -> Book:
    """A compound with a basket that is ordered."""
    mark_drill(name="the neighbourhood", at=NEIGHBOURHOOD_NOW)
    world = make_neighbourhood()
    basket = world.ordered()
    truck = orders.add_truck(
        supplier=world.supplier, on=NEIGHBOURHOOD_DAY, name="一号车", packs_max=90, actor=world.lin,
        now=NEIGHBOURHOOD_NOW, request_id=new_id(),
    )  # fmt: skip
    orders.put_on_truck(basket=basket, truck=truck, actor=world.lin, now=NEIGHBOURHOOD_NOW)
    return Book(
        {
            "committee": world.committee,
            "elsewhere": register_party(kind="ORGANISATION", name="别处居委会", city="北京", now=NEIGHBOURHOOD_NOW),
            "basket": basket,
            "community": world.community,
            "supplier": world.supplier,
            "truck": truck,
            "household": orders_queries.households_of(basket)[0].id,
            "portion": derived_id("orders.portion", orders_queries.households_of(basket)[0].id, "A"),
            "line": orders_queries.lines_of(basket, states=["COUNTED"])[0].id,
            "what": "menu",
            "on": NEIGHBOURHOOD_DAY,
            "number": 1,
            "menu": "menu",
            "baskets": "baskets",
            "total": "total",
        }
    )


def quarter() -> Book:
    """A district with one shop: a day with an order, a lesson to come."""
    mark_drill(name="the quarter", at=QUARTER_NOW)
    here = make_quarter(make_cast())
    day = here.open_day({"蔬菜包": 5})
    lesson = announce_lesson(
        office=here.office, title="开店第一课", teacher="林老师", where="直播间 8", from_at=QUARTER_NOW + timedelta(hours=1),
        until_at=QUARTER_NOW + timedelta(hours=2), actor=here.cast.lin, now=QUARTER_NOW, request_id=new_id(),
    )  # fmt: skip
    elsewhere, newcomer = (
        register_party(kind="ORGANISATION", name=name, city="厦门", now=QUARTER_NOW) for name in ("别处商务局", "新店")
    )
    order, offered = here.place(day, {"蔬菜包": 1}), shops.day(day)
    made = shop_orders.order(order)
    return Book(
        {
            "office": here.office, "elsewhere": elsewhere, "shop": here.shop, "day": day, "newcomer": newcomer,
            "community": here.community, "pack": here.packs["蔬菜包"], "day_pack": offered.packs[0].id,
            "slot": offered.slots[0].id, "order": order, "line": made.lines[0].id, "code": made.code, "lesson": lesson,
        }
    )  # fmt: skip


def street() -> Book:
    """A sealed street: parcels at two stations, a cart loaded, a round planned, a telephone that told something late."""
    mark_drill(name="the street", at=STREET_NOW)
    world = make_street()
    code, other, planned = world.here(3)
    outside = world.expect(2, at=world.outer)
    world.receive(outside, at=world.outer)
    zone = world.plan(world.east).road_zone
    shuttles = {}
    for name, cart in (("load", world.cart), ("unload", street_vehicle("三轮 2", area=world.area, lin=world.lin))):
        shuttles[name] = stations.plan_shuttle(
            cart=cart, origin=world.outer, target=world.inner, road_zone=zone, leaves_at=STREET_NOW,
            arrives_at=STREET_NOW + timedelta(hours=1), actor=world.fang, now=STREET_NOW, request_id=new_id(),
        )  # fmt: skip
    stations.load_cart(
        shuttle=shuttles["unload"], scans=outside[:1], actor=world.fang, now=STREET_NOW, request_id=new_id()
    )
    device = world.device(world.mei)
    world.give_round(world.tao, [other])
    sync.sync(device=device, acts=[street_act("TAKEN", other)], now=STREET_NOW + timedelta(hours=2))
    (late,) = delivery.to_look_at(world.inner)
    handed, shown = _handed_with_a_photo(world, device)
    (refused,) = world.expect(1)
    told = street_act("HANDED_OVER", refused, evidence=(EvidenceIn("PHOTO", payload=photo()),))
    sync.sync(device=device, acts=[told], now=STREET_NOW + timedelta(hours=2))
    (kept,) = [each for each in delivery.to_look_at(world.inner) if each.photos]
    door = world.parcel(code).door
    way = save_way_of_working(name="酒仙桥模式", community=world.east, actor=world.lin, now=STREET_NOW)
    plan = rounds.plan_rounds(
        station=world.inner, from_at=STREET_NOW, until_at=STREET_NOW + timedelta(hours=8), actor=world.lin, now=STREET_NOW,
        request_id=new_id(),
    )  # fmt: skip
    given = world.give_round(world.mei, [planned])
    things = {
        "rounds_plan": plan,
        "inner": world.inner,
        "outer": world.outer,
        "station": world.inner,
        "community": world.east,
        "elsewhere": register_party(kind="SITE", name="别处站", city="成都", now=STREET_NOW),
        "east": world.east,
        "cart": world.cart,
        "courier": person_of(world.mei),
        "code": code,
        "expected": world.expect(1)[0],
        "outside": outside[1],
        "shuttle": shuttles["load"],
        "round": given,
        "given_round": given,  # where `round` stands for a file
        "run": "run",
        "device": device.id,
        "late": late.id,
        "handed": handed,
        "photo": shown,
        "refused": kept.id,
        "photo_number": kept.photos[0],
        "door": door,
        "way": way,
        "from_at": STREET_NOW.isoformat(),
        "until_at": (STREET_NOW + timedelta(hours=9)).isoformat(),
        "unloading": shuttles["unload"],
    }
    return Book(things)


def _handed_with_a_photo(world: Street, device: DeviceView) -> tuple[str, UUID]:
    """Code of a parcel that Mei handed over, and the photo that shows it."""
    (code,) = world.here(1)
    world.give_round(world.mei, [code], name="T0009")
    shown = (EvidenceIn("PHOTO", payload=photo()),)
    acts = [street_act("TAKEN", code), street_act("HANDED_OVER", code, evidence=shown)]
    sync.sync(device=device, acts=acts, now=STREET_NOW + timedelta(hours=2))
    (piece,) = delivery.shown_of(world.parcel(code).id)
    return code, piece.id


def _alert(place: UUID, since: datetime) -> UUID:
    """Parcels lost at this place, under no paper yet."""
    return Alert.objects.create(
        cause="PARCELS_LOST x", kind="PARCELS_LOST", is_grave=False, at_id=place, since=since, opened_at=since,
        duty=Duty.KEEPER, facts={"station": str(place), "count": 1},
    ).id  # fmt: skip


def _webhook() -> UUID:
    from django.test import override_settings

    with override_settings(BAOGONG_WEBHOOK_NETWORKS=("127.0.0.0/8",)):
        return webhooks.add_webhook(
            url="http://127.0.0.1:9/hook", kinds=["supply.*"], note="", actor=THE_HOUSE, now=NOW, request_id=new_id()
        )[0]


def _brought(rows: str, act: dict[str, Any]) -> UUID:
    return imports.preview(kind="stock", file_name="list.csv", data=rows.encode(), profile=None, **act).id


def _money(market: Market) -> dict[str, Any]:
    purses = market.purses
    market.need(purses.union, 1_500)
    approved = market.plan()
    market.approve(approved)
    (bought, *_) = supply.purchases()
    bill = purses.bill(bought.id, 10)
    awaited = purses.give(purses.slice(500), came=False)
    market.need(purses.zhongnan, 500)
    fund = supply.fund(market.free)
    paper = propose_re_earmark(
        fund=fund.id,
        terms=purses.slice(10, to=[purses.union]),
        why="the hospital has enough",
        consent_by=fund.donor,
        consent_text="letter of 24 January",
        actor=purses.lin,
        now=NOW,
        request_id=new_id(),
    )
    return {
        "basket": market.plan(),
        "approved_basket": approved,
        "purchase": bought.id,
        "buyer": bought.buyer,
        "bill": bill,
        "offer": market.cheap,
        "fund": fund.id,
        "donor": fund.donor,
        "trustee": fund.trustee,
        "money_gift": supply.fund(awaited[0]).gift,
        "document": paper,
    }


def _gifts(market: Market) -> dict[str, Any]:
    """Offered; accepted and awaited; failing and asked about; come in; come in and set aside."""
    world = market.purses.world
    act: dict[str, Any] = {"actor": world.cast.wu, "now": NOW}

    def offered() -> UUID:
        lines = [Offered(world.item(SUIT), 100, pieces_per_carton=50, receiver=world.cast.hospital)]
        return offer_gift(terms="GIFT", donor=world.alumni, lines=lines, request_id=new_id(), **act)

    def judged(finding: Finding) -> UUID:
        gift = offered()
        why = "" if finding is Finding.PASSES else "no certificate"
        judge_gift(gift=gift, judgements=[Judgement(1, finding, why)], request_id=new_id(), **act)
        return gift

    given(world, world.alumni, "goggles", 400)
    came = next(gift.id for gift in supply.gifts() if gift.state == "RECEIVED")
    given(world, world.company, "thermometer", 40)
    aside = next(gift.id for gift in supply.gifts() if gift.state == "RECEIVED" and gift.id != came)
    find_failing(gift=aside, no=1, why="broken", request_id=new_id(), **act)
    consent_to_community_use(
        gift=aside, no=1, agrees=False, by=world.company, words="send them back", request_id=new_id(), **act
    )
    return {
        "gift": offered(),
        "accepted": judged(Finding.PASSES),
        "failing": judged(Finding.FAILS),
        "came": came,
        "aside": aside,
        "carriage": ask_carriage(world),
    }


def _packs(world: World) -> dict[str, Any]:
    """A kit with its rule, and a run of it at the hub of which some packs are done."""
    potato = packs.give(world, "potato", 31_000)
    packs.give(world, "carrot", 16_500)
    kit = packs.vegetable_kit(world)
    run = packs.run_of(world, 4, kit)
    tally = packs.tally(world, run, 2)
    needs.set_pack_rule(kit="vegetable-pack-5kg", group="PERSON", per_persons=3, actor=world.cast.lin, now=NOW)
    number = supply.packing_run(run).head.number
    act: dict[str, Any] = {"site": world.cast.hub, "actor": world.cast.bao, "now": NOW}
    take_in(item=world.item("computer"), lender=world.company, serials=["PC-001"], request_id=new_id(), **act)
    weighed = weigh_truck(
        plate="沪B12345",
        gross_g=33_000_000,
        tare_g=12_000_000,
        stated_g=21_000_000,
        by_name="Zhou",
        request_id=new_id(),
        **act,
    )
    trucks = [weighed]
    state_weights(trucks=trucks, kit=kit, packs=4_000, actor=world.cast.bao, now=NOW, request_id=new_id())
    lent = {
        "sited": next(gift.id for gift in supply.gifts() if any(line.lot == potato for line in gift.lines)),
        "unit": supply.units(site=world.cast.hub)[0].id,
        "lender": world.company,
        "borrower": world.cast.hospital,
        "truck": weighed,
        "truck_number": supply.weighing(weighed).number,
    }
    return {"kit": kit, "packing_run": run, "run_number": number, "tally": tally, "potatoes": potato, **lent}


def _crew(world: World) -> dict[str, Any]:
    """A volunteer on duty at the hub, one who was, and one who may be; a call, and somebody passed, tested and planned."""
    crew.on(world, crew.volunteer("赵志愿"), 2, 4)
    act: dict[str, Any] = {"actor": world.cast.lin, "now": NOW}
    call = planned.open_call(
        place=world.cast.hub, title="仙桃招募", works=["DELIVER"], people_count=3, closes_at=NOW + timedelta(hours=1),
        muster_at=NOW + timedelta(hours=2), muster_where="门口", request_id=new_id(), **act,
    )  # fmt: skip
    person = crew.volunteer("孙志愿")
    up = planned.sign_up(call=call, person=person, request_id=new_id(), **act)
    planned.list_up(sign_ups=[up], **act)
    held, waiting = (
        planned.apply_for_pass(place=world.cast.hub, persons=[each], **act)[0]
        for each in (person, crew.volunteer("周志愿"))
    )
    planned.grant_pass(passes=[held], from_at=NOW, until_at=NOW + timedelta(days=3), **act)
    test = planned.record_test(
        person=person, place=world.cast.hub, kind="PCR", result="NEGATIVE", sampled_at=NOW - timedelta(hours=2),
        request_id=new_id(), **act,
    )  # fmt: skip
    house = planned.set_lodging(place=world.cast.hub, name="如家", beds_count=9, **act)
    stay = planned.lodge(lodging=house, person=person, request_id=new_id(), **act)
    issue = planned.issue_kit(
        place=world.cast.hub, person=person, thing="对讲机", count=2, must_return=True, request_id=new_id(), **act
    )
    listing = planned.list_firm(firm=world.alumni, place=world.cast.hub, from_at=NOW, **act)
    assignment = planned.assign(
        person=person, place=world.cast.hub, work="DELIVER", start_at=NOW + timedelta(hours=3),
        end_at=NOW + timedelta(hours=9), request_id=new_id(), **act,
    )  # fmt: skip
    return {
        "call": call,
        "lodging": house,
        "stay": stay,
        "kit_issue": issue,
        "listing": listing,
        "crew_person": person,
        "sign_up": up,
        "crew_pass": held,
        "pass_code": inside.passes(ids=[held])[0].code,
        "waiting_pass": waiting,
        "test": test,
        "assignment": assignment,
        "shift": crew.on(world, crew.volunteer(), start_at=NOW - timedelta(hours=2)),
        "helper": crew.volunteer("王志愿"),
    }


def _needs(market: Market, community: UUID) -> dict[str, Any]:
    """Two that may be one; two that were found to be; what a community asks for, and a letter that proves it."""
    world, purses = market.purses.world, market.purses
    act: dict[str, Any] = {"actor": world.cast.wu, "now": NOW}
    need = market.need(purses.union, 70, SUIT)
    twin = needs.ask(
        need=needs.Asked(purses.union, world.item(SUIT), quantity=80), apart_from=[need], request_id=new_id(), **act
    )
    one = needs.ask(need=needs.Asked(purses.union, world.item("goggles"), quantity=20), request_id=new_id(), **act)
    two = needs.ask(
        need=needs.Asked(purses.union, world.item("goggles"), quantity=30),
        apart_from=[one],
        request_id=new_id(),
        **act,
    )
    tie = needs.tie(kind="SAME", need=two, other=one, why="", request_id=new_id(), **act)
    needs.add_proof(
        needs=[need],
        proof=needs.Proof(needs.ProofKind.LETTER, text="letter", photo=photo()),
        request_id=new_id(),
        **act,
    )
    household = count_household(community=community, code="3-2-501", counts=Counts(adults=2, old=1), **act)
    asked = ask_for_community(
        community=community, item=world.item("drinking-water"), days_count=7, urgency=2, request_id=new_id(), **act
    )
    contact = needs.add_contact(
        receiver=purses.union, kind="PUBLISHED", label="switchboard", number="02785351111", found_at="notice", **act
    )
    return {
        "need": need,
        "twin": twin,
        "tie": tie,
        "household": household,
        "community_need": asked,
        "contact": contact,
        "evidence": Evidence.objects.filter(payload__isnull=False).values_list("id", flat=True).get(),
    }
