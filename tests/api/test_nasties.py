"""Every field of every operation, as openapi.json names them, meets what careless and hostile programs send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from baogong.api.v1 import access
from baogong.api.v1.access import Caller
from baogong.api.v1.api import SCHEMA_FILE
from baogong.freight import queries as freight
from baogong.journal import queries as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.queries.access import log_ins
from baogong.supply import queries as supply
from tests.apps.freight.world import NOW
from tests.nasties import TEXTS, UNKNOWN, VALUES, asked, rows, short, some
from tests.web.command.conftest import Stage, give, make_stage
from tests.web.visits import make_world_in_drill

DOCUMENT: dict[str, Any] = json.loads(SCHEMA_FILE.read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    is_form: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def operations() -> list[Operation]:
    found = []
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            schema = next((kind["schema"] for kind in content.values()), None)
            parameters = tuple(told.get("parameters", ()))
            found.append(Operation(method, path, parameters, schema, "multipart/form-data" in content))
    return found


OPERATIONS = operations()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself: without names, and of a choice the first that says something."""
    while True:
        if "$ref" in schema:
            schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
        elif "anyOf" in schema or "allOf" in schema:
            options = schema.get("anyOf") or schema["allOf"]
            schema = next(option for option in options if option.get("type") != "null")
        else:
            return schema


