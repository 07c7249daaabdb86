"""Releases and the wordings of their rules: drafted, tried, opened, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine.release import City, Rule, Trial, says_too_little, try_rule
from baogong.engine.release.trial import COUNTER, RUSH, TELEPHONE
from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.mapping import plain
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.people.queries.parties import party
from baogong.people.services.identity import lock_purpose
from baogong.people.services.parties import register_party
from baogong.release.errors import NotTried, QuotasDiffer, ReleaseTwice, RuleFixed, TrialUnusable, TriedTooLittle
from baogong.release.identity import purpose_of
from baogong.release.models import Release, RuleTrial, RuleVersion, Tranche
from baogong.release.services.claims import end_waiting, pass_on
from baogong.release.services.tranches import refuse_unknown_regions
from baogong.release.services.underway import refuse_while_undecided

WRITERS = (Duty.COMMAND,)
NAME_MAX = 200  # of a party


@transaction.atomic
@recorded("release.drafted")
def draft_release(
    *,
    office: UUID,
    item: UUID,
    rule: Mapping[str, Any],
    shares_quota_with: UUID | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Begin a release of the office's city with a first wording of its rule. Returns its id.

    shares_quota_with  a release of the same office: what is claimed in one counts in both
    Raises NotYourPlace, RuleUnusable, RegionUnknown, ReleaseTwice, QuotasDiffer, NotFound, RequestIdReused.
    """
    actor.require(*WRITERS, at=office)
    read = Rule.read_new(rule)
    content = content_of(office=office, item=item, rule=read.body, shared=shares_quota_with)
    made = made_before(Release, request_id, content)
    if made is not None:
        return made.id
    refuse_unknown_regions(read, read.eligibility.regions)
    lock_word(f"release {office} {read.code}")
    if Release.objects.filter(office=office, code=read.code).exists():
        raise ReleaseTwice(
            f"The office has a release “{read.code}” already; nothing was drafted.",
            where="code",
            found=read.code,
            cure="Give it another code, or change the rule of the one that is there.",
        )
    release_id = new_id()
    scope = release_id
    if shares_quota_with is not None:
        other = lock_row(Release.objects.filter(office=office), shares_quota_with)
        scope = other.scope
        if _newest_rule(other).quotas != read.quotas:
            raise QuotasDiffer(
                "Two releases that count one quota limit the same people in the same way; nothing was drafted.",
                where="quotas",
                found=other.code,
                cure="Copy the quotas of the other release, or count them apart.",
            )
    Release.objects.create(
        id=release_id,
        code=read.code,
        office_id=office,
        holder_id=_holder(release_id, office, read, now),
        item_id=item,
        scope=scope,
        made_at=now,
        request_id=request_id,
        content=content,
    )
    _add_version(release_id, read, 1, actor, now)
    record(
        kind="release.drafted",
        actor=actor,
        now=now,
        subject=release_id,
        data={"code": read.code, "office": str(office)},
    )
    return release_id


def _holder(release: UUID, office: UUID, rule: Rule, now: datetime) -> UUID:
    """
    The party in whose accounts the book keeps this release's units, and no other's.

    Two offices may open one rule under one code: the second's bears its office's name as well.
    """
    plain_name = f"{rule.title_zh}·{rule.code}"
    lock_word(f"release holder {plain_name} {rule.city}")
    own = party(office)
    for name in (plain_name, f"{plain_name}·{own.city}{own.name}"[:NAME_MAX]):
        holder = register_party(
            kind="ORGANISATION",
            name=name,
            name_en=rule.title_en,
            city=rule.city,
            now=now,
            request_id=derived_id("release.holder", release),
        )
        if not Release.objects.filter(holder=holder).exists():
            break
    return holder


