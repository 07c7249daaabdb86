"""Events to another system over real HTTP: signed, at least once under one id, never into a private network unasked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from standardwebhooks import Webhook as Checker
from standardwebhooks import WebhookVerificationError

from baogong.journal.models import Event, Outgoing, Webhook
from baogong.journal.services import record, webhooks
from baogong.journal.services.outbox import deliver_waiting
from baogong.journal.services.webhooks import AddressNotAllowed, add_webhook, end_webhook
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.supply import services as supply
from tests.apps.supply.purse import MASK, Purses, make_purses
from tests.cast import NOW, Cast, make_cast

PHONE = "13800000000"
WORDS = f"call 王小明 {PHONE} of ward 3"


@dataclass
class FarEnd:
    """Another system: what it was sent, and what it answers."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def far_end(settings: Any) -> Iterator[FarEnd]:
    settings.BAOGONG_WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    end = FarEnd()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            end.got.append((dict(self.headers.items()), body))
            self.send_response(end.status)
            if end.status == 302:
                self.send_header("Location", end.url + "elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    end.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield end
    server.shutdown()
    thread.join()
    server.server_close()


def subscribe(url: str, *kinds: str) -> str:
    return add_webhook(url=url, kinds=kinds, actor=THE_HOUSE, now=NOW, request_id=new_id())[1]


def happen(kind: str, cast: Cast) -> None:
    """An event of this kind, for tests of the way it travels, not of what it holds."""
    with transaction.atomic():
        record(kind=kind, actor=cast.lin, now=NOW, subject=cast.hospital, data={"amount": 5})


@pytest.fixture
def cast(fresh_book: str) -> Cast:
    with transaction.atomic():
        return make_cast()


def order_masks(purses: Purses) -> UUID:
    """A real operation, by a person who writes a note."""
    purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 10, 100), note=WORDS)
    supply.cancel_purchase(purchase=order, why=WORDS, actor=purses.lin, now=NOW, request_id=new_id())
    return order


@pytest.fixture
def purses(fresh_book: str) -> Purses:
    with transaction.atomic():
        return make_purses()


def test_what_was_asked_for_arrives_signed_and_names_nobody(purses: Purses, far_end: FarEnd) -> None:
    secret = subscribe(far_end.url, "supply.purchase.*")
    with transaction.atomic():
        order = order_masks(purses)
    assert deliver_waiting(now=NOW) == (2, 0)
    ordered, cancelled = (Checker(secret).verify(body, headers) for headers, body in far_end.got)
    assert (ordered["specversion"], ordered["type"], ordered["subject"]) == (
        "1.0",
        "supply.purchase.ordered",
        str(purses.supplier),
    )
    assert (ordered["data"]["purchase"], ordered["data"]["price_fen"]) == (str(order), 10_000)
    assert set(cancelled["data"]) == {"seq", "document", "purchase", "freed_fen"}  # and no `why`
    headers, body = far_end.got[0]
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    with pytest.raises(WebhookVerificationError):
        Checker(secret).verify(body.replace(b'"price_fen":10000', b'"price_fen":10001'), headers)
    for _headers, body in far_end.got:
        assert not {"Lin", "林", WORDS} & set(words_of(json.loads(body)))
        assert not any(word in body.decode() for word in ("Lin", "小明", PHONE))
    assert {row.sent_at is not None for row in Outgoing.objects.all()} == {True}


def test_only_the_offices_own_system_that_was_asked_for_reads_words_and_never_who_acted(
    purses: Purses, far_end: FarEnd
) -> None:
    add_webhook(url=far_end.url, kinds=["supply.*"], actor=THE_HOUSE, now=NOW, request_id=new_id(), with_words=True)
    with transaction.atomic():
        order_masks(purses)
    deliver_waiting(now=NOW)
    told = [json.loads(body) for _headers, body in far_end.got]
    assert [event["data"].get("why") for event in told if event["type"] == "supply.purchase.cancelled"] == [WORDS]
    assert not any("Lin" in body.decode() for _headers, body in far_end.got)
    assert Event.objects.get(kind="journal.webhook.added").data["with_words"] is True
    assert [hook.with_words for hook in webhooks.webhooks()] == [True]


def words_of(value: Any) -> Iterator[str]:
    """Every text in it, wherever it stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from words_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from words_of(part)
    elif isinstance(value, str):
        yield value


def test_a_far_end_that_is_down_gets_it_later_under_the_same_id(cast: Cast, far_end: FarEnd) -> None:
    subscribe(far_end.url, "supply.*")
    far_end.status = 503
    happen("supply.gift.received", cast)
    assert deliver_waiting(now=NOW) == (0, 1)
    far_end.status = 302  # a redirect is no answer, and is not followed
    row = Outgoing.objects.get(template="supply.gift.received")
    assert deliver_waiting(now=row.next_at) == (0, 1)
    far_end.status = 200
    assert deliver_waiting(now=Outgoing.objects.get(id=row.id).next_at) == (1, 0)
    assert len({headers["webhook-id"] for headers, _body in far_end.got}) == 1
    assert len(far_end.got) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost/x", "http://10.0.0.7/", "http://192.168.1.1/", "http://169.254.169.254/",
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "ftp://example.org/", "https://user:word@example.org/", "nonsense",
    ],
)  # fmt: skip
def test_private_networks_and_other_addresses_are_refused_without_trace(db: None, url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        subscribe(url, "*")
    assert not Webhook.objects.exists()


def test_an_address_that_moved_into_a_private_network_is_not_reached(
    cast: Cast, far_end: FarEnd, settings: Any
) -> None:
    subscribe(far_end.url, "supply.gift.received")
    settings.BAOGONG_WEBHOOK_NETWORKS = ()
    happen("supply.gift.received", cast)
    assert deliver_waiting(now=NOW) == (0, 1)
    assert far_end.got == []


def test_an_ended_one_is_told_nothing_and_a_stranger_adds_none(cast: Cast, far_end: FarEnd) -> None:
    subscribe(far_end.url, "*")
    happen("supply.gift.received", cast)
    (hook,) = webhooks.webhooks()
    end_webhook(webhook=hook.id, actor=THE_HOUSE, now=NOW)
    happen("supply.gift.received", cast)
    deliver_waiting(now=NOW)
    assert far_end.got == []
    before = Event.objects.count()
    with pytest.raises(NotYourPlace):
        add_webhook(url=far_end.url, kinds=["*"], actor=cast.stranger, now=NOW, request_id=new_id())
    with pytest.raises(UnusableInput):
        add_webhook(url=far_end.url, kinds=["Supply!"], actor=THE_HOUSE, now=NOW, request_id=new_id())
    assert (Webhook.objects.count(), Event.objects.count()) == (1, before)
    assert Client().get("/webhooks/").status_code == 302
