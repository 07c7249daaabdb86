"""Whoever follows the links of the pages open to them meets no closed door: a link is shown to whom it opens for."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Collection
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from baogong.kernel.actor import Duty
from tests.access import test_pages as pages
from tests.access.books import house, road, street
from tests.access.rows import Book
from tests.web.visits import visit

OF_ONE_PAGE_MAX = 3  # addresses of one page that are looked at: they differ in the thing, not in the door
LINK = re.compile(r'(?:<a\b[^>]*?\bhref|\bhx-get)="([^"#][^"]*)"')
FORM = re.compile(r'<form\b[^>]*?\bmethod="post"[^>]*?\baction="([^"]+)"')
ROWS = pages.HOUSE | pages.ROAD | pages.STREET
# Who comes: a duty, and the place it holds at, by its name in the book; "": everywhere.
PERSONS = {
    "house": [(duty, "") for duty in Duty]
    + [(Duty.KEEPER, "langfang"), (Duty.KEEPER, "hub"), (Duty.CLERK, "union"), (Duty.CLERK, "community")],
    "street": [(duty, "") for duty in Duty] + [(Duty.KEEPER, "station"), (Duty.COMMAND, "station")],
    "road": [(duty, "") for duty in Duty]
    + [(Duty.KEEPER, "origin"), (Duty.KEEPER, "target"), (Duty.DRIVER, "carrier"), (Duty.CARRIER, "carrier")],
}


def view_of(address: str) -> str:
    """The name of the page at an address of this site; "" for another site's or a file."""
    parts = urlsplit(address)
    if parts.netloc or parts.path.startswith("/static/"):
        return ""
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return ""


def walk(client: Client, duties: Collection[Duty]) -> tuple[set[str], list[str]]:
    """The pages reached from the start, and every link or form that leads to a closed door, with its page."""
    waiting: deque[tuple[str, str]] = deque([("/", "the start")])
    known, times, seen, closed = {"/"}, Counter[str](), set[str](), []
    while waiting:
        address, page = waiting.popleft()
        name = view_of(address)
        if not name or times[name] >= OF_ONE_PAGE_MAX:
            if not name and not urlsplit(address).netloc and not address.startswith(("/static/", "mailto:", "tel:")):
                closed.append(f"{page} → {address}: no such page")
            continue
        times[name] += 1
        answer = client.get(address)
        if answer.status_code in (403, 404) or answer.status_code >= 500:
            closed.append(f"{page} → {address} ({name}): {answer.status_code}")
            continue
        seen.add(name)
        body = b"".join(answer) if answer.streaming else answer.content
        targets = [answer.headers["Location"]] if answer.status_code == 302 else []
        if "html" in answer.headers.get("Content-Type", ""):
            text = body.decode()
            targets += [unescape(found) for found in LINK.findall(text)]
            for action in FORM.findall(text):
                row = ROWS.get(view_of(urljoin(address, unescape(action))))
                if row is not None and not set(duties) & set(row.duties):
                    closed.append(f"{address} ({name}) sends to {action}")
        for target in targets:
            joined = urljoin(address, target)
            if joined not in known:
                known.add(joined)
                waiting.append((joined, f"{address} ({name})"))
    return seen, closed


@pytest.mark.parametrize(
    ("make", "book_name", "least"),
    [(house, "house", 85), (road, "road", 60), (street, "street", 40)],
    ids=["house", "road", "street"],
)
def test_no_link_leads_to_a_closed_door(
    db: None, settings: Any, make: Callable[[], Book], book_name: str, least: int
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    book = make()
    reached: set[str] = set()
    complaints = []
    for duty, at in PERSONS[book_name]:
        actor = book.person([duty], book.things[at] if at else None)
        client = visit(actor.name)
        client.raise_request_exception = False
        seen, closed = walk(client, [duty])
        reached |= seen
        complaints += [f"{duty} {at or 'everywhere'}: {each}" for each in closed]
    assert not complaints, "\n".join(complaints)
    assert len(reached) >= least, sorted(ROWS.keys() - reached)
