"""The claim path in its own process: answers, refusals, silence about people, and kills."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import random
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from baogong.api import claims as path_of_claims
from baogong.api.claims import ClaimPath
from baogong.config.home import Home
from baogong.config.keys import load_keys
from baogong.journal.models import BookMark
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.people.models import PersonalDatum
from baogong.release import services
from baogong.release.clusters import clusters
from baogong.release.codes import own_id
from baogong.release.facts import Answer, ClaimIn
from baogong.release.models import Claim, ContactUnderway, Tranche
from baogong.release.writer import Waiting, Writer
from tests.apps.release.claim_house import ClaimHouse, claim_of, send_over
from tests.apps.release.test_claim_writer import Exchange, Scope
from tests.apps.release.world import NOW, World, asked, is_sound, make_world

KILLS = int(os.environ.get("BAOGONG_CLAIM_KILLS", "4"))  # `tools/soak killed-claims` asks for 1,000
CLIENTS = 8
STANDBY = 10
PHONE, NAME = "13900001234", "秦桂芝"


def stop_the_clock() -> None:
    BookMark.objects.update_or_create(
        id=1, defaults={"name": "drill", "is_drill": True, "clock_at": NOW, "opened_at": NOW}
    )


@pytest.fixture
def house(fresh_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClaimHouse]:
    """The book is a drill whose clock stands; the process reads its keys from a home, as everywhere."""
    stop_the_clock()
    keys = load_keys(Home(tmp_path / "book").make())
    monkeypatch.setattr(django_settings, "BAOGONG_TAG_KEY", keys.tag)
    monkeypatch.setattr(django_settings, "BAOGONG_CIPHER_KEY", keys.cipher)
    house = ClaimHouse(tmp_path)
    try:
        house.start()
        yield house
    finally:
        house.stop()


def test_a_claim_is_answered_once_and_its_contact_kept(house: ClaimHouse, fresh_world: World) -> None:
    tranche, id = fresh_world.tranche(10), new_id()
    claim = claim_of(id, tranche, "G 1234-5678", name=NAME, phone=PHONE)
    status, headers, first = house.send(claim)
    assert (status, first["state"], first["units"]) == (200, "ADMITTED", 5)
    assert headers["cache-control"] == "no-store"
    assert house.send(claim)[2] == first
    assert house.send({**claim, "units": 4})[0] == 409  # the id stands for another claim
    assert house.send(claim_of(new_id(), tranche, "G12345678"))[2]["code"] == "quota-used"
    sealed = ContactUnderway.objects.get(claim=id).sealed
    assert PHONE not in sealed
    assert services.keep_contacts(now=NOW) == 1
    claimant = Claim.objects.get(id=id).claimant_id
    assert claimant is not None
    assert set(PersonalDatum.objects.filter(party=claimant).values_list("what", flat=True)) == {
        "DOCUMENT", "PHONE", "NAME",
    }  # fmt: skip
    assert not ContactUnderway.objects.exists()
    assert is_sound(tranche)


def test_nobody_claims_under_an_id_of_the_houses_own(house: ClaimHouse, fresh_world: World) -> None:
    """Ids of entries are published before the draw: a claim under one would stand where its winner's is to stand."""
    tranche = fresh_world.tranche(10)
    status, _headers, told = house.send(claim_of(own_id(), tranche, "G12345678"))
    assert (status, told["error"]["code"]) == (409, "kernel.request-id-reused")
    assert not Claim.objects.filter(tranche=tranche).exists()
    assert house.send(claim_of(uuid4(), tranche, "G12345678"))[2]["state"] == "ADMITTED"


