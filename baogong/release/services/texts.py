"""Texts to claimants, by the outbox: ids and figures, no word of the person, whom the channel looks up at the last moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.journal.queries import messages_under
from baogong.journal.services import put_out_each, texting
from baogong.journal.services.outbox import PAGE, Message, NotDelivered
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.people.queries.access import who_has
from baogong.people.services.identity import reveal_for_work
from baogong.release.codes import pickup_code
from baogong.release.identity import phone_of, purpose_of
from baogong.release.models import Claim, ContactUnderway

TEMPLATE = "release.claim."
SEES_TO_IT = (Duty.COMMAND, Duty.CLERK)
_WORDS_ZH = {
    "accepted": "商店已接单。",
    "underway": "已出发配送。",
    "come-down": "配送员已出发，请下楼领取。",
    "at-desk": "家中无人，已放在领取点，请带证件去取。",
    "in-vain": "家中无人，已转给候补的人。",
    "lost": "途中丢失。发放单位会补送一份，或退还您付的钱。",
    "again": "补送的一份正在准备。",
    "found": "已经找到，正在送来。",
    "ended": "不再送达：退还您付的钱，您的名额恢复。",
}
_WORDS_EN = {
    "accepted": "The shop has accepted your order.",
    "underway": "It is on its way.",
    "come-down": "The courier has set out: please come down for it.",
    "at-desk": "Nobody was at home: it is kept at the pickup desk. Fetch it with your document.",
    "in-vain": "Nobody was at home: it has gone to who stood by.",
    "lost": "It was lost on the way. The office brings another, or gives back what you paid.",
    "again": "Another one is being prepared for you.",
    "found": "It was found and is being brought.",
    "ended": "It will not come any more: what you paid is given back, and you may claim again.",
}
KINDS = tuple(_WORDS_ZH)


def put_out_texts(rows: Sequence[Claim], what: str, now: datetime, *, once: str = "", **told: Any) -> None:
    """
    One text of a kind to each claimant; the same again is the same text.

    They stand on the claim's page, and go to its telephone where the house has a gateway.

    once  tells texts of one kind about one claim apart: each round a courier sets out on asks people down anew
    """
    for channel, begins in ((PAGE, ""), (texting.CHANNEL, "text ")):
        if channel == PAGE or texting.is_open():
            put_out_each(
                channel=channel,
                template=f"{TEMPLATE}{what}",
                messages=[
                    (
                        row.claimant_id,
                        {"claim": str(row.id), "units": row.units, **told},
                        f"{begins}{key_of(row.id)}{what} {once}".strip(),
                    )
                    for row in rows
                ],
                now=now,
            )


def write_text(message: Message) -> texting.Text | None:
    """
    The text of one message about a claim, to the telephone its claimant told, in the language they used; None where none is
    kept any more.
    """
    row = Claim.objects.select_related("tranche__release__rule").get(id=message.payload["claim"])
    if row.claimant_id is None:
        if ContactUnderway.objects.filter(claim=row).exists():
            raise NotDelivered("its telephone is kept within the minute")
        return None
    told: dict[str, Any] = {
        "parties": [row.claimant_id],
        "purpose": purpose_of(row.tranche.release.office_id),
        "actor": THE_HOUSE,
        "now": message.now,
        "why": "text",
        "known_since": message.now,
    }
    phone = reveal_for_work(what="PHONE", **told).get(row.claimant_id)
    rule = row.tranche.release.rule
    if phone is None:
        return None
    assert rule is not None  # nothing is claimed of a draft
    what, at = message.template.removeprefix(TEMPLATE), ""
    if "from_at" in message.payload:
        at = f"{timezone.localtime(datetime.fromisoformat(message.payload['from_at'])):%H:%M}"
    if reveal_for_work(what="LANGUAGE", **told).get(row.claimant_id) == "en":
        words = f"{_WORDS_EN[what]} It comes at about {at}." if at else _WORDS_EN[what]
        return texting.Text(phone_of(phone), rule.body["title_en"], f"{words} Pickup code {pickup_code(row.id)}.")
    words = f"{_WORDS_ZH[what]}约 {at} 到。" if at else _WORDS_ZH[what]
    return texting.Text(phone_of(phone), rule.body["title_zh"], f"{words}取货码 {pickup_code(row.id)}。")


def register() -> None:
    """Called when the room starts."""
    texting.write_with(TEMPLATE, write_text)


def tell_office(office: UUID, template: str, key: str, facts: dict[str, Any], now: datetime) -> None:
    """To everybody who sees to an office's promises, on their own pages; the same key again is the same message."""
    persons = {login.person for duty in SEES_TO_IT for login in who_has(duty, now=now, at=office)}
    put_out_each(
        channel=PAGE,
        template=template,
        messages=[(person, facts, f"{key} {person}") for person in sorted(persons)],
        now=now,
    )


def key_of(claim: UUID) -> str:
    """What the keys of all texts about one claim begin with."""
    return f"claim {claim} "


@dataclass(frozen=True, slots=True)
class TextView:
    """One text about a claim: one of `KINDS`, when it was put out; `from_at`: when the courier comes, where it says so."""

    what: str
    at: datetime
    from_at: datetime | None


def texts_of(claim: UUID) -> tuple[TextView, ...]:
    """Every text about a claim, the oldest first."""
    found = []
    for one in messages_under(key_of(claim)):
        comes = one.payload.get("from_at")
        found.append(
            TextView(one.template.removeprefix(TEMPLATE), one.sent_at, datetime.fromisoformat(comes) if comes else None)
        )
    return tuple(found)
