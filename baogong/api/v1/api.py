"""The API as one thing: its routers, its doors, its addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, re_path, reverse
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.parser import Parser

from baogong.api.v1 import (
    bulletins,
    carriage,
    communities,
    convoys,
    courier,
    crew,
    crew_calls,
    crew_inside,
    crew_keep,
    documents,
    errors,
    gifts,
    houses,
    imports,
    items,
    lessons,
    loans,
    money,
    movements,
    needs,
    orders,
    packs,
    parcels,
    parties,
    places,
    plans,
    public,
    purchases,
    rehearsals,
    releases,
    replays,
    rounds,
    shares,
    shops,
    shuttles,
    sites,
    sourcing,
    stock,
    tasks,
    telephones,
    tower,
    trust,
    waybills,
    ways,
    webhooks,
    weighing,
)
from baogong.api.v1.access import Session, Token
from baogong.kernel.text import refuse_unwritable

URLS = "api-v1"
SCHEMA_FILE = Path(__file__).with_name("openapi.json")


class Json(Parser):
    """JSON as the standard has it, with nothing that the book cannot hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = json.loads(request.body, parse_constant=_not_in_the_standard)
        if request.path != reverse(f"{URLS}:courier_sync"):  # a telephone's acts are judged one by one
            refuse_unwritable(body, "body")
        return body


def _not_in_the_standard(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


class Api(NinjaAPI):
    """Ninja's own errors leave out the value that was met; a refusal here names it."""

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        error = super().validation_error_from_error_contexts(error_contexts)
        met = [part for context in error_contexts for part in context.pydantic_validation_error.errors()]
        for part, found in zip(error.errors, met, strict=True):
            part["input"] = found["input"]
        return error


api = Api(
    title="Baogong 保供",
    version="1",
    description=(
        "Who needs what, who gets what, how it travels, who signed. Times are UTC; amounts are whole base units of the"
        ' item; every changing request bears an Idempotency-Key; every refusal is {"error": {…}}.'
    ),
    urls_namespace=URLS,
    auth=[Token(), Session()],
    parser=Json(),
    docs_url=None,
    openapi_url=None,
)
errors.install(api)
for prefix, room in (
    ("/items", items),
    ("/parties", parties),
    ("", sites),
    ("", stock),
    ("/gifts", gifts),
    ("/carriage", carriage),
    ("/needs", needs),
    ("", trust),
    ("", houses),
    ("", communities),
    ("", places),
    ("", packs),
    ("", weighing),
    ("/loans", loans),
    ("/crew", crew),
    ("/crew", crew_calls),
    ("/crew", crew_inside),
    ("/crew", crew_keep),
    ("/delivery", parcels),
    ("/delivery", shuttles),
    ("/delivery", rounds),
    ("/delivery", telephones),
    ("/delivery", ways),
    ("/orders", orders),
    ("/shops", shops),
    ("/lessons", lessons),
    ("/rehearsals", rehearsals),
    ("/releases", releases),
    ("/plans", plans),
    ("/shares", shares),
    ("/money", money),
    ("/money", purchases),
    ("/sourcing", sourcing),
    ("/convoys", convoys),
    ("/waybills", waybills),
    ("/webhooks", webhooks),
    ("", movements),
    ("/imports", imports),
    ("/documents", documents),
    ("/tasks", tasks),
    ("/tower", tower),
    ("/bulletins", bulletins),
    ("/tower", replays),
    ("/public", public),
    ("/courier", courier),
):
    api.add_router(prefix, room.router)


def schema_text() -> str:
    """The OpenAPI document as it stands in git."""
    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
    errors.add_refusals(document)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def schema(request: HttpRequest) -> FileResponse:
    return FileResponse(SCHEMA_FILE.open("rb"), content_type="application/json")


def _in_one_shape(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A wrong method is refused in the one shape too."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == errors.NOT_OFFERED and "Allow" in response.headers:
            return errors.not_offered(request, response.headers["Allow"])
        return response

    inner.csrf_exempt = True  # type: ignore[attr-defined]  # ninja checks it where a session asks
    return inner


def _patterns() -> list[URLPattern]:
    # Ninja's own "api-root" answers nothing but a page's 404.
    found = [each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"]
    for pattern in found:
        pattern.callback = _in_one_shape(pattern.callback)
    return [path("openapi.json", schema, name="schema"), *found, re_path(r"", errors.no_such_address)]


urls = (_patterns(), "api-v1", "api-v1")
