"""Whatever comes in whatever order: the room does what a model of thirty lines says, and the book agrees."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.release import services
from baogong.release.facts import ClaimIn
from baogong.release.models import Claim, Tranche, Used
from tests.apps.release.world import DAY, NOW, TODAY, World, asked, claim_all, figures

UNITS, DAYS = (7, 6), 5
STANDBY, KEPT = 2, 3
channels = st.sampled_from(["WEB", "WEB", "PHONE"])
people = st.sampled_from("abcd")
earlier = st.integers(0, 30)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), people, st.integers(0, 1), st.integers(1, 5), channels),
        st.tuples(st.just("claim"), people, st.integers(0, 1), st.integers(1, 5), channels),
        st.tuples(st.just("repeat"), earlier),
        st.tuples(st.just("cancel"), earlier),
        st.tuples(st.just("fetch"), earlier),
        st.tuples(st.just("noon")),
        st.tuples(st.just("minute")),
        st.tuples(st.just("night")),
        st.tuples(st.just("take_back"), st.integers(0, 1)),
    ),
    min_size=3,
    max_size=25,
)


@dataclass
class Model:
    """Two tranches a day; one right a person in three calendar days; two may stand by; some are kept for callers until noon."""

    day: int = 0
    is_afternoon: bool = False
    units: dict[tuple[int, int], int] = field(
        default_factory=lambda: {(day, which): UNITS[which] for day in range(DAYS) for which in range(2)}
    )
    claims: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    order: list[UUID] = field(default_factory=list)

    def of(self, tranche: tuple[int, int], *states: str) -> list[dict[str, Any]]:
        return [one for one in self.claims.values() if one["tranche"] == tranche and one["state"] in states]

    def taken(self, tranche: tuple[int, int], channels: str = "WEB PHONE") -> int:
        rights = self.of(tranche, "ADMITTED", "HANDED_OVER")
        return sum(one["units"] for one in rights if one["channel"] in channels)

    def free(self, tranche: tuple[int, int], channel: str, ahead: Sequence[dict[str, Any]]) -> int:
        """For who comes by this channel behind those who stand by: only what is kept for it, where none of them waits for that too."""
        if any(one["channel"] == channel for one in ahead):
            return 0
        is_over = self.is_afternoon or tranche[0] < self.day
        kept = 0 if is_over else max(0, KEPT - self.taken(tranche, "PHONE"))
        shared = self.units[tranche] - self.taken(tranche) - kept
        return (min(0, shared) if ahead else shared) + (kept if channel == "PHONE" else 0)

    def has_had(self, person: str) -> bool:
        """An expired right was a right, unless it had come to who stood by; a cancelled one was none."""
        return any(
            one["person"] == person and one["day"] > self.day - 3
            and (one["state"] in ("ADMITTED", "HANDED_OVER") or (one["state"] == "EXPIRED" and not one["moved_up"]))
            for one in self.claims.values()
        )  # fmt: skip

    def claim(self, id: UUID, person: str, which: int, units: int, channel: str) -> None:
        tranche = (self.day, which)
        self.promote(tranche)
        standing = self.of(tranche, "STANDBY")
        free = self.free(tranche, channel, standing)
        state = "ADMITTED"
        if (
            (free < units and len(standing) >= STANDBY)
            or any(one["person"] == person for one in standing)
            or self.has_had(person)
        ):
            state = "REFUSED"
        elif free < units:
            state = "STANDBY"
        self.claims[id] = {
            "tranche": tranche, "person": person, "units": units, "channel": channel, "state": state, "day": self.day,
            "until": self.day, "moved_up": False,
        }  # fmt: skip
        self.order.append(id)

    def promote(self, tranche: tuple[int, int], *, at_night: bool = False) -> None:
        """Whoever moves up has a whole day: of a night the one that begins, of a day the next as well."""
        ahead: list[dict[str, Any]] = []
        for one in self.of(tranche, "STANDBY"):
            if one["units"] > self.free(tranche, one["channel"], ahead):
                ahead.append(one)
            else:
                one["state"] = "REFUSED" if self.has_had(one["person"]) else "ADMITTED"
                one["day"], one["moved_up"], one["until"] = self.day, True, self.day + (not at_night)

    def noon(self) -> None:
        self.is_afternoon = True

    def minute(self) -> None:
        for tranche in self.units:
            self.promote(tranche)

    def take_back(self, tranche: tuple[int, int]) -> None:
        before = deepcopy(self.claims)
        self.promote(tranche)
        if self.of(tranche, "STANDBY"):
            self.claims = before
        else:
            self.units[tranche] = self.taken(tranche)

    def cancel(self, id: UUID) -> None:
        one = self.claims[id]
        if one["state"] in ("ADMITTED", "STANDBY"):
            one["state"] = "CANCELLED"
            self.promote(one["tranche"])

    def fetch(self, id: UUID) -> None:
        if self.claims[id]["state"] == "ADMITTED":
            self.claims[id]["state"] = "HANDED_OVER"

    def night(self) -> None:
        ended = [one for one in self.claims.values() if one["state"] == "ADMITTED" and one["until"] == self.day]
        self.day, self.is_afternoon = self.day + 1, False
        for one in ended:
            one["state"] = "EXPIRED"
        for tranche in sorted({one["tranche"] for one in ended}):
            self.promote(tranche, at_night=True)


class Room:
    """The same steps through the services, on the tranches that were put out for each day."""

    def __init__(self, world: World) -> None:
        self.world, self.model, self.asked = world, Model(), dict[UUID, ClaimIn]()
        options: dict[str, Any] = {
            "standby_max": STANDBY, "fulfilment": "PICKUP", "pickup_days": 1,
            "reserves": [{"channel": "PHONE", "units": KEPT, "until": "12:00"}],
        }  # fmt: skip
        first = world.release(code=f"a{new_id().hex}", **options)
        releases = (first, world.sharing(first, **options))
        self.tranches = {
            (day, which): world.put_out(releases[which], UNITS[which], on=TODAY + timedelta(days=day))
            for day in range(DAYS)
            for which in range(2)
        }

    @property
    def now(self) -> Any:
        return NOW + self.model.day * DAY + self.model.is_afternoon * timedelta(hours=2)

    def step(self, name: str, *given: Any) -> None:
        if name == "claim":
            person, which, units, channel = given
            tranche = self.tranches[self.model.day, which]
            one = asked(tranche, person, units, channel=channel)
            self.asked[one.id] = one
            claim_all([one], self.now)
            self.model.claim(one.id, person, which, units, channel)
        elif name == "noon":
            self.model.noon()  # nobody has looked yet
        elif name == "minute":
            services.pass_on_kept(now=self.now)
            self.model.minute()
        elif name == "take_back":
            self.take_back(self.model.day - 1, given[0])
        elif name == "night":
            if self.model.day < DAYS - 1:
                midnight = NOW.replace(hour=16) + self.model.day * DAY  # the city's
                self.model.night()
                services.expire_unclaimed(now=midnight)
        elif self.model.order:
            id = self.model.order[given[0] % len(self.model.order)]
            if name == "repeat":
                claim_all([self.asked[id]], self.now)
                return
            try:
                with transaction.atomic():
                    self.act(name, id)
            except BaogongError:
                pass  # the model says whether anything may have changed
            getattr(self.model, name)(id)

    def take_back(self, day: int, which: int) -> None:
        """Of the day before, where there is one."""
        if (day, which) in self.tranches:
            with suppress(BaogongError):
                services.take_back(tranche=self.tranches[day, which], actor=self.world.lin, now=self.now)
            self.model.take_back((day, which))

    def act(self, name: str, id: UUID) -> None:
        if name == "cancel":
            services.cancel_claim(claim=id, actor=self.world.wu, now=self.now)
        else:
            evidence = [EvidenceIn("CODE", text="1234")]
            services.hand_over_claim(
                claim=id, evidence=evidence, actor=self.world.wu, now=self.now, request_id=new_id()
            )

    def check(self) -> None:
        states = dict(Claim.objects.filter(id__in=self.asked).values_list("id", "state"))
        assert states == {id: one["state"] for id, one in self.model.claims.items()}
        for key, tranche in self.tranches.items():
            found, row = figures(tranche), Tranche.objects.get(id=tranche)
            assert set(found.values()) == {self.model.taken(key)}
            assert row.units == self.model.units[key]
            assert row.standing == len(self.model.of(key, "STANDBY"))
            assert row.admitted <= row.units


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(  # a right given up on the second day, one taken on the fourth: the fifth is within three days of it
    [
        *[("night",), ("claim", "b", 0, 3, "WEB"), ("cancel", 0), ("night",)],
        *[("night",), ("claim", "b", 0, 1, "WEB"), ("night",), ("claim", "b", 0, 1, "WEB")],
    ]
)
@example(  # b stands by on the net, d on the telephone; c rings, gives up; past noon a newcomer is quicker than the job
    [
        *[
            ("claim", "a", 0, 4, "WEB"),
            ("claim", "b", 0, 3, "WEB"),
            ("claim", "c", 0, 2, "PHONE"),
            ("claim", "d", 0, 2, "PHONE"),
        ],
        *[
            ("cancel", 2),
            ("noon",),
            ("claim", "c", 0, 1, "WEB"),
            ("cancel", 0),
            ("minute",),
            ("night",),
            ("take_back", 0),
        ],
    ]
)
@example(  # what was kept is for who stood by, also where nobody has looked before the day is over
    [("claim", "a", 0, 4, "WEB"), ("claim", "b", 0, 3, "WEB"), ("fetch", 0), ("night",), ("take_back", 0), ("minute",)]
)
@example(
    [("claim", "a", 1, 3, "WEB"), ("claim", "b", 1, 2, "WEB"), ("noon",), ("minute",), ("claim", "c", 1, 5, "WEB")]
)
def test_the_room_does_what_the_model_says(world: World, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        room = Room(world)
        for step in steps:
            room.step(*step)
            room.check()
        report = book.verify_book()
        assert report.ok, report.faults[:3]
        assert all(used.units >= used.claims >= 0 for used in Used.objects.all())
        transaction.set_rollback(True)
