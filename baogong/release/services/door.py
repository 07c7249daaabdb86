"""
Who may enter a draw: what registers, quotas and the list say of people, read once for all of them.

Here, too, stands which draw and which rule is meant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from baogong.engine.release import Ask, Quota, Rule, Subject, refusal_of
from baogong.engine.release import Used as Turn
from baogong.kernel.errors import NotFound
from baogong.release.errors import EntryRefused
from baogong.release.identity import Person
from baogong.release.luck import lucks
from baogong.release.models import Draw, DrawEntry, DrawStay, Listed, Tranche, Used, VerifiedAddress

_NOBODY = UUID(int=0)
LOCK_TO_ENTER = "SELECT id FROM release_draw WHERE id = %s FOR SHARE"
LOCK_TO_COUNT = "SELECT id FROM release_draw WHERE id = %s FOR NO KEY UPDATE"


def draw_of(draw: UUID) -> Draw:
    """With its release and rule. Raises NotFound."""
    row = Draw.objects.select_related("tranche__release__rule").filter(id=draw).first()
    if row is None:
        raise NotFound("There is no such draw; nothing was done.", where=str(draw), cure="Open the list anew.")
    return row


def rule_of(row: Tranche) -> Rule:
    """The rule in force."""
    assert row.release.rule is not None
    return Rule.read(row.release.rule.body)


def lock_to_enter(row: Draw) -> None:
    """The list does not close while somebody is being written into it. Where entries are counted, they come one by one."""
    counts = any(quota.subject is not Subject.PERSON for quota in rule_of(row.tranche).quotas)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_TO_COUNT if counts else LOCK_TO_ENTER, [row.id])
    row.refresh_from_db()


class Door:
    """
    Who may enter a draw; what registers, quotas and the list say of these people is read once for all of them.

    Quotas are asked as of the beacon's day, when a right can come of it: nobody is drawn whom the counter would refuse.

    instead_of  entries that these people have now and that new ones are to follow: they stand in nobody's way
    """

    def __init__(
        self, row: Draw, people: Sequence[Person], now: datetime, *, instead_of: Collection[UUID] = ()
    ) -> None:
        tranche = row.tranche
        self._rule, self._region, self._now = rule_of(tranche), tranche.region, now
        self._drawn_on = self._rule.day_of(row.beacon_at)
        office, persons = tranche.release.office_id, [one.person for one in people]
        addresses = [one.address for one in people if one.address is not None]
        verified = VerifiedAddress.objects.filter(office=office, tag__in=addresses).values_list("tag", "region")
        self._verified = {bytes(tag): region for tag, region in verified}
        self._lists: defaultdict[bytes, set[str]] = defaultdict(set)
        if self._rule.eligibility.lists:
            named = Listed.objects.filter(office=office, name__in=self._rule.eligibility.lists, tag__in=persons)
            for tag, name in named.values_list("tag", "name"):
                self._lists[bytes(tag)].add(name)
        standing = DrawEntry.objects.filter(draw=row, left_at=None).exclude(id__in=instead_of)
        entered = standing.filter(person__in=persons).values_list("person", flat=True)
        self._entered = {bytes(tag) for tag in entered if tag is not None}
        stays = DrawStay.objects.filter(
            release=tranche.release_id,
            region=tranche.region,
            variant=tranche.variant,
            ended_at=None,
            person__in=persons,
        )
        staying = (
            stays.exclude(entry__in=instead_of).values_list("person", flat=True) if self._rule.draw.stays_in else ()
        )
        self._staying = {bytes(tag) for tag in staying if tag is not None}
        self._lucks = lucks(tranche.release.scope, persons) if self._rule.draw.pause_days else {}
        self._used: dict[tuple[Subject, bytes], Turn] = {}
        self._entries: Counter[tuple[Subject, bytes]] = Counter()
        for subject in {quota.subject for quota in self._rule.quotas}:
            tags = {_tags(one)[subject] for one in people if subject in _tags(one)}
            used = Used.objects.filter(scope=tranche.release.scope, subject=subject.value, tag__in=tags)
            for had in used:
                self._used[subject, bytes(had.tag)] = Turn(had.start_on, had.units, had.claims)
            if subject is not Subject.PERSON:
                column = subject.value.lower()
                sharing = standing.filter(**{f"{column}__in": tags})
                self._entries.update((subject, bytes(tag)) for tag in sharing.values_list(column, flat=True))

    def let_in(self, who: Person) -> None:
        """They count as entered for whoever is asked about next."""
        self._entered.add(who.person)
        self._entries.update(_tags(who).items())

    def refusal_of(self, who: Person, region: str) -> tuple[str, str] | None:
        """(why, first day on which they may again): not of whom the rule serves, entered already, served or won lately."""
        rule, verified, tags = self._rule, self._verified.get(who.address or b""), _tags(who)
        ask = Ask(
            id=_NOBODY,
            channel="WEB",
            units=rule.units_per_claim_max,
            tags=tags,
            document=who.document,
            document_region=who.document_region,
            born_on=who.born_on,
            region=verified or region,
            lists=frozenset(self._lists.get(who.person, ())),
            is_address_verified=verified is not None,
        )
        refusal = refusal_of(rule, ask, rule.day_of(self._now), self._region)
        if refusal is not None:
            return refusal.code, ""
        if rule.draw.household_winners_max and who.household is None:
            return "household-missing", ""
        if who.person in self._entered:
            return "already-entered", ""
        if who.person in self._staying:
            return "stays-in", ""
        luck = self._lucks.get(who.person)
        if luck is not None and luck.won_at is not None:
            free_on = rule.day_of(luck.won_at) + timedelta(days=rule.draw.pause_days + 1)
            if rule.day_of(self._now) < free_on:
                return "pausing", free_on.isoformat()
        return self._refusal_of_quotas(tags)

    def _refusal_of_quotas(self, tags: Mapping[Subject, bytes]) -> tuple[str, str] | None:
        """The turn's share is used, or would be if all who entered with this telephone, household or address won."""
        for quota in self._rule.quotas:
            key = quota.subject, tags[quota.subject]
            had = self._used.get(key)
            if had is None or quota.turn.is_over(had.start_on, self._drawn_on):
                had = Turn(self._drawn_on, 0, 0)
            if self._exceeds(quota, had, 1):
                free_on = quota.turn.free_on(had.start_on)
                return "quota-used", free_on.isoformat() if free_on else ""
            winners = self._entries[key] + 1
            if quota.subject is Subject.HOUSEHOLD and self._rule.draw.household_winners_max:
                winners = min(winners, self._rule.draw.household_winners_max)  # the draw passes over the others
            if self._exceeds(quota, had, winners):
                return "quota-entered", ""
        return None

    def _exceeds(self, quota: Quota, had: Turn, winners: int) -> bool:
        units = had.units + winners * self._rule.units_per_claim_max
        return (quota.claims_max is not None and had.claims + winners > quota.claims_max) or (
            quota.units_max is not None and units > quota.units_max
        )


