"""Texts by a gateway: one for each message, under its id, again when the gateway refuses, and to nobody whose telephone is gone."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from baogong.journal.models import Outgoing
from baogong.journal.queries import messages_stuck
from baogong.journal.services import outbox, put_out, texting
from baogong.journal.services.outbox import Message, NotDelivered, deliver_waiting
from tests.cast import NOW

PHONE = "13800138000"
TEMPLATE = "test.text."


class Gateway(HTTPServer):
    """Takes texts at `/sms` as a real one would, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = 200
        self.got: list[tuple[str, str, dict[str, Any]]] = []  # telephone, message id, content

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/sms?-to={{phone}}&+X-Message-Id={{id}}"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        gateway, content = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(gateway, Gateway)
        to = parse_qs(urlsplit(self.path).query)["to"][0]
        gateway.got.append((to, self.headers["X-Message-Id"], json.loads(content)))
        self.send_response(gateway.status)
        self.end_headers()

    def log_message(self, format: str, *words: Any) -> None:
        pass


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    server = Gateway()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.BAOGONG_TEXTS = server.address
    texting.write_with(TEMPLATE, lambda message: texting.Text(PHONE, "口罩", f"第 {message.payload['number']} 条"))
    yield server
    texting._writers.pop(TEMPLATE)
    server.shutdown()
    server.server_close()
    thread.join()


def put(number: int = 1, template: str = f"{TEMPLATE}step") -> str:
    with transaction.atomic():
        return str(
            put_out(
                to_party=None, channel=texting.CHANNEL, template=template, payload={"number": number},
                dedupe_key=f"text {number} {template}", now=NOW,
            )
        )  # fmt: skip


@pytest.mark.usefixtures("db")
def test_each_message_reaches_its_telephone_once(gateway: Gateway) -> None:
    first, second = put(1), put(2)
    assert put(1) == first
    assert deliver_waiting(now=NOW) == (2, 0)
    assert deliver_waiting(now=NOW + timedelta(days=1)) == (0, 0)
    assert sorted((to, id, content["title"], content["message"]) for to, id, content in gateway.got) == sorted(
        [(PHONE, first, "口罩", "第 1 条"), (PHONE, second, "口罩", "第 2 条")]
    )


@pytest.mark.usefixtures("db")
def test_what_the_gateway_refuses_is_sent_again_later_and_named_by_no_number(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message, gateway.status = put(), 503
    assert deliver_waiting(now=NOW) == (0, 1)
    assert deliver_waiting(now=NOW + timedelta(seconds=29)) == (0, 0)
    assert Outgoing.objects.get().last_error == "NotDelivered"
    gateway.status = 200
    assert deliver_waiting(now=NOW + timedelta(seconds=30)) == (1, 0)
    assert [(to, id) for to, id, _content in gateway.got] == [(PHONE, message)] * 2
    assert PHONE not in caplog.text
    assert "口罩" not in caplog.text


@pytest.mark.usefixtures("db")
def test_a_gateway_that_is_down_keeps_every_text(gateway: Gateway) -> None:
    put()
    gateway.shutdown()
    gateway.server_close()
    at = NOW
    for _attempt in range(5):
        assert deliver_waiting(now=at) == (0, 1)
        at = Outgoing.objects.get().next_at
    assert [attempts for _id, _channel, attempts, _error in messages_stuck()] == [5]


def test_killed_between_sending_and_marking_it_is_sent_again_under_the_same_id(
    fresh_book: str, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def deliver(message: Message) -> None:
        texting.deliver(message)
        raise Killed

    message = put()
    monkeypatch.setitem(outbox._channels, texting.CHANNEL, deliver)
    with pytest.raises(Killed):
        deliver_waiting(now=NOW)
    assert Outgoing.objects.get().sent_at is None
    monkeypatch.setitem(outbox._channels, texting.CHANNEL, texting.deliver)
    assert deliver_waiting(now=NOW) == (1, 0)
    assert [id for _to, id, _content in gateway.got] == [message, message], "the far end can drop the second"


@pytest.mark.usefixtures("db")
def test_who_cannot_be_reached_any_more_is_sent_nothing(gateway: Gateway) -> None:
    texting.write_with(TEMPLATE, lambda _message: None)
    put()
    assert deliver_waiting(now=NOW) == (1, 0)
    assert gateway.got == []


@pytest.mark.usefixtures("db")
def test_a_text_nobody_writes_or_a_house_whose_gateway_was_taken_away_keeps_it(gateway: Gateway, settings: Any) -> None:
    put(1, template="unknown.step")
    assert deliver_waiting(now=NOW) == (0, 1)
    put(2)
    settings.BAOGONG_TEXTS = ""
    assert not texting.is_open()
    assert deliver_waiting(now=NOW) == (0, 1)
    with pytest.raises(NotDelivered):
        texting.deliver(Message(Outgoing.objects.all()[0].id, None, f"{TEMPLATE}step", {"number": 2}, NOW))


@pytest.mark.parametrize(
    "address",
    [
        "json://gateway.example/sms",  # nobody would be told
        "nonsense://gateway.example/{phone}",
        "gateway.example {phone}",
    ],
)
def test_an_address_that_is_none_stops_the_house_from_starting(settings: Any, address: str) -> None:
    settings.BAOGONG_TEXTS = address
    with pytest.raises(ImproperlyConfigured, match=r"texts\.md"):
        texting.register()
    settings.BAOGONG_TEXTS = "json://gateway.example/sms?-to={phone}"
    texting.register()
