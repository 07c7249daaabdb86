"""Which pack is for whom; and a community's packs, counted from its households, asked for as needs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.needs.errors import NobodyCounted, PackRuleUnusable
from baogong.needs.models import Need, PackRule
from baogong.needs.queries.packs import GROUPS, packs_needed
from baogong.needs.services.reach import require_at
from baogong.needs.services.requests import Asked, ask
from baogong.people.queries.merges import root_of
from baogong.supply.queries import kits

PER_PERSONS_MAX = 100


@transaction.atomic
@recorded("needs.pack-rule.set")
def set_pack_rule(*, kit: str, group: str, actor: Actor, now: datetime, per_persons: int = 0) -> UUID:
    """
    From now on households get this pack for those of the group; returns the rule's id.

    kit          the code of a kit, which is followed to its newest version
    per_persons  one pack for so many of them in a household; 0: one a household
    Raises PackRuleUnusable, NotYourPlace.
    """
    actor.require(Duty.COMMAND)
    codes = [each.code for each in kits()]
    if kit not in codes or group not in GROUPS or not 0 <= per_persons <= PER_PERSONS_MAX:
        raise PackRuleUnusable(
            f"No household can be counted by this rule: kit “{kit}”, group {group}, one for {per_persons} persons. "
            "Nothing was changed.",
            where="pack rule",
            found=f"{kit}, {group}, {per_persons}",
            expected=f"a kit of {codes}, a group of {[str(each) for each in GROUPS]}, 0 to {PER_PERSONS_MAX} persons",
            cure="Choose a kit that is written down, a group of a household, and for how many persons one pack is.",
        )
    lock_word(f"pack-rule {kit} {group}")
    held = PackRule.objects.filter(kit_code=kit, group=group, ended_at=None).first()
    if held is not None and held.per_persons == per_persons:
        row = held
    else:
        _end(held, now)
        row = PackRule.objects.create(
            kit_code=kit,
            group=group,
            per_persons=per_persons,
            set_at=now,
            set_by_id=actor.person_id,
            set_by_name=actor.name,
        )
    data = {"kit": kit, "group": group, "per_persons": per_persons}
    record(kind="needs.pack-rule.set", actor=actor, now=now, subject=row.id, data=data)
    return row.id


@transaction.atomic
@recorded("needs.pack-rule.ended")
def end_pack_rule(*, kit: str, group: str, actor: Actor, now: datetime) -> None:
    """Nobody of the group gets this pack any more; a rule that is not in force stays so. Raises NotYourPlace."""
    actor.require(Duty.COMMAND)
    _end(PackRule.objects.filter(kit_code=kit, group=group, ended_at=None).first(), now)
    record(kind="needs.pack-rule.ended", actor=actor, now=now, data={"kit": kit, "group": group})


@transaction.atomic
@recorded("needs.packs.asked")
def ask_for_packs(
    *,
    community: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    urgency: int = 2,
    due_at: datetime | None = None,
) -> tuple[UUID, ...]:
    """
    Ask for every pack the community's households come to, one need for each kind of pack. Returns the needs' ids.

    Raises NobodyCounted, NeedLooksDoubled, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    require_at(actor, community)
    community = root_of(community)
    packs: Counter[UUID] = Counter()
    for line in packs_needed([community]):
        packs[line.item] += line.packs
    if not packs:
        raise NobodyCounted(
            "No household of this community is counted for whom a pack is meant. Nothing was written.",
            where=str(community),
            cure="Import the residents' committee's list, and say which pack is for whom.",
        )
    requests = {item: derived_id(request_id, item) for item in packs}
    is_repeated = Need.objects.filter(request_id__in=requests.values()).exists()
    needs = tuple(
        ask(
            need=Asked(
                receiver=community,
                item=item,
                quantity=amount,
                urgency=urgency,
                use="COMMUNITY",
                source="packs by households",
                due_at=due_at,
            ),
            actor=actor,
            now=now,
            request_id=requests[item],
        )
        for item, amount in sorted(packs.items())
    )
    if not is_repeated:
        record(
            kind="needs.packs.asked",
            actor=actor,
            now=now,
            subject=community,
            data={"packs": {str(item): amount for item, amount in packs.items()}},
        )
    return needs


def _end(row: PackRule | None, now: datetime) -> None:
    if row is not None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
