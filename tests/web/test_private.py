"""Every door that a private link opens is paced, logged and kept by nobody; a new one has to be named here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from baogong.freight.services.agreements import LINK_PURPOSE
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import THE_HOUSE
from baogong.orders.services.organisers import link_organiser
from baogong.orders.services.shop_orders import link_to
from baogong.people.models import LinkUse
from baogong.people.services import links
from baogong.people.services.parties import register_party
from tests.apps.crew.inside import make_inside, make_night
from tests.apps.orders.neighbourhood import make_neighbourhood
from tests.apps.orders.world import NOW as BASKETS_NOW
from tests.apps.orders.world import make_world as make_neighbourhood_with_baskets
from tests.cast import NOW, make_cast


def link(purpose: str) -> str:
    party = register_party(kind="SITE", name="武汉大学中南医院", now=NOW)
    return links.make_link(
        purpose=purpose,
        subject=party,
        party=party,
        expires_at=NOW + timedelta(days=1),
        actor=THE_HOUSE,
        now=NOW,
    )


def order_link() -> str:
    here = make_neighbourhood(make_cast())
    order = here.place(here.open_day({"蔬菜包": 2}), {"蔬菜包": 1})
    return link_to(order=order, now=NOW)


def basket_link() -> str:
    here = make_neighbourhood_with_baskets()
    return link_organiser(basket=here.draft(), code="1", actor=here.wu, now=BASKETS_NOW)


DOORS: dict[str, tuple[str, Callable[[], str]]] = {
    "account:first": ("/first/%s/", lambda: links.first_administrator_link(now=NOW) or ""),
    "donor:page": ("/giver/%s/", lambda: link("GIVER")),
    "donor:card": ("/giver/%s/card.svg", lambda: link("GIVER")),
    "donor:money": ("/giver/%s/money/", lambda: link("GIVER")),
    "donor:ask": ("/giver/%s/ask/", lambda: link("GIVER")),
    "receiver:still_needed": ("/receiver/needs/%s/", lambda: link("RENEW_NEED")),
    "receiver:thanks": ("/receiver/thanks/%s/", lambda: link("THANKS")),
    "resident:parcels": ("/receiver/parcels/%s/", lambda: link("PARCELS")),
    "shops:order": ("/shops/order/%s/", lambda: order_link()),
    "baskets:own": ("/baskets/%s/", lambda: basket_link()),
    "carrier:offer": ("/carrier/offer/%s/", lambda: link(LINK_PURPOSE)),
    "crew:join": ("/crew/join/%s/", lambda: make_night(make_inside()).call_token),
    "crew:own": ("/crew/me/%s/", lambda: make_night(make_inside()).own_token),
}


def with_tokens(patterns: list[URLPattern | URLResolver], spaces: str = "") -> set[str]:
    """The names of all addresses that hold a private token."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{spaces}{pattern.namespace}:" if pattern.namespace else spaces
            found |= with_tokens(pattern.url_patterns, space)
        elif "token" in pattern.pattern.converters:
            found.add(f"{spaces}{pattern.name}")
    return found


def test_every_address_with_a_token_is_one_of_these_doors() -> None:
    assert with_tokens(get_resolver().url_patterns) == set(DOORS), "open it with web.private.by_link, and name it here"


@pytest.mark.parametrize("door", DOORS)
def test_a_door_is_shut_for_a_while_when_it_is_opened_too_often(
    db: None, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setattr(links, "ADDRESS_LOOKS_MAX", 2)
    mark_drill(name="x", at=NOW)
    address, make = DOORS[door]
    good = address % make()
    path = address % "AAAAAAAAAAAAAAAAAAAAAA"
    client = Client(headers={"Accept-Language": "en"})
    assert [client.get(path).status_code for _look in range(2)] == [404, 404]
    for answer in (client.get(path), client.post(path), client.get(good)):
        assert answer.status_code in (405, 429)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= links.LOOKS_WINDOW_S
            assert "asked for too often" in answer.content.decode()
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert LinkUse.objects.filter(act="OPEN", link=None, was_allowed=False).count() == 2
    assert Client(REMOTE_ADDR="203.0.113.8").get(path).status_code == 404