@transaction.atomic
@recorded("release.rule.changed")
def change_rule(*, release: UUID, rule: Mapping[str, Any], actor: Actor, now: datetime) -> UUID:
    """
    The next wording of a draft's rule; one that says the same as the newest is that one. Returns the version's id.

    Raises NotYourPlace, RuleUnusable, RegionUnknown, RuleFixed (it has opened), QuotasDiffer, NotFound.
    """
    row = _lock(release, actor)
    read = Rule.read_new(rule)
    newest = _newest(row)
    if row.state != Release.State.DRAFT:
        raise RuleFixed(
            "This release has opened; its rule stays as it was announced. Nothing was changed.",
            where=row.code,
            found=row.state,
            cure="Close it and draft another release under the new rule.",
        )
    refuse_unknown_regions(read, read.eligibility.regions)
    others = Release.objects.filter(scope=row.scope).exclude(id=row.id)
    if any(_newest_rule(other).quotas != read.quotas for other in others):
        raise QuotasDiffer(
            "Another release counts the same quota; both limit the same people in the same way. Nothing was changed.",
            where="quotas",
            cure="Keep the quotas, or draft a release that counts them apart.",
        )
    version = newest.id
    if bytes(newest.digest) != read.digest():
        version = _add_version(row.id, read, newest.number + 1, actor, now)
    record(
        kind="release.rule.changed",
        actor=actor,
        now=now,
        subject=row.id,
        data={"digest": read.digest().hex(), "version": RuleVersion.objects.get(id=version).number},
    )
    return version


@transaction.atomic
@recorded("release.rule.tried")
def try_out(
    *,
    release: UUID,
    people: int = 20_000,
    days: int = 15,
    wanting: float = 0.5,
    units: int = 5_000,
    seed: int = 1,
    telephone: float = TELEPHONE,
    counter: float = COUNTER,
    rush: float = RUSH,
    actor: Actor,
    now: datetime,
) -> Trial:
    """
    Play the newest wording on a made-up city of so many people and days, and keep what came of it.

    units              put out each day, where the rule does not say itself
    telephone, counter shares of the people who telephone, and who go to a clerk; rush: of the others, who come as it opens
    Raises NotYourPlace, TrialUnusable, NotFound.
    """
    row = _lock(release, actor)
    version = _newest(row)
    rule = Rule.read(version.body)
    try:
        city = City(people, days, wanting, units, rule.day_of(now), seed, telephone, counter, rush)
    except ValueError as error:
        raise TrialUnusable(
            "A trial has 1 to 200000 people and 1 to 60 days, of whom a share above 0 and up to 1 tries; who telephones "
            "and who goes to a clerk are together no more than all. Nothing was tried.",
            where="city",
            cure="Make the city smaller, or its shares.",
        ) from error
    trial = try_rule(rule, city)
    RuleTrial.objects.create(
        id=new_id(),
        version=version,
        city=plain(
            {
                "people": people,
                "days": days,
                "wanting": wanting,
                "units": units,
                "seed": seed,
                "telephone": telephone,
                "counter": counter,
                "rush": rush,
            }
        ),
        outcome=plain(trial.as_dict()),
        tried_at=now,
        tried_by_id=actor.person_id,
    )
    record(
        kind="release.rule.tried",
        actor=actor,
        now=now,
        subject=row.id,
        data={"version": version.number, "never_served": trial.never_served, "again": trial.again},
    )
    return trial


