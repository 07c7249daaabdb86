"""Rights of chosen people, used: told late by a shop's list, ordered online and brought, settled where they were used."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from baogong.catalogue.queries import MONEY
from baogong.catalogue.services import seed_catalogue
from baogong.engine.sheets.kinds import LineOutcome
from baogong.journal import locks
from baogong.journal.models import Event, ImportLine, Outgoing
from baogong.journal.queries import events
from baogong.journal.services import EvidenceIn, sign
from baogong.journal.services.documents import refuse
from baogong.journal.services.imports import apply, resolve
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import parties
from baogong.release import offers, queries, services
from baogong.release.codes import pickup_code
from baogong.release.errors import (
    AddressWaits,
    ClaimMoved,
    ClaimRanOut,
    ClerkCapReached,
    ContactNeeded,
    IsBrought,
    NoSuchRight,
    PlaceUnknown,
    RightRedeemed,
)
from baogong.release.looking import NotOffered
from baogong.release.models import ChannelReserve, Claim, Redemption, Slot, Tranche, WinnerList
from baogong.release.services import Contact, deliveries, promises
from tests.apps.release.test_people import stored
from tests.apps.release.test_winners import as_file, line, number, read, second, shop_line, use
from tests.apps.release.world import DAY, NOW, World, claim_one, is_sound
from tests.cast import log_in_as, rows_in_book
from tests.races import race

SIGNED = [EvidenceIn("SIGNATURE", by_name="张")]
NIGHT = NOW + timedelta(hours=16)  # 02:00 the next day: a right of one day has run out
IN_TIME, TOO_LATE = "2020-02-05 15:30", "2020-02-06 01:00"


def won(world: World, serials: Sequence[int] = (1, 2), units: int = 10, **changed: Any) -> UUID:
    """A tranche whose winners, five each, are on a list that two have signed."""
    tranche = world.tranche(units, **{"mode": "IMPORTED", "fulfilment": "PICKUP", "pickup_days": 1, **changed})
    win(world, serials, second(world), NOW)
    return tranche


def win(world: World, serials: Sequence[int], signer: Actor, now: datetime) -> None:
    rows = [line(serial, 签署人数=len(serials), 签署数量=5 * len(serials)) for serial in serials]
    apply(run=read(world, "winners", as_file(rows), now=now).id, actor=world.wu, now=now)
    sign(document=WinnerList.objects.get(admitted_at=None).document, actor=signer, now=now)


def right(tranche: UUID, serial: int) -> Claim:
    found = services.right_of(tranche=tranche, document="RESIDENT_ID", number=number(serial))
    assert found is not None
    return Claim.objects.get(id=found)


def told(world: World, rows: Sequence[dict[str, object]], now: datetime) -> list[LineOutcome]:
    """What a shop's list came to once it was brought in."""
    run = read(world, "redeemed", as_file(rows), now=now)
    return [one.outcome for one in apply(run=run.id, actor=world.wu, now=now).lines]


# A shop's list that comes after the right's last day.