def sample(schema: dict[str, Any], name: str, known: dict[str, Any]) -> Any:
    """Something of this shape; a name that stands for something in the book gets that."""
    schema = resolved(schema)
    if name in known:
        return known[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            if "properties" in schema:
                return {field: sample(part, field, known) for field, part in schema["properties"].items()}
            return {}
        case "array":
            if "prefixItems" in schema:
                return [[sample(part, name.rstrip("s"), known) for part in schema["prefixItems"]]]
            return [sample(schema.get("items", {}), name.removesuffix("s"), known)]
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return False
    text = {
        "uuid": str(UNKNOWN),
        "date": "2020-02-01",
        "date-time": "2020-02-01T08:00:00Z",
        "time": "08:00:00",
    }.get(schema.get("format", ""), "some words")
    return text[: schema.get("maxLength", 99)]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body where something stands, the branches too."""
    if place:
        yield place
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*place, name))


def with_at(value: Any, place: tuple[Any, ...], put: Any) -> Any:
    """A copy of the body with `put` at that place."""
    if not place:
        return put
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = with_at(value[place[0]], place[1:], put)
    return copy


def nasties_for(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """What is worth trying where a value of this sort stands."""
    schema = resolved(schema) if schema else {}
    names: tuple[str, ...]
    if isinstance(value, dict | list):
        names = ("null", "words", "number 10^30", "list", "object")
    elif schema.get("type") in ("integer", "number"):
        names = ("number 10^30", "number -1", "float", "words", "null", "yes", "10^30", "minus")
    elif "date" in schema.get("format", ""):
        names = ("year 9999", "year 1", "no zone", "empty", "words", "number 10^30", "null")
    elif schema.get("format") or "enum" in schema or "const" in schema or schema.get("type") == "boolean":
        names = ("unknown", "NUL", "surrogate", "words", "empty", "number 10^30", "null")
    else:
        names = ("NUL", "surrogate", "empty", "long", "number -1", "null", "list")
    return {name: VALUES[name] for name in names}


def schema_at(schema: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    for step in place:
        schema = resolved(schema)
        if isinstance(step, int):
            schema = schema["prefixItems"][step] if "prefixItems" in schema else schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(step, schema.get("additionalProperties", {}))
    return schema


def value_at(body: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        body = body[step]
    return body


def bounds(schema: dict[str, Any]) -> list[Any]:
    """The largest values that the document itself allows there: they must be no trouble either."""
    schema = resolved(schema) if schema else {}
    found: list[Any] = []
    if "maximum" in schema:
        found.append(schema["maximum"])
    if schema.get("type") == "string" and "format" not in schema and 0 < schema.get("maxLength", 0) <= 2_000:
        found.append("长" * schema["maxLength"])
    return found


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The relay on its way; whoever shows a token may do everything, without the book being asked each time."""
    stage = make_stage(make_world_in_drill())
    give(stage.world)
    lin = next(login for login in log_ins(now=NOW) if login.username == "lin")
    everybody = Actor(lin.person, "Lin", {duty: frozenset() for duty in Duty})
    caller = Caller(lin.id, everybody, NOW)
    monkeypatch.setattr(access.Token, "authenticate", lambda self, request, token: caller)
    monkeypatch.setattr(access, "take", lambda **_: 1)
    return stage


def known_in(stage: Stage) -> dict[str, Any]:
    """What the names in paths and bodies stand for in this book."""
    world, truck = stage.world, stage.truck
    (gift,) = supply.gifts(giver=world.team)
    (balance, *_) = book.balances(holders=[world.langfang])
    by_name: dict[str, UUID] = {
        "item": world.masks,
        "need": stage.suits,
        "other": stage.masks,
        "share": stage.later_share,
        "plan": stage.share,
        "convoy": stage.replan,
        "waybill": truck.id,
        "gift": gift.id,
        "document": journal.documents(limit=1)[0].id,
        "lot": balance.lot.id,
        "line": freight.waybill(truck.id, now=NOW).lines[0].id,
        **dict.fromkeys(("receiver", "target", "kept"), world.hospital),
        **dict.fromkeys(("site", "origin", "party", "decided_by"), world.langfang),
        **dict.fromkeys(("donor", "trustee", "supplier", "buyer", "consignor", "merged", "by"), world.team),
        "community": world.office,
    }
    return {name: str(value) for name, value in by_name.items()}


def is_refused(answer: Any) -> bool:
    return bool(answer.status_code >= 400)


class Sender:
    def __init__(self, known: dict[str, Any]) -> None:
        self.client = Client(raise_request_exception=False, headers={"Authorization": "Bearer one"})
        self.known = known

    def send(self, operation: Operation, body: Any, **changed: Any) -> Any:
        """`changed`: parameters by their names; the others are what the book knows."""
        path, query = operation.path, {}
        for parameter in operation.parameters:
            name, place = parameter["name"], parameter["in"]
            if place == "path":
                value = changed.get(name, sample(parameter["schema"], name, self.known))
                path = path.replace(f"{{{name}}}", _in_address(value))
            elif place == "query" and name in changed:
                query[name] = changed[name]
        headers = {"Idempotency-Key": changed.get("Idempotency-Key", str(new_id()))}
        if operation.method == "get":
            return self.client.get(path, query, headers=headers)
        if operation.is_form:
            return self.client.post(path, body, headers=headers)
        return self.client.generic(
            operation.method, path, json.dumps(body), content_type="application/json", headers=headers
        )


def _in_address(value: str | int) -> str:
    return quote(str(value).encode("utf-8", "replace"), safe="") or "%20"


@pytest.mark.sampled
def test_every_field_of_every_operation_refuses_what_makes_no_sense(stage: Stage, is_whole: bool) -> None:
    """No answer is a 500; every refusal has the one shape, and has written nothing."""
    sender, known = Sender(known_in(stage)), known_in(stage)
    troubles: list[str] = []
    sent = 0

    def look(operation: Operation, what: str, body: Any, /, **changed: Any) -> None:
        nonlocal sent
        sent += 1
        answer = asked(lambda: sender.send(operation, body, **changed), is_refused)
        if answer.status_code >= 500:
            troubles.append(f"{operation.name} {what}: {answer.status_code}")
        elif is_refused(answer) and not {"code", "message", "where", "cure"} <= set(answer.json()["error"]):
            troubles.append(f"{operation.name} {what}: {answer.content[:200]!r}")

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the end of each transaction, in the house
    before = rows()
    for operation in OPERATIONS:
        body = sample(operation.body, "", known) if operation.body else None
        for parameter in operation.parameters:
            if parameter["in"] == "cookie":
                continue
            for nasty, value in some(TEXTS, f"{operation.name} {parameter['name']}", is_whole):
                look(operation, f"{parameter['name']}={nasty}", body, **{parameter["name"]: value})
        if operation.is_form or operation.body is None:
            continue
        for nasty, value in some(VALUES, operation.name, is_whole, 3):
            look(operation, f"body={nasty}", value)
        for place in places(body):
            schema = schema_at(operation.body, place)
            for nasty, value in some(nasties_for(schema, value_at(body, place)), f"{operation.name} {place}", is_whole):
                look(operation, f"{place}={nasty}", with_at(body, place, value))
            for most in bounds(schema):
                look(operation, f"{place} at its bound {short(most)}", with_at(body, place, most))
        after = rows()
        if after != before:
            grown = {table: after[table] - before[table] for table in after if after[table] != before[table]}
            troubles.append(f"{operation.name}: a refused request wrote {grown}")
            before = after
    assert not troubles, f"{len(troubles)} of {sent}:\n" + "\n".join(troubles)
    assert sent > (3_000 if is_whole else 800)