def _tags(who: Person) -> dict[Subject, bytes]:
    named = (
        (Subject.PERSON, who.person),
        (Subject.HOUSEHOLD, who.household),
        (Subject.PHONE, who.phone),
        (Subject.ADDRESS, who.address),
    )
    return {subject: tag for subject, tag in named if tag is not None}


_WHY_ZH = {
    "already-entered": "已经登记过",
    "stays-in": "已经登记过：未中签的自动参加下一次，不用再来",
    "pausing": "不久前刚中过签",
    "quota-used": "本期限额已经用完",
    "quota-entered": "同一电话、户口簿或地址登记的人已到限额",
    "elsewhere": "不属于本次的地区",
    "not-listed": "不在名单内",
    "document-not-accepted": "不接受这种证件",
    "household-missing": "需要户口簿号",
    "phone-missing": "需要手机号",
    "address-missing": "需要地址",
    "no-birth-date": "证件上没有出生日期",
    "too-young": "年龄不到",
    "too-old": "年龄超过",
    "address-not-verified": "地址还没有核实",
}


def refused(code: str, free_on: str = "") -> EntryRefused:
    """To be raised: why, in both languages."""
    again_zh = f"，{free_on} 起可再参加" if free_on else ""
    return EntryRefused(
        f"This person may not enter this draw ({code}){f', and may again on {free_on}' if free_on else ''}. "
        "Nobody was entered.",
        where="entry",
        found=code,
        expected=free_on,
        cure="Look at the rule with them; what was typed may be wrong.",
        told_zh=f"{_WHY_ZH[code]}{again_zh}",
    )
