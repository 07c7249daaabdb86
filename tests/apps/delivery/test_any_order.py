"""
Whatever a station's day brings, in whatever order: nothing is lost, nobody is handed a parcel twice, the book is sound.

The steps are drawn at random; many of them are refused, as on a real day. What must hold is read from the book.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.delivery.models import Parcel, ParcelAct, ShuttleParcel
from baogong.delivery.services import handovers, stations, sync
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from tests.apps.delivery.world import MINUTE, NOW, World, act, shown
from tests.cast import person_of

COUNT = 5  # parcels of each community: one of three of them is medicine, in person only
picks = st.integers(0, 2 * COUNT - 1)
heaps = st.lists(picks, min_size=1, max_size=4, unique=True)
couriers = st.sampled_from(("mei", "tao"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), heaps),
        st.tuples(st.just("cart"), heaps, st.booleans()),
        st.tuples(st.just("unload"), heaps),
        st.tuples(st.just("round"), couriers, heaps),
        st.tuples(st.just("shelf"), picks),
        st.tuples(st.just("give"), picks),
        st.tuples(st.just("back"), heaps),
        st.tuples(st.just("tell"), couriers, picks, st.sampled_from(sync.KINDS[:5]), st.integers(0, 300)),
        st.tuples(st.just("tell again")),
    ),
    min_size=4,
    max_size=24,
)


class Day:
    """One day at the stations; every step may be refused, and then changes nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.codes = []
        for community in (world.east, world.west):
            self.codes += world.expect(COUNT - 2, community=community, at=world.outer)
            self.codes += world.expect(2, community=community, at=world.outer, kind="medicine")
        self.devices = {"mei": world.device(world.mei), "tao": world.device(world.tao)}
        self.told: list[tuple[str, sync.Act]] = []
        self.now = NOW

    def step(self, name: str, *given: Any) -> None:
        self.now += timedelta(minutes=5)
        try:
            with transaction.atomic():
                getattr(self, name.replace(" ", "_"))(*given)
        except BaogongError:
            return

    def receive(self, heap: list[int]) -> None:
        self._do(stations.receive, station=self.world.outer, scans=self._named(heap), actor=self.world.fang)

    def cart(self, heap: list[int], is_east: bool) -> None:
        zone = self.world.plan(self.world.east if is_east else self.world.west).road_zone
        trip = self._do(
            stations.plan_shuttle, cart=self.world.cart, origin=self.world.outer, target=self.world.inner, road_zone=zone,
            leaves_at=self.now, arrives_at=self.now + MINUTE, actor=self.world.fang,
        )  # fmt: skip
        self._do(stations.load_cart, shuttle=trip, scans=self._named(heap), actor=self.world.fang)

    def unload(self, missing: list[int]) -> None:
        loaded = ShuttleParcel.objects.filter(unloaded_at=None).values_list("shuttle", flat=True).first()
        self._do(stations.unload_cart, shuttle=loaded, missing=self._named(missing), actor=self.world.bao)

    def round(self, courier: str, heap: list[int]) -> None:
        free = [
            code
            for code in self._named(heap)
            if not Parcel.objects.filter(code=code, visits__ended_at=None, visits__isnull=False).exists()
        ]
        made = self.world.give_round(getattr(self.world, courier), free, at=self.now)
        self._do(stations.load_round, round=made, actor=self.world.bao)

    def shelf(self, pick: int) -> None:
        parcel = self.world.parcel(self.codes[pick])
        shelf = next(each.id for each in self.world.plan(parcel.community).shelves if parcel.unit in each.units)
        self._do(handovers.put_on_shelf, parcel=parcel.id, shelf=shelf, actor=self.world.bao)

    def give(self, pick: int) -> None:
        code = self.codes[pick]
        parcel = self.world.parcel(code).id
        self._do(handovers.hand_over, parcel=parcel, mode="CONTACTLESS", evidence=shown(code), actor=self.world.bao)

    def back(self, heap: list[int]) -> None:
        self._do(stations.take_back, station=self.world.inner, scans=self._named(heap), actor=self.world.bao)

    def tell(self, courier: str, pick: int, kind: str, late_minutes: int) -> None:
        code = self.codes[pick]
        parcel = self.world.parcel(code)
        more: dict[str, Any] = {}
        if kind == "ON_SHELF":
            more["shelf"] = next(s.id for s in self.world.plan(parcel.community).shelves if parcel.unit in s.units)
        one = act(kind, code, self.now - late_minutes * MINUTE, **more)
        self.told.append((courier, one))
        sync.sync(device=self.devices[courier], acts=[one], now=self.now)

    def tell_again(self) -> None:
        for courier, one in self.told:
            sync.sync(device=self.devices[courier], acts=[one], now=self.now)

    def _named(self, heap: list[int]) -> list[str]:
        return [self.codes[pick] for pick in heap]

    def _do(self, service: Any, **given: Any) -> Any:
        return service(**given, now=self.now, request_id=new_id())


