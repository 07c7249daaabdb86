"""The promised hours, watched: somebody is told while there is still time to keep the promise."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from baogong.engine.release import Rule
from baogong.journal.locks import lock_word
from baogong.journal.services import record
from baogong.kernel.actor import THE_HOUSE
from baogong.release.codes import entry_number
from baogong.release.models import Claim, PromiseAlert, Release
from baogong.release.offers import PROMISED
from baogong.release.services.texts import tell_office

TOLD_MAX = 2_000  # of one release at a time
SHOWN_MAX = 50  # entry numbers in one event


def watch_promises(*, now: datetime) -> int:
    """
    Tell the office of each claim that is not handed over yet though its promise ends within the rule's warning time; once
    for each promise: goods that were lost are promised anew. How many there were. One transaction for each release.
    """
    open_ = Claim.objects.filter(state__in=PROMISED, due_at__isnull=False, keeps_until=None)
    told = 0
    for release in sorted(set(open_.values_list("tranche__release", flat=True).distinct())):
        while more := _tell(release, now):
            told += more
    return told


@transaction.atomic
def _tell(release: UUID, now: datetime) -> int:
    lock_word(f"promises {release}")
    row = Release.objects.select_related("rule").get(id=release)
    assert row.rule is not None  # nothing is claimed of a draft
    warns_before = Rule.read(row.rule.body).warns_before
    due = list(
        Claim.objects.filter(tranche__release=row, state__in=PROMISED, due_at__lte=now + warns_before, keeps_until=None)
        .exclude(Exists(PromiseAlert.objects.filter(claim=OuterRef("pk"), due_at=OuterRef("due_at"))))
        .order_by("due_at", "id")[:TOLD_MAX]
    )
    if not due:
        return 0
    PromiseAlert.objects.bulk_create(
        PromiseAlert(claim=one, office_id=row.office_id, state=one.state, due_at=one.due_at, told_at=now)
        for one in due
        if one.due_at is not None
    )
    first = due[0]
    facts = {"release": str(row.id), "count": len(due), "first_due_at": first.due_at}
    tell_office(row.office_id, "release.promise.at-risk", f"promise {first.id} {first.due_at}", facts, now)
    record(
        kind="release.promise.at-risk",
        actor=THE_HOUSE,
        now=now,
        subject=row.id,
        data={**facts, "entry_numbers": [entry_number(one.id) for one in due[:SHOWN_MAX]]},
    )
    return len(due)