def test_a_telephone_that_claims_for_many_is_seen_once_the_contacts_are_kept(
    house: ClaimHouse, fresh_world: World
) -> None:
    release = fresh_world.release()
    tranche = fresh_world.put_out(release, 30)
    for number in range(3):
        told = house.send(claim_of(new_id(), tranche, f"H{number:07d}", device="telephone 17"))
        assert told[2]["state"] == "ADMITTED"
    house.send(claim_of(new_id(), tranche, "H0000009", device="telephone 18"))
    assert "telephone 17" not in " ".join(ContactUnderway.objects.values_list("sealed", flat=True))
    assert clusters(release, least=3) == ()
    assert services.keep_contacts(now=NOW) == 4
    assert [(one.kind, one.people, one.units) for one in clusters(release, least=3)] == [("DEVICE", 3, 15)]
    services.claim(
        claim_id=new_id(), tranche=tranche, units=5, channel="WEB", actor=None, now=NOW,
        contact=services.Contact("PASSPORT", "H0000010", device="telephone 17"),
    )  # fmt: skip
    assert [one.people for one in clusters(release)] == [4], "the house's own page and the path know it alike"


def test_after_the_city_forgot_its_people_the_path_serves_its_next_release(
    house: ClaimHouse, fresh_world: World
) -> None:
    release = fresh_world.release()
    tranche, claim = fresh_world.put_out(release, 10), claim_of(new_id(), fresh_world.put_out(release, 10), "J0000001")
    assert house.send(claim)[2]["state"] == "ADMITTED"
    draft = fresh_world.release(is_open=False, code="next")
    services.close_release(release=release, actor=fresh_world.lin, now=NOW)
    services.keep_contacts(now=NOW)
    services.cancel_claim(claim=UUID(claim["id"]), actor=fresh_world.wu, now=NOW)
    services.forget_people(office=fresh_world.office, actor=THE_HOUSE, now=NOW)
    assert house.send(claim)[0] == 409, "nobody is told what became of it"
    assert house.send(claim_of(new_id(), tranche, "J0000001"))[0] == 409
    services.try_out(release=draft, people=60, days=2, units=10, actor=fresh_world.lin, now=NOW)
    services.open_release(release=draft, actor=fresh_world.lin, now=NOW)
    later = claim_of(new_id(), fresh_world.put_out(draft, 10), "J0000001")
    assert house.send(later)[2]["state"] == "ADMITTED"
    again = services.claim(
        claim_id=new_id(), tranche=UUID(later["tranche"]), units=5, channel="WEB", actor=None, now=NOW,
        contact=services.Contact("PASSPORT", "J0000001"),
    )  # fmt: skip
    assert again.code == "quota-used", "one person by the path and by the page"


