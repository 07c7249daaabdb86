"""
A running house, people typed in on every road, and then a search for them in all that leaves it without a key.

The pages, the claim path and the programs' door are visited over HTTP; lists are read as an office reads them. What
`baogong backup` wrote is unpacked, and looked through with the logs, the terminal, the addresses and the refusals.

Not looked for is the name of a proxy: whoever signs for somebody else's goods signs by name, and the evidence keeps it.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import secrets
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from baogong.config.runtime import LocalRuntime
from baogong.journal.clock import mark_drill
from baogong.journal.models import ImportRun, Outgoing
from baogong.journal.services import sign
from baogong.journal.services.imports import apply
from baogong.kernel.ids import new_id
from baogong.people.models import Party, PersonalDatum
from baogong.release import services
from baogong.release.models import Claim, ContactUnderway, DrawEntry, VerifiedAddress, WinnerList
from tests.api.conftest import token_for
from tests.apps.release.claim_house import claim_of, send_over
from tests.apps.release.test_draws import announced
from tests.apps.release.test_lists import row
from tests.apps.release.test_winners import as_file, line, number, read, second
from tests.apps.release.world import NOW, World, make_world
from tests.cast import PASSWORD, make_cast
from tests.config.conftest import eventually
from tests.config.house import BAOGONG, House
from tests.config.in_clear import Needles, tables_of
from tests.web.release.visitors import code_on, press, register
from tests.web.visits import form_of, send
from tests.web.visits import read as look

ROADS = (
    "page", "page refused", "pickup", "path", "path refused", "counter", "telephone", "program", "claims list",
    "list not applied", "winners list", "draw page", "draw list", "identity desk",
)  # fmt: skip
ADDRESSES = ("address list",)
PATIENCE_S = 60


@dataclass(frozen=True)
class Typed:
    """One person, as typed on one road; nobody has these numbers."""

    number: str
    phone: str
    name: str
    address: str


def typed(road: str) -> Typed:
    serial = (ROADS + ADDRESSES).index(road)
    return Typed(
        number=number(700 + serial),
        phone=f"1397700{serial:02d}{serial * 37 % 100:02d}",
        name="欧阳" + "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"[serial] + "望舒",
        address=f"望春花街{731 + serial}号丁单元{1400 + serial}室",
    )


def everybody() -> dict[str, str]:
    """What it is of → what was typed, of every road."""
    people = {f"{road}: {what}": text for road in ROADS + ADDRESSES for what, text in vars(typed(road)).items()}
    dates = {f"{road}: birth and serial": typed(road).number[6:17] for road in ROADS}
    return people | dates


@dataclass
class Seen:
    """All that was asked and told over HTTP."""

    addresses: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    status_code: int
    headers: Message
    content: bytes


class Visitor:
    """A browser without scripts, with the parts of Django's test client that the pages' tests use; a program with a token."""

    def __init__(self, house: str, seen: Seen, token: str = "") -> None:
        self._house, self._seen = urlsplit(house), seen
        self._cookies = {"baogong_language": "en"}
        self._token = token

    def get(self, path: str) -> Told:
        return self._ask("GET", path, None, {})

    def post(self, path: str, form: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Told:
        if not self._token and "csrftoken" not in self._cookies:
            self.get("/log-in/")
        said = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._ask("POST", path, urlencode({name: str(value) for name, value in form.items()}).encode(), said)

    def send(self, path: str, document: Mapping[str, Any]) -> Told:
        said = {"Content-Type": "application/json", "Idempotency-Key": str(new_id())}
        return self._ask("POST", f"/api/v1{path}", json.dumps(document).encode(), said)

    def log_in(self, name: str) -> Any:
        assert self.post("/log-in/", {"username": name, "password": PASSWORD}).status_code == 302
        return self

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Told:
        assert self._house.hostname is not None
        connection = http.client.HTTPConnection(self._house.hostname, self._house.port, timeout=PATIENCE_S)
        said = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), **headers}
        if "csrftoken" in self._cookies:
            said["X-CSRFToken"] = self._cookies["csrftoken"]
        if self._token:
            said = {**headers, "Authorization": f"Bearer {self._token}"}
        connection.request(method, path, body, said)
        answer = connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
        connection.close()
        self._seen.addresses += [path, answer.headers.get("Location", "")]
        if answer.status >= 400:
            self._seen.refusals.append(content.decode(errors="replace"))
        self._seen.answers.append(content.decode(errors="replace"))
        return Told(answer.status, answer.headers, content)


@dataclass(frozen=True)
class Evening:
    """What the house has left behind when everybody was served."""

    base: Path
    env: Mapping[str, str]
    seen: Seen
    claimants: Mapping[str, UUID]

    def backup(self) -> Path:
        """As the runbook says it is made: the command, in a process of its own, while the house runs or after."""
        file = self.base / f"{secrets.token_hex(4)}.backup"
        keys = file.with_suffix(".keys")
        done = subprocess.run(
            [BAOGONG, "backup", str(file), "--keys", str(keys), "--json"],
            env=os.environ | dict(self.env), capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        assert json.loads(done.stdout)["verified"] is True
        return file

    def spoken(self) -> dict[str, bytes]:
        """File → what the house, its server, its worker and its claim path wrote into logs and onto the terminal."""
        files = [*(self.base / "book" / "log").iterdir(), self.base / "stdout", self.base / "terminal"]
        return {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def evening(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Evening]:
    base = Path(os.environ["BAOGONG_TEST_FOLDER"]) / f"in clear {secrets.token_hex(4)}"
    base.mkdir(mode=0o711)
    names, env = ("SECRET_KEY", "BAOGONG_TAG_KEY", "BAOGONG_CIPHER_KEY"), {"BAOGONG_HOME": str(base)}
    before, keys = dict(os.environ), {name: getattr(settings, name) for name in names}
    os.environ.update(env)
    try:
        with django_db_blocker.unblock(), LocalRuntime().book():
            yield _spent(base, env)
    finally:
        os.environ.clear()
        os.environ.update(before)
        for name, value in keys.items():
            setattr(settings, name, value)


def _spent(base: Path, env: Mapping[str, str]) -> Evening:
    mark_drill(name="in clear", at=NOW)
    world = make_world(make_cast(), stock=2_000)
    seen, house = Seen(), House(base)
    try:
        claimants = _serve(world, house.until_open(), seen)
    finally:
        house.process.terminate()
        house.wait()
        (base / "terminal").write_text(house.said)
        assert house.process.stderr is not None
        house.process.stderr.close()
    services.keep_contacts(now=NOW)
    assert not ContactUnderway.objects.exists()
    return Evening(base, env, seen, claimants)


def _serve(world: World, address: str, seen: Seen) -> dict[str, UUID]:
    """Somebody on each road, the refusals each road can give, and what follows a claim; road → claim."""
    release = world.release()
    tranche = world.put_out(release, 200)
    counter = world.put_out(world.release(code="pickup", fulfilment="PICKUP"), 20)
    claims: dict[str, UUID] = {}

    def come() -> Any:
        return Visitor(address, seen)

    def walk(client: Any, road: str, where: UUID = tranche, base: str = "", press_it: bool = True) -> str:
        who = typed(road)
        register(client, where, base, who.number, name=who.name, phone=who.phone, address=who.address)
        if not press_it:
            return ""
        claims[road], page = press(client, where, base)
        return page

    # The house's own page: served, refused by quota, and a number that is none.
    walk(come(), "page")
    again = come()
    who = typed("page refused")
    walk(again, "page refused")
    other = come()
    register(other, tranche, "", who.number, name=who.name, phone=who.phone, address=who.address)
    refused, _page = press(other, tranche)
    assert Claim.objects.get(id=refused).code == "quota-used"
    here = f"/offers/{tranche}/step/1/"
    wrong = who.number[:-1] + ("1" if who.number[-1] != "1" else "2")
    other.post(here, {"document": "RESIDENT_ID", "number": wrong}, {"Referer": address + here})
    seen.refusals.append(look(other, here))
    code = code_on(walk(come(), "pickup", counter))

    # The clerk at the counter and on the telephone; the pickup desk, with wrong and right last four.
    clerk, desk = come().log_in("wu of 广安"), f"/release/desk/{tranche}/"
    for road, channel in (("counter", "CLERK"), ("telephone", "PHONE")):
        send(clerk, desk, {"channel": channel})
        walk(clerk, road, base=desk)
    number_of_pickup = typed("pickup").number
    back = {"Referer": f"{address}/release/pickup/"}
    clerk.post("/release/pickup/", {"code": code, "last_four": "000X"}, back)
    page = send(clerk, "/release/pickup/", {"code": code, "last_four": number_of_pickup[-4:]})
    send(clerk, f"/release/pickup/{claims['pickup']}/", form_of(page, taker="claimant"))
    assert Claim.objects.get(id=claims["pickup"]).state == "HANDED_OVER"

    # Programs: the door for them, and the claim path in its own process.
    program = Visitor(address, seen, token_for(world.wu))
    who = typed("program")
    claimant = {"document": "RESIDENT_ID", "number": who.number, "phone": who.phone, "address": who.address}
    claimant["name"] = who.name
    made = program.send(f"/releases/tranches/{tranche}/claims", {"units": 5, "claimant": claimant})
    claims["program"] = UUID(json.loads(made.content)["id"])
    for changed in ({"number": wrong}, {"document": "LICENCE"}, {"phone": who.phone * 9}, {"number": [who.number]}):
        told = program.send(f"/releases/tranches/{tranche}/claims", {"units": 5, "claimant": claimant | changed})
        assert 400 <= told.status_code < 500, told.content
    listed = program.get(f"/api/v1/releases/{release}/tranches")
    port = json.loads(listed.content)["items"][0]["claims_port"]
    _by_path(port, tranche, seen, claims)

    # Lists: of claims, of winners under two signatures, of entrants, of addresses; one that is only previewed.
    chosen = world.release(code="chosen", mode="IMPORTED")
    world.put_out(chosen, 20)
    drawn = world.put_out(world.release(code="drawn", mode="DRAW"), 20)
    announced(world, drawn)
    who = typed("winners list")
    winners = line(0, 投放代号="chosen", 证件号码=who.number, 手机号=who.phone, 姓名=who.name, 签署人数=1, 签署数量=5)
    office, brought = come().log_in("lin of 广安"), f"/release/office/{chosen}/winners/"
    told = office.post(brought, {"text": as_file([winners]).decode()})
    assert told.status_code == 302, told.content
    send(office, f"{told.headers['Location']}apply/", {})
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    claims["winners list"] = Claim.objects.get(tranche__release=chosen, state="ADMITTED").id
    lists: tuple[tuple[str, str, dict[str, object]], ...]
    lists = (
        ("claims", "claims list", {"领取数量": 5}),
        ("entrants", "draw list", {"投放代号": "drawn"}),
        ("claims", "list not applied", {"领取数量": 5}),
    )
    for kind, road, more in lists:
        who = typed(road)
        data = as_file([row(0, 证件号码=who.number, 手机号=who.phone, 姓名=who.name, 收货地址=who.address, **more)])
        run = read(world, kind, data)
        assert [one.outcome.status for one in run.lines] == ["ADDED"], run.lines
        if road != "list not applied":
            apply(run=run.id, actor=world.wu, now=NOW)
    claims["claims list"] = Claim.objects.get(channel="IMPORT", tranche=tranche).id
    place: dict[str, object] = {
        "投放单位": "广安疫情防控指挥部",
        "收货地址": typed("address list").address,
        "地区代码": "511602",
    }
    apply(run=read(world, "addresses", as_file([place])).id, actor=world.wu, now=NOW)

    # The draw's own page.
    entrant, here = come(), f"/offers/{drawn}/enter/"
    walk(entrant, "draw page", drawn, press_it=False)
    send(entrant, here, form_of(look(entrant, here)))

    # The desk for documents finds one by its last four.
    keeper, who = come().log_in("wu"), typed("identity desk")
    kept = {"act": "keep", "person": "Tao", "number": who.number, "kind": "RESIDENT", "purpose": "booking"}
    send(keeper, "/identity/", kept)
    found = keeper.post(
        "/identity/",
        {"act": "look_up", "last_four": who.number[-4:], "purpose": "booking", "why": "stands at the counter"},
    )
    assert b"Tao" in found.content
    # The claimants are told; nothing is sent, as the house has no gateway.
    services.accept_claims(claims=[claims[one] for one in ("page", "counter", "telephone")], actor=world.wu, now=NOW)
    return claims


def _by_path(port: int, tranche: UUID, seen: Seen, claims: dict[str, UUID]) -> None:
    path = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    eventually(lambda: _is_open(path))  # it is the last of the house's processes to start
    for road in ("path", "path refused"):
        who, claims[road] = typed(road), new_id()
        whole = claim_of(
            claims[road], tranche, who.number, document="RESIDENT_ID", name=who.name, phone=who.phone, address=who.address,
            device=f"device of {who.name}",
        )  # fmt: skip
        status, _headers, told = send_over(path, whole)
        assert (status, told["state"]) == (200, "ADMITTED"), told
        seen.answers.append(json.dumps(told, ensure_ascii=False))
    for changed in ({"id": str(new_id())}, {"id": str(new_id()), "number": who.number[:-1] + "?"}, {"units": who.number},
                    {"document": who.name}, {who.number: who.name}, {"tranche": who.phone}):  # fmt: skip
        status, _headers, told = send_over(path, {**whole, **changed})
        seen.refusals.append(json.dumps(told, ensure_ascii=False))
        assert status >= 400 or told["code"] == "quota-used", told
    status, _headers, told = send_over(path, json.dumps(whole, ensure_ascii=False).encode()[:-3])
    assert status == 400
    seen.refusals.append(json.dumps(told, ensure_ascii=False))
    path.close()


def _is_open(path: http.client.HTTPConnection) -> bool:
    try:
        return send_over(path, b"{}")[0] == 400
    except (OSError, http.client.HTTPException):
        path.close()
        return False


def test_everybody_who_was_typed_is_in_the_book(evening: Evening) -> None:
    """Or nothing of what follows would mean anything."""
    for road, claim in evening.claimants.items():
        found = Claim.objects.get(id=claim)
        assert found.person is not None, road
        assert found.state != "REFUSED", road
    kept = PersonalDatum.objects.filter(cipher__isnull=False)
    assert set(kept.values_list("what", flat=True)) == {"DOCUMENT", "PHONE", "NAME", "ADDRESS", "LANGUAGE"}
    claimed = set(ROADS) - {"list not applied", "draw page", "draw list", "identity desk"}
    assert set(evening.claimants) == claimed
    assert kept.filter(what="DOCUMENT").count() >= len(claimed) - 1
    assert DrawEntry.objects.count() == 2
    assert VerifiedAddress.objects.count() == 1
    assert ImportRun.objects.filter(state="PREVIEWED").count() == 1
    assert Outgoing.objects.exists()
    assert len(evening.seen.refusals) >= 12


def test_a_backup_tells_nothing_of_them(evening: Evening) -> None:
    backup = evening.backup()
    tables = tables_of(backup)
    for table in ("release_claim", "people_personaldatum", "journal_outgoing", "journal_importline", "django_session",
                  "release_drawentry", "release_winner", "journal_event", "journal_evidence"):  # fmt: skip
        assert tables[table].strip(), f"{table} is empty: nothing was looked through"
    assert Needles(everybody()).found_in_dump(backup) == set()


def test_no_log_address_or_refusal_tells_of_them(evening: Evening) -> None:
    needles, spoken = Needles(everybody()), evening.spoken()
    assert {"site.log", "worker.log", "claims.log", "postgres.log"} <= set(spoken)
    assert {name: needles.found_in(content) for name, content in spoken.items()} == {name: set() for name in spoken}
    assert len(evening.seen.addresses) > 60
    assert needles.found_in("\n".join(evening.seen.addresses).encode()) == set()
    assert needles.found_in("\n".join(evening.seen.refusals).encode()) == set()
    numbers = Needles({of: text for of, text in everybody().items() if of.endswith(": number")})
    assert numbers.found_in("\n".join(evening.seen.answers).encode()) == set(), "not even one's own page repeats it"


def test_the_search_finds_what_somebody_plants_in_clear(evening: Evening) -> None:
    """One text on each way a careless column could keep it; after the searches above, as it stays."""
    party = Claim.objects.get(id=evening.claimants["page"]).claimant_id
    assert party is not None
    run = ImportRun.objects.filter(state="APPLIED").first()
    assert run is not None
    ImportRun.objects.filter(id=run.id).update(file=gzip.compress(typed("path").address.encode("gb18030")))
    Party.objects.filter(id=party).update(note=f"tel. {typed('page').phone}")
    Claim.objects.filter(id=evening.claimants["path"]).update(
        content=sha256(typed("path").number.encode()).digest(), region=""
    )
    spelled = {
        "base64": b64encode(b"x" + typed("counter").name.encode()).decode(),
        "hex": typed("telephone").address.encode("utf-16-le").hex(),
        "json": json.dumps({"name": typed("program").name}),
        "plain": typed("draw list").number.lower(),
    }
    Outgoing.objects.update(payload=spelled)
    found = Needles(everybody()).found_in_dump(evening.backup())
    assert found == {
        ("journal_importrun", "path: address"),
        ("people_party", "page: phone"),
        ("release_claim", "path: number"),
        ("journal_outgoing", "counter: name"),
        ("journal_outgoing", "telephone: address"),
        ("journal_outgoing", "program: name"),
        ("journal_outgoing", "draw list: number"),
        ("journal_outgoing", "draw list: birth and serial"),
    }
    log = evening.base / "book" / "log" / "site.log"
    with log.open("a", encoding="utf-8") as lines:
        lines.write(f"POST /offers/?name={typed('pickup').name}\n")
    assert Needles(everybody()).found_in(evening.spoken()["site.log"]) == {"pickup: name"}
    assert not re.search(rb"password", log.read_bytes(), re.IGNORECASE)
