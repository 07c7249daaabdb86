"""A sealed sub-district with its gate: people called, passed and tested, for the tests of the crew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.crew import queries, services
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from tests.apps.supply.world import World, make_world
from tests.cast import NOW, log_in_as

HOUR = timedelta(hours=1)
DAWN = datetime(2020, 1, 23, 22, 0, tzinfo=NOW.tzinfo)  # 06:00 the next day on the house's clock
NOON = DAWN + 6 * HOUR


@dataclass(frozen=True)
class Inside:
    """The sub-district (Gao keeps its gate), another one next to it (Hong keeps that), and a firm of couriers."""

    world: World
    place: UUID
    other: UUID
    firm: UUID
    gao: Actor
    hong: Actor

    @property
    def lin(self) -> Actor:
        return self.world.cast.lin

    def person(self, name: str) -> UUID:
        return register_party(kind="PERSON", name=name, city="北京", now=NOW)

    def call(self, **changed: Any) -> UUID:
        asked: dict[str, Any] = {
            "place": self.place,
            "title": "酒仙桥志愿者",
            "works": ["DELIVER", "REGISTER_TESTS", "KEEP_ORDER", "CARRY_WASTE"],
            "people_count": 40,
            "closes_at": NOW + 5 * HOUR,
            "muster_at": DAWN - HOUR,
            "muster_where": "南门",
            "actor": self.lin,
            "now": NOW,
            "request_id": new_id(),
        }
        return services.open_call(**{**asked, **changed})

    def sign_up(self, call: UUID, name: str, phone: str = "", **changed: Any) -> UUID:
        asked: dict[str, Any] = {
            "call": call,
            "name": name,
            "phone": phone or f"1380000{abs(hash(name)) % 10_000:04d}",
            "actor": self.lin,
            "now": NOW,
            "request_id": new_id(),
        }
        return services.sign_up(**{**asked, **changed})

    def passed(self, person: UUID, *, from_at: datetime = NOW, until_at: datetime = NOW + 96 * HOUR) -> UUID:
        """With a pass for the sub-district."""
        (held,) = services.apply_for_pass(place=self.place, persons=[person], actor=self.lin, now=NOW)
        services.grant_pass(passes=[held], from_at=from_at, until_at=until_at, actor=self.lin, now=NOW)
        return held

    def tested(self, person: UUID, sampled_at: datetime, **changed: Any) -> UUID:
        asked: dict[str, Any] = {
            "person": person,
            "place": self.place,
            "kind": "PCR",
            "result": "NEGATIVE",
            "sampled_at": sampled_at,
            "actor": self.gao,
            "now": max(NOW, sampled_at),
            "request_id": new_id(),
        }
        return services.record_test(**{**asked, **changed})

    def warm(self, person: UUID, at: datetime, tenths: int = 365) -> UUID:
        return services.take_temperature(
            person=person, place=self.place, tenths=tenths, actor=self.gao, now=at, request_id=new_id()
        )

    def passed_and_tested(self, name: str, *, pcr_at: datetime = NOW - HOUR) -> UUID:
        """Pass and PCR: what can be had the evening before."""
        person = self.person(name)
        self.passed(person)
        self.tested(person, pcr_at)
        return person

    def ready(self, name: str, *, pcr_at: datetime = NOW - HOUR, at: datetime = DAWN - HOUR / 2) -> UUID:
        """Everything, for a shift at dawn."""
        person = self.passed_and_tested(name, pcr_at=pcr_at)
        self.tested(person, at, kind="ANTIGEN")
        self.warm(person, at)
        return person

    def assign(self, person: UUID, start_at: datetime = DAWN, end_at: datetime = NOON, **changed: Any) -> UUID:
        asked: dict[str, Any] = {
            "person": person,
            "place": self.place,
            "work": "DELIVER",
            "start_at": start_at,
            "end_at": end_at,
            "actor": self.gao,
            "now": NOW,
            "request_id": new_id(),
        }
        return services.assign(**{**asked, **changed})

    def let_in(self, person: UUID | None, now: datetime, **changed: Any) -> queries.EntryView:
        asked: dict[str, Any] = {
            "place": self.place,
            "person": person,
            "actor": self.gao,
            "now": now,
            "request_id": new_id(),
        }
        return queries.entry(services.let_in(**{**asked, **changed}))


@dataclass(frozen=True)
class Night:
    """
    The sub-district at 07:00: Zhao delivers, Qian is inside on a PCR that ran out, Sun lacks the day's own test; nobody
    keeps order. Li has signed up by link, and waits; Zhou's pass is applied for.
    """

    inside: Inside
    call: UUID
    sign_up: UUID
    own_token: str
    call_token: str
    call_code: str
    zhao: UUID
    qian: UUID
    sun: UUID
    assignment: UUID
    waiting_pass: UUID
    entry: UUID

    NOW = DAWN + HOUR


def make_night(inside: Inside) -> Night:
    firm: dict[str, Any] = {"employer": inside.firm, "home": "三号院"}
    call = inside.call()
    link = services.make_call_link(call=call, actor=inside.lin, now=NOW)
    made = services.sign_up_by_link(call=call, name="李四", phone="13800001111", now=NOW, request_id=new_id())
    zhao = inside.ready("赵一")
    qian = inside.ready("钱二", pcr_at=DAWN + HOUR / 2 - 48 * HOUR)
    sun, zhou = inside.passed_and_tested("孙三"), inside.person("周五")
    ups = [
        services.sign_up(call=call, person=person, actor=inside.lin, now=NOW, request_id=new_id(), **firm)
        for person in (zhao, qian, sun, zhou)
    ]
    services.list_up(sign_ups=ups, actor=inside.lin, now=NOW)
    (waiting,) = services.apply_for_pass(place=inside.place, persons=[zhou], call=call, actor=inside.lin, now=NOW)
    for work, count in (("DELIVER", 2), ("KEEP_ORDER", 1)):
        services.want(
            place=inside.place, work=work, start_at=DAWN, end_at=NOON, people_count=count, actor=inside.gao, now=NOW
        )
    assignment = inside.assign(zhao)
    inside.assign(qian)
    inside.assign(sun, DAWN + 2 * HOUR, NOON, work="CARRY_WASTE")
    inside.let_in(zhao, DAWN)
    inside.let_in(qian, DAWN)
    refused = inside.let_in(zhou, DAWN)
    house = services.set_lodging(place=inside.place, name="如家酒店", beds_count=20, actor=inside.gao, now=DAWN)
    services.lodge(lodging=house, person=zhao, room="301", actor=inside.gao, now=DAWN, request_id=new_id())
    services.issue_kit(
        place=inside.place,
        person=zhao,
        thing="对讲机",
        count=1,
        must_return=True,
        actor=inside.gao,
        now=DAWN,
        request_id=new_id(),
    )
    services.list_firm(
        firm=inside.firm, place=inside.place, from_at=NOW, actor=inside.lin, now=NOW, source="白名单第一批"
    )
    return Night(
        inside=inside,
        call=call,
        sign_up=made.id,
        own_token=made.token,
        call_token=link.token,
        call_code=link.code,
        zhao=zhao,
        qian=qian,
        sun=sun,
        assignment=assignment,
        waiting_pass=waiting,
        entry=refused.id,
    )


def make_inside(world: World | None = None) -> Inside:
    world = world or make_world()
    place = register_party(kind="ORGANISATION", name="酒仙桥街道", city="北京", now=NOW)
    other = register_party(kind="ORGANISATION", name="将台乡", city="北京", now=NOW)
    return Inside(
        world=world,
        place=place,
        other=other,
        firm=register_party(kind="ORGANISATION", name="东行快递", city="北京", now=NOW),
        gao=log_in_as("Gao", [(Duty.KEEPER, place)]),
        hong=log_in_as("Hong", [(Duty.KEEPER, other)]),
    )
