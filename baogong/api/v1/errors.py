"""Every refusal leaves the API in one shape, under one status: the only place that knows both."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict

from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput, refused_by_the_book

logger = logging.getLogger(__name__)

STATUS = {
    Kind.UNUSABLE: 400,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.REFUSED: 422,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
NOT_RECOGNISED, NOT_OFFERED, FAULT = 401, 405, 500
# What an operation can answer besides what was asked for.
REFUSED_READING = (400, NOT_RECOGNISED, 403, 404, 429, FAULT)
REFUSED_CHANGING = (400, NOT_RECOGNISED, 403, 404, 409, 422, 429, FAULT, 503)
REFUSED_OPEN = (400, 404, 409, 429, FAULT)  # where no log-in is asked for
PERSONAL = {"claimant", "orderer"}  # parts of a request of which no refusal repeats a word


class Refusal(Schema):
    """What was found, what is allowed, what happened, what to do; further bare facts beside them."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    where: str
    found: Any
    expected: Any
    cure: str


class ErrorOut(Schema):
    error: Refusal


class UnusableRequest(UnusableInput):
    """The request does not have the shape this operation declares."""

    code = "api.unusable-request"


class NotRecognised(BaogongError):
    kind, code = Kind.FORBIDDEN, "api.not-recognised"


class NotFromThisSite(BaogongError):
    """A session's changing request without the site's own mark: it may come from a foreign page."""

    kind, code = Kind.FORBIDDEN, "api.not-from-this-site"


class NoSuchAddress(NotFound):
    code = "api.no-such-address"


class NotOffered(BaogongError):
    """The address exists; it is not asked in this way."""

    kind, code = Kind.UNUSABLE, "api.not-offered"


class Fault(BaogongError):
    """A defect of the house, never the caller's."""

    kind, code = Kind.UNAVAILABLE, "api.fault"


def add_refusals(document: dict[str, Any]) -> None:
    """
    Say of every operation in an OpenAPI document which refusals it can answer.

    They leave by the handlers below and never through an operation's own answer. Declared at each, the framework would
    build a model for each operation and status: three thousand of them, half of what a start of the house takes.
    """
    schemas = document["components"]["schemas"]
    for part in (Refusal, ErrorOut):
        schemas[part.__name__] = part.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[part.__name__].pop("$defs", None)
    body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorOut.__name__}"}}}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            statuses = REFUSED_READING if method == "get" else REFUSED_CHANGING
            for status in statuses if operation.get("security") else REFUSED_OPEN:
                operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": body}


def answer(refusal: BaogongError, status: int | None = None) -> HttpResponse:
    body = json.dumps({"error": refusal.as_dict()}, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    response = HttpResponse(body, content_type="application/json; charset=utf-8", status=status or STATUS[refusal.kind])
    if "retry_after_s" in refusal.data:
        response.headers["Retry-After"] = str(refusal.data["retry_after_s"])
    return response


def install(api: NinjaAPI) -> None:
    """Let every exception of `api` leave it in the one shape."""
    handlers: tuple[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]], ...] = (
        (BaogongError, _refused),
        (ValidationError, _unusable),
        (AuthenticationError, _not_recognised),
        (HttpError, _http_error),
        (DataError, _refused_by_the_book),
        (IntegrityError, _refused_by_the_book),
        (SuspiciousOperation, unusable),
        (BadRequest, unusable),
        (Http404, _no_such_address),
        (Exception, _fault),
    )
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


def no_such_address(request: HttpRequest) -> HttpResponse:
    """What every other address under this API answers."""
    return answer(
        NoSuchAddress(
            "The API has nothing at this address.",
            where=request.path,
            cure="Read the list of operations in openapi.json.",
        )
    )


def not_offered(request: HttpRequest, allowed: str) -> HttpResponse:
    response = answer(
        NotOffered(
            f"This address is not asked with {request.method}. Nothing was done.",
            where=request.path,
            found=request.method or "",
            expected=allowed,
            cure="Read the operation in openapi.json.",
        ),
        NOT_OFFERED,
    )
    response.headers["Allow"] = allowed
    return response


