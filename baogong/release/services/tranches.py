"""Tranches: stock put out for a day, and what is left of it taken back."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from baogong.engine.release import CHOSEN_MODES, Mode, Rule
from baogong.journal.locks import lock_row
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import parties
from baogong.places.regions import is_region
from baogong.release.errors import BeyondTheRule, RegionUnknown, TrancheUnusable
from baogong.release.looking import NotOffered
from baogong.release.models import ChannelReserve, Release, Slot, Tranche
from baogong.release.services.claims import pass_on
from baogong.release.services.underway import refuse_while_undecided


@dataclass(frozen=True, slots=True)
class SlotIn:
    """So many claimants between two moments."""

    from_at: datetime
    until_at: datetime
    capacity: int


@transaction.atomic
@recorded("release.tranche.put-out")
def put_out(
    *,
    release: UUID,
    on: date,
    units: int,
    lot: UUID,
    source: UUID,
    region: str = "",
    variant: str = "",
    shop: UUID | None = None,
    shops: Sequence[UUID] = (),
    factory: UUID | None = None,
    slots: Sequence[SlotIn] = (),
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Offer so many units of a lot on one day, out of a source's free stock. Returns the tranche's id.

    region        the district whose people these are for; "": the whole city's
    slots         of an appointment; without them the rule's times, the units shared out equally
    shop, factory whom the settlement is for
    shops         further ones that hand out of it, where a right may be used in any of many
    What the rule says is put out on a day holds for all tranches of that day together. Raises NotYourPlace, NotOffered,
    TrancheUnusable, RegionUnknown, BeyondTheRule, ledger.BatchRefused (the stock is not free), RequestIdReused.
    """
    row = lock_row(Release.objects.select_related("rule"), release)
    actor.require(Duty.COMMAND, at=row.office_id)
    actor.require(Duty.KEEPER, Duty.COMMAND, at=source)
    every = list(dict.fromkeys([shop, *shops] if shop else shops))
    shop, more = (every[0] if every else None), every[1:]
    facts = {"shops": more} if more else {}  # what was put out before there could be several keeps its content
    content = content_of(
        release=release, on=on, units=units, lot=lot, source=source, region=region, variant=variant, shop=shop,
        factory=factory, slots=[(one.from_at, one.until_at, one.capacity) for one in slots], **facts,
    )  # fmt: skip
    made = made_before(Tranche, request_id, content)
    if made is not None:
        return made.id
    if row.state != Release.State.OPEN or row.rule is None:
        raise NotOffered(
            "This release is not open; nothing was put out.", where=row.code, found=row.state, expected="OPEN",
            cure="Open it first.",
        )  # fmt: skip
    rule = Rule.read(row.rule.body)
    refuse_unknown_regions(rule, [region] if region.isdecimal() else [])
    _refuse_unusable(row, rule, on=on, units=units, lot=lot, region=region, variant=variant, shops=more, now=now)
    refuse_beyond_the_rule(row.id, rule, on, units)
    ledger.post(
        lines=[
            ledger.post_line(AccountRef(source, State.AVAILABLE), AccountRef(row.holder_id, State.OFFERED), lot, units)
        ],
        actor=actor,
        reason=Reason.RELEASE,
        document=row.document,
        request_id=derived_id(request_id, "put out"),
        now=now,
    )
    tranche = Tranche.objects.create(
        id=new_id(),
        release=row,
        on=on,
        region=region,
        variant=variant,
        lot_id=lot,
        source_id=source,
        shop_id=shop,
        shops=more,
        factory_id=factory,
        units=units,
        opens_at=rule.opens_at(on),
        closes_at=rule.closes_at(on),
        seed=os.urandom(32),
        put_out_at=now,
        document=row.document,
        request_id=request_id,
        content=content,
    )
    ChannelReserve.objects.bulk_create(
        ChannelReserve(
            id=new_id(), tranche=tranche, channel=one.channel, units=kept, units_max=one.units_max,
            until_at=rule.moment(on, one.until),
        )
        for one, kept in zip(rule.reserves, rule.kept_of(units), strict=True)
        if rule.mode not in CHOSEN_MODES
    )  # fmt: skip
    Slot.objects.bulk_create(
        Slot(id=new_id(), tranche=tranche, from_at=one.from_at, until_at=one.until_at, capacity=one.capacity)
        for one in slots or _usual_slots(rule, on, units)
    )
    record(
        kind="release.tranche.put-out",
        actor=actor,
        now=now,
        subject=tranche.id,
        document=row.document,
        data={"release": str(row.id), "on": str(on), "units": units, "region": region},
    )
    return tranche.id


