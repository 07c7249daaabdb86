"""Texts to those on duty, by the outbox: ids and figures; whose telephone, and in which words, is looked up at the last moment."""

from __future__ import annotations

from datetime import datetime

from baogong.journal.services import put_out_each, texting
from baogong.journal.services.outbox import Message
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.people.queries.access import who_has
from baogong.people.services.identity import reveal_for_work
from baogong.tower.models import Alert
from baogong.tower.words import in_words, names_in

TEMPLATE = "tower.alert."
WATCH_PHONES = "tower watch"
"""The purpose for which those on duty leave a telephone: nothing else is ever sent there."""


def put_out_alert(row: Alert, now: datetime) -> None:
    """
    To everybody who has the alert's duty at its place, in the caller's transaction; without a gateway to nobody.

    The same alert, step of its chain and gravity is the same message: told again, it goes out once.
    """
    if not texting.is_open():
        return
    step = f"{row.level}{' grave' if row.is_grave else ''}"
    put_out_each(
        channel=texting.CHANNEL,
        template=f"{TEMPLATE}{'escalated' if row.level else 'opened'}",
        messages=[
            (
                login.person,
                {"alert": str(row.id), "language": login.language},
                f"alert {row.id} {step} {login.person}",
            )
            for login in who_has(Duty(row.duty), now=now, at=row.at_id)
        ],
        now=now,
    )


def write_text(message: Message) -> texting.Text | None:
    """To the telephone the person left for the watch; None where they left none, or nobody need see to it any more."""
    row = Alert.objects.get(id=message.payload["alert"])
    if row.state == Alert.State.CLOSED or message.to_party is None:
        return None
    phones = reveal_for_work(
        parties=[message.to_party],
        what="PHONE",
        purpose=WATCH_PHONES,
        actor=THE_HOUSE,
        now=message.now,
        why="alert",
        known_since=message.now,
    )
    phone = phones.get(message.to_party)
    if phone is None:
        return None
    is_chinese = str(message.payload["language"]).startswith("zh")
    title = {True: "保供警报", False: "Baogong alert"}[is_chinese]
    return texting.Text(phone, title, in_words(row.kind, row.facts, names_in([row.facts]), is_chinese=is_chinese))


def register() -> None:
    texting.write_with(TEMPLATE, write_text)