def test_the_key_of_a_city_that_was_forgotten_goes_with_the_next_claim_anybody_makes(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process held what seals under the key, and so the key, until it was started again."""
    stop_the_clock()
    monkeypatch.setattr(path_of_claims, "PURPOSES_S", 0)
    other, release = make_world(fresh_world.cast, city="德阳"), fresh_world.release()
    here, there = fresh_world.put_out(release, 10), other.tranche(10, code="deyang")
    loop, path = asyncio.new_event_loop(), ClaimPath()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    path.__rsgi_init__(loop)

    def send(claim: dict[str, Any]) -> tuple[int, Any]:
        exchange = Exchange(json.dumps(claim).encode())
        asyncio.run_coroutine_threadsafe(path.__rsgi__(Scope(), exchange), loop).result(30)
        return exchange.told[0], exchange.told[2]

    try:
        mine = claim_of(new_id(), here, "N0000001")
        assert send(mine)[1]["state"] == send(claim_of(new_id(), there, "N0000002"))[1]["state"] == "ADMITTED"
        sealers = {tranche: weakref.ref(of[2]) for tranche, of in path._purposes.items()}
        assert sealers.keys() == {here, there}
        services.close_release(release=release, actor=fresh_world.lin, now=NOW)
        services.cancel_claim(claim=UUID(mine["id"]), actor=fresh_world.wu, now=NOW)
        services.forget_people(office=fresh_world.office, actor=THE_HOUSE, now=NOW)
        assert send(claim_of(new_id(), there, "N0000003"))[1]["state"] == "ADMITTED"
        given_up_s = time.monotonic() + 20
        while here in path._purposes and time.monotonic() < given_up_s:
            time.sleep(0.01)
        gc.collect()
        assert sealers[here]() is None, "nobody holds what seals for it, or its key"
        assert sealers[there]() is not None, "the other city's is not read anew"
        assert send(claim_of(new_id(), here, "N0000004"))[0] == 409, "its release is closed"
    finally:
        path.__rsgi_del__(loop)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def test_what_is_over_is_refused_without_a_row_and_at_different_times(house: ClaimHouse, fresh_world: World) -> None:
    release = fresh_world.release(closes="12:00")
    tranche = fresh_world.put_out(release, 5)
    first = claim_of(new_id(), tranche, "A0000001")
    told = house.send(first)[2]
    refused = [house.send(claim_of(new_id(), tranche, f"B{number:07d}")) for number in range(12)]
    assert {(status, body["error"]["code"]) for status, _headers, body in refused} == {(409, "release.sold-out")}
    waits = {int(headers["retry-after"]) for _status, headers, _body in refused}
    assert len(waits) > 3
    assert min(waits) >= 300
    assert Claim.objects.filter(tranche=tranche).count() == 1
    assert house.send(first)[2] == told  # who has an answer gets it, sold out or not
    Tranche.objects.filter(id=tranche).update(opens_at=NOW + timedelta(hours=1))
    status, headers, body = house.send(claim_of(new_id(), tranche, "C0000001"))
    assert (status, body["error"]["code"]) == (409, "release.not-open-yet")
    services.close_release(release=release, actor=fresh_world.lin, now=NOW)
    status, headers, body = house.send(claim_of(new_id(), tranche, "C0000002"))
    assert (status, body["error"]["code"]) == (409, "release.not-offered")
    assert "retry-after" not in headers
    assert house.send(first)[2] == told


def test_a_sold_out_claims_id_serves_again_when_units_come_back(house: ClaimHouse, fresh_world: World) -> None:
    tranche = fresh_world.tranche(5)
    had, wants = new_id(), claim_of(new_id(), tranche, "D0000002")
    house.send(claim_of(had, tranche, "D0000001"))
    assert house.send(wants)[0] == 409
    services.cancel_claim(claim=had, actor=fresh_world.lin, now=NOW)
    assert house.send(wants)[2]["state"] == "ADMITTED"


def test_the_opening_minute_waits_apart(house: ClaimHouse, fresh_world: World) -> None:
    tranche = fresh_world.tranche(50, shuffle_s=60)
    Tranche.objects.filter(id=tranche).update(opens_at=NOW)
    answers = [house.send(claim_of(new_id(), tranche, f"E{number:07d}"))[2] for number in range(8)]
    assert {answer["state"] for answer in answers} == {"WAITING"}
    assert len({answer["ask_again_s"] for answer in answers}) > 2


UNREADABLE: tuple[tuple[Any, str], ...] = (
    (b"{", "body"),
    (b"[]", "body"),
    (b'{"id": "1\xff"}', "id"),
    (b"x" * 5_000, "body"),
    ({"units": 0}, "units"),
    ({"units": True}, "units"),
    ({"units": 10**12}, "units"),
    ({"number": 5}, "number"),
    ({"number": "a\0b"}, "number"),
    ({"number": "\ud800" * 9}, "number"),
    ({"number": "x" * 201}, "number"),
    ({"id": "none"}, "id"),
    ({"tranche": None}, "tranche"),
    ({"region": "1" * 13}, "region"),
    ({"document": "RESIDENT_ID", "number": "110101199003078888"}, "number"),
    ({"phone": "nobody's 77"}, "phone"),
    ({"language": "fr"}, "language"),
    ({"more": 1}, "body"),
)


def test_what_cannot_be_read_is_refused_by_its_field_and_not_repeated(house: ClaimHouse, fresh_world: World) -> None:
    tranche = fresh_world.tranche(5)
    for body, where in UNREADABLE:
        given = body if isinstance(body, bytes) else {**claim_of(new_id(), tranche, "F0000001"), **body}
        status, _headers, told = house.send(given)
        assert (status, told["error"]["where"], told["error"]["found"]) == (400, where, ""), body
    assert not Claim.objects.filter(tranche=tranche).exists()


def test_nobody_is_named_in_the_log_and_no_foreign_page_reads(house: ClaimHouse, fresh_world: World) -> None:
    tranche = fresh_world.tranche(50)
    claim = claim_of(new_id(), tranche, "110101199003077571", document="RESIDENT_ID", name=NAME, phone=PHONE)
    own, foreign = f"http://127.0.0.1:{house.port - 1}", "http://elsewhere.example"
    assert house.send(claim, Origin=own)[1]["access-control-allow-origin"] == own
    assert "access-control-allow-origin" not in house.send(claim, Origin=foreign)[1]
    assert house.send(claim_of(new_id(), new_id(), "H0000001"))[0] == 404
    codes = Counter(house.send(claim)[0] for _try in range(30))
    assert codes[200] > 5
    assert codes[429] > 5  # the same id, again and again
    assert house.stop() == 0
    said = house.log.read_text()
    assert not any(word in said for word in ("110101199003077571", "7571", NAME, PHONE, str(claim["id"])))


def test_two_processes_beside_each_other_oversell_nothing(
    house: ClaimHouse, fresh_world: World, tmp_path: Path
) -> None:
    tranche = fresh_world.tranche(150)
    other = ClaimHouse(tmp_path)
    other.start()
    try:
        told: list[int] = []

        def send(at: ClaimHouse, first: int) -> None:
            for number in range(first, first + 40):
                status, _headers, body = at.send(claim_of(new_id(), tranche, f"J{number:07d}"))
                told.append(body["units"] if status == 200 and body["state"] == "ADMITTED" else 0)

        threads = [threading.Thread(target=send, args=(at, n * 40)) for n, at in enumerate([house, other] * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(told) == 150
        assert is_sound(tranche)
    finally:
        other.stop()


def test_kills_under_load_lose_no_acknowledged_claim_and_double_none(house: ClaimHouse, fresh_world: World) -> None:
    units = 60 + 20 * KILLS  # so that it runs out while the process is killed
    with transaction.atomic():
        warehouse = fresh_world.cast.warehouse
        outside, stock = ledger.AccountRef(warehouse, State.OUTSIDE), ledger.AccountRef(warehouse, State.AVAILABLE)
        ledger.post(
            lines=[ledger.post_line(outside, stock, fresh_world.lot, units)],
            actor=THE_HOUSE, reason=Reason.COUNT, document=None, request_id=new_id(), now=NOW,
        )  # fmt: skip
    tranche = fresh_world.tranche(units, standby_max=STANDBY)
    under_fire = UnderFire(house, tranche)
    under_fire.run(KILLS, random.Random(7))
    assert under_fire.faults == []
    assert len(under_fire.told) > 30
    rows = {row.id: row for row in Claim.objects.filter(tranche=tranche)}
    for id, answer in under_fire.told.items():
        assert (rows[id].state, rows[id].code, rows[id].hold) == answer, id
    holds = [row.hold for row in rows.values() if row.hold is not None]
    assert len(holds) == len(set(holds))
    assert Counter(state for state, _code, _hold in under_fire.told.values()).keys() == {
        "ADMITTED",
        "STANDBY",
        "REFUSED",
    }
    assert {code for state, code, _hold in under_fire.told.values() if state == "REFUSED"} <= {
        "quota-used",
        "already-waiting",
    }
    assert under_fire.turned_away
    assert not [one for one in under_fire.turned_away if one in rows], "what is no answer left no row"
    assert sum(row.units for row in rows.values() if row.state == "ADMITTED") == units, "neither more nor less"
    assert sum(row.state == "STANDBY" for row in rows.values()) == STANDBY
    persons = Counter(bytes(row.person or b"") for row in rows.values() if row.state in ("ADMITTED", "STANDBY"))
    assert set(persons.values()) == {1}
    assert is_sound(tranche)


class UnderFire:
    """
    Clients that send each claim under its id until it is answered, some again afterwards, while the process is killed.

    told         id → (state, code, hold) of the first answer
    turned_away  ids that were told that nothing is left, which is no answer
    """

    def __init__(self, house: ClaimHouse, tranche: UUID) -> None:
        self._house, self._tranche = house, tranche
        self._is_over = threading.Event()
        self._numbers = iter(range(10**7))
        self.told: dict[UUID, tuple[str, str, UUID | None]] = {}
        self.turned_away: set[UUID] = set()
        self.faults: list[str] = []

    def run(self, kills: int, dice: random.Random) -> None:
        clients = [threading.Thread(target=self._send, args=(dice.random(),)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for _ in range(kills):
                self._await_answers(self._answers + CLIENTS)  # so each kill hits a process at work, fast or slow
                time.sleep(dice.uniform(0, 0.3))
                self._house.kill()
                self._house.start()
            given_up_s = time.monotonic() + 60
            while not self.turned_away and time.monotonic() < given_up_s:
                time.sleep(0.01)
        finally:
            self._is_over.set()
            for client in clients:
                client.join(60)

    @property
    def _answers(self) -> int:
        return len(self.told) + len(self.turned_away)

    def _await_answers(self, count: int) -> None:
        given_up_s = time.monotonic() + 60
        while self._answers < count and time.monotonic() < given_up_s:
            time.sleep(0.01)

    def _send(self, seed: float) -> None:
        dice, line = random.Random(seed), None
        while not self._is_over.is_set():
            # One in five is a person who claimed a while ago: their quota, or their place in the line, refuses them.
            serial = next(self._numbers)
            id, number = new_id(), f"K{serial - 20 if serial % 5 == 0 and serial >= 20 else serial:07d}"
            claim = claim_of(id, self._tranche, number, units=1)
            for attempt in range(2 if dice.random() < 0.3 else 1):
                while not self._is_over.is_set():
                    line = line or http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=40)
                    try:
                        status, _headers, body = send_over(line, claim)
                    except (OSError, http.client.HTTPException, ValueError):
                        line.close()
                        line = None
                        time.sleep(0.02)
                        continue
                    if status == 409 and body["error"]["code"] == "release.sold-out":
                        self.turned_away.add(id)
                        break
                    if status != 200:
                        self.faults.append(f"{status} {body} at attempt {attempt}")
                        break
                    answer = (body["state"], body["code"], body["hold"] and UUID(body["hold"]))
                    if self.told.setdefault(id, answer) != answer:
                        self.faults.append(f"{id} got {self.told[id]} and then {answer}")
                    break
        if line is not None:
            line.close()


def test_the_writer_follows_a_drills_clock_and_asks_a_real_book_once(fresh_world: World) -> None:
    stop_the_clock()
    writer = Writer(lambda _outcome: None)
    assert writer._now() == NOW
    BookMark.objects.update(clock_at=NOW + timedelta(hours=1))
    assert writer._now() == NOW + timedelta(hours=1)
    BookMark.objects.update(is_drill=False, clock_at=None)
    assert writer._now() > NOW + timedelta(days=365)
    with CaptureQueriesContext(connection) as asked_now:
        writer._now()
    assert not asked_now.captured_queries


def written(writer: Writer, *claims: ClaimIn) -> list[str]:
    """What became of them in one group: the state and code of an answer, the code of what is no answer."""
    told = [answer for _one, answer in writer._commit([Waiting(one, "", None) for one in claims])]
    return [f"{one.state} {one.code}".strip() if isinstance(one, Answer) else one.code for one in told]


def test_what_is_kept_for_the_telephone_is_refused_without_a_row_and_given_after_the_cut_off(
    fresh_world: World,
) -> None:
    stop_the_clock()
    tranche = fresh_world.tranche(15, reserves=[{"channel": "PHONE", "units": 5, "until": "11:00"}])
    writer, late = Writer(lambda _outcome: None), asked(tranche, "late")
    first = [asked(tranche, f"quick {number}", 4) for number in range(2)]
    assert written(writer, *first) == ["ADMITTED", "ADMITTED"]
    crowd = [asked(tranche, f"person {one}") for one in range(50)]
    assert written(writer, *crowd, late) == ["release.sold-out"] * 51
    assert Claim.objects.filter(tranche=tranche).count() == 2
    assert written(writer, asked(tranche, "modest", 2)) == ["ADMITTED"], "what is left is for smaller claims"
    assert written(writer, asked(tranche, "small", 1)) == ["release.sold-out"]
    BookMark.objects.update(clock_at=NOW + timedelta(hours=1))
    assert written(writer, late) == ["ADMITTED"]
    assert is_sound(tranche)


def test_the_group_that_takes_the_last_unit_leaves_no_row_of_who_came_too_late(fresh_world: World) -> None:
    stop_the_clock()
    tranche = fresh_world.tranche(5)
    writer, had, late = Writer(lambda _outcome: None), asked(tranche, "zhang"), asked(tranche, "li")
    assert written(writer, had, late, late, asked(tranche, "zhang", 4)) == ["ADMITTED", *["release.sold-out"] * 3]
    assert [row.id for row in Claim.objects.all()] == [had.id]
    services.cancel_claim(claim=had.id, actor=fresh_world.lin, now=NOW)
    assert written(writer, late, had) == ["ADMITTED", "CANCELLED"]
    assert is_sound(tranche)


def test_who_may_stand_by_is_not_refused_for_want_of_units_but_beyond_the_last_place_is(fresh_world: World) -> None:
    stop_the_clock()
    tranche, writer = fresh_world.tranche(5, standby_max=2), Writer(lambda _outcome: None)
    group = [asked(tranche, f"person {number}") for number in range(4)]
    assert written(writer, *group) == ["ADMITTED", "STANDBY", "STANDBY", "release.sold-out"]
    assert written(writer, *group[2:]) == ["STANDBY", "release.sold-out"]
    assert written(writer, asked(tranche, "other")) == ["release.sold-out"]
    assert Claim.objects.count() == 3


def test_a_fresh_claim_beside_a_seen_one_of_a_closed_release_is_no_answer(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release is closed between the look and the lock."""
    stop_the_clock()
    release = fresh_world.release()
    tranche = fresh_world.put_out(release, 50)
    writer, seen, fresh = Writer(lambda _outcome: None), asked(tranche, "zhang"), asked(tranche, "li")
    assert written(writer, seen) == ["ADMITTED"]
    services.close_release(release=release, actor=fresh_world.lin, now=NOW)
    monkeypatch.setattr("baogong.release.writer.LOOK_S", 3600)
    writer._looks_again_s = time.monotonic() + 3600
    assert written(writer, seen, fresh) == ["ADMITTED", "release.not-offered"]
    assert written(writer, seen, fresh) == ["ADMITTED", "release.not-offered"], "and the same with a new look"
    assert Claim.objects.count() == 1


def test_what_the_writer_keeps_planned_is_looked_up_by_its_key(fresh_world: World) -> None:
    """A plan made while a table is empty would otherwise read all of it once it is full."""
    stop_the_clock()
    tranche = fresh_world.tranche(10)
    group = [Waiting(asked(tranche, f"person {number}"), "", None) for number in range(3)]
    connection.close()  # the writer opens one of its own kind
    try:
        told = [answer for _one, answer in Writer(lambda _outcome: None)._commit(group)]
        assert [one.state for one in told if isinstance(one, Answer)] == ["ADMITTED", "ADMITTED"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, statement, parameter_types::text[] FROM pg_prepared_statements")
            planned = [row for row in cursor.fetchall() if "release_" in row[1] or "ledger_" in row[1]]
            assert len(planned) > 10
            for name, statement, kinds in planned:
                nothing = f"({', '.join(f'NULL::{kind}' for kind in kinds)})" if kinds else ""
                cursor.execute(f'EXPLAIN EXECUTE "{name}"{nothing}')
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "Seq Scan" not in plan, f"{statement}\n{plan}"
    finally:
        connection.close()
