"""
What every page function shares: who asks, the one reading of the clock, refusals turned into sentences.

    @page(Duty.COMMAND)
    def board(request: PageRequest) -> HttpResponse:
        return show(request, "command/board.html", {"board": queries.board(now=request.now)})

One view, one template, whole page and fragment from the same address: with htmx, `show` renders only the named partial.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from baogong.engine.sheets.amounts import AMOUNT_MAX
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.tables import Cell
from baogong.journal.media import PHOTO_BYTES_MAX
from baogong.journal.queries import BookMarkView, book_mark
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind, UnusableInput, refused_by_the_book
from baogong.kernel.windows import is_within_book
from baogong.people.queries.parties import sure_party
from baogong.people.services.access import actor_from
from baogong.supply.imports.kits import weight_in
from baogong.web.fields import label_of
from baogong.web.middleware import LANGUAGE_COOKIE
from baogong.web.sentences import in_one_paragraph, said

STATUS = {
    Kind.UNUSABLE: 400,
    Kind.REFUSED: 422,
    Kind.CONFLICT: 409,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
TYPED = "typed"
YEAR_S = 365 * 24 * 3600
NOBODY = Actor(person_id=None, name="", reach={})
SHOWN_MAX, NUMBER_LENGTH_MAX = 40, 60  # characters of what was typed that a refusal repeats; of a number
P = ParamSpec("P")
Choice = TypeVar("Choice", bound=StrEnum)
Day = TypeVar("Day", date, datetime)
logger = logging.getLogger(__name__)


class PageRequest(HttpRequest):
    """A request after `page`: it knows its actor, its book and its moment."""

    actor: Actor
    book_mark: BookMarkView
    now: datetime
    htmx: Any
    typed: dict[str, list[str]]  # what a refused form held, once: the fields its page `keeps`


class UnusableForm(UnusableInput):
    """A field of a form; told in the visitor's language already."""

    code = "web.unusable-form"


