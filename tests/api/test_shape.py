"""One shape for every answer, and the document in git that says so."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from ninja import Schema

from baogong.api.v1 import errors
from baogong.api.v1.api import SCHEMA_FILE, schema_text
from baogong.kernel.errors import BaogongError, Kind
from baogong.web.pages import STATUS as STATUS_OF_PAGES
from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World, rows_everywhere

DOCUMENT = json.loads(SCHEMA_FILE.read_text())
SHAPE = {"code", "message", "where", "found", "expected", "cure"}
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]


def test_the_schema_in_git_is_what_the_code_says() -> None:
    assert schema_text() == SCHEMA_FILE.read_text(), "run `python -m baogong.api.v1.schema` and commit openapi.json"


def test_the_schema_is_served_to_everyone(client: Client, db: None) -> None:
    response = client.get("/api/v1/openapi.json")
    assert json.loads(b"".join(response.streaming_content)) == DOCUMENT  # type: ignore[attr-defined]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[one[2]["operationId"] for one in OPERATIONS])
def test_each_operation_says_what_it_does_and_every_answer_it_gives(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    noun, _, verb = operation["operationId"].partition("_")
    assert noun
    assert verb
    answers = set(operation["responses"])
    assert {"400", "404", "429", "500"} <= answers
    if "/public/" not in path:
        assert {"401", "403"} <= answers
        assert operation["security"]
    if method == "post":
        assert {"409", "422"} <= answers
        keys = [given for given in operation["parameters"] if given["name"] == "Idempotency-Key"]
        assert [key["required"] for key in keys] == [True]
    for status in answers - {"200", "201"}:
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorOut"}


def unbounded(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Where a request may bring a text, a number or a list of any length."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from unbounded(DOCUMENT["components"]["schemas"][name], name)
        return
    for option in schema.get("anyOf", []):
        yield from unbounded(option, where)
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, f"{where}.{name}")
    for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("prefixItems", [])):
        if isinstance(inner, dict):
            yield from unbounded(inner, f"{where}[]")
    kind, says = schema.get("type"), set(schema)
    if kind == "string" and not says & {"maxLength", "format", "enum", "const", "pattern"}:
        yield where
    if kind in ("integer", "number") and not says & {"maximum", "exclusiveMaximum"}:
        yield where
    if kind == "array" and "maxItems" not in says:
        yield where


def test_every_shape_has_a_name_of_its_own() -> None:
    """The document holds one shape under a name: of two it would show the later one for both."""
    made: dict[str, list[str]] = defaultdict(list)
    for name, module in list(sys.modules.items()):
        if name.startswith("baogong.api.v1"):
            for shape in vars(module).values():
                if isinstance(shape, type) and issubclass(shape, Schema) and shape.__module__ == name:
                    made[shape.__name__].append(name)
    assert {shape: modules for shape, modules in made.items() if len(modules) > 1} == {}


def test_no_request_brings_more_than_the_document_says() -> None:
    found = set()
    for _method, path, operation in OPERATIONS:
        for given in operation.get("parameters", []):
            found |= set(unbounded(given["schema"], f"{path} {given['name']}"))
        for content in operation.get("requestBody", {}).get("content", {}).values():
            found |= set(unbounded(content["schema"], path))
    found -= {"ItemIn.daily_use"}  # a decimal as text: its digits are counted, which the document cannot say
    assert sorted(found) == [], "give the field a type of baogong/api/v1/fields.py"


def test_every_kind_of_refusal_has_one_status_the_same_as_on_the_pages() -> None:
    assert set(errors.STATUS) == set(Kind)
    assert errors.STATUS == STATUS_OF_PAGES


@pytest.mark.parametrize("kind", list(Kind))
def test_a_refusal_of_any_kind_leaves_in_the_one_shape(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    refusal = BaogongError("No.", where="here", found=3, expected=[1, 2], cure="Try 1.", left_packs=2)
    monkeypatch.setattr(refusal, "kind", kind, raising=False)

    def refuse(*_: Any, **__: Any) -> None:
        raise refusal

    monkeypatch.setattr("baogong.supply.queries.stock_board", refuse)
    answer = Api(token_for(world.cast.lin)).get("/stock", status=errors.STATUS[kind])
    assert answer == {
        "error": {
            "code": "kernel.refused",
            "message": "No.",
            "where": "here",
            "found": 3,
            "expected": [1, 2],
            "cure": "Try 1.",
            "left_packs": 2,
        }
    }


def test_addresses_methods_and_bodies_that_make_no_sense_are_refused_in_the_one_shape(world: World) -> None:
    api = Api(token_for(world.cast.lin))
    key = {"Idempotency-Key": str(uuid4())}
    before = rows_everywhere()
    answers = [
        (404, api.client.get("/api/v1/nothing")),
        (404, api.client.get("/api/v1/")),
        (405, api.client.delete("/api/v1/needs")),
        (400, api.client.post("/api/v1/needs", "{", content_type="application/json", headers=key)),
        (400, api.client.post("/api/v1/needs", "[]", content_type="application/json", headers=key)),
        (400, api.client.post("/api/v1/needs", {}, content_type="application/json")),
        (400, api.client.post("/api/v1/needs", {}, content_type="application/json", headers={"Idempotency-Key": "7"})),
        (400, api.client.get("/api/v1/needs", {"limit": "100000"})),
        (400, api.client.get("/api/v1/needs", {"after": "first"})),
        (404, api.client.get(f"/api/v1/needs/{uuid4()}")),
        (404, api.client.get("/api/v1/items/no-such-thing")),
        (400, api.client.post("/api/v1/imports", {"kind": "stock"}, headers=key)),
    ]
    for status, response in answers:
        assert response.status_code == status, response.content
        assert set(response.json()["error"]) >= SHAPE, response.content
        assert response.headers["Content-Type"].startswith("application/json")
        assert response.headers["Cache-Control"] == "no-store"
    after = rows_everywhere()
    watched = ("people_linkuse", "people_pace")
    assert {name: count for name, count in after.items() if name not in watched} == {
        name: count for name, count in before.items() if name not in watched
    }


def test_an_unusable_field_is_named_with_what_was_met_and_what_is_allowed(world: World) -> None:
    api = Api(token_for(world.cast.lin))
    refused = api.post(
        "/needs", {"receiver": str(world.cast.hospital), "item": "n95-mask", "quantity": 0, "urgency": 9}, status=400
    )["error"]
    assert refused["code"] == "api.unusable-request"
    assert [(field["where"], field["found"]) for field in refused["fields"]] == [
        ("body.quantity", 0),
        ("body.urgency", 9),
    ]


def test_a_list_is_read_page_by_page_without_gap_or_repeat(world: World) -> None:
    api = Api(token_for(world.cast.lin))
    whole = api.get("/items", limit=500)
    assert whole["next"] is None
    pages: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        page = api.get("/items", limit=7, **after)
        pages += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == whole["items"]
    assert len({item["id"] for item in pages}) == len(pages) > 7


def test_half_a_character_is_refused_where_it_stands_and_nan_is_no_number(world: World) -> None:
    api = Api(token_for(world.cast.lin))
    key = {"Idempotency-Key": str(uuid4())}
    before = rows_everywhere()
    asked = '{"receiver": "x", "lines": [{"note": "a\\ud800b"}]}'
    answer = api.client.post("/api/v1/needs", asked, content_type="application/json", headers=key)
    assert answer.status_code == 400
    refused = answer.json()["error"]
    assert (refused["code"], refused["where"], refused["found"]) == (
        "kernel.unwritable-text",
        "body.lines.0.note",
        "U+D800",
    )
    for body in ('{"quantity": NaN}', '{"quantity": 1e999}', "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"):
        answer = api.client.post("/api/v1/needs", body, content_type="application/json", headers=key)
        assert answer.status_code == 400, body[:40]
        assert set(answer.json()["error"]) >= SHAPE
    many = api.client.get("/api/v1/needs?" + "&".join(f"a{number}=1" for number in range(1_001)))
    broken = api.client.post("/api/v1/imports", b"--x\r\n", content_type="multipart/form-data", headers=key)
    nul = api.client.get("/api/v1/documents?kind=%00")
    for answer in (many, broken, nul):
        assert answer.status_code == 400
        assert set(answer.json()["error"]) >= SHAPE
    watched = ("people_linkuse", "people_pace")
    assert {name: count for name, count in rows_everywhere().items() if name not in watched} == {
        name: count for name, count in before.items() if name not in watched
    }


def test_a_defect_names_the_operation_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("baogong.needs.queries.need", fail)
    api = Api(token_for(world.cast.lin))
    api.client.raise_request_exception = False
    refused = api.get(f"/needs/{uuid4()}", status=500)["error"]
    assert refused["where"] == "GET /api/v1/needs/<need>"
    assert "RuntimeError" not in str(refused)
