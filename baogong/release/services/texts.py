"""Texts to claimants, by the outbox: ids and figures, no word of the person, whom the channel looks up at the last moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db.models import BigIntegerField, CharField, Exists, Func, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from baogong.engine.release import Rule
from baogong.journal.queries import messages_under, was_put_out
from baogong.journal.services import put_out_each, texting
from baogong.journal.services.outbox import PAGE, Message, NotDelivered
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.people.queries.access import who_has
from baogong.people.services.identity import reveal_for_work
from baogong.release.codes import pickup_code
from baogong.release.identity import phone_of, purpose_of
from baogong.release.models import Claim, ContactUnderway
from baogong.release.offers import PlaceView, offer, places_of

TEMPLATE = "release.claim."
APART_S = 1 / 15  # of a gateway's minute a thousand are sent: a city's leave room for a courier's
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
    "won": "您中签了。",
    "moved-up": "您是候补，现在轮到您了。",
    "runs-out": "您的名额快到期了。",
    "ran-out": "没有按时领取，名额已到期，给了候补的人。下一期可以再领。",
    "ran-out-unused": "没有按时领取，名额已到期，给了下一位。您是后来补上的，这一期不算用掉，可以再领或再登记。",
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
    "won": "You have won.",
    "moved-up": "You stood by, and now it is yours.",
    "runs-out": "Your right runs out soon.",
    "ran-out": "It was not fetched in time: your right has run out and went to who stood by. You may claim again in the next turn.",
    "ran-out-unused": "It was not fetched in time: your right has run out and went to the next. As it had come to you by itself, "
    "your turn is not used: you may claim or enter again.",
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
RIGHTS = ("won", "moved-up", "runs-out")
"""Kinds that tell of a right as it stands: where it is fetched or how it comes, and until when."""
CITY_WIDE = (*RIGHTS, "ran-out", "ran-out-unused")
"""Kinds of which a whole city's may come at one moment."""
KINDS = tuple(_WORDS_ZH)


class Told(Protocol):
    """What a text needs of a claim."""

    @property
    def id(self) -> UUID: ...
    @property
    def claimant_id(self) -> UUID | None: ...
    @property
    def units(self) -> int: ...


def put_out_texts(rows: Sequence[Told], what: str, now: datetime, *, once: str = "", **told: Any) -> None:
    """
    One text of a kind to each claimant; the same again is the same text.

    They stand on the claim's page, and go to its telephone where the house has a gateway and somebody told one. A whole
    city's go one after the other, so that nobody else's waits behind them.

    once  tells texts of one kind about one claim apart: each round a courier sets out on asks people down anew
    """
    _put_out(PAGE, "", rows, what, now, once, told)
    if texting.is_open():
        _put_out(texting.CHANNEL, "text ", _reachable(rows), what, now, once, told)


def _put_out(
    channel: str, begins: str, rows: Sequence[Told], what: str, now: datetime, once: str, told: dict[str, Any]
) -> None:
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
        apart_s=APART_S if channel != PAGE and what in CITY_WIDE else 0,
    )


def _reachable(rows: Sequence[Told]) -> Sequence[Told]:
    """Those of whom a telephone may be kept, or is about to be: of another office's winners none is."""
    unknown = [row.id for row in rows if row.claimant_id is None]
    if not unknown:
        return rows
    underway = set(ContactUnderway.objects.filter(claim__in=unknown).values_list("claim", flat=True))
    return [row for row in rows if row.claimant_id is not None or row.id in underway]


@dataclass(frozen=True, slots=True)
class Right:
    """A claim as far as a text needs it, where a whole city's are not read again."""

    id: UUID
    claimant_id: UUID | None
    units: int
    keeps_until: datetime | None


class _Kept(Told, Protocol):
    @property
    def keeps_until(self) -> datetime | None: ...


def tell_rights(rows: Sequence[_Kept], what: str, now: datetime) -> None:
    """One of `RIGHTS` to each, with until when the right is kept. In the transaction of the right itself."""
    by_end: defaultdict[datetime | None, list[_Kept]] = defaultdict(list)
    for row in rows:
        by_end[row.keeps_until].append(row)
    for until, its in by_end.items():
        once = f"{int(until.timestamp())}" if what == "runs-out" and until is not None else ""  # an end may be moved on
        put_out_texts(its, what, now, once=once, **({"until": until} if until is not None else {}))


def is_told_to_run_out() -> Exists:
    """Of claims, for a query: whether `runs-out` was put out for the end the right has now."""
    # Extract of Django's would read the city's clock here, and be hours away from the moment.
    end = Func(
        OuterRef("keeps_until"),
        template="floor(extract(epoch FROM %(expressions)s))::bigint",
        output_field=BigIntegerField(),
    )
    return _is_told("runs-out", Value(" "), Cast(end, CharField()))