def page(
    *duties: Duty, at_a_place: Collection[Duty] = (), public: bool = False, keeps: Collection[str] = ()
) -> Callable[
    [Callable[Concatenate[PageRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """
    Open a page to those who hold one of `duties` everywhere, to everyone logged in (no duty named), or to all (`public`).

    at_a_place  duties that open it too where they hold at one place only: the page itself asks which place it is about,
                or lists only what is of the visitor's places
    keeps       fields of the page's form that a refusal gives back, so that nobody types them twice; `"amount_*"` stands
                for all that begin so; never a secret or what is personal, since they wait in the session

    A refusal on a changing request goes back to the page it came from as a message; nothing is half-done, because each
    handler calls one service and the service owns the transaction.
    """

    def wrap(
        view: Callable[Concatenate[PageRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            asked: PageRequest = request  # type: ignore[assignment]
            asked.book_mark = book_mark()
            asked.now = asked.book_mark.clock_at or SystemClock().now()
            asked.actor = actor_from(request.user, asked.now) if request.user.is_authenticated else NOBODY
            if not public and not request.user.is_authenticated:
                return redirect(f"{reverse('account:login')}?{urlencode({'next': request.get_full_path()})}")
            try:
                if (duties or at_a_place) and not asked.actor.may_somewhere(*at_a_place):
                    asked.actor.require(*duties, *at_a_place)
                asked.typed = _typed_before(request) if keeps and request.method == "GET" else {}
                return view(asked, *args, **kwargs)
            except BaogongError as refusal:
                if keeps and request.method == "POST" and request.user.is_authenticated:
                    keep_typed(request, keeps)
                return refused(asked, refusal)
            except (DataError, IntegrityError) as error:
                refusal_ = refused_by_the_book(error)
                if refusal_ is None:
                    raise
                logger.warning("%s let through what the book refuses", request.method, exc_info=error)
                return refused(asked, refusal_)

        return inner

    return wrap


def keep_typed(request: HttpRequest, keeps: Collection[str]) -> None:
    """Let these fields of a refused form wait for the next look at its page, as `page` does with what it `keeps`."""
    beginnings = tuple(field.removesuffix("*") for field in keeps if field.endswith("*"))
    fields = {
        field: texts
        for field, texts in request.POST.lists()
        if field in keeps or (beginnings and field.startswith(beginnings))
    }
    request.session[TYPED] = {"path": request.path, "fields": fields}


def _typed_before(request: HttpRequest) -> dict[str, list[str]]:
    """What the form of this very page held when it was refused; it is given back once."""
    kept = request.session.get(TYPED)
    if kept is None or kept["path"] != request.path:
        return {}
    del request.session[TYPED]
    return dict(kept["fields"])


def refused(request: HttpRequest, refusal: BaogongError) -> HttpResponse:
    """A refusal as a person should meet it: what was found, what is allowed, what happened, what to do."""
    status = STATUS[refusal.kind]
    if request.method == "POST" and refusal.kind is not Kind.FORBIDDEN:
        messages.error(request, sentence(refusal))
        return redirect(back(request), permanent=False)
    response = render(request, "web/refused.html", {"refusal": said(refusal), "status": status}, status=status)
    if "retry_after_s" in refusal.data:
        response.headers["Retry-After"] = str(refusal.data["retry_after_s"])
    return response


def sentence(refusal: BaogongError) -> str:
    """The refusal in one paragraph, in the visitor's language; the cure last."""
    return in_one_paragraph(refusal)


def back(request: HttpRequest) -> str:
    """Where the person came from, if it was this site; else the start."""
    for target in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if is_of_this_site(request, target):
            return target
    return "/"


def is_of_this_site(request: HttpRequest, target: str) -> bool:
    """Whether it is an address of this site, from its root: a visitor is sent nowhere else."""
    is_address = target.startswith(("/", "http://", "https://"))
    return is_address and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())


def show(request: HttpRequest, template: str, context: dict[str, Any], *, partial: str = "") -> HttpResponse:
    """The whole page, or with htmx only the partial `partial` of the same template."""
    name = f"{template}#{partial}" if partial and getattr(request, "htmx", False) else template
    return render(request, name, context)


def private(response: HttpResponse) -> HttpResponse:
    """What a private address opens is kept by nobody on the way and tells nobody where it was."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def in_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, with the language the visitor chose (`?language=` or a form field) kept for a year."""
    chosen = request.POST.get("language") or request.GET.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


def written(request: HttpRequest, field: str) -> str:
    """What a field says, of the form or else of the address, without the blanks around it; "" where it is not there."""
    return request.POST.get(field, request.GET.get(field, "")).strip()


def uuid_from(request: HttpRequest, field: str) -> UUID:
    """A UUID out of a form field; raises UnusableForm with what was found."""
    return uuid_in(written(request, field), field)


def uuid_or_none(request: HttpRequest, field: str) -> UUID | None:
    """The same of a field that may be empty."""
    return uuid_from(request, field) if written(request, field) else None


def uuids_from(request: HttpRequest, field: str) -> list[UUID]:
    """The same of a field that may be there several times, or not at all."""
    return [uuid_in(text, field) for text in request.POST.getlist(field) or request.GET.getlist(field)]


def uuid_in(text: str, field: str) -> UUID:
    """The UUID a text is; `field` is only named in the refusal."""
    try:
        return UUID(text)
    except ValueError:
        raise UnusableForm(
            _("The form lacks a usable %(field)s.") % {"field": label_of(field) or field},
            where=field,
            found=text[:SHOWN_MAX],
            expected=_("an id made by this site"),
            cure=_("Go back, reload the page and send the form again."),
        ) from None


def choice_from(request: HttpRequest, field: str, choices: type[Choice], default: Choice | None = None) -> Choice:
    """One of an enum's members out of a form field; an empty field gives `default` where there is one."""
    text = written(request, field)
    if not text and default is not None:
        return default
    try:
        return choices(text)
    except ValueError:
        raise UnusableForm(
            _("“%s” is not in the list. Nothing was changed.") % text[:SHOWN_MAX],
            where=field,
            found=text[:SHOWN_MAX],
            expected=", ".join(choices),
            cure=_("Choose from the list."),
        ) from None


def number_from(
    request: HttpRequest, field: str, *, least: int = 0, default: int | None = None, most: int = AMOUNT_MAX
) -> int:
    """
    A whole number out of a form field, as people write it: 5,000, １２００, 50万. An empty field gives `default` where
    there is one. What can be read in two ways (1万3, 约300) is refused, not guessed.
    """
    text = written(request, field)
    if not text and default is not None:
        return default
    number = decimal_in(text, field)
    if number is None or number != int(number) or number < least:
        raise UnusableForm(
            _("“%(found)s” is not a whole number of at least %(least)s. Nothing was changed.")
            % {"found": text[:SHOWN_MAX], "least": least},
            where=field,
            found=text[:SHOWN_MAX],
            expected=f"≥ {least}",
            cure=_("Correct the number and send the form again."),
        )
    refuse_beyond(int(number), most, field)
    return int(number)


def refuse_beyond(number: int, most: int, field: str) -> None:
    """Raises UnusableForm where a number, or what was multiplied from several, is more than the book counts."""
    if number > most:
        raise UnusableForm(
            _("“%(found)s” is more than can be counted here (%(most)s). Nothing was changed.")
            % {"found": f"{number:,}"[:SHOWN_MAX], "most": f"{most:,}"},
            where=field,
            found=f"{number:,}"[:SHOWN_MAX],
            expected=f"≤ {most}",
            cure=_("Correct the number and send the form again."),
        )


def decimal_in(text: str, field: str) -> Decimal | None:
    """The number a text says, by the reader of lists; None where it is none. Raises UnusableForm where it is in doubt."""
    try:
        number, doubts = read_number(text[:NUMBER_LENGTH_MAX])
    except UnreadNumber:
        return None
    if doubts or len(text) > NUMBER_LENGTH_MAX:
        raise UnusableForm(
            _("“%s” can be read in more than one way. Nothing was changed.") % text[:SHOWN_MAX],
            where=field,
            found=text[:SHOWN_MAX],
            expected="3000",
            cure=_("Write the number in digits, all of them."),
        )
    return number


def grams_in(text: str, field: str) -> int:
    """A weight: grams, 5240, or with its unit, 5.24kg, 2斤, 500 g. Raises UnusableForm."""
    try:
        return weight_in(Cell(text, field), "g")
    except BaogongError:
        raise UnusableForm(
            _("“%s” is no weight: write grams, or the number with its unit. Nothing was written.") % text[:SHOWN_MAX],
            where=field,
            found=text[:SHOWN_MAX],
            expected="5120 5.09kg 5.14公斤",
            cure=_("Correct the numbers and send the form again."),
        ) from None


def grams_from(request: HttpRequest, field: str, *, least: int = 1, default: int | None = None, most: int) -> int:
    """The same out of a form field; an empty field gives `default` where there is one. Raises UnusableForm."""
    text = written(request, field)
    if not text and default is not None:
        return default
    grams = grams_in(text, field)
    if grams < least:
        raise UnusableForm(
            _("“%(found)s” is less than %(least)s g. Nothing was changed.")
            % {"found": text[:SHOWN_MAX], "least": least},
            where=field,
            found=text[:SHOWN_MAX],
            expected=f"≥ {least} g",
            cure=_("Correct the number and send the form again."),
        )
    refuse_beyond(grams, most, field)
    return grams


def degrees(text: str, field: str, most: int) -> float | None:
    """Decimal degrees up to `most`; None for an empty field. Raises UnusableForm."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = most + 1.0
    if not -most <= number <= most:
        raise UnusableForm(
            _("“%s” is no place on the earth. Nothing was written.") % text[:40],
            where=field,
            found=text[:40],
            expected=f"-{most}–{most}",
            cure=_("Write decimal degrees."),
        )
    return number


def fen_from(request: HttpRequest, field: str, *, default: int | None = None) -> int:
    """Yuan as a person writes them, in fen; an empty field gives `default` where there is one."""
    text = written(request, field)
    if not text and default is not None:
        return default
    number = decimal_in(re.sub(r"[\s¥￥元]", "", text), field)  # which takes a comma only where it parts thousands
    fen = None if number is None else number * 100
    if fen is None or fen != int(fen) or not 0 <= fen <= AMOUNT_MAX:
        raise UnusableForm(
            _("“%s” is no amount in yuan. Nothing was written.") % text[:SHOWN_MAX],
            where=field,
            found=text[:SHOWN_MAX],
            expected="125.50",
            cure=_("Write yuan with a point and at most two places behind it, as 1.50."),
        )
    return int(fen)


def text_from(request: HttpRequest, field: str) -> str:
    """Words out of a form field that may not be empty."""
    text = written(request, field)
    if not text:
        raise UnusableForm(
            _("The field “%s” is empty. Nothing was written.") % (label_of(field) or field),
            where=field,
            expected=_("some words"),
            cure=_("Fill it in and send the form again."),
        )
    return text


def moment_from(request: HttpRequest, field: str) -> datetime:
    """A moment out of a datetime-local field, in the house's time zone."""
    moment = _within_book(
        datetime.fromisoformat,
        written(request, field),
        field,
        _("“%s” is no moment from 2000 to 2099. Nothing was written."),
        expected="2020-01-24T06:00",
        cure=_("Choose a day and a time."),
    )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def day_from(request: HttpRequest, field: str) -> date | None:
    """A day out of a date field; None where it is empty."""
    text = written(request, field)
    return day_in(text, field) if text else None


def day_in(text: str, field: str) -> date:
    """The day a text is, as 2020-01-24; `field` is only named in the refusal."""
    return _within_book(
        date.fromisoformat,
        text,
        field,
        _("“%s” is no day from 2000 to 2099. Nothing was written."),
        expected="2020-01-24",
        cure=_("Choose a day."),
    )


def _within_book(read: Callable[[str], Day], text: str, field: str, message: str, *, expected: str, cure: str) -> Day:
    """What `read` makes of the text, inside the years of the book. Raises UnusableForm with the message and the text."""
    try:
        found = read(text)
        if not is_within_book(found):
            raise ValueError(text)
    except ValueError:
        raise UnusableForm(
            message % text[:SHOWN_MAX], where=field, found=text[:SHOWN_MAX], expected=expected, cure=cure
        ) from None
    return found


def photo_from(request: HttpRequest, field: str) -> bytes | None:
    """The picture a form sent, as it came; None where there is none. The journal cleans it and refuses what is none."""
    photo = request.FILES.get(field)
    if not isinstance(photo, UploadedFile):
        return None
    if (photo.size or 0) > PHOTO_BYTES_MAX:
        raise UnusableForm(
            _("The photo is too large. Nothing was written."),
            where=field,
            found=photo.size or 0,
            expected=PHOTO_BYTES_MAX,
            cure=_("Take it again with a smaller size."),
        )
    return bytes(photo.read())


def party_from(request: HttpRequest, field: str, *, kinds: Collection[str] | None = None) -> UUID:
    """The one party a typed name surely means. Raises NameInDoubt, NameUnknown."""
    return sure_party(text_from(request, field), kinds=kinds).id
