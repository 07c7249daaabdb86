"""
Texts to telephones, by whatever gateway the house has: Apprise behind the outbox.

The gateway is one address as Apprise spells it (`BAOGONG_TEXTS`, or the file `BAOGONG_TEXTS_FILE` names), with {phone} where
the telephone stands and {id} where the far end can take the message's id, by which it drops a second one after a crash. One,
because of two a failed second would send the first one's text again.

A message holds ids and figures. Whose telephone it goes to and in which words the room says that put it out, at the last
moment: neither stands in the outbox, nor in a log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from baogong.journal.services.outbox import Message, NotDelivered, register_channel

CHANNEL = "TEXT"
PHONE, ID = "{phone}", "{id}"
_A_PHONE, _AN_ID = "13800000000", UUID(int=0)


@dataclass(frozen=True, slots=True)
class Text:
    """What goes to one telephone. phone: digits."""

    phone: str = field(repr=False)
    title: str
    body: str = field(repr=False)


Writer = Callable[[Message], Text | None]
_writers: dict[str, Writer] = {}


def write_with(prefix: str, writer: Writer) -> None:
    """
    Called when a room starts: who makes the texts of templates that begin so.

    The writer gives None where nobody can be reached any more, and raises NotDelivered where it should be asked again later.
    """
    _writers[prefix] = writer


def is_open() -> bool:
    """Whether this house has a gateway; without one no text is put out, and pages alone tell people."""
    return bool(settings.BAOGONG_TEXTS)


def deliver(message: Message) -> None:
    """One text to one telephone. Raises NotDelivered where the gateway did not take it."""
    writer = next((one for prefix, one in _writers.items() if message.template.startswith(prefix)), None)
    if writer is None or not is_open():
        raise NotDelivered("nobody writes this text, or there is no gateway any more")
    text = writer(message)
    if text is None:
        return
    gateway = _gateway(settings.BAOGONG_TEXTS, text.phone, message.id)
    if gateway is None or not gateway.notify(title=text.title, body=text.body):
        raise NotDelivered("the gateway did not take the text")


def register() -> None:
    """Called when the room starts. Raises ImproperlyConfigured where the gateway's address is none."""
    address = settings.BAOGONG_TEXTS
    if address and (PHONE not in address or _gateway(address, _A_PHONE, _AN_ID) is None):
        raise ImproperlyConfigured(
            "The gateway for texts (BAOGONG_TEXTS or the file of BAOGONG_TEXTS_FILE) is no single address of Apprise with "
            "{phone} in it, as in jsons://gateway.example/sms?-to={phone}&+X-Message-Id={id}. The house does not start; "
            "correct it or take it away (docs/guides/texts.md)."
        )
    register_channel(CHANNEL, deliver)


def _gateway(address: str, phone: str, id: UUID) -> Any:
    """None where Apprise does not know such an address."""
    from apprise import Apprise

    filled = address.replace(PHONE, quote(phone, safe="")).replace(ID, str(id))
    return Apprise.instantiate(filled, asset=_asset())


@lru_cache(maxsize=1)
def _asset() -> Any:
    """Its defaults without threads, and without a file or a log line that would name a telephone."""
    from apprise import AppriseAsset, PersistentStoreMode

    for name in ("apprise", "urllib3"):  # addresses hold telephones, and both write them down
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return AppriseAsset(async_mode=False, secure_logging=True, storage_mode=PersistentStoreMode.MEMORY)
