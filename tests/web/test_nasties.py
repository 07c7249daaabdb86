"""Every form and every address with a query meets what careless and hostile visitors send: no page breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.messages import constants
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.people.queries.access import log_ins
from baogong.people.services import links
from baogong.people.services.access import give_duty
from baogong.planning.services import check_proposed
from tests.apps.freight.world import HOUR, NOW
from tests.apps.needs.test_sourcing import make_market
from tests.nasties import TEXTS, asked, rows, some
from tests.web.command.conftest import make_stage
from tests.web.donor.test_giver import given
from tests.web.visits import make_world_in_drill, visit

# What opens nothing further, or ends the visit.
TYPED = ("NUL", "10^30", "year 9999", "empty", "long", "words")
CHOSEN = ("NUL", "unknown", "words", "empty")
CODE = "20200126"
CLOSED = {"account:logout", "account:language"}
STARTS = (
    "/",
    "/command/",
    "/lists/",
    "/site/",
    "/drive/",
    "/people/",
    "/book/",
    "/identity/",
    "/webhooks/",
    "/log-in/",
)
# In the address and in no form.
QUERIES = (
    "/book/?day={}", "/book/?from={}", "/book/?to={}", "/book/?what={}", "/book/?item={}", "/book/?after={}",
    "/book/?giver={}", "/book/lines.csv?day={}", "/book/lines.csv?receiver={}", "/book/needs/?city={}",
    "/book/needs/?item={}", "/book/needs/?urgency={}", "/book/check/?movement={}", "/command/documents/?kind={}",
    "/command/documents/?shown={}", "/command/needs/?q={}", "/command/needs/?page={}", "/command/needs/?show={}",
    "/command/allot/?need={}", "/command/shares/compare/?a={}&b={}", "/lists/choose/?run={}", "/log-in/?next={}",
    "/command/needs/assumptions/?item={}&amount={}&group=ADULT", "/book/day/{}.csv", "/site/paper/{}/",
    "/command/waybills/{}/", "/book/shares/{}/", "/language/?language={}",
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """`fields`: what a browser would send; `chosen` of them are not typed but chosen; `files` are not among them."""

    page: str
    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    chosen: frozenset[str]
    files: tuple[str, ...]


class Reader(HTMLParser):
    """The forms and links of a page; a form with several buttons is one form for each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: dict[str, Any] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href"):
            self.links.append(urljoin(self.page, told["href"]))
        if tag == "form":
            self._form = {"told": told, "fields": [], "files": [], "buttons": [], "chosen": set()}
        form, name = self._form, told.get("name", "")
        if form is None or not (name or tag == "option"):
            return
        if tag == "button":
            form["buttons"].append((name, told.get("value", "")))
            form["chosen"].add(name)
        elif tag == "input" and told.get("type") == "file":
            form["files"].append(name)
        elif tag in ("input", "textarea"):
            form["fields"].append((name, told.get("value", "")))
            if told.get("type") in ("hidden", "checkbox", "radio"):
                form["chosen"].add(name)
        elif tag == "select":
            self._select = name
            form["fields"].append((name, ""))
            form["chosen"].add(name)
        elif tag == "option" and self._select and (told.get("value") and not form["fields"][-1][1]):
            form["fields"][-1] = (self._select, told["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form" and self._form is not None:
            form, self._form = self._form, None
            action = urljoin(self.page, form["told"].get("action") or self.page)
            method = form["told"].get("method", "get").lower()
            for button in form["buttons"] or [None]:
                fields = [*form["fields"], *([button] if button else [])]
                self.forms.append(
                    Form(self.page, action, method, tuple(fields), frozenset(form["chosen"]), tuple(form["files"]))
                )


def named_alike(name: str) -> str:
    """A field's name without the thing it is of: each line of a list has one."""
    return re.sub(r"_[0-9a-f-]{36}|_\d+", "_1", name)


def view_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def forms_of_the_site(client: Client, starts: Iterable[str], inside: tuple[str, ...]) -> list[Form]:
    """Every form a person with every duty can reach by following links: one page of each kind, each form once."""
    seen, waiting = set[str](), list(starts)
    forms: dict[tuple[Any, ...], Form] = {}
    while waiting:
        address = waiting.pop(0)
        view = view_of(address)
        if not view or view in seen or view in CLOSED or not address.startswith(inside):
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            continue
        seen.add(view)
        if answer.status_code == 302:
            waiting.append(answer.headers["Location"])
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        reader = Reader(address)
        reader.feed(answer.content.decode())
        waiting += reader.links
        for form in reader.forms:
            names = tuple(named_alike(name) for name, _value in form.fields)
            act = dict(form.fields).get("act", "")
            if form.action.startswith(inside):
                forms.setdefault((view_of(form.action), form.method, act, names), form)
    return list(forms.values())


def is_refused(answer: Any) -> bool:
    """By its status, or by the notice it sends along."""
    told = getattr(getattr(answer.wsgi_request, "_messages", None), "_queued_messages", [])
    return answer.status_code >= 400 or any(message.level >= constants.ERROR for message in told)


def tried(form: Form, is_whole: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The form as a browser sends it, each time with one field spoiled."""
    whole: dict[str, Any] = dict(form.fields)
    whole |= {"request_id": str(new_id())} if "request_id" in whole else {}
    whole |= {"code": CODE} if "code" in whole else {}
    for name in sorted(whole, key=lambda name: name == "code"):  # last: after five wrong codes a link opens nothing
        if name == "csrfmiddlewaretoken":
            continue
        fitting = {nasty: TEXTS[nasty] for nasty in (CHOSEN if name in form.chosen else TYPED)}
        for nasty, text in some(fitting, f"{view_of(form.action)} {named_alike(name)}", is_whole):
            yield f"{name}={nasty}", whole | {name: text}
    for name in form.files:
        for nasty, file in (("NUL in it", b"a,b\x00c\n1,\x00"), ("not a picture", b"\x89PNG nothing")):
            yield f"{name}: {nasty}", whole | {name: SimpleUploadedFile("list.csv", file)}


def spoil(client: Client, forms: list[Form], queries: tuple[str, ...] = (), *, is_whole: bool) -> list[str]:
    """What broke, or wrote although it was refused; and how many requests that took, at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the end of each transaction, in the house
    troubles: list[str] = []
    sent, before = 0, rows()
    for form in forms:
        name = f"{form.method} {form.action} act={dict(form.fields).get('act')}"
        for what, fields in tried(form, is_whole):
            sent += 1
            visit_ = client.get if form.method == "get" else client.post
            answer = asked(partial(visit_, form.action, fields), is_refused)
            if answer.status_code >= 500:
                troubles.append(f"{name} {what}")
        after = rows()
        if after != before:
            grown = {table: after[table] - before[table] for table in after if after[table] != before[table]}
            troubles.append(f"{name}: a refused form wrote {grown}")
            before = after
    for pattern in queries:
        for nasty, text in some(TEXTS, pattern, is_whole):
            sent += 1
            put = "".join(f"%{byte:02x}" for byte in text.encode()[:2_000]) or "%20"
            answer = asked(partial(client.get, pattern.replace("{}", put)), is_refused)
            if answer.streaming:
                assert b"".join(answer.streaming_content)
            if answer.status_code >= 500:
                troubles.append(f"{pattern} {nasty}")
    assert sent >= (5 if is_whole else 2) * len(forms) > 0
    return troubles


def everything(*starts: str, inside: tuple[str, ...] = ("/",)) -> tuple[Client, list[Form]]:
    """Lin with every duty, and every form there is to be found from these pages on."""
    lin = next(login for login in log_ins(now=NOW) if login.username == "lin")
    for duty in Duty:
        give_duty(user=lin.id, duty=duty, at=None, actor=THE_HOUSE, now=NOW)
    client = visit("lin")
    client.raise_request_exception = False
    return client, forms_of_the_site(client, starts, inside)


@pytest.mark.sampled
def test_on_the_road_no_form_and_no_address_breaks_the_house(db: None, is_whole: bool) -> None:
    make_stage(make_world_in_drill())
    ledger.stamp_days(now=NOW, today_too=True)
    check_proposed(now=NOW)  # what overtook a proposal is told once, also by an approval that is refused
    client, forms = everything(*STARTS)
    assert {"clerk:drop", "command:add_need", "command:waybill", "command:tasks", "keeper:count"} <= {
        view_of(form.action) for form in forms
    }
    troubles = spoil(client, forms, QUERIES, is_whole=is_whole)
    assert not troubles, "\n".join(troubles)


@pytest.mark.sampled
def test_with_money_offers_and_givers_no_form_breaks_the_house(db: None, is_whole: bool) -> None:
    mark_drill(name="market", at=NOW)
    market = make_market()
    house = market.purses.world
    given(house, house.alumni, "goggles", 400)
    market.need(market.purses.union, 1_500)
    basket = market.plan()
    links_ = [
        links.make_link(
            purpose=purpose,
            subject=party,
            party=party,
            code=CODE,
            expires_at=NOW + 24 * HOUR,
            actor=house.cast.lin,
            now=NOW,
        )
        for purpose, party in (("GIVER", house.alumni), ("THANKS", house.cast.hospital), ("RENEW_NEED", house.union))
    ]
    giver, thanks, renew = links_
    rooms = ("/command/money/", "/command/sourcing/", "/command/offers/", "/command/carriage/", "/giver/", "/receiver/")
    client, forms = everything(
        *rooms[:4],
        f"/command/sourcing/{basket}/",
        f"/giver/{giver}/ask/",
        f"/receiver/thanks/{thanks}/",
        f"/receiver/needs/{renew}/",
        inside=(*rooms, "/site/"),
    )
    assert {"command:purchases", "command:offers", "donor:ask", "receiver:still_needed"} <= {
        view_of(form.action) for form in forms
    }
    troubles = spoil(client, forms, is_whole=is_whole)
    assert not troubles, "\n".join(troubles)
