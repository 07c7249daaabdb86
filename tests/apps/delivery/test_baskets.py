"""Portions of several baskets ride one round, are handed over once, come back to the tables, and are brought again when lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel, Placing, Round, Visit, VisitParcel
from baogong.delivery.services import counter, endings, handovers, placing, stations
from baogong.delivery.sources import BASKETS
from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders import queries, services
from baogong.orders.errors import NoneToSpare, StillOwed
from baogong.orders.models import BasketHousehold, ChainLine, Paste, Portion
from baogong.orders.services import basket_deliveries
from baogong.people.services.parties import register_party
from baogong.places.services import add_site, move_station
from tests.apps.delivery.world import make_fit_at
from tests.apps.orders.world import DAY, HOUR, NOW, World, everything_written, make_world
from tests.cast import person_of

AFTER = NOW + 26 * HOUR


@dataclass
class Carried:
    """Two baskets of one day, shared out, with one pack of vegetables to spare; a station in the compound; Mei carries."""

    world: World
    station: UUID
    baskets: list[UUID] = field(default_factory=list)

    def place(self) -> placing.Placed:
        return placing.place(office=self.world.committee, room=BASKETS, actor=self.world.wu, now=AFTER)

    def receive(self) -> list[str]:
        self.place()
        codes = list(Parcel.objects.filter(state="EXPECTED").order_by("id").values_list("code", flat=True))
        self.act(stations.receive, codes)
        return codes

    def act(self, service: Any, codes: list[str], **more: Any) -> Any:
        return service(station=self.station, scans=codes, actor=self.world.lin, now=AFTER, request_id=new_id(), **more)

    def round_of(self, codes: list[str], name: str) -> UUID:
        """Taken by Mei."""
        row = Round.objects.create(
            plan=new_id(), name=name, station_id=self.station, courier_id=person_of(self.world.mei), leaves_at=AFTER,
            back_at=AFTER + HOUR, weight_g=1, walk_s=60, work_s=600,
        )  # fmt: skip
        visit = Visit.objects.create(
            round=row, position=0, stop="door", community_id=self.world.community, mode="CONTACTLESS", arrive_at=AFTER,
            start_at=AFTER, end_at=AFTER + timedelta(minutes=1),
        )  # fmt: skip
        VisitParcel.objects.bulk_create(
            VisitParcel(visit=visit, parcel=each) for each in Parcel.objects.filter(code__in=codes)
        )
        stations.load_round(round=row.id, actor=self.world.lin, now=AFTER, request_id=new_id())
        return row.id

    def hand_over(self, code: str) -> None:
        handovers.hand_over(
            parcel=delivery.parcel(code).id, mode="WITNESSED", evidence=[EvidenceIn("WITNESS", by_name="收件人")],
            actor=self.world.mei, now=AFTER + HOUR, request_id=new_id(),
        )  # fmt: skip

    def states(self) -> list[str]:
        return [queries.basket(one).state for one in self.baskets]

    def ways(self) -> list[str]:
        return sorted(Portion.objects.values_list("way", flat=True))

    def standing(self, holder: UUID, state: State) -> int:
        return sum(one.posted for one in book.balances(holders=[holder], states=[state]))


@pytest.fixture
def carried(db: None) -> Carried:
    world = make_world()
    station = register_party(kind="SITE", name="滨江站", city="北京", now=NOW)
    add_site(party=station, role="STATION", lat=39.97, lon=116.49, is_located=True)
    move_station(station=station, from_at=NOW, lat=39.97, lon=116.49, actor=world.lin, now=NOW)
    make_fit_at(station, world.mei, lin=world.lin, at=AFTER, until_at=AFTER + 9 * HOUR)
    found = Carried(world, station)
    chains = ("#接龙\n1. 云朵 1-101 A2\n2. 李四 4-2-202 A1\n", "#接龙\n1. 云朵 1-101 B1\n")
    for title, text, came in zip(("菜篮子", "蛋篮子"), chains, ("A", "B"), strict=True):
        basket = world.ordered(text, title=title)
        world.check_in(basket, (came, 4 if came == "A" else 1, 0))
        world.share(basket)
        found.baskets.append(basket)
    return found


def serve(carried: Carried) -> None:
    stations.serve(community=carried.world.community, station=carried.station, actor=carried.world.lin, now=NOW)


def test_portions_of_every_basket_of_the_day_become_parcels_of_one_station_once(carried: Carried) -> None:
    serve(carried)
    assert carried.place() == placing.Placed(3, 0, 0, 0)
    assert carried.place() == placing.Placed(0, 0, 0, 0)
    found = delivery.parcels(station=carried.station)
    assert sorted(one.address for one in found) == ["1-1-101", "1-1-101", "4-2-202"]
    with pytest.raises(NotYourPlace):
        placing.place(office=carried.world.committee, room=BASKETS, actor=carried.world.bao, now=AFTER)


def test_portions_of_a_compound_that_no_station_serves_wait_for_a_person(carried: Carried) -> None:
    assert carried.place() == placing.Placed(0, 3, 0, 0)
    assert set(Placing.objects.values_list("asks", flat=True)) == {"station"}
    serve(carried)
    (one, *_) = Placing.objects.order_by("id")
    said: dict[str, Any] = {"community": carried.world.community, "building": "1", "unit": "1", "room": "101"}
    assert placing.place_by_hand(placing=one.id, actor=carried.world.wu, now=AFTER, **said) is not None


def test_one_round_serves_two_baskets_and_the_last_parcel_of_each_ends_it(carried: Carried) -> None:
    serve(carried)
    codes = carried.receive()
    assert carried.ways() == ["UNDERWAY"] * 3
    assert carried.standing(carried.world.community, State.AVAILABLE) == 1  # all but the spare stand at the station now
    for basket in carried.baskets:
        carried.world.hand_over(basket)  # at the tables: what travels is left to its courier
    assert carried.states() == ["SHARED", "SHARED"]
    carried.round_of(codes, "T1")
    for code in codes:
        carried.hand_over(code)
    assert carried.states() == ["DONE", "DONE"]
    units = sum((one.given or 0) * one.item.units_per_pack for one in Portion.objects.select_related("item"))
    assert carried.standing(carried.world.community, State.HANDED_OVER) == units == 33
    assert all(one.is_handed for basket in carried.baskets for one in queries.households_of(basket))


def test_what_the_committee_hands_over_itself_is_expected_no_more(carried: Carried) -> None:
    serve(carried)
    carried.place()
    carried.world.hand_over(carried.baskets[1])
    carried.place()
    assert sorted(Parcel.objects.values_list("state", flat=True)) == ["EXPECTED", "EXPECTED", "WITHDRAWN"]
    assert carried.states() == ["SHARED", "DONE"]


def test_handed_out_at_the_station_and_taken_back_it_is_on_its_way_again(carried: Carried) -> None:
    serve(carried)
    codes = carried.receive()
    carried.act(counter.hand_out, codes, mode="WITNESSED")
    assert carried.states() == ["DONE", "DONE"]
    carried.act(counter.take_back, codes[:1], words="拿错了")
    assert sorted(carried.states()) == ["DONE", "SHARED"]


def test_visited_in_vain_it_waits_at_the_tables_and_is_its_households_still(carried: Carried) -> None:
    serve(carried)
    codes = carried.receive()
    for at in range(basket_deliveries.VISITS_MAX):
        carried.round_of(codes, f"T{at}")
        carried.act(stations.take_back, codes, why=dict.fromkeys(codes, "NOBODY"))
    carried.act(endings.give_back, codes)
    assert carried.ways() == ["HERE"] * 3
    for basket in carried.baskets:
        carried.world.hand_over(basket)
    assert carried.states() == ["DONE", "DONE"]
    assert carried.standing(carried.world.community, State.HANDED_OVER) == 33
    assert carried.place() == placing.Placed(0, 0, 0, 0)


def test_what_is_lost_is_brought_again_only_of_what_nobody_was_promised(carried: Carried) -> None:
    serve(carried)
    codes = carried.receive()
    for item, is_spare in (("B", False), ("A", True)):
        lost = Portion.objects.filter(item__code=item, given=1).get()
        (code,) = Parcel.objects.filter(source=lost.id).values_list("code", flat=True)
        carried.act(endings.report_lost, [code], words="被拿走了")
        lost.refresh_from_db()
        assert lost.way == "LOST"
        again: dict[str, Any] = {"claim": lost.id, "room": BASKETS, "actor": carried.world.bao, "now": AFTER}
        if is_spare:
            assert placing.bring_again(request_id=new_id(), **again) == code
            carried.act(stations.receive, [code])
        else:
            with pytest.raises(NoneToSpare):
                placing.bring_again(request_id=new_id(), **again)
            carried.act(endings.find_again, [code], words="找到了")
        lost.refresh_from_db()
        assert lost.way == "UNDERWAY"
    carried.act(counter.hand_out, codes, mode="WITNESSED")
    assert carried.states() == ["DONE", "DONE"]


def test_a_finished_basket_forgets_its_people_and_no_table_knows_them(carried: Carried) -> None:
    serve(carried)
    wu: dict[str, Any] = {"actor": carried.world.wu, "now": AFTER}
    first, second = carried.baskets
    paid = queries.households_of(first)[0]
    services.note_payment(household=paid.id, fen=20_000, request_id=new_id(), **wu)
    codes = carried.receive()
    carried.act(counter.hand_out, codes, mode="WITNESSED")
    with pytest.raises(StillOwed):
        services.forget_basket(basket=first, **wu)
    services.note_refund(household=paid.id, fen=8_000, request_id=new_id(), **wu)
    with pytest.raises(NotYourPlace):
        services.forget_basket(basket=first, actor=carried.world.stranger, now=AFTER)
    assert "云朵" in everything_written()
    assert [services.forget_basket(basket=one, **wu) for one in (first, second, first)] == [5, 3, 0]
    written = everything_written()
    for name in ("云朵", "李四"):
        assert name not in written
    assert not Paste.objects.exists()
    assert not ChainLine.objects.exists()
    assert set(BasketHousehold.objects.values_list("name", "building", "unit", "room", "sort_key")) == {("",) * 5}
    doors = Parcel.objects.values_list("unit", "door", "room_text")
    assert [any(row) for row in doors] == [False] * 3
    assert [(one.paid_fen, one.refunded_fen) for one in queries.households_of(first) if one.paid_fen] == [
        (20_000, 8_000)
    ]
    assert queries.demand_on(DAY).by_office[0].total == 4  # counted and settled, of nobody