def _refused(request: HttpRequest, refusal: BaogongError) -> HttpResponse:
    return answer(refusal)


def _unusable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return answer(not_as_declared(error.errors))


def not_as_declared(errors: Sequence[Mapping[str, Any]]) -> UnusableRequest:
    """Of pydantic's errors, each with its place, what was met and what is expected there."""
    fields = [
        {
            "where": _place(tuple(part["loc"])),
            "found": "" if PERSONAL & set(part["loc"]) else _bare(part.get("input")),
            "expected": str(part["msg"]),
        }
        for part in errors
    ]
    first = fields[0]
    return UnusableRequest(
        "The request does not have the shape this operation declares. Nothing was done.",
        where=str(first["where"]),
        found=first["found"],
        expected=first["expected"],
        cure="Compare it with the operation in openapi.json.",
        fields=fields,
    )


def _place(parts: tuple[Any, ...]) -> str:
    """("body", "given", "lines", 0, "amount") → "body.lines.0.amount": without the name of our own argument."""
    place = [str(part) for part in parts]
    return ".".join([place[0], *place[2:]] if place[0] == "body" and len(place) > 1 else place)


def _bare(value: Any) -> Any:
    """What was met, if it is short and plain: a request is not sent back whole."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return value[:80] if isinstance(value, str) else ""


def _not_recognised(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = answer(
        NotRecognised(
            "Nobody is recognised by this request: no token, one that has ended, or no session. Nothing was done.",
            where="Authorization",
            expected="Bearer and a token",
            cure="Ask an administrator for an API token, and send it in the Authorization header.",
        ),
        NOT_RECOGNISED,
    )
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, BaogongError):  # refused while the body was parsed
        return answer(error.__cause__)
    if error.status_code == STATUS[Kind.FORBIDDEN]:
        return answer(
            NotFromThisSite(
                "This request bears a session but not the site's own mark. Nothing was done.",
                where="X-CSRFToken",
                cure="Programs use an API token; pages send the site's X-CSRFToken.",
            )
        )
    return answer(
        UnusableRequest(
            "The request could not be read. Nothing was done.",
            found=str(error)[:200],
            expected="JSON, or a form with a file where the operation says so",
            cure="Compare it with the operation in openapi.json.",
        ),
        error.status_code,
    )


def unusable(request: HttpRequest, error: Exception) -> HttpResponse:
    """What Django or the site's first door refuse, before an operation reads it: too large, broken off, unwritable."""
    refusal = getattr(error, "refusal", None)
    if isinstance(refusal, BaogongError):
        return answer(refusal)
    if isinstance(error, RequestDataTooBig):
        return answer(
            UnusableRequest(
                "The request is too large; nothing was read.",
                expected="at most 20,000,000 bytes",
                cure="Split it; send lists as files to /imports.",
            )
        )
    return answer(
        UnusableRequest(
            "The request could not be read. Nothing was done.",
            found=str(error)[:200],
            expected="JSON, or a form with a file where the operation says so",
            cure="Compare it with the operation in openapi.json.",
        )
    )


def _refused_by_the_book(request: HttpRequest, error: DataError | IntegrityError) -> HttpResponse:
    refusal = refused_by_the_book(error)
    if refusal is None:
        return _fault(request, error)
    logger.warning("%s let through what the book refuses", _operation(request), exc_info=error)
    return answer(refusal)


def _no_such_address(request: HttpRequest, error: Http404) -> HttpResponse:
    return no_such_address(request)


def _operation(request: HttpRequest) -> str:
    """As openapi.json names it: the method and the address, without anybody's id."""
    route = request.resolver_match.route if request.resolver_match else ""
    return f"{request.method} /{route}"


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    operation = _operation(request)
    logger.error("%s failed", operation, exc_info=error)
    return answer(
        Fault(
            "The house made a mistake; nothing was done.",
            where=operation,
            cure="Send the request again under the same Idempotency-Key; if it fails again, tell the administrator.",
        ),
        FAULT,
    )
