"""Over several days in any order: registered once, everybody stands in each draw until they win or leave, once, as last said."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from baogong.engine import draw as engine
from baogong.engine.draw import UnfitDraw
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.release import queries, services
from baogong.release.identity import person
from baogong.release.models import Claim, Draw, DrawEntry, DrawStay
from tests.apps.release.test_draws import BEACON, CLOSES, DRAWN, enter
from tests.apps.release.test_stays import STAYS, tag_of
from tests.apps.release.world import DAY, NOW, TODAY, World, is_sound

UNITS, DAYS, PEOPLE = 5, 5, "abcde"
people = st.sampled_from(PEOPLE)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), people),
        st.tuples(st.just("enter"), people),
        st.tuples(st.just("change"), people),
        st.tuples(st.just("leave"), people),
        st.tuples(st.just("carry")),
        st.tuples(st.just("give_up")),
        st.tuples(st.just("night"), st.integers(0, 99), st.booleans()),
        st.tuples(st.just("night"), st.integers(0, 99), st.booleans()),
    ),
    min_size=4,
    max_size=25,
)


@dataclass(eq=False)
class Registered:
    """What the person said last: the number of the newest receipt, the telephone; and any entry of theirs. One registration."""

    nonce: bytes
    phone: str
    entry: UUID


class City:
    """A draw a day, of one right, for which one more stands by; the model beside it is the dictionary `registered`."""

    def __init__(self, world: World) -> None:
        self.world, self.day, self.said = world, 0, 0
        self.registered: dict[str, Registered] = {}
        self.standing: set[str] = set()  # in the open list
        self.right: UUID | None = None  # of the last draw, and who stands by for it
        self.next: tuple[UUID, str, Registered] | None = None
        self.release = world.release(**{**STAYS, "code": f"a{new_id().hex}", "standby_max": 1})
        self.names = {tag_of(world, name): name for name in PEOPLE}
        self.draw = self.announce()

    def announce(self) -> UUID:
        shift = self.day * DAY
        tranche = self.world.put_out(self.release, UNITS, on=TODAY + shift, now=NOW + shift)
        return services.announce_draw(
            tranche=tranche, closes_at=CLOSES + shift, source=engine.Lottery(BEACON + shift, (engine.LotterySource("3D", 2),)),
            actor=self.world.lin, now=NOW + shift, request_id=new_id(),
        )  # fmt: skip

    def say(self) -> tuple[bytes, str]:
        self.said += 1
        return sha256(b"%d" % self.said).digest()[:16], f"138{self.said:08d}"

    def try_to(self, act: Any, **given: Any) -> Any:
        try:
            with transaction.atomic():
                return act(**given)
        except BaogongError as refused:
            return refused

    def enter(self, name: str) -> None:
        nonce, phone = self.say()
        told = self.try_to(lambda: enter(self.world, self.draw, name, self.day * DAY, nonce=nonce, phone=phone))
        assert isinstance(told, BaogongError) is (name in self.registered), (name, told)
        if name not in self.registered:
            self.registered[name] = Registered(nonce, phone, told.entry)
            self.standing.add(name)

    def change(self, name: str) -> None:
        known = self.registered.get(name)
        if known is None:
            return
        nonce, phone = self.say()
        told = self.try_to(
            lambda: enter(
                self.world, self.draw, name, self.day * DAY, nonce=nonce, phone=phone, earlier_nonce=known.nonce
            )
        )
        assert isinstance(told, BaogongError) is (name not in self.standing), (name, told)
        if name in self.standing:
            known.nonce, known.phone = nonce, phone

    def leave(self, name: str) -> None:
        known = self.registered.pop(name, None)
        if known is not None:
            services.leave_draw(entry=known.entry, nonce=known.nonce, actor=None, now=NOW + self.day * DAY)
            self.standing.discard(name)

    def carry(self) -> None:
        carried = services.carry_losers(now=NOW + self.day * DAY)
        assert carried == len(self.registered.keys() - self.standing)
        self.standing = set(self.registered)

    def give_up(self) -> None:
        """Who won last gives it up: who stands by for it moves up, and is out of the registration that was drawn."""
        now = NOW + self.day * DAY
        if self.right is None:
            return
        services.cancel_claim(claim=self.right, actor=self.world.lin, now=now)
        self.right = None
        if self.next is not None:
            self.right, name, registration = self.next
            self.next = None
            assert Claim.objects.get(id=self.right).state == "ADMITTED"
            if self.registered.get(name) is registration:
                del self.registered[name]
                self.standing.discard(name)
        self.carry()

    def night(self, number: int, is_closed_in_time: bool) -> None:
        """The list is closed and drawn, or void; the next day's draw is announced."""
        if self.day >= DAYS - 1:
            return
        shift, lin = self.day * DAY, self.world.lin
        if is_closed_in_time:
            root = self.try_to(services.close_draw, draw=self.draw, actor=lin, now=CLOSES + shift)
            assert isinstance(root, UnfitDraw) is (not self.registered)
            if self.registered:
                self.check_list()
                paper = services.lottery_paper(self.draw, numbers=[[number, 7]])
                answers = services.draw_lots(draw=self.draw, beacon=paper, actor=lin, now=DRAWN + shift)
                people = dict(Claim.objects.filter(id__in=[one.id for one in answers]).values_list("id", "person"))
                names = [self.names[bytes(people[one.id] or b"")] for one in answers]
                assert [one.state for one in answers] == ["ADMITTED", "STANDBY"][: len(self.registered)]
                self.right = answers[0].id
                self.next = (answers[1].id, names[1], self.registered[names[1]]) if names[1:] else None
                del self.registered[names[0]]
        self.day += 1
        self.standing = set()
        self.draw = self.announce()

    def check_list(self) -> None:
        """Everybody who is registered stands in the closed list, once, as they said last and opened by their number."""
        row = Draw.objects.get(id=self.draw)
        records = engine.records_of(bytes(row.leaves or b""))
        entries = DrawEntry.objects.in_bulk([UUID(bytes=one[:16].tobytes()) for one in records])
        assert sorted(self.names[bytes(one.person or b"")] for one in entries.values()) == sorted(self.registered)
        assert len(records) == queries.draw(self.draw).entries == len(self.registered)
        for one in entries.values():
            said = self.registered[self.names[bytes(one.person or b"")]]
            who = person(self.world.office, document="PASSPORT", number="E1234567", phone=said.phone)
            assert bytes(one.phone or b"") == who.phone
            assert engine.is_opened_by(
                bytes(one.commitment), draw=self.draw.bytes, entry=one.id.bytes, nonce=said.nonce
            )

    def check(self) -> None:
        rows = DrawEntry.objects.filter(draw=self.draw, left_at=None).values_list("person", flat=True)
        assert sorted(self.names[bytes(tag or b"")] for tag in rows) == sorted(self.standing)
        staying = DrawStay.objects.filter(release=self.release, ended_at=None).values_list("person", flat=True)
        assert sorted(self.names[bytes(tag or b"")] for tag in staying) == sorted(self.registered)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(  # b loses twice, changes in between, is in a void draw, and leaves with the number of the change
    [
        *[
            ("enter", "a"),
            ("enter", "b"),
            ("enter", "c"),
            ("night", 1, True),
            ("carry",),
            ("change", "b"),
            ("change", "c"),
        ],
        *[
            ("night", 2, False),
            ("carry",),
            ("carry",),
            ("night", 3, True),
            ("leave", "b"),
            ("leave", "c"),
            ("enter", "b"),
        ],
    ]
)
@example(  # of three one wins and gives it up; who stood by, and stands in the next list meanwhile, is out; the third goes on
    [
        *[("enter", "a"), ("enter", "b"), ("enter", "c"), ("night", 1, True), ("carry",), ("give_up",), ("give_up",)],
        *[("enter", "a"), ("night", 2, True), ("give_up",)],
    ]
)
def test_everybody_stays_in_until_they_win_or_leave(drill: World, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        city = City(drill)
        for name, *given_ in steps:
            getattr(city, name)(*given_)
            city.check()
        assert all(is_sound(one) for one in Draw.objects.values_list("tranche", flat=True))
        transaction.set_rollback(True)