@transaction.atomic
@recorded("release.tranche.taken-back")
def take_back(*, tranche: UUID, actor: Actor, now: datetime) -> int:
    """
    What nobody has claimed goes back to the source it came from; how many units. Only after the tranche's end.

    Those who stand by come first and are given what is free now, and so do those whom an announced draw or a list of winners will
    name: nothing they still wait for is taken back. Raises NotYourPlace, TrancheUnusable, ChoiceUnderway.
    """
    row = lock_row(Tranche.objects.select_related("release"), tranche)
    actor.require(Duty.COMMAND, at=row.release.office_id)
    if now >= row.closes_at:
        pass_on(row.id, now)
        row.refresh_from_db()
    if now < row.closes_at or row.standing:
        raise TrancheUnusable(
            "This tranche is still offered, or people stand by for it; nothing was taken back.",
            where="tranche",
            found=row.standing,
            expected=f"after {row.closes_at.isoformat()}, with nobody standing by",
            cure="Wait for its end, and let those who stand by have what is free.",
        )
    refuse_while_undecided([row.id], now)
    left = row.units - row.admitted
    if left:
        ledger.post(
            lines=[
                ledger.post_line(
                    AccountRef(row.release.holder_id, State.OFFERED),
                    AccountRef(row.source_id, State.AVAILABLE),
                    row.lot_id,
                    left,
                )
            ],
            actor=actor,
            reason=Reason.RELEASE,
            document=row.document,
            request_id=new_id(),
            now=now,
        )
        row.units, row.taken_back = row.units - left, row.taken_back + left
        row.save(update_fields=["units", "taken_back"])
    record(kind="release.tranche.taken-back", actor=actor, now=now, subject=row.id, data={"units": left})
    return left


def _refuse_unusable(
    row: Release, rule: Rule, *, on: date, units: int, lot: UUID, region: str, variant: str,
    shops: Sequence[UUID], now: datetime,
) -> None:  # fmt: skip
    problems = []
    if units <= 0:
        problems.append("units: above zero")
    if rule.closes_at(on) <= now:
        problems.append("on: a day that is not over")
    if on > rule.day_of(now) + timedelta(days=366):
        problems.append("on: within a year")
    lots = book.lots([lot])
    if not lots or lots[0].item != row.item_id:
        problems.append("lot: of the release's item")
    if region and (not region.isdecimal() or len(region) > 12):
        problems.append("region: the code of a district, as 511602")
    regions = rule.eligibility.regions if rule.eligibility.region_of == "ADDRESS" else ()
    if region and regions and not any(region.startswith(one) or one.startswith(region) for one in regions):
        problems.append("region: one of the rule's")
    variants = {one.variant for one in rule.price if one.variant}
    if len(parties(ids=shops, most=len(shops))) < len(shops):
        problems.append("shops: each one registered")
    if (variant or variants) and variant not in variants:
        problems.append(f"variant: {', '.join(sorted(variants)) or 'none'}")
    if problems:
        raise TrancheUnusable(
            f"These units cannot be put out so; nothing was moved. Needed are {'; '.join(problems)}.",
            where="tranche",
            found=units,
            expected="; ".join(problems),
            cure="Correct what is named.",
        )


def refuse_unknown_regions(rule: Rule, regions: Collection[str]) -> None:
    """
    Refuse codes of districts in which nobody lives: neither the register of regions nor the rule itself names them.

    Raises RegionUnknown.
    """
    unknown = [one for one in regions if not is_region(one) and rule.eligibility.name_of(one) is None]
    if unknown:
        raise RegionUnknown(
            f"No register of regions has the code {', '.join(unknown)}, and the rule gives it no name: nobody could claim "
            "under it. Nothing was changed.",
            where="region",
            found=", ".join(unknown),
            expected="a code as 511602 (Guang'an District)",
            cure="Correct the digits; a street's own code is named with the rule.",
        )


def refuse_beyond_the_rule(release: UUID, rule: Rule, on: date, units: int) -> None:
    """
    Refuse so many units more on this day where that is not what the rule says is put out. The caller holds the release's row.

    The rule's days follow each other on the calendar from the first on which anything stands put out: a day wholly taken back
    is none. A right used in time and told of late may leave a day above the rule; that stands in no other day's way.
    Raises BeyondTheRule.
    """
    sums = Tranche.objects.filter(release=release).values_list("on").annotate(Sum("units")).order_by()
    put = {day: total for day, total in sums if total}
    had, first = put.get(on, 0), min([on, *put])
    most = rule.units_on((on - first).days)
    is_moved = bool(put) and on < min(put)
    if most is not None and had + units > most:
        told, told_zh = (
            f"{max(0, most - had)} of {most} on {on}",
            f"{on} 规则定投放 {most}，还可以投放 {max(0, most - had)}",
        )
        if not most:
            told, told_zh = (
                f"a day of the rule's, counted from {first}",
                f"{on} 不在规则定的投放日子里（从 {first} 算起）",
            )
    elif is_moved and any(_is_less_after(rule, day, put[day], before=min(put), after=on) for day in put):
        told, told_zh = f"a day from {min(put)} on", f"规则的投放日子从 {min(put)} 算起，不能再往前"
    else:
        return
    raise BeyondTheRule(
        f"The rule says how much is put out on which days; nothing was moved. Possible is {told}.",
        where="tranche",
        found=units,
        expected=told,
        cure="Put out what the rule leaves, or draft another release: once open, a rule stays.",
        told_zh=told_zh,
    )


def _is_less_after(rule: Rule, day: date, units: int, *, before: date, after: date) -> bool:
    """The rule's days counted from `after` and no more from `before`, this day may have less, and less than its units."""
    had, has = rule.units_on((day - before).days), rule.units_on((day - after).days)
    return had is not None and has is not None and has < min(had, units)


def _usual_slots(rule: Rule, on: date, units: int) -> list[SlotIn]:
    """The rule's times; as many claimants as units suffice for, shared out equally."""
    if rule.mode is not Mode.APPOINTMENT:
        return []
    minutes = timedelta(minutes=rule.slot_minutes)
    return [
        SlotIn(start, start + minutes, claims)
        for start, claims in zip((rule.moment(on, one) for one in rule.slots), rule.claims_by_slot(units), strict=True)
    ]