def holds(day: Day) -> None:
    world = day.world
    parcels = list(Parcel.objects.filter(code__in=day.codes))
    # By the book, every piece stands exactly where its parcel is said to be.
    places = {
        "AT_STATION": State.AVAILABLE, "ON_CART": State.ABOARD, "WITH_COURIER": State.ABOARD, "ON_SHELF": State.SHELF,
        "HANDED_OVER": State.HANDED_OVER,
    }  # fmt: skip
    said = Counter((row.holder_id, places[row.state]) for row in parcels if row.state != "EXPECTED")
    holders = [world.outer, world.inner, world.cart, person_of(world.mei), person_of(world.tao), world.east, world.west]
    stands: Counter[Any] = Counter()
    for view in book.balances(holders=holders):
        stands[view.holder, view.state] += view.posted
    assert {key: count for key, count in stands.items() if count} == dict(said)
    came = sum(row.state != "EXPECTED" for row in parcels)
    assert sum(stands.values()) == came  # conservation: what came in is somewhere
    # Handed over once, and only once.
    handed = Counter(ParcelAct.objects.filter(kind="HANDED_OVER").values_list("parcel", flat=True))
    assert set(handed) == {row.id for row in parcels if row.state == "HANDED_OVER"}
    assert set(handed.values()) <= {1}
    # In person is never on a shelf, and every cart rode for one road zone.
    assert (
        not ParcelAct.objects.filter(kind="ON_SHELF", parcel__category__code="medicine")
        .exclude(note="TOLD_LATE")
        .exists()
    )
    for ride in ShuttleParcel.objects.filter(loaded_at__isnull=False).select_related("shuttle", "parcel__community"):
        assert ride.parcel.community.road_zone_id == ride.shuttle.road_zone_id
    assert book.verify_book().ok


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_day_ends_with_a_sound_book(world: World, steps: list[tuple[Any, ...]]) -> None:
    mark = transaction.savepoint()
    try:
        day = Day(world)
        for name, *what in steps:
            day.step(name, *what)
        holds(day)
    finally:
        transaction.savepoint_rollback(mark)


def test_the_days_are_not_all_refusals(world: World) -> None:
    """One day of the kind that is drawn, in an order that works: the steps do what their names say."""
    day = Day(world)
    everything = list(range(COUNT))
    for name, *what in (
        ("receive", everything),
        ("cart", everything, True),
        ("unload", []),
        ("round", "mei", everything),
        ("shelf", 0),
        ("tell", "mei", 1, "HANDED_OVER", 0),
        ("give", 0),
        ("back", [2]),
        ("tell again",),
    ):
        day.step(name, *what)
    states = Counter(Parcel.objects.filter(code__in=day.codes[:COUNT]).values_list("state", flat=True))
    assert states == {"HANDED_OVER": 2, "AT_STATION": 1, "WITH_COURIER": 2}
    holds(day)
