"""
`baogong bench pages`: every page of the command office and of the tower, with a thousand parcels and with a million.

A real story is played in (the relay of 2020, for its stock, needs, shares, convoys, papers), then a quarter of the last
100 metres is opened beside it: two stations, eight communities, and parcels with their acts, rounds, events and movements
in the book, most of them handed over long ago. Of a thousand parcels all are under way; of more, one in fifty.

Pages are found as a person finds them: by following links from the board and the tower. The same addresses are asked for
at both sizes by a log-in of the office through Django's own client, templates included; a page's time is the median of its
runs after one that is not counted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import unescape
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import UUID

from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.ids import new_id
from baogong.ops.bench.report import Report, Target
from baogong.ops.runtime import runtime

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client

STORY = "hubei-relay-2020"
SMALL, LARGE, LARGE_QUICK = 1_000, 1_000_000, 50_000
STARTS = ("/command/", "/tower/")
UNDERWAY_OF = 50
PER_ROUND, COMMUNITIES, BUILDINGS = 50, 8, 12
BATCH = 10_000
HISTORY_DAYS = 30
PASSWORD = "four-words-of-a-bench"

# $1 first, $2 last number; the last `open` numbers are under way. One statement a table, whatever the size.
_PARCELS = """
INSERT INTO delivery_parcel (id, number, code, waybill, room, source, category_id, community_id, building_id, room_text,
    weight_g, is_cold, modes, wants_door, due_until_at, lot, hold, amount, state, holder_id, station_id, moved_at,
    attempts_count, undone_count, made_at)
SELECT gen_random_uuid(), n, 'B' || n, '', 'delivery', gen_random_uuid(), %(category)s, spot.community_id, spot.id,
    '101', 1500, FALSE, '["CONTACTLESS"]', FALSE, now_.at + (n %% 48) * interval '1 hour', %(lot)s, gen_random_uuid(), 1,
    CASE WHEN n <= %(closed)s THEN 'HANDED_OVER' WHEN n %% 5 = 0 THEN 'WITH_COURIER' ELSE 'AT_STATION' END,
    CASE WHEN n <= %(closed)s THEN spot.community_id WHEN n %% 5 = 0 THEN %(courier)s
        ELSE (%(stations)s::uuid[])[1 + n %% 2] END,
    (%(stations)s::uuid[])[1 + n %% 2],
    now_.at - (%(last)s - n) * (interval '1 day' * %(days)s / %(last)s), 0, 0, now_.at - interval '40 days'
FROM generate_series(%(first)s, %(last)s) AS n, (SELECT %(now)s::timestamptz AS at) AS now_,
    LATERAL (SELECT * FROM places_building WHERE id = (%(buildings)s::uuid[])[1 + n %% %(places)s]) AS spot
"""
_ACTS = """
INSERT INTO delivery_parcelact (id, parcel_id, kind, why, mode, turn, at_device, at, by_name, note, sealed)
SELECT gen_random_uuid(), id, CASE state WHEN 'HANDED_OVER' THEN 'HANDED_OVER' ELSE 'RECEIVED' END, '',
    CASE state WHEN 'HANDED_OVER' THEN 'CONTACTLESS' ELSE '' END, 0, moved_at, moved_at, 'bench', '', ''
FROM delivery_parcel WHERE number BETWEEN %(first)s AND %(last)s
"""
_EVENTS = """
INSERT INTO journal_event (kind, at, name, subject, data)
SELECT CASE state WHEN 'HANDED_OVER' THEN 'delivery.parcel.handed-over' ELSE 'delivery.parcels.received' END, moved_at,
    'bench', station_id, '{}'
