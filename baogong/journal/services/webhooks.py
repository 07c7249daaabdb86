"""
Events to other systems, signed: CloudEvents 1.0 in their JSON form, headers as Standard Webhooks 1.0 asks.

A subscription names an address and the kinds of event it wants. Each event it wants becomes a message in the outbox, in
the transaction of the act, and is delivered after it; at least once, under the same id.

What goes out are codes, amounts, ids and numbers of papers: no name, and no word a person wrote. Only a system of the
office's own, for which an administrator asked for it, reads reasons and titles too.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import ipaddress
import json
import re
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from standardwebhooks import Webhook as Signer

from baogong.journal.models import Event, Webhook
from baogong.journal.services.events import announce, record, recorded
from baogong.journal.services.outbox import Message, NotDelivered, put_out, register_channel
from baogong.journal.services.outward import bare
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id, new_id

CHANNEL = "WEBHOOK"
TIMEOUT_S = 10
ANSWER_BYTES_MAX = 4_096
_KINDS = re.compile(r"[a-z_]+(\.[a-z_-]+)*(\.\*)?|\*")


class AddressNotAllowed(BaogongError):
    """The address leads into a private network, or is none for HTTP."""

    kind, code = Kind.REFUSED, "journal.address-not-allowed"


@dataclass(frozen=True, slots=True)
class WebhookView:
    """
    kinds       "supply.gift.received", "supply.*" or "*"
    with_words  a system of the office's own, which also reads what people wrote
    """

    id: UUID
    url: str
    kinds: tuple[str, ...]
    with_words: bool
    note: str
    made_at: datetime
    ended_at: datetime | None


@transaction.atomic
@recorded("journal.webhook.added")
def add_webhook(
    *,
    url: str,
    kinds: Collection[str],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    note: str = "",
    with_words: bool = False,
) -> tuple[UUID, str]:
    """
    Send events of these kinds to an address from now on; returns (id, the secret the far end checks signatures with).

    with_words  the far end is the office's own: reasons and titles, which may hold a name, go there too
    Raises AddressNotAllowed, UnusableInput, NotYourPlace.
    """
    actor.require(Duty.ADMIN)
    bad = sorted(kind for kind in kinds if not _KINDS.fullmatch(kind))
    if not kinds or bad:
        raise UnusableInput(
            "A subscription names kinds of event. Nothing was written.",
            where="kinds",
            found=bad,
            expected="supply.gift.received, supply.* or *",
            cure="Correct the kinds named.",
        )
    _reachable(url)
    hook, is_new = Webhook.objects.get_or_create(
        request_id=request_id,
        defaults={
            "id": new_id(),
            "url": url,
            "kinds": sorted(set(kinds)),
            "with_words": with_words,
            "note": note[:200],
            "made_at": now,
        },
    )
    if is_new:
        said = {"kinds": hook.kinds, "with_words": with_words}
        record(kind="journal.webhook.added", actor=actor, now=now, subject=hook.id, data=said)
    return hook.id, secret_of(hook.id)


@transaction.atomic
@recorded("journal.webhook.ended")
def end_webhook(*, webhook: UUID, actor: Actor, now: datetime) -> None:
    """Nothing more is sent there; what waits in the outbox is dropped at its next turn. Raises NotFound."""
    actor.require(Duty.ADMIN)
    if not Webhook.objects.filter(id=webhook).exists():
        raise NotFound("There is no such subscription.", where=str(webhook), cure="Open the list again.")
    Webhook.objects.filter(id=webhook, ended_at=None).update(ended_at=now)
    record(kind="journal.webhook.ended", actor=actor, now=now, subject=webhook)


def webhooks() -> tuple[WebhookView, ...]:
    """The newest first, ended ones included."""
    return tuple(
        WebhookView(row.id, row.url, tuple(row.kinds), row.with_words, row.note, row.made_at, row.ended_at)
        for row in Webhook.objects.order_by("-made_at", "-id")[:200]
    )


def secret_of(webhook: UUID) -> str:
    """Derived from the book's own key, so it is kept nowhere: `whsec_` and 32 bytes in base64."""
    derived = hmac.new(settings.BAOGONG_TAG_KEY, b"webhook" + webhook.bytes, sha256).digest()
    return "whsec_" + base64.b64encode(derived).decode()


