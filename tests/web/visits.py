"""
Visits to the pages: the small relay, its clock, and browsers without scripts that are logged in.

600 masks and 200 suits ride from Langfang over the hub to the hospital; Tao is named for every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baogong.freight import services
from baogong.freight.queries import WaybillRow
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.ids import new_id
from baogong.web import names
from tests.apps.freight.world import NOW, World, make_world
from tests.cast import PASSWORD

QUERIES_MAX = 12


@dataclass
class Story:
    world: World
    first: WaybillRow  # Langfang → hub
    second: WaybillRow  # hub → hospital

    def at(self, moment: datetime) -> None:
        """The drill's clock stands there."""
        set_clock(moment)

    def arrive_at_hub(self) -> None:
        """The first truck stands at the hub's gate."""
        self.at(self.world.bring(self.first))

    def receive_at_hub(self) -> None:
        self.arrive_at_hub()
        services.receive(
            waybill=self.first.id, actor=self.world.bao, now=self.first.planned_arrive_at, request_id=new_id()
        )

    def arrive_at_hospital(self) -> None:
        """The second truck stands at the hospital's door."""
        self.receive_at_hub()
        self.at(self.world.bring(self.second))


def make_world_in_drill() -> World:
    """The small relay in a book whose clock stands at 15:00."""
    mark_drill(name="relay", at=NOW)
    return make_world()


def make_story() -> Story:
    world = make_world_in_drill()
    world.allot("langfang masks", world.hospital, 600)
    world.allot("langfang suits", world.hospital, 150)
    world.convoy()
    return story_of(world)


def story_of(world: World) -> Story:
    """Its trucks are named, Tao drives them all."""
    for bill in world.bills():
        assert bill.vehicle is not None
        services.name_truck(
            waybill=bill.id,
            vehicle=bill.vehicle,
            driver=world.tao.person_id,
            actor=world.lin,
            now=NOW,
            request_id=new_id(),
        )
    return Story(world, world.bill(target=world.hub), world.bill(origin=world.hub))


def visit(name: str, language: str = "en") -> Client:
    """A browser of this person, logged in."""
    client = Client()
    client.cookies["baogong_language"] = language
    answer = client.post("/log-in/", {"username": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    names.english_names()  # read twice a minute, by whichever page asks first
    return client


def read(client: Client, path: str, status: int = 200, most: int = QUERIES_MAX) -> str:
    """The page's text; a page never takes more queries (`most`) than are easy to follow."""
    names.english_names()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    count = sum("SAVEPOINT" not in query["sql"] for query in queries)
    assert count <= most, f"{path}: {count} queries\n" + "\n".join(query["sql"][:160] for query in queries)
    return _text(answer)


def form_of(page: str, **changed: Any) -> dict[str, str]:
    """What a browser would send: the page's hidden fields and moments (of its last form), and what was typed."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    hidden |= dict(
        re.findall(r'<input type="datetime-local"(?: step="1")? id="[^"]+" name="([^"]+)" value="([^"]+)"', page)
    )
    return {**hidden, **{name: str(value) for name, value in changed.items()}}


def send(client: Client, path: str, form: Mapping[str, Any], status: int = 302) -> str:
    """Send a form; the page that follows, or the refusal."""
    answer = client.post(path, form)
    assert answer.status_code == status, answer.content.decode()
    return _text(client.get(answer.headers["Location"])) if status == 302 else _text(answer)


def _text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def later(page: str, minutes: int) -> str:
    """The moment behind the page's button for so many minutes."""
    found = re.search(rf'name="later_at" value="([^"]+)">\+{minutes} min', page)
    assert found is not None
    return found[1]