def is_told_moved_up() -> Exists:
    """Of claims, for a query: whether `moved-up` was put out."""
    return _is_told("moved-up")


def _is_told(what: str, *once: Value | Cast) -> Exists:
    own = Cast(OuterRef("pk"), CharField())
    return was_put_out(Concat(Value("claim "), own, Value(f" {what}"), *once, output_field=CharField()))


def write_text(message: Message) -> texting.Text | None:
    """
    The text of one message about a claim, to the telephone its claimant told, in the language they used; None where none is
    kept any more.
    """
    row = Claim.objects.select_related("tranche__release__rule").get(id=message.payload["claim"])
    what, at = message.template.removeprefix(TEMPLATE), ""
    if what in RIGHTS and row.state not in (Claim.State.ADMITTED, Claim.State.ACCEPTED):
        return None  # fetched, given up or run out before the text got its turn
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
    if "from_at" in message.payload:
        at = f"{timezone.localtime(datetime.fromisoformat(message.payload['from_at'])):%H:%M}"
    if reveal_for_work(what="LANGUAGE", **told).get(row.claimant_id) == "en":
        words = f"{_WORDS_EN[what]} It comes at about {at}." if at else _WORDS_EN[what]
        if what in RIGHTS:
            words += f" {_how_en(row, Rule.read(rule.body))}"
        return texting.Text(phone_of(phone), rule.body["title_en"], f"{words} Pickup code {pickup_code(row.id)}.")
    words = f"{_WORDS_ZH[what]}约 {at} 到。" if at else _WORDS_ZH[what]
    if what in RIGHTS:
        words += _how_zh(row, Rule.read(rule.body))
    return texting.Text(phone_of(phone), rule.body["title_zh"], f"{words}取货码 {pickup_code(row.id)}。")


def _how_zh(row: Claim, rule: Rule) -> str:
    if row.keeps_until is None:
        return f"{_moment_zh(row.due_at)} 前送到您家。" if row.due_at else "会送到您家。"
    places = places_of(offer(row.tranche_id))
    where = f"{len(places)} 个地点任选，见网页“我的领取”" if len(places) > 1 else _place(places[0])
    may_order = "也可以在网页上下单送货。" if rule.takes_orders else ""
    return f"请在 {_moment_zh(row.keeps_until)} 前带证件和取货码去领取：{where}。{may_order}"


def _how_en(row: Claim, rule: Rule) -> str:
    if row.keeps_until is None:
        return f"It is brought to you by {_moment_en(row.due_at)}." if row.due_at else "It is brought to you."
    places = places_of(offer(row.tranche_id))
    where = f"any of {len(places)} places, see “My claims”" if len(places) > 1 else _place(places[0], is_english=True)
    may_order = " You may order it brought on the page, too." if rule.takes_orders else ""
    return f"Fetch it by {_moment_en(row.keeps_until)} with document and pickup code: {where}.{may_order}"


def _place(place: PlaceView, *, is_english: bool = False) -> str:
    name = place.name_en if is_english else place.name_zh
    hours = f"{place.opens_at:%H:%M}–{place.closes_at:%H:%M}" if place.opens_at and place.closes_at else ""
    return (", " if is_english else "，").join(filter(None, (name, place.address, hours)))


def _moment_zh(moment: datetime) -> str:
    on, at = _day_and_time(moment)
    return f"{on.month}月{on.day}日 {at}"


def _moment_en(moment: datetime) -> str:
    on, at = _day_and_time(moment)
    return f"{at} on {on.day} {_MONTHS[on.month - 1]}"


def _day_and_time(moment: datetime) -> tuple[date, str]:
    """An end at midnight is 24:00 of the day that ends: of 0:00 people ask which night is meant."""
    local = timezone.localtime(moment)
    if (local.hour, local.minute) == (0, 0):
        return (local - timedelta(minutes=1)).date(), "24:00"
    return local.date(), f"{local:%H:%M}"


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
    """
    One text about a claim: one of `KINDS`, when it was put out.

    from_at  when the courier comes; until: until when the right is kept; where it says so
    """

    what: str
    at: datetime
    from_at: datetime | None
    until: datetime | None = None


def texts_of(claim: UUID) -> tuple[TextView, ...]:
    """Every text about a claim, the oldest first."""
    found = []
    for one in messages_under(key_of(claim)):
        comes, until = (
            datetime.fromisoformat(said) if (said := one.payload.get(name)) else None for name in ("from_at", "until")
        )
        found.append(TextView(one.template.removeprefix(TEMPLATE), one.sent_at, comes, until))
    return tuple(found)
