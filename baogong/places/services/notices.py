"""Zone notices from their text: read, kept with what waits for a person, settled address by address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from baogong.engine.sheets.ports import party_book
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import midnight
from baogong.places.models import Community, ZoneDoubt, ZoneNotice
from baogong.places.models.zones import Zone
from baogong.places.notices import EVERYWHERE, NAME_OF_SEVERAL, NAME_UNKNOWN, address_key, resolve_notice
from baogong.places.services.zones import (
    READERS,
    LineGiven,
    NoticeUnusable,
    add_doubts,
    add_lines,
    close_doubt,
    keep_notice,
    open_doubt,
)


@transaction.atomic
def read_notice(
    *,
    text: str,
    issuer: str = "",
    title: str = "",
    published_at: datetime,
    from_at: datetime | None = None,
    state: str | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    Read a published list and keep it: lines where the register surely knows the address, doubts for everything else.

    from_at   when it begins where its own words do not say; None: the day's beginning of its publication
    state     of what stands before the first heading; None: that waits for a person
    Returns the notice's id. Raises NoticeUnusable, NotYourPlace.
    """
    actor.require(*READERS)
    if state is not None and state not in Zone.values:
        raise NoticeUnusable("There is no such state; nothing was kept.", where="state", found=state)
    local = timezone.localtime(published_at)
    found = resolve_notice(text, published_on=local.date(), state=state)
    return keep_notice(
        text=text,
        lines=found.lines,
        doubts=found.doubts,
        issuer=issuer,
        title=title,
        published_at=published_at,
        from_at=from_at or midnight(local.date(), timezone.get_default_timezone()),
        actor=actor,
        now=now,
    )


@transaction.atomic
def settle_doubt(
    *,
    doubt: UUID,
    community: UUID | None = None,
    building: UUID | None = None,
    unit: UUID | None = None,
    street: str = "",
    state: str | None = None,
    remember: bool = False,
    actor: Actor,
    now: datetime,
) -> None:
    """
    A person says what the words mean: a community (or a building, a unit of it) or a street; none of them: nothing here.

    A community for a name nobody knew settles the whole address: every building the notice names under it gets its line,
    and one the register does not know becomes a doubt of its own.
    “All others” said to be a community is that community's zone wherever the notice, or an earlier one, says nothing more exact.
    state     None: as the notice has it, which characters that nothing read have not
    remember  the address means this community from now on, in every list
    Raises NotFound, NoticeWithdrawn, DoubtSettled, StateMissing, NotYourPlace. The same answer again changes nothing.
    """
    row = open_doubt(doubt, community, building, unit, street, actor)
    if row is None:
        return
    answer = building is None and unit is None and community is not None
    if answer and row.why in (NAME_UNKNOWN, NAME_OF_SEVERAL):
        assert community is not None
        _settle_address(row, community)
        if remember and row.scope is not None:
            _remember(row, community, now)
    elif community or street:
        line = LineGiven(
            row.start,
            row.end,
            state or row.state,
            street.strip() or row.street,
            community,
            building,
            unit,
            row.from_at,
            row.until_at,
            is_rest=answer and row.why == EVERYWHERE,
        )
        add_lines(row.notice, [line], seed=f"doubt {row.pk}")
    close_doubt(row, community, building, unit, street, state, actor, now)


def _settle_address(row: ZoneDoubt, community: UUID) -> None:
    """The lines, and the new doubts, of all that the notice says of this address."""
    if not Community.objects.filter(pk=community).exists():
        raise NotFound(f"There is no community {community}.", where=str(community), cure="Open the community first.")
    notice: ZoneNotice = row.notice
    on = timezone.localtime(notice.published_at).date()
    key = address_key(row)
    found = resolve_notice(notice.text, published_on=on, state=row.state, settled={key: community})
    entries = {(entry.start, entry.end) for entry in found.reading.entries if address_key(entry) == key}
    lines = [line for line in found.lines if line.community == community and (line.start, line.end) in entries]
    add_lines(notice, lines, seed=f"doubt {row.pk}")
    doubts = [each for each in found.doubts if each.community == community and address_key(each) == key]
    add_doubts(notice, doubts, seed=f"doubt {row.pk}")


def _remember(row: ZoneDoubt, community: UUID, now: datetime) -> None:
    party_book().add_alias(party=community, text=f"{row.street}{row.name}", now=now)