FROM delivery_parcel WHERE number BETWEEN %(first)s AND %(last)s ORDER BY number
"""
_ROUNDS = """
INSERT INTO delivery_round (id, plan, name, station_id, courier_id, leaves_at, back_at, weight_g, walk_s, work_s, reason_zh,
    reason_en, state, started_at, ended_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'B' || (min(number) - 1) / %(per_round)s, (%(stations)s::uuid[])[1], %(courier)s,
    min(moved_at), min(moved_at) + interval '2 hours', 75000, 1800, 5400, '', '',
    CASE WHEN min(number) <= %(closed)s THEN 'DONE' ELSE 'STARTED' END, min(moved_at),
    CASE WHEN min(number) <= %(closed)s THEN min(moved_at) + interval '2 hours' END
FROM delivery_parcel WHERE number BETWEEN %(first)s AND %(last)s AND state <> 'AT_STATION'
GROUP BY (number - 1) / %(per_round)s
"""
_VISITS = """
INSERT INTO delivery_visit (id, round_id, position, stop, community_id, mode, arrive_at, start_at, end_at)
SELECT gen_random_uuid(), id, 0, 'door', %(community)s, 'CONTACTLESS', leaves_at, leaves_at, back_at FROM delivery_round
WHERE id NOT IN (SELECT round_id FROM delivery_visit)
"""
_VISITED = """
INSERT INTO delivery_visitparcel (id, visit_id, parcel_id, taken_at, ended_at)
SELECT gen_random_uuid(), visit.id, parcel.id, parcel.moved_at, CASE parcel.state WHEN 'HANDED_OVER' THEN parcel.moved_at END
FROM delivery_parcel AS parcel
JOIN delivery_round AS round ON round.name = 'B' || (parcel.number - 1) / %(per_round)s
JOIN delivery_visit AS visit ON visit.round_id = round.id
WHERE parcel.number BETWEEN %(first)s AND %(last)s AND parcel.state <> 'AT_STATION'
    AND NOT EXISTS (SELECT FROM delivery_visitparcel AS known WHERE known.parcel_id = parcel.id)
"""


def run(*, quick: bool) -> Report:
    """Quick: 50,000 parcels and one run; else a million and medians of three."""
    return measure(small=SMALL, large=LARGE_QUICK if quick else LARGE, runs=1 if quick else 3, quick=quick)


def measure(*, small: int, large: int, runs: int, quick: bool, story: str = STORY) -> Report:
    """The same with other sizes."""
    report = Report("pages", quick)
    with runtime().throwaway_book():
        from baogong.ops.scenarios.play import play

        report.checks["the story holds"] = play(story)["ok"]
        quarter = Quarter()
        client = _visitor()
        quarter.fill(small)
        addresses, missed = _addresses(client)
        few = _times(client, addresses, runs)
        quarter.fill(large)
        many = _times(client, addresses, runs)
        counts = {name: _queries(client, address) for name, address in addresses.items()}
        report.checks["every page answers at both sizes"] = len(few) == len(many) == len(addresses) > 0
        report.checks["as many parcels stand as were made"] = quarter.standing() == large
    slowest, busiest = max(many, key=lambda name: many[name]), max(counts, key=lambda name: counts[name])
    report.ours = {
        "parcels": [small, large],
        "pages": len(addresses),
        "pages_without_a_link": missed,
        "ms_all": [1000 * sum(few.values()), 1000 * sum(many.values())],
        "slowest": {"page": slowest, "ms": [1000 * few[slowest], 1000 * many[slowest]]},
        "most_queries": {"page": busiest, "queries": counts[busiest]},
        "by_page": {
            name: {"ms": [round(1000 * few[name], 1), round(1000 * many[name], 1)], "queries": counts[name]}
            for name in sorted(addresses)
        },
    }
    report.targets = [
        Target("queries_max", counts[busiest], "lower", 12, 8),
        Target("time_1m_over_1k", sum(many.values()) / sum(few.values()), "lower", 3, 1.5),
    ]
    return report


def _visitor() -> Client:
    """Somebody of the office, logged in as on the site, who reads English."""
    from django.test import Client

    from baogong.journal.clock import current_clock
    from baogong.people.services.access import make_login

    duties = [(duty, None) for duty in (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.KEEPER)]
    make_login(name="Bench", username="bench", password=PASSWORD, duties=duties, now=current_clock().now())
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["baogong_language"] = "en"
    client.post("/log-in/", {"username": "bench", "password": PASSWORD})
    return client


def _names() -> set[str]:
    """Of every page of the command office and the tower."""
    from django.urls import get_resolver

    found = set()
    for resolver in get_resolver().url_patterns:
        for namespace in getattr(resolver, "url_patterns", ()):
            if getattr(namespace, "app_name", "") in ("command", "tower"):
                found |= {f"{namespace.app_name}:{each.name}" for each in namespace.url_patterns}
    return found


def _addresses(client: Client) -> tuple[dict[str, str], list[str]]:
    """The first address of each page that links lead to, and the pages to which none does."""
    from django.urls import resolve
    from django.urls.exceptions import Resolver404

    found: dict[str, str] = {}
    waiting, seen = list(STARTS), set(STARTS)
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        found.setdefault(resolve(address.partition("?")[0]).view_name, address)
        for link in _links(answer.content.decode()):
            try:
                name = resolve(link.partition("?")[0]).view_name
            except Resolver404:
                continue
            if link not in seen and name not in found and link.startswith(STARTS):
                seen.add(link)
                waiting.append(link)
    return found, sorted(_names() - set(found))


def _links(page: str) -> Iterator[str]:
    for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)"', page):
        yield unescape(link)


def _times(client: Client, addresses: dict[str, str], runs: int) -> dict[str, float]:
    """Seconds of each page that answers, by name."""
    found = {}
    for name, address in addresses.items():
        if client.get(address).status_code != 200:
            continue
        seconds = []
        for _ in range(runs):
            started = time.perf_counter()
            client.get(address)
            seconds.append(time.perf_counter() - started)
        found[name] = median(seconds)
    return found


def _queries(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as spent:
        client.get(address)
    return sum("SAVEPOINT" not in query["sql"] for query in spent)


class Quarter:
    """Two stations and the communities they serve; `fill` brings the parcels up to a number."""

    def __init__(self) -> None:
        from django.db import transaction

        from baogong.catalogue import queries as catalogue
        from baogong.delivery import queries as delivery
        from baogong.delivery.services import stations
        from baogong.journal.clock import current_clock
        from baogong.ledger import services as ledger
        from baogong.people.services.parties import register_party
        from baogong.places import queries as places
        from baogong.places.services import (
            BuildingGiven,
            UnitGiven,
            add_buildings,
            add_site,
            move_station,
            open_community,
        )

        self.now: datetime = current_clock().now()
        act: dict[str, Any] = {"actor": THE_HOUSE, "now": self.now}
        self.stations = []
        for number in (1, 2):
            station = register_party(kind="SITE", name=f"站点 {number}", city="武汉", now=self.now)
            add_site(party=station, role="STATION", lat=30.5 + number / 100, lon=114.3, is_located=True)
            move_station(station=station, from_at=self.now, lat=30.5 + number / 100, lon=114.3, **act)
            self.stations.append(station)
        self.buildings: list[UUID] = []
        self.communities: list[UUID] = []
        for number in range(COMMUNITIES):
            lat = 30.5 + number / 500
            community = open_community(name=f"小区 {number}", city="武汉", lat=lat, lon=114.31, **act)
            add_buildings(
                community=community,
                buildings=[
                    BuildingGiven(f"{each}号楼", lat=lat + each / 5000, lon=114.31, units=(UnitGiven("1"),))
                    for each in range(1, BUILDINGS + 1)
                ],
                **act,
            )
            stations.serve(community=community, station=self.stations[number % 2], outer=None, **act)
            self.communities.append(community)
        for plan in places.community_plans(self.communities, self.now, with_doors=False):
            self.buildings += [building.id for building in plan.buildings]
        self.courier = register_party(kind="PERSON", name="骑手", city="武汉", now=self.now)
        self.category = delivery.categories()[0].id
        with transaction.atomic():
            item = next(each.id for each in catalogue.items() if each.id not in catalogue.money_items())
            self.lot = ledger.open_lot(item=item, owner=self.stations[0], now=self.now)
        self.count = 0

    def fill(self, count: int) -> None:
        """Parcels from what there are up to `count`, older ones handed over; then alerts as every minute makes them."""
        from django.db import connection, transaction

        from baogong.tower.services import recount

        first, closed = self.count + 1, count - max(SMALL, count // UNDERWAY_OF) if count > SMALL else 0
        facts: dict[str, Any] = {
            "first": first, "last": count, "closed": closed, "now": self.now, "category": self.category, "lot": self.lot,
            "courier": self.courier, "stations": self.stations, "buildings": self.buildings, "days": HISTORY_DAYS,
            "places": len(self.buildings), "community": self.communities[0], "per_round": PER_ROUND,
        }  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in (_PARCELS, _ACTS, _EVENTS, _ROUNDS, _VISITS, _VISITED):
                cursor.execute(statement, facts)
        self._move(count - self.count)
        self.count = count
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        recount(now=self.now)

    def standing(self) -> int:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM delivery_parcel WHERE code LIKE 'B%%'", [])
            ((count,),) = cursor.fetchall()
        return int(count)

    def _move(self, count: int) -> None:
        """So many pieces through the book: into the station and out to a household, spread over the days before."""
        from baogong.ledger.facts import AccountRef
        from baogong.ledger.states import Reason, State

        outside, stock = AccountRef(self.stations[0], State.OUTSIDE), AccountRef(self.stations[0], State.AVAILABLE)
        homes = [AccountRef(community, State.HANDED_OVER) for community in self.communities]
        left = count
        while left > 0:
            part = min(BATCH, left)
            at = self.now - timedelta(days=HISTORY_DAYS) * (left / count)
            self._post([(outside, stock, part + 1)], Reason.COUNT, at)
            self._post([(stock, homes[each % len(homes)], 1) for each in range(part)], Reason.HANDOVER, at)
            left -= part

    def _post(self, moves: Sequence[tuple[Any, Any, int]], reason: Any, at: datetime) -> None:
        from django.db import transaction

        from baogong.ledger import services as ledger

        with transaction.atomic():
            ledger.post(
                lines=[ledger.post_line(source, target, self.lot, amount) for source, target, amount in moves],
                actor=THE_HOUSE,
                reason=reason,
                document=None,
                request_id=new_id(),
                now=at,
            )