def put_event_out(event: Event) -> None:
    """A message to each subscription that wants this event; called as the event is recorded."""
    for hook in Webhook.objects.filter(ended_at=None):
        if any(_wants(kind, event.kind) for kind in hook.kinds):
            put_out(
                to_party=None,
                channel=CHANNEL,
                template=event.kind,
                payload={"webhook": str(hook.id), "event": _cloud_event(event, with_words=hook.with_words)},
                dedupe_key=f"webhook {hook.id} {event.seq}",
                now=event.at,
            )


def deliver(message: Message) -> None:
    """POST it. Raises NotDelivered for anything but a 2xx: a redirect is no answer, and leads nowhere we checked."""
    hook = Webhook.objects.filter(id=message.payload["webhook"]).first()
    if hook is None or hook.ended_at is not None:
        return
    # The far end refuses what was signed more than minutes ago: each attempt is signed by the machine's clock.
    at = SystemClock().now()
    body = json.dumps(message.payload["event"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    identifier = str(message.id)
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "Baogong",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(secret_of(hook.id)).sign(identifier, at, body),
    }
    status = _post(hook.url, body.encode(), headers)
    if not 200 <= status < 300:
        raise NotDelivered(f"the far end answered {status}")


def _cloud_event(event: Event, *, with_words: bool) -> dict[str, Any]:
    """
    Never the name of who acted: it stays in the house's own journal. Without words also nothing else a person wrote.
    """
    return {
        "specversion": "1.0",
        "id": str(derived_id("journal.event", event.seq)),
        "source": "/journal",
        "type": event.kind,
        "time": event.at.isoformat(),
        "subject": str(event.subject) if event.subject else None,
        "datacontenttype": "application/json",
        "data": {
            "seq": event.seq,
            "document": str(event.document_id) if event.document_id else None,
            **(event.data if with_words else bare(event.data)),
        },
    }


def _wants(wanted: str, kind: str) -> bool:
    return wanted in ("*", kind) or (wanted.endswith(".*") and kind.startswith(wanted[:-1]))


def _reachable(url: str) -> tuple[str, str, int, str]:
    """(scheme, address to connect to, port, host); the address is looked up once and is the one that is checked."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not port:
        raise AddressNotAllowed(
            f"“{url}” is no web address. Nothing was sent.",
            where="url",
            found=url,
            expected="https://host/path",
            cure="Write the whole address, without a name or password in it.",
        )
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise AddressNotAllowed(
            f"Nobody knows the host {parts.hostname}. Nothing was sent.", where="url", found=parts.hostname
        ) from error
    for address in sorted(found):
        if not _is_public(address):
            raise AddressNotAllowed(
                f"{parts.hostname} leads to {address}, an address inside a private network. Nothing was sent.",
                where="url",
                found=address,
                expected="a public address, or one inside BAOGONG_WEBHOOK_NETWORKS",
                cure="Use a public address, or let the operator of this machine name the network.",
            )
    return parts.scheme, min(found), port, parts.hostname


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or found
    allowed = (ipaddress.ip_network(network) for network in settings.BAOGONG_WEBHOOK_NETWORKS)
    return inner.is_global or any(inner in network for network in allowed)


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    scheme, address, port, host = _reachable(url)
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    # Connected by hand to the address that was checked: asked a second time, a name may lead elsewhere.
    connection.sock = socket.create_connection((address, port), timeout=TIMEOUT_S)
    try:
        if scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES_MAX)
        return answer.status
    finally:
        connection.close()


def register() -> None:
    """Called when the room starts."""
    register_channel(CHANNEL, deliver)
    announce(put_event_out)
