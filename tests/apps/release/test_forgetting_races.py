"""A city forgets its people while others work: nobody else waits, and nothing of them is written beside it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction

from baogong.journal import locks, promises
from baogong.journal.models import ImportRun
from baogong.journal.services.documents import lock_numbers
from baogong.journal.services.imports import apply, lapse_previews_of
from baogong.kernel.actor import THE_HOUSE
from baogong.people.models import PersonalDatum
from baogong.people.services import identity
from baogong.people.services.identity import Erased, erase_purpose, is_ended
from baogong.release import queries, services
from baogong.release.identity import person, purpose_of
from baogong.release.models import Claim, VerifiedAddress
from baogong.release.services import claims, forgetting, registers
from tests.apps.release.test_forgetting import close_all
from tests.apps.release.test_lists import NEAR
from tests.apps.release.test_people import WHO, claim, hand_over
from tests.apps.release.test_races import _until_somebody_waits_for_a_lock
from tests.apps.release.test_winners import as_file, read
from tests.apps.release.world import NOW, World, make_world
from tests.races import race


def forget(world: World) -> int:
    return services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)


def listed(world: World) -> dict[str, object]:
    return {"投放单位": queries.ending(world.office).office_name, "收货地址": NEAR, "地区代码": "420102"}


@pytest.mark.parametrize("is_guarded", [False, True])
def test_another_city_writes_its_lists_while_one_forgets_its_people(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Whoever forgot a million people held what every import of the house waits for."""
    other = make_world(fresh_world.cast, city="德阳")
    hand_over(fresh_world, claim(fresh_world, fresh_world.tranche(10)).id)
    close_all(fresh_world)
    with transaction.atomic():
        lock_numbers("IMPORT")  # an import was written before: what all wait for is there
    run, own = (read(world, "addresses", as_file([listed(world)])) for world in (other, fresh_world))
    monkeypatch.setattr(locks, "LOCK_WAIT_MS", 300)
    is_forgetting, is_told = threading.Event(), threading.Event()
    lapse, erase = lapse_previews_of, erase_purpose

    def lapsed(**asked: Any) -> int:
        if not is_guarded:
            lock_numbers("IMPORT")
        return lapse(**asked)

    def erased(**asked: Any) -> int:
        count = erase(**asked)
        is_forgetting.set()
        assert is_told.wait(20)
        return count

    monkeypatch.setattr(forgetting, "lapse_previews_of", lapsed)
    monkeypatch.setattr(forgetting, "erase_purpose", erased)

    def bring() -> None:
        assert is_forgetting.wait(20)
        try:
            with pytest.raises(Erased):  # at once: its own city's lists wait for nothing either
                services.verify_addresses(office=fresh_world.office, addresses=[], actor=fresh_world.wu, now=NOW)
            apply(run=run.id, actor=other.wu, now=NOW)
        finally:
            is_told.set()

    forgot, brought = race(lambda: forget(fresh_world), bring)
    assert forgot == 4
    assert isinstance(brought, locks.Busy) is not is_guarded
    assert VerifiedAddress.objects.filter(office=other.office).count() == is_guarded
    assert ImportRun.objects.get(id=own.id).state == "LAPSED"


@pytest.mark.parametrize("is_guarded", [False, True])
def test_no_address_is_verified_under_a_purpose_that_ends_meanwhile(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    hand_over(fresh_world, claim(fresh_world, fresh_world.tranche(10)).id)
    close_all(fresh_world)
    if not is_guarded:
        monkeypatch.setattr(registers, "hold_purpose", lambda **_asked: None)
    is_written, is_over = threading.Event(), threading.Event()

    def verify() -> bool:
        with transaction.atomic():
            near = [services.AddressIn(NEAR, "420102")]
            services.verify_addresses(office=fresh_world.office, addresses=near, actor=fresh_world.wu, now=NOW)
            is_written.set()
            return _until_somebody_waits_for_a_lock(20) if is_guarded else is_over.wait(20)

    def end() -> int:
        assert is_written.wait(20)
        try:
            return forget(fresh_world)
        finally:
            is_over.set()

    assert race(verify, end) == [True, 4]
    assert VerifiedAddress.objects.exists() is not is_guarded, "unguarded its tag outlived the city"


@pytest.mark.parametrize("is_guarded", [False, True])
def test_the_worker_keeps_a_contact_while_its_city_forgets(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """The key first and what is underway after it waited for each other in a ring."""
    tranche, purpose = fresh_world.tranche(10), purpose_of(fresh_world.office)
    who = person(fresh_world.office, document=WHO.document, number=WHO.number)
    sealed = services.contact_sealer(purpose, NOW)(WHO)
    (answer,) = services.claim_listed(
        tranche=tranche, rows=[services.ListedClaim(who, 5, sealed=sealed)], actor=fresh_world.wu, now=NOW
    )
    hand_over(fresh_world, answer.id)
    close_all(fresh_world)
    if not is_guarded:
        asked: dict[str, Any] = {"purpose": purpose, "actor": THE_HOUSE, "now": NOW, "room": "release"}
        monkeypatch.setattr(forgetting, "lapse_previews_of", lambda **_asked: erase_purpose(**asked))
    is_keeping, keep = threading.Event(), claims.keep_contact

    def kept(*given: Any) -> Any:
        is_keeping.set()
        assert _until_somebody_waits_for_a_lock(20)
        return keep(*given)

    monkeypatch.setattr(claims, "keep_contact", kept)

    def end() -> int:
        assert is_keeping.wait(20)
        return forget(fresh_world)

    told = race(lambda: services.keep_contacts(now=NOW), end)
    assert any(isinstance(one, Exception) for one in told) is not is_guarded, told
    if is_guarded:
        assert is_ended(purpose)
        assert not PersonalDatum.objects.filter(cipher__isnull=False).exists()
        assert not Claim.objects.exclude(person=None, claimant=None).exists()


def test_a_city_is_forgotten_in_parts_and_all_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tranche = world.tranche(50, quotas=[])
    for _each in range(5):
        hand_over(world, claim(world, tranche).id)
    close_all(world)
    told: list[int] = []

    def hear(sender: object, *, claims: list[Any], **_more: object) -> None:
        told.append(len(claims))

    monkeypatch.setattr(promises, "AT_ONCE", 2)
    promises.people_forgotten.connect(hear)
    try:
        forget(world)
    finally:
        promises.people_forgotten.disconnect(hear)
    assert told == [2, 2, 1]
    assert not Claim.objects.exclude(person=None, claimant=None).exists()


def test_a_purpose_is_held_by_many_and_kept_from_nobody(fresh_world: World) -> None:
    """Who writes tags waits neither for each other nor for who keeps a number; the ending waits for all of them."""
    purpose = purpose_of(fresh_world.office)
    is_held, is_kept = threading.Event(), threading.Event()

    def hold() -> bool:
        with transaction.atomic():
            identity.hold_purpose(purpose=purpose, now=NOW)
            is_held.set()
            return is_kept.wait(20)

    def keep() -> None:
        assert is_held.wait(20)
        with transaction.atomic():
            identity.hold_purpose(purpose=purpose, now=NOW)
            identity.lock_purpose(purpose=purpose, now=NOW)
        is_kept.set()

    fresh_world.release()
    assert race(hold, keep) == [True, None]