@pytest.mark.parametrize("swept", ["nothing", "the book", "the claims"])
def test_what_a_shop_gave_in_time_is_taken_down_after_the_right_ran_out(world: World, swept: str) -> None:
    tranche = won(world)
    if swept != "nothing":
        assert ledger.sweep_expired(now=NIGHT) == 2
    if swept == "the claims":
        assert services.expire_unclaimed(now=NIGHT) == 2
    (one,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert one.status == "ADDED"
    row = right(tranche, 1)
    assert (row.state, Redemption.objects.get().at.isoformat()) == ("HANDED_OVER", "2020-02-05T07:30:00+00:00")
    services.expire_unclaimed(now=NIGHT)
    assert right(tranche, 2).state == "EXPIRED"
    assert is_sound(tranche)
    (again,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert again.status == "UNCHANGED"


def test_what_went_back_to_the_store_meanwhile_is_put_out_again(world: World) -> None:
    tranche = won(world)
    services.expire_unclaimed(now=NIGHT)
    assert services.take_back(tranche=tranche, actor=world.lin, now=NIGHT) == 10
    free = world.free()
    assert [one.status for one in told(world, [shop_line(1, IN_TIME)], NIGHT)] == ["ADDED"]
    assert world.free() == free - 5, "what is in a person's hands stands in no store"
    assert (right(tranche, 1).state, Tranche.objects.get().units) == ("HANDED_OVER", 5)
    assert is_sound(tranche)


def test_what_the_store_has_promised_to_others_meanwhile_waits_for_a_person(world: World) -> None:
    tranche = won(world)
    services.expire_unclaimed(now=NIGHT)
    services.take_back(tranche=tranche, actor=world.lin, now=NIGHT)
    left, hand = world.free(), AccountRef(world.cast.hub, State.AVAILABLE)
    ledger.post(
        lines=[ledger.post_line(AccountRef(world.cast.warehouse, State.AVAILABLE), hand, world.lot, left - 3)],
        actor=world.lin, reason=Reason.RELEASE, document=None, request_id=new_id(), now=NIGHT,
    )  # fmt: skip
    (one,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert one.status == "WAITING"
    assert world.free() == 3, "nothing half done"
    assert is_sound(tranche)


def test_a_right_promised_again_beyond_its_channels_cap_can_be_given_back(world: World) -> None:
    """Counted as far as the cap only, all that was given back took the channel's count below nothing."""
    reserve = [{"channel": "WEB", "units": 0, "units_max": 10, "until": "23:00"}]
    tranche = world.tranche(30, fulfilment="PICKUP", pickup_days=1, reserves=reserve)
    late = [claim_one(tranche, one).id for one in ("zhang", "li")]
    Tranche.objects.update(closes_at=NIGHT + DAY)
    services.expire_unclaimed(now=NIGHT)
    anew = [claim_one(tranche, one, now=NIGHT).id for one in ("zhao", "qian")]
    counted = ChannelReserve.objects.values_list("taken", "beyond")
    assert counted.get() == (10, 0)
    for claim in late:
        use(world, claim, "ONLINE", used_at=NOW + timedelta(hours=1), contact=contact(number=""), now=NIGHT)
    assert counted.get() == (10, 10)
    taken = []
    for claim in (*late, *anew):
        services.cancel_claim(claim=claim, actor=world.wu, now=NIGHT)
        taken.append(counted.get())
    assert taken == [(10, 5), (10, 0), (5, 0), (0, 0)], "beyond its cap nobody new is admitted meanwhile"
    assert is_sound(tranche)


def test_a_right_promised_again_has_no_appointment_any_more_to_give_back(world: World) -> None:
    tranche = world.tranche(5, mode="APPOINTMENT", slots=["11:00"], fulfilment="PICKUP", pickup_days=1)
    slot = Slot.objects.get()
    claim = claim_one(tranche, "zhang", slot=slot.id).id
    services.expire_unclaimed(now=NIGHT)
    use(world, claim, "ONLINE", used_at=NOW + timedelta(hours=1), contact=contact(number=""), now=NIGHT)
    services.cancel_claim(claim=claim, actor=world.wu, now=NIGHT)
    slot.refresh_from_db()
    assert slot.taken == 0
    assert is_sound(tranche)


def test_what_was_given_on_to_who_stands_by_is_told_and_waits_for_a_person(world: World) -> None:
    tranche, zhou = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", pickup_days=1), second(world)
    win(world, (1, 2), zhou, NOW)
    Tranche.objects.update(closes_at=NIGHT + DAY)
    services.expire_unclaimed(now=NIGHT)
    win(world, (3,), zhou, NIGHT)
    rows = [shop_line(1, IN_TIME), shop_line(2, "2020-02-05 15:40")]
    run = read(world, "redeemed", as_file(rows), now=NIGHT)
    assert [one.outcome.status for one in run.lines] == ["ADDED", "ADDED"], "there is enough for either"
    lines = apply(run=run.id, actor=world.wu, now=NIGHT).lines
    statuses: list[str] = [one.outcome.status for one in lines]
    assert sorted(statuses) == ["ADDED", "WAITING"], "one that cannot be taken down does not refuse the other"
    waiting = lines[statuses.index("WAITING")]
    office = Outgoing.objects.filter(template="release.right.given-on")
    assert {one.to_party_id for one in office} >= {world.lin.person_id, world.wu.person_id}
    assert "HANDED_OVER" in set(Claim.objects.values_list("state", flat=True))
    assert is_sound(tranche)
    resolve(line=waiting.id, choice={"again": True}, actor=world.wu, now=NIGHT)
    assert Redemption.objects.count() == 1, "still nothing is left for it"
    services.cancel_claim(claim=right(tranche, 3).id, actor=world.wu, now=NIGHT)
    settled = resolve(line=waiting.id, choice={"again": True}, actor=world.wu, now=NIGHT)
    assert {one.outcome.status for one in settled.lines} == {"ADDED"}
    assert Redemption.objects.count() == 2
    assert is_sound(tranche)


def test_a_right_used_after_its_last_day_is_not_taken_down_and_nobody_is_accused(world: World) -> None:
    tranche = won(world)
    for sweep in (False, True):
        if sweep:
            services.expire_unclaimed(now=NIGHT)
        lines = told(world, [shop_line(1, TOO_LATE), shop_line(2, IN_TIME)], NIGHT)
        assert lines[0].status == "REFUSED"
        assert lines[0].found == "2020-02-06 01:00"
        assert "2020-02-06 00:00" in lines[0].expected
        assert "twice" not in lines[0].cure
        assert "another person" not in lines[0].cure
    with pytest.raises(ClaimRanOut):
        use(world, right(tranche, 1).id, "SHOP", now=NIGHT)
    assert Redemption.objects.count() == 1
    assert is_sound(tranche)


def test_a_line_that_was_overtaken_since_the_preview_leaves_the_others(world: World) -> None:
    tranche = won(world)
    run = read(world, "redeemed", as_file([shop_line(1, IN_TIME), shop_line(2, IN_TIME)]), now=NIGHT)
    use(world, right(tranche, 1).id, "SHOP", used_at=NOW + timedelta(hours=1), now=NIGHT)
    lines = [one.outcome for one in apply(run=run.id, actor=world.wu, now=NIGHT).lines]
    assert [one.status for one in lines] == ["REFUSED", "ADDED"]
    assert lines[0].found.startswith("SHOP ")
    assert right(tranche, 2).state == "HANDED_OVER"
    assert is_sound(tranche)


def test_what_a_shop_gave_before_its_goods_were_written_down_as_disinfected_waits(world: World) -> None:
    tranche = won(world, disinfected=True)
    run = read(world, "redeemed", as_file([shop_line(1, IN_TIME)]), now=NIGHT)
    (line,) = apply(run=run.id, actor=world.wu, now=NIGHT).lines
    assert (line.outcome.status, line.outcome.found, line.outcome.may_look_again) == ("WAITING", "0 / 5", True)
    assert "disinfected" in line.outcome.cure
    assert not Redemption.objects.exists()
    services.take_in(tranche=tranche, units=5, means="75% alcohol", actor=world.wu, now=NIGHT, request_id=new_id())
    settled = resolve(line=line.id, choice={"again": True}, actor=world.wu, now=NIGHT)
    assert [one.outcome.status for one in settled.lines] == ["ADDED"]
    assert right(tranche, 1).state == "HANDED_OVER"
    assert is_sound(tranche)


def places_of_lines() -> dict[UUID, str]:
    """Where the database keeps each line; one that is written anew is kept elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text FROM journal_importline")
        return dict(cursor.fetchall())


def test_a_decision_on_one_line_writes_no_other_and_a_list_brought_again_leaves_nothing_told(world: World) -> None:
    """Each decision wrote every line of the list anew; a line that waited in an older list kept what it told."""
    tranche = won(world, serials=(1, 2, 3, 4), units=20, disinfected=True)
    services.take_in(tranche=tranche, units=10, means="75% alcohol", actor=world.wu, now=NOW, request_id=new_id())
    rows = [shop_line(serial, IN_TIME) for serial in (1, 2, 3, 4)]
    run = read(world, "redeemed", as_file(rows), now=NIGHT)
    lines = apply(run=run.id, actor=world.wu, now=NIGHT).lines
    decided, left = (one.id for one in lines if one.outcome.status == "WAITING")
    services.take_in(tranche=tranche, units=5, means="75% alcohol", actor=world.wu, now=NOW, request_id=new_id())
    before = places_of_lines()
    resolve(line=decided, choice={"again": True}, actor=world.wu, now=NIGHT)
    after = places_of_lines()
    assert {id for id in before if before[id] != after[id]} == {decided}
    assert ImportLine.objects.get(id=left).outcome["payload"].keys() > {"shop", "claim"}
    told(world, rows, NIGHT)
    kept = [ImportLine.objects.get(id=one).outcome["payload"].keys() for one in (decided, left)]
    assert kept == [{"shop"}, {"shop"}], "what waits does so in the newer list"


def test_a_tranche_that_others_are_working_on_refuses_no_line(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = won(fresh_world)
    run = read(fresh_world, "redeemed", as_file([shop_line(1, IN_TIME)]), now=NIGHT)
    monkeypatch.setattr(locks, "LOCK_WAIT_MS", 200)
    is_locked, is_told = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            locks.lock_row(Tranche.objects.all(), tranche)
            is_locked.set()
            is_told.wait(20)

    def bring() -> None:
        is_locked.wait(20)
        try:
            apply(run=run.id, actor=fresh_world.wu, now=NIGHT)
        finally:
            is_told.set()

    _held, told_so = race(hold, bring)
    assert isinstance(told_so, locks.Busy), told_so
    lines = apply(run=run.id, actor=fresh_world.wu, now=NIGHT).lines
    assert [one.outcome.status for one in lines] == ["ADDED"], "the same list is written once they are done"


@pytest.mark.parametrize("at", ["2001-02-05 15:30", "2020-02-05 09:00"])
def test_a_right_is_not_used_before_it_came_about(world: World, at: str) -> None:
    tranche = won(world, fulfilment="DELIVERY")
    lines = told(world, [shop_line(1, at), shop_line(2, "2020-02-05 10:00")], NOW + timedelta(hours=3))
    assert [one.status for one in lines] == ["REFUSED", "ADDED"]
    assert lines[0].found == at
    assert "2020-02-05 10:00" in lines[0].expected
    assert right(tranche, 1).state == "ADMITTED"


# Ordered online: brought like any claim that is brought.

HOME = "望春花街七号楼五单元 301"


def contact(serial: int = 1, **changed: Any) -> Contact:
    said = {"name": "欧阳测试", "phone": "138 0000 1111", "address": HOME, **changed}
    return Contact("RESIDENT_ID", said.pop("number", number(serial)), **said)


def home_of(world: World, claim: UUID) -> tuple[str, str]:
    (found,) = deliveries.addresses_for_work(
        office=world.office, claims=[claim], why="to bring it", actor=world.wu, now=NOW, known_since=NOW
    )
    return found.text, found.doubt


def test_a_right_ordered_online_has_an_address_a_promise_and_texts(world: World) -> None:
    tranche = won(world, within_h=24, pickup_days=2)
    claim, ordered_at = right(tranche, 1).id, NOW + timedelta(hours=3)
    use(world, claim, "ONLINE", contact=contact(), now=ordered_at)
    row = Claim.objects.get(id=claim)
    assert (row.state, row.keeps_until, row.due_at) == ("ACCEPTED", None, ordered_at + DAY)
    assert [one.id for one in services.deliveries_due(world.office)] == [claim]
    assert home_of(world, claim) == (HOME, "")
    assert row.claimant_id is not None
    assert [one.to_party_id for one in Outgoing.objects.filter(template="release.claim.accepted")] == [row.claimant_id]
    assert promises.watch_promises(now=ordered_at + timedelta(hours=21)) == 1, "told before it breaks"
    assert [one.id for one in offers.claims_of_code(pickup_code(claim), number(1)[-4:])] == [claim]
    assert is_sound(tranche)
    words = stored()
    for secret in (number(1), "13800001111", HOME, "欧阳测试"):
        assert secret not in words


def test_what_was_ordered_online_and_lost_is_promised_anew_and_watched(world: World) -> None:
    tranche = won(world, units=20, within_h=24, pickup_days=2)
    claim, again = right(tranche, 1).id, NOW + timedelta(hours=21)
    use(world, claim, "ONLINE", contact=contact())
    with transaction.atomic():
        deliveries.leave_shop([claim], NOW)
        deliveries.go_missing([claim], actor=world.wu, now=again)
    with transaction.atomic():
        due = deliveries.bring_again(claim, actor=world.wu, now=again, request_id=new_id())
    assert (due.due_at, Claim.objects.get(id=claim).due_at) == (again + DAY, again + DAY)
    assert promises.watch_promises(now=again + timedelta(hours=12)) == 0
    assert promises.watch_promises(now=again + timedelta(hours=21)) == 1, "told before the new promise breaks"


@pytest.mark.parametrize("lacks", [{"name": ""}, {"phone": " "}, {"address": ""}, None])
def test_nothing_is_ordered_online_without_knowing_where_to(world: World, lacks: dict[str, Any] | None) -> None:
    tranche = won(world)
    before = rows_in_book()
    with pytest.raises(ContactNeeded):
        use(world, right(tranche, 1).id, "ONLINE", contact=None if lacks is None else contact(**lacks))
    assert rows_in_book() == before


def test_an_order_by_another_persons_document_is_refused_and_uses_nothing(world: World) -> None:
    tranche = won(world)
    before = rows_in_book()
    with pytest.raises(NoSuchRight):
        use(world, right(tranche, 1).id, "ONLINE", contact=contact(2))
    assert rows_in_book() == before


def test_an_order_waits_where_nothing_can_be_brought_and_the_right_stands(world: World) -> None:
    tranche = won(world)
    shut = services.AddressIn(HOME, "511602", waits_why="路断了")
    services.verify_addresses(office=world.office, addresses=[shut], actor=world.wu, now=NOW)
    with pytest.raises(AddressWaits, match="路断了"):
        use(world, right(tranche, 1).id, "ONLINE", contact=contact())
    assert right(tranche, 1).state == "ADMITTED"


def test_an_address_other_than_the_lists_waits_for_a_person(world: World) -> None:
    tranche = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP")
    rows = [line(1, 签署人数=1, 签署数量=5, 收货地址="某路1号")]
    apply(run=read(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    claim = right(tranche, 1).id
    use(world, claim, "ONLINE", contact=contact())
    assert home_of(world, claim) == (HOME, "MOVED")


def test_the_person_orders_by_document_and_the_telephone_of_the_list(world: World) -> None:
    tranche = won(world, within_h=24)

    def order(**changed: Any) -> UUID:
        return services.order_online(tranche=tranche, contact=contact(**changed), now=NOW, request_id=new_id())

    before = rows_in_book()
    wrongs: list[dict[str, Any]] = [{"phone": "13900002222"}, {"number": number(7)}]
    for wrong in wrongs:
        with pytest.raises(NoSuchRight):
            order(**wrong)
    assert rows_in_book() == before
    claim = order()
    assert (right(tranche, 1).id, Redemption.objects.get().channel) == (claim, "ONLINE")
    assert services.own_right(tranche=tranche, contact=contact()) == claim
    with pytest.raises(RightRedeemed):
        order()
    assert is_sound(tranche)


def test_a_document_alone_finds_no_right_and_has_nothing_brought(world: World) -> None:
    tranche = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", within_h=24, pickup_days=2)
    rows = [line(1, 手机号="", 签署人数=1, 签署数量=5)]
    apply(run=read(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    before = rows_in_book()
    with pytest.raises(NoSuchRight):
        services.own_right(tranche=tranche, contact=contact())
    with pytest.raises(NoSuchRight):
        services.order_online(tranche=tranche, contact=contact(), now=NOW, request_id=new_id())
    assert rows_in_book() == before
    claim = right(tranche, 1).id
    use(world, claim, "ONLINE", contact=contact())  # a desk that has seen the document orders
    assert services.own_right(tranche=tranche, contact=contact()) == claim, "by the telephone that was told there"
    with pytest.raises(NoSuchRight):
        services.own_right(tranche=tranche, contact=contact(phone="13900002222"))
    assert is_sound(tranche)


def test_a_clerk_orders_no_more_than_the_rule_lets_one_clerk_type_by_whatever_door(world: World) -> None:
    tranche = won(world, within_h=24, claims_per_clerk_max=1)
    first, then = (right(tranche, serial).id for serial in (1, 2))
    use(world, first, "ONLINE", contact=contact(1))
    with pytest.raises(ClerkCapReached):
        use(world, then, "ONLINE", contact=contact(2))
    ordered: dict[str, Any] = {"tranche": tranche, "now": NOW, "contact": contact(2)}
    with pytest.raises(ClerkCapReached):
        services.order_online(channel="CLERK", actor=world.wu, request_id=new_id(), **ordered)
    assert Redemption.objects.count() == 1
    services.order_online(request_id=new_id(), **ordered)  # the person alone
    assert is_sound(tranche)


def test_nobody_from_elsewhere_looks_a_right_up_or_orders_it_for_another(world: World) -> None:
    tranche, stranger = won(world, within_h=24), log_in_as("Fu of the hub", [(Duty.CLERK, world.cast.hub)], NOW)
    given: dict[str, Any] = {
        "tranche": tranche, "contact": contact(), "channel": "CLERK", "actor": stranger, "now": NOW,
    }  # fmt: skip
    before = rows_in_book()
    with pytest.raises(NotYourPlace):
        services.look_up_right(**given)
    with pytest.raises(NotYourPlace):
        services.order_online(**given, request_id=new_id())
    assert rows_in_book() == before


def test_nobody_orders_what_its_rule_does_not_bring(world: World) -> None:
    tranche = won(world)
    with pytest.raises(NotOffered):
        services.order_online(tranche=tranche, contact=contact(), now=NOW, request_id=new_id())


def test_what_was_ordered_online_is_handed_out_at_no_desk(world: World) -> None:
    tranche = won(world)
    claim = right(tranche, 1).id
    use(world, claim, "ONLINE", contact=contact())
    given: dict[str, Any] = {"claim": claim, "evidence": SIGNED, "actor": world.lin, "now": NOW, "request_id": new_id()}
    with pytest.raises(RightRedeemed, match="online"):
        services.hand_over_claim(**given)
    services.hand_over_claim(**given, is_brought=True)
    assert right(tranche, 1).state == "HANDED_OVER"


# Settled where it was used.

PRICE = [
    {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 90, "bearers": {"RESIDENT": 1}},
    {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 600, "bearers": {"RESIDENT": 1}},
    {"part": "COMMISSION", "payee": "AUTHORITY", "per": "CLAIM", "fen": 10, "bearers": {"CITY": 1}},
    {"part": "GOODS", "payee": "FACTORY", "per": "UNIT", "fen": 3, "bearers": {"GIVER": 1}},
]


def test_each_shop_is_settled_for_what_was_used_there_and_delivery_for_what_was_brought(world: World) -> None:
    near, far = world.cast.hub, world.cast.hospital
    release = world.release(mode="IMPORTED", fulfilment="PICKUP", pickup_days=2, price=PRICE)
    tranche = world.put_out(release, 20, shop=near, shops=[far], factory=world.cast.warehouse)
    win(world, (1, 2, 3), second(world), NOW)
    claims = [right(tranche, serial).id for serial in (1, 2, 3)]
    lin = log_in_as("Lin of the house", [(Duty.COMMAND, None)], NOW)
    assert [offers.one_claim(one).fen for one in claims] == [450] * 3, "nobody has asked to have it brought"
    use(world, claims[0], "SHOP", at_place=near, actor=lin)
    use(world, claims[1], "SHOP", at_place=far, actor=lin)
    use(world, claims[2], "ONLINE", at_place=near, contact=contact(3))
    assert [offers.one_claim(one).fen for one in claims] == [450, 450, 1050]
    brought: dict[str, Any] = {"claim": claims[2], "evidence": SIGNED, "is_brought": True, "now": NOW}
    services.hand_over_claim(**brought, actor=lin, request_id=new_id())
    names = {id: one.name for id in (near, far, world.cast.warehouse) for one in parties(ids=[id])}
    settled = {(one.payee, one.payee_name, one.part): (one.claims, one.fen) for one in queries.settlement(release)}
    assert settled == {
        ("SHOP", names[near], "GOODS"): (2, 900),
        ("SHOP", names[far], "GOODS"): (1, 450),
        ("CARRIER", "", "DELIVERY"): (1, 600),
        ("AUTHORITY", "广安疫情防控指挥部", "COMMISSION"): (3, 30),
        ("FACTORY", names[world.cast.warehouse], "GOODS"): (3, 45),
    }
    assert {one.payee_id for one in queries.settlement(release) if one.payee == "SHOP"} == {near, far}


@pytest.mark.parametrize("shops", [1, 2])
def test_what_its_rule_brings_no_desk_hands_out_before_couriers_gave_it_back(world: World, shops: int) -> None:
    """Else delivery is paid to who carried nothing."""
    near, far = world.cast.hub, world.cast.hospital
    release = world.release(price=PRICE)
    tranche = world.put_out(release, 20, shop=near, shops=[far][: shops - 1], factory=world.cast.warehouse)
    home, fetched = (claim_one(tranche, name).id for name in ("zhang", "li"))
    lin = log_in_as("Lin of the house", [(Duty.COMMAND, None)], NOW)
    before = rows_in_book()
    for claim in (home, fetched):
        with pytest.raises(IsBrought, match="couriers"):
            services.hand_over_claim(claim=claim, evidence=SIGNED, actor=lin, now=NOW, request_id=new_id())
        with pytest.raises(IsBrought):
            use(world, claim, "SHOP", at_place=near, actor=lin)
    assert rows_in_book() == before
    assert queries.settlement(release) == ()
    brought: dict[str, Any] = {"evidence": SIGNED, "is_brought": True, "actor": lin, "now": NOW}
    services.hand_over_claim(claim=home, **brought, request_id=new_id())
    services.accept_claims(claims=[fetched], actor=lin, now=NOW)
    in_vain(fetched, lin)
    if shops == 1:
        services.hand_over_claim(claim=fetched, evidence=SIGNED, actor=lin, now=NOW, request_id=new_id())
    else:
        use(world, fetched, "SHOP", at_place=near, actor=lin)
    assert {offers.one_claim(one).fen for one in (home, fetched)} == {450 + 600}
    settled = {(one.payee, one.part): (one.claims, one.fen) for one in queries.settlement(release)}
    assert settled["CARRIER", "DELIVERY"] == (2, 1200), "it was carried to both doors, to one of them in vain"


def in_vain(claim: UUID, actor: Actor) -> None:
    """Couriers carried it to the door and back, and the station gave it back to the release."""
    row = Claim.objects.select_related("tranche").get(id=claim)
    assert row.hold is not None
    with transaction.atomic():
        deliveries.leave_shop([claim], NOW)
        hold = book.hold(row.hold)
        ledger.post(
            lines=[ledger.void_line(hold)], actor=actor, reason=Reason.UNDO, document=row.tranche.document,
            request_id=new_id(), now=NOW,
        )  # fmt: skip
        deliveries.come_back({claim: hold}, actor=actor, now=NOW, request_id=new_id())


def test_a_place_that_does_not_hand_it_out_is_told_which_ones_do(world: World) -> None:
    near, far = world.cast.hub, world.cast.hospital
    tranche = world.put_out(
        world.release(mode="IMPORTED", fulfilment="PICKUP", pickup_days=2), 20, shop=near, shops=[far]
    )
    win(world, (1,), second(world), NOW)
    claim = right(tranche, 1).id
    lin = log_in_as("Lin of the house", [(Duty.COMMAND, None)], NOW)
    for channel in ("SHOP", "ONLINE"):
        with pytest.raises(PlaceUnknown) as told_so:
            use(world, claim, channel, at_place=lin.person_id, actor=lin)
        for one in parties(ids=[near, far]):
            assert one.name in str(told_so.value.expected)
    with pytest.raises(PlaceUnknown):
        services.hand_over_claim(claim=claim, evidence=SIGNED, actor=lin, now=NOW, request_id=new_id())
    (named,) = parties(ids=[far])
    later = NOW + timedelta(hours=6)
    run = read(world, "redeemed", as_file([shop_line(1, IN_TIME, 核销门店="别处")]), now=later, actor=lin)
    assert named.name in run.lines[0].outcome.expected
    run = read(world, "redeemed", as_file([shop_line(1, IN_TIME, 核销门店=named.name)]), now=later, actor=lin)
    apply(run=run.id, actor=lin, now=later)
    assert Redemption.objects.get().place_id == far


def test_what_is_fetched_at_one_of_several_shops_is_not_handed_over_as_brought(world: World) -> None:
    near, far = world.cast.hub, world.cast.hospital
    tranche = world.put_out(
        world.release(mode="IMPORTED", fulfilment="PICKUP", pickup_days=2), 20, shop=near, shops=[far]
    )
    win(world, (1, 2), second(world), NOW)
    keeper = log_in_as("Keeper of the far shop", [(Duty.KEEPER, far)], NOW)
    given: dict[str, Any] = {"evidence": SIGNED, "is_brought": True, "actor": keeper, "now": NOW}
    before = rows_in_book()
    with pytest.raises(PlaceUnknown):
        services.hand_over_claim(claim=right(tranche, 1).id, **given, request_id=new_id())
    assert rows_in_book() == before
    use(world, right(tranche, 2).id, "ONLINE", at_place=near, contact=contact(2))
    services.hand_over_claim(claim=right(tranche, 2).id, **given, request_id=new_id())
    assert right(tranche, 2).state == "HANDED_OVER"


def test_a_keeper_of_one_shop_uses_no_right_in_the_name_of_another(world: World) -> None:
    near, far = world.cast.hub, world.cast.hospital
    tranche = world.put_out(
        world.release(mode="IMPORTED", fulfilment="PICKUP", pickup_days=2), 20, shop=near, shops=[far]
    )
    win(world, (1,), second(world), NOW)
    keeper = log_in_as("Keeper of the far shop", [(Duty.KEEPER, far)], NOW)
    with pytest.raises(NotYourPlace):
        use(world, right(tranche, 1).id, "SHOP", at_place=near, actor=keeper)
    use(world, right(tranche, 1).id, "SHOP", at_place=far, actor=keeper)
    assert offers.to_fetch([far]) == ()


def test_a_givers_cost_is_taken_back_with_the_handover_and_posted_again_with_the_next(world: World) -> None:
    seed_catalogue(now=NOW)
    price = [
        {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 1, "bearers": {"RESIDENT": 1}},
        {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 100, "bearers": {"GIVER": 1}},
    ]
    release = world.release(mode="ONE_FEN", price=price, fulfilment="PICKUP")
    tranche = world.put_out(release, 10, shop=world.cast.hub)
    claim = claim_one(tranche, "zhang").id

    def give() -> None:
        services.hand_over_claim(claim=claim, evidence=SIGNED, actor=world.cast.bao, now=NOW, request_id=new_id())

    def take(why: str = "the wrong person") -> None:
        services.undo_hand_over(claim=claim, why=why, actor=world.cast.bao, now=NOW, request_id=new_id())

    def post(request: UUID | None = None) -> int:
        return services.post_givers_costs(release=release, actor=world.lin, now=NOW, request_id=request or new_id())

    def owed() -> int:
        return sum(one.posted for one in book.balances(items=[MONEY], holders=[world.cast.hub]))

    give()
    assert (post(), post(), owed()) == (500, 0, 500)
    take()
    back = new_id()
    assert (post(back), post(back), post(), owed()) == (-500, -500, 0, 0)
    give()
    assert (post(), owed()) == (500, 500)
    take()
    services.cancel_claim(claim=claim, actor=world.wu, now=NOW)
    assert (post(), post(), owed()) == (-500, 0, 0)
    assert book.verify_book().ok


def at_two_shops(world: World, **changed: Any) -> tuple[UUID, UUID, Actor]:
    """A tranche that two shops hand out, the claim of its winner 1, who was given it at the far one, and that one's keeper."""
    near, far = world.cast.hub, world.cast.hospital
    given = {"mode": "IMPORTED", "fulfilment": "PICKUP", "pickup_days": 2, "within_h": 24, **changed}
    tranche = world.put_out(world.release(**given), 20, shop=near, shops=[far])
    win(world, (1, 2), second(world), NOW)
    keeper = log_in_as("Keeper of the far shop", [(Duty.KEEPER, far)], NOW)
    claim = right(tranche, 1).id
    use(world, claim, "SHOP", at_place=far, actor=keeper)
    return tranche, claim, keeper


def undo(claim: UUID, actor: Actor, now: datetime = NOW, **changed: Any) -> None:
    given: dict[str, Any] = {
        "claim": claim,
        "why": "the wrong slip",
        "actor": actor,
        "now": now,
        "request_id": new_id(),
    }
    services.undo_hand_over(**given | changed)


def test_a_handover_is_taken_back_at_its_shop_once_and_the_right_may_be_used_anywhere_again(world: World) -> None:
    tranche, claim, keeper = at_two_shops(world)
    other = log_in_as("Keeper of the near shop", [(Duty.KEEPER, world.cast.hub)], NOW)
    for actor, now, refusal in (
        (other, NOW, NotYourPlace),
        (keeper, NOW + timedelta(minutes=10, seconds=1), ClaimMoved),
    ):
        before = rows_in_book()
        with pytest.raises(refusal):
            undo(claim, actor, now)
        assert rows_in_book() == before
    request = new_id()
    for _twice in range(2):
        undo(claim, keeper, request_id=request)
    (told_of,) = events(kinds=["release.claim.undone"])
    assert (told_of.person, told_of.data["place"]) == (keeper.person_id, str(world.cast.hospital))
    assert (right(tranche, 1).state, is_sound(tranche)) == ("ACCEPTED", True)
    with pytest.raises(ClaimMoved):
        undo(claim, keeper)
    use(world, claim, "ONLINE", at_place=world.cast.hub, contact=contact())
    with pytest.raises(RightRedeemed, match="online"):
        use(world, claim, "SHOP", at_place=world.cast.hospital, actor=keeper)
    assert is_sound(tranche)


def test_a_shops_list_that_tells_of_what_it_took_back_is_refused_and_what_it_gave_afterwards_is_not(
    world: World,
) -> None:
    _tranche, claim, keeper = at_two_shops(world)
    undo(claim, keeper, NOW + timedelta(minutes=7))
    (named,) = parties(ids=[world.cast.hospital])
    (near,) = parties(ids=[world.cast.hub])
    lin = log_in_as("Lin of the house", [(Duty.COMMAND, None)], NOW)

    def list_of(at: str, shop: str) -> LineOutcome:
        rows = [shop_line(1, at, 核销门店=shop)]
        run = read(world, "redeemed", as_file(rows), now=NIGHT, actor=lin)
        return run.lines[0].outcome  # type: ignore[no-any-return]

    refused = list_of("2020-02-05 10:05", named.name)
    assert (refused.status, "taken back 2020-02-05 10:07" in refused.found) == ("REFUSED", True)
    assert list_of("2020-02-05 10:05", near.name).status == "ADDED", "the other shop took nothing back"
    assert list_of("2020-02-05 10:30", named.name).status == "ADDED"
    with pytest.raises(ClaimMoved):
        use(
            world, claim, "SHOP", at_place=world.cast.hospital, actor=lin, document=new_id(), now=NIGHT,
            used_at=NOW + timedelta(minutes=5),
        )  # fmt: skip


def test_what_a_shops_list_told_is_not_taken_back_at_a_desk(world: World) -> None:
    tranche = won(world)
    later = NOW + timedelta(hours=6)
    told(world, [shop_line(1, IN_TIME)], later)
    with pytest.raises(ClaimMoved):
        undo(right(tranche, 1).id, world.wu, later)
    assert Redemption.objects.count() == 1


def test_a_right_ordered_online_and_handed_over_by_mistake_stays_ordered(world: World) -> None:
    tranche = won(world)
    claim = right(tranche, 1).id
    use(world, claim, "ONLINE", contact=contact())
    given: dict[str, Any] = {"claim": claim, "evidence": SIGNED, "actor": world.lin, "now": NOW, "is_brought": True}
    services.hand_over_claim(**given, request_id=new_id())
    undo(claim, world.lin)
    assert (right(tranche, 1).state, Redemption.objects.get().channel) == ("ACCEPTED", "ONLINE")
    services.hand_over_claim(**given, request_id=new_id())
    assert is_sound(tranche)


def test_a_redemption_is_never_edited_and_goes_only_with_its_handover(world: World) -> None:
    tranche, claim, _keeper = at_two_shops(world)
    use(world, right(tranche, 2).id, "ONLINE", at_place=world.cast.hub, contact=contact(2))
    for act in (
        lambda: Redemption.objects.filter(claim=claim).update(place=world.cast.hub),
        lambda: Redemption.objects.filter(claim=claim).delete(),
        lambda: Redemption.objects.exclude(claim=claim).delete(),
    ):
        with pytest.raises(DatabaseError, match="stays used"), transaction.atomic():
            act()
    assert Redemption.objects.count() == 2


def test_what_a_giver_owes_the_shop_goes_over_to_the_one_that_gave_it_in_the_end(world: World) -> None:
    seed_catalogue(now=NOW)
    price = [{"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 100, "bearers": {"GIVER": 1}}]
    tranche, claim, keeper = at_two_shops(world, price=price)
    release = Tranche.objects.get(id=tranche).release_id

    def post() -> int:
        return services.post_givers_costs(release=release, actor=world.lin, now=NOW, request_id=new_id())

    def owed() -> list[int]:
        return [
            sum(one.posted for one in book.balances(items=[MONEY], holders=[shop]))
            for shop in (world.cast.hub, world.cast.hospital)
        ]

    assert (post(), owed()) == (500, [0, 500])
    undo(claim, keeper)
    other = log_in_as("Keeper of the near shop", [(Duty.KEEPER, world.cast.hub)], NOW)
    use(world, claim, "SHOP", at_place=world.cast.hub, actor=other)
    assert (post(), owed()) == (0, [500, 0])
    assert (post(), owed()) == (0, [500, 0])
    assert book.verify_book().ok


def test_a_list_refused_by_mistake_is_brought_again_as_the_same_file(world: World) -> None:
    tranche, zhou = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP"), second(world)
    data = as_file([line(1), line(2)])

    def bring_file() -> list[str]:
        run = read(world, "winners", data)
        apply(run=run.id, actor=world.wu, now=NOW)
        return [one.outcome.status for one in run.lines]

    assert bring_file() == ["ADDED", "ADDED"]
    first = WinnerList.objects.get().document
    refuse(document=first, actor=zhou, now=NOW, why="by mistake")
    assert bring_file() == ["ADDED", "ADDED"]
    again = WinnerList.objects.get(turn=1).document
    assert again != first
    assert bring_file() == ["UNCHANGED", "UNCHANGED"], "now it waits for its second signature"
    sign(document=again, actor=zhou, now=NOW)
    assert Claim.objects.filter(state="ADMITTED").count() == 2
    assert bring_file() == ["UNCHANGED", "UNCHANGED"]
    assert WinnerList.objects.count() == 2
    assert is_sound(tranche)


def test_what_a_payee_has_spent_waits_to_be_taken_back_and_keeps_no_other_cost_out(world: World) -> None:
    seed_catalogue(now=NOW)
    price = [{"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 100, "bearers": {"GIVER": 1}}]
    release, hub = world.release(mode="ONE_FEN", price=price, fulfilment="PICKUP"), world.cast.hub
    tranche = world.put_out(release, 20, shop=hub)
    claims = {name: claim_one(tranche, name).id for name in ("zhang", "li", "zhao")}

    def give(name: str) -> None:
        services.hand_over_claim(
            claim=claims[name], evidence=SIGNED, actor=world.cast.bao, now=NOW, request_id=new_id()
        )

    def post() -> int:
        return services.post_givers_costs(release=release, actor=world.lin, now=NOW, request_id=new_id())

    def had() -> int:
        return sum(one.free for one in book.balances(items=[MONEY], holders=[hub], states=[State.AVAILABLE]))

    give("zhang")
    assert (post(), had()) == (500, 500)
    (money,) = [one.lot.id for one in book.balances(items=[MONEY], holders=[hub], states=[State.AVAILABLE])]
    paid = ledger.post_line(
        AccountRef(hub, State.AVAILABLE), AccountRef(world.cast.hospital, State.AVAILABLE), money, 300
    )
    ledger.post(lines=[paid], actor=world.lin, reason=Reason.PURCHASE, document=None, request_id=new_id(), now=NOW)
    services.undo_hand_over(
        claim=claims["zhang"], why="the wrong person", actor=world.cast.bao, now=NOW, request_id=new_id()
    )
    assert (post(), post(), had()) == (0, 0, 200), "nothing is refused, and nothing taken that is not there"
    events = Event.objects.filter(kind="release.costs.posted").order_by("seq")
    assert [one.data["spent_fen"] for one in events] == [0, 500, 500], "on record, until it can be taken back"
    give("li")
    assert (post(), had()) == (0, 200), "what it gets now covers what it owes back"
    assert [one.data["spent_fen"] for one in events.all()] == [0, 500, 500, 0]
    give("zhao")
    assert (post(), had()) == (500, 700)
    assert {one.part: one.fen for one in queries.settlement(release)} == {"GOODS": 1000}
    assert book.verify_book().ok