@transaction.atomic
@recorded("release.opened")
def open_release(*, release: UUID, actor: Actor, now: datetime) -> UUID:
    """
    Announce a release under the newest wording of its rule, which then stays. Returns the document's id.

    Opening what is open changes nothing. Raises NotYourPlace, RuleUnusable (a draft of before a contradiction was known), NotTried, TriedTooLittle, RuleFixed (it is closed),
    NotFound.
    """
    row = _lock(release, actor)
    version = _newest(row)
    if row.state == Release.State.CLOSED:
        raise RuleFixed(
            "This release is closed and does not open again; nothing was changed.",
            where=row.code,
            found=row.state,
            cure="Draft another one.",
        )
    if row.state == Release.State.DRAFT:
        rule = Rule.read_new(version.body)
        _refuse_untried(row, version, rule)
        row.document = draw_up(
            kind="RELEASE",
            title=rule.title_zh,
            body={"code": row.code, "version": version.number, "digest": bytes(version.digest).hex()},
            subjects=[row.id],
            actor=actor,
            now=now,
            request_id=derived_id("release.opened", row.id),
            at=row.office_id,
        )
        # Made now, as claims take it while they hold other rows.
        lock_purpose(purpose=purpose_of(row.office_id), now=now)
        row.state, row.rule, row.opened_at = Release.State.OPEN, version, now
        row.save(update_fields=["state", "rule", "opened_at", "document"])
    assert row.document is not None
    record(kind="release.opened", actor=actor, now=now, subject=row.id, document=row.document, data={"code": row.code})
    return row.document


@transaction.atomic
@recorded("release.closed")
def close_release(*, release: UUID, actor: Actor, now: datetime) -> None:
    """
    No more claims; what was admitted is still handed over. Who stands by gets what is free, also what was kept for one channel, and
    the others are told that it is over. A draft is dropped by leaving it.

    Raises NotYourPlace, RuleFixed (it never opened), ChoiceUnderway (lots not drawn, a list not signed), NotFound.
    """
    # First: claims lock their tranche before its release, and queue for it in order, so that no storm of them keeps this out.
    lock_rows(Tranche.objects.all(), Tranche.objects.filter(release=release).values_list("id", flat=True))
    row = _lock(release, actor)
    if row.state == Release.State.DRAFT:
        raise RuleFixed(
            "This release never opened, so there is nothing to close.",
            where=row.code,
            found=row.state,
            cure="Leave the draft as it is, or open it.",
        )
    if row.state == Release.State.OPEN:
        refuse_while_undecided(row.tranches.values_list("id", flat=True), now)
        for tranche in row.tranches.order_by("id").values_list("id", flat=True):
            pass_on(tranche, now, is_closing=True)
        row.state, row.closed_at = Release.State.CLOSED, now
        row.save(update_fields=["state", "closed_at"])
        end_waiting(now=now)
    record(kind="release.closed", actor=actor, now=now, subject=row.id, data={"code": row.code})


def _lock(release: UUID, actor: Actor) -> Release:
    row = lock_row(Release.objects.all(), release)
    actor.require(*WRITERS, at=row.office_id)
    return row


def _refuse_untried(row: Release, version: RuleVersion, rule: Rule) -> None:
    """One trial of this very version has to show who is left out."""
    shown = [says_too_little(rule, one.city, one.outcome) for one in version.trials.order_by("-id")]
    if not shown:
        raise NotTried(
            f"Version {version.number} of the rule was not tried yet; the release stays closed.",
            where=row.code,
            found=version.number,
            expected="a trial of this very version",
            cure="Try it on a made-up city, look at who is served, and open it then.",
        )
    if all(shown):
        raise TriedTooLittle(
            f"The trial of version {version.number} shows nothing of who is left out; the release stays closed.",
            where=row.code,
            found=version.number,
            expected="a trial with units put out, in which more people try than one day's units make claims of",
            cure="Try it with the units of a day and the people of your city, look at who is served, and open it then.",
            why=shown[0],
        )


def _newest(row: Release) -> RuleVersion:
    return row.versions.order_by("-number")[0]


def _newest_rule(row: Release) -> Rule:
    return Rule.read(_newest(row).body)


def _add_version(release: UUID, rule: Rule, number: int, actor: Actor, now: datetime) -> UUID:
    return RuleVersion.objects.create(
        id=new_id(),
        release_id=release,
        number=number,
        body=plain(rule.body),
        digest=rule.digest(),
        made_at=now,
        made_by_id=actor.person_id,
    ).id
