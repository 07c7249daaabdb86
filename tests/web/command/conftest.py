from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal.clock import mark_drill
from baogong.journal.services import tasks as journal
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.needs import queries as needs_queries
from baogong.needs import services as needs
from baogong.needs.services import Asked
from baogong.places import services as places
from baogong.planning import services as planning
from baogong.supply import services as supply
from tests.apps.freight.world import HOUR, NOW, World, goods, make_world, site
from tests.books import Built
from tests.cast import PASSWORD, log_in_as

Browser = Callable[..., Client]


@dataclass
class Stage:
    """
    The relay with needs, an approved share, a convoy on its way and a proposal to change it.

    truck     the first waybill of the convoy, reported five hours late
    replan    what the house proposes because of that; None would mean nothing is left to plan
    """

    world: World
    masks: UUID
    suits: UUID
    uncounted: UUID
    share: UUID
    later_share: UUID
    convoy: UUID
    truck: WaybillRow
    replan: UUID


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing slowly is for attackers, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(built: Built) -> World:
    """The small relay at 15:00 of the drill's clock; nothing promised yet."""
    return built(make_relay)


def make_relay() -> World:
    mark_drill(name="the small relay", at=NOW)
    world = make_world()
    log_in_as("He", [(Duty.AUDITOR, None)], NOW)
    return world


@pytest.fixture
def stage(world: World) -> Stage:
    return make_stage(world)


def make_stage(world: World) -> Stage:
    masks, suits = ask(world, world.masks, 700), ask(world, world.suits, 300, hours_ago=60)
    uncounted = ask(world, world.masks, None)
    share = make_share(world)
    planning.approve(plan=share, actor=world.mei, now=NOW, request_id=new_id())
    later_share = make_share(world, include_stale=[str(view.id) for view in needs_queries.open_needs()])
    world.allot("langfang masks", world.office, 200, due_at=NOW + 20 * HOUR)
    convoy = world.convoy()
    truck = world.bills(convoy)[0]
    world.allot("ezhou masks", world.office, 100)
    late = freight.report_delay(
        waybill=truck.id,
        arrive_at=truck.planned_arrive_at + timedelta(hours=5),
        why="fog",
        actor=world.tao,
        now=NOW,
        request_id=new_id(),
    )
    assert late.plan is not None
    return Stage(world, masks, suits, uncounted, share, later_share, convoy, truck, late.plan)


@pytest.fixture
def as_(db: None) -> Browser:
    """`as_("Lin")` logs in and reads Chinese; `as_("Lin", "en")` English."""

    def browser(name: str, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["baogong_language"] = language
        answer = client.post("/log-in/", {"username": name, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return browser


def ask(world: World, item: UUID, quantity: int | None, hours_ago: int = 0) -> UUID:
    """The hospital asks; without a quantity, without upper limit."""
    return needs.ask(
        need=Asked(
            receiver=world.hospital,
            item=item,
            quantity=quantity,
            has_no_limit=quantity is None,
            urgency=1,
            source="telephone",
        ),
        apart_from=[view.id for view in needs_queries.open_needs()],
        actor=world.lin,
        now=NOW - hours_ago * HOUR,
        request_id=new_id(),
    )


def make_share(world: World, **params: Any) -> UUID:
    return planning.make_plan(
        kind="SHARE", params=params, rule={"version": "leximin-1"}, actor=world.lin, now=NOW, request_id=new_id()
    )


def give(world: World) -> None:
    supply.offer_gift(
        terms="CONSIGNMENT",
        donor=world.team,
        lines=[supply.Offered(world.masks, 100, "GB 19083-2010", pieces_per_carton=50, receiver=world.hospital)],
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )


def weigh_down(stage: Stage, times: int = 20) -> Stage:
    """The same stage `times` over: receivers, needs, promises, a convoy for all of them, stock, gifts, tasks, calls."""
    world = stage.world
    lin = world.lin
    for number in range(times):
        receiver = site(f"第{number}医院", "武汉", "RECEIVER", 30.5 + number / 100, 114.3)
        places.seal(area=world.wuhan, site=receiver)
        needs.ask(
            need=Asked(receiver=receiver, item=world.masks, quantity=100, has_no_limit=False, urgency=1, source="post"),
            actor=lin,
            now=NOW,
            request_id=new_id(),
        )
        world.allot("langfang suits", receiver, 5, due_at=NOW + 30 * HOUR)
        warehouse = site(f"第{number}仓", "廊坊", "WAREHOUSE", 39.5 + number / 100, 116.7)
        setattr(world, f"depot_{number}", warehouse)
        goods(world, f"depot_{number}", world.masks, "masks", 100)
        give(world)
        journal.add_task(
            title=f"第{number}事", duty=Duty.COMMAND, due_at=NOW + HOUR, actor=lin, now=NOW, request_id=new_id()
        )
        journal.log_call(whom="医院", about="口罩", outcome="收到", actor=lin, now=NOW)
        person = log_in_as(f"P{number}", [(Duty.COMMAND, None)], NOW).person_id
        assert person is not None
        journal.join_working_group(party=person, duty_text="值班", actor=lin, now=NOW)
        journal.set_watch(party=person, start_at=NOW - HOUR, end_at=NOW + HOUR, actor=lin, now=NOW)
    convoy = world.convoy(supersedes=stage.convoy)
    truck = max(world.bills(convoy), key=lambda bill: bill.amount)
    for number in range(times):
        world.allot("ezhou masks", world.office, 1 + number)
    return replace(stage, convoy=convoy, truck=truck)
