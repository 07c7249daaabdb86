"""Needs that can be trusted: proof, calls, renewals, doubles, and strangers kept out."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from baogong.journal import queries as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.needs import services as needs
from baogong.needs.errors import (
    FiguresMoved,
    GoodsDiffer,
    NeedClosed,
    NumberMissing,
    ProofUnusable,
    ReasonMissing,
    TiedAlready,
    TieTurnsBack,
)
from baogong.needs.models import Contact, Need, Renewal
from baogong.needs.queries import calls, doubles, figures
from baogong.needs.queries.public import public_cities, public_items, public_needs
from baogong.needs.services.renewals import LINK_PURPOSE, by_link
from baogong.needs.views import NeedState, NeedView
from baogong.people.services import links
from baogong.people.services.parties import register_party
from tests.apps.needs.test_allotments import frozen_masks, promise
from tests.apps.needs.test_requests import IN_TWO_DAYS, asking
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW, log_in_as


def checking(world: World, need: UUID, outcome: str = "VERIFIED", **facts: Any) -> UUID:
    given = {"how": "RANG_BACK", "why": "总机 027-85726114", "actor": world.cast.wu, "now": NOW, "request_id": new_id()}
    return needs.check(need=need, outcome=outcome, **{**given, **facts})


def number(world: World, kind: str = "PUBLISHED", receiver: UUID | None = None, digits: str = "027-85726114") -> UUID:
    return needs.add_contact(
        receiver=receiver or world.cast.hospital,
        kind=kind,
        label="总机",
        number=digits,
        found_at="医院官网捐赠公告" if kind == "PUBLISHED" else "",
        actor=world.cast.wu,
        now=NOW,
    )


def tying(world: World, kind: str, need: UUID, other: UUID, **facts: Any) -> UUID:
    given = {"actor": world.cast.wu, "now": NOW, "request_id": new_id()}
    return needs.tie(kind=kind, need=need, other=other, **{**given, **facts})


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return out.getvalue()


# proof


def test_a_photographed_letter_is_kept_with_every_need_it_speaks_for(world: World) -> None:
    masks, suits = asking(world), asking(world, "protective-suit")
    request = new_id()
    letter = needs.Proof(needs.ProofKind.LETTER, photo=photo(), issuer="医院设备科")
    document = needs.add_proof(needs=[masks, suits], proof=letter, actor=world.cast.wu, now=NOW, request_id=request)
    assert {queries.need(need).proof for need in (masks, suits)} == {document}
    (kept,) = journal.evidence_under([document])
    assert (kept.kind, kept.media_type) == ("PHOTO", "image/jpeg")
    again = needs.add_proof(needs=[masks, suits], proof=letter, actor=world.cast.wu, now=NOW, request_id=request)
    assert again == document
    assert len(journal.evidence_under([document])) == 1


@pytest.mark.parametrize(
    "proof",
    [
        needs.Proof(needs.ProofKind.NOTICE, text="公告"),
        needs.Proof(needs.ProofKind.NOTICE, url="javascript:alert(1)"),
        needs.Proof(needs.ProofKind.LETTER),
        needs.Proof(needs.ProofKind.SEEN, text=" "),
    ],
)
def test_a_proof_that_shows_nothing_is_refused(world: World, proof: needs.Proof) -> None:
    need = asking(world)
    with pytest.raises(ProofUnusable):
        needs.add_proof(needs=[need], proof=proof, actor=world.cast.wu, now=NOW, request_id=new_id())
    assert queries.need(need).proof is None


# verification


def test_a_verified_need_says_how_by_whom_and_when_and_that_it_still_holds(world: World) -> None:
    need, later = asking(world), NOW + timedelta(hours=20)
    checking(world, need, contact=number(world), why="", now=later)
    view = queries.need(need)
    assert (view.verified_by, view.verified_at, view.verified_how) == (world.cast.wu.person_id, later, "RANG_BACK")
    assert view.fresh_until == later + timedelta(hours=48)
    (told,) = calls.checks_of(need)
    assert (told.outcome, told.contact_label, told.by_name) == ("VERIFIED", "总机 027-85726114", "Wu")


def test_ringing_back_means_a_number_the_receiver_published(world: World) -> None:
    need = asking(world)
    for facts in ({"contact": None, "why": ""}, {"contact": number(world, "PERSON")}, {"contact": new_id()}):
        with pytest.raises(NumberMissing):
            checking(world, need, **facts)
    other = number(world, receiver=world.union)
    with pytest.raises(NumberMissing):
        checking(world, need, contact=other)
    assert queries.need(need).verified_at is None


def test_a_wrong_need_leaves_shares_and_the_public_until_verified_again(world: World) -> None:
    need = asking(world, is_verified=True)
    with pytest.raises(ReasonMissing):
        checking(world, need, "WRONG", why="")
    checking(world, need, "WRONG", why="科室说只要三百")
    view = queries.need(need)
    assert (view.doubt, view.verified_by) == ("WRONG", None)
    assert queries.public_needs(NOW) == ()
    needs.set_amount(need=need, quantity=300, why="科室更正", actor=world.cast.wu, now=NOW)
    checking(world, need)
    assert [row.quantity for row in queries.public_needs(NOW)] == [300]


def test_no_public_list_holds_a_need_marked_wrong_whatever_else_its_row_says(world: World) -> None:
    need = asking(world, is_verified=True)
    assert len(public_needs(NOW)) == len(public_items()) == len(public_cities()) == 1
    Need.objects.filter(pk=need).update(doubt=Need.Doubt.WRONG)  # no service leaves it verified
    assert public_needs(NOW) == ()
    assert public_cities() == ()
    assert public_items() == {}


def test_a_fake_need_is_ended_with_the_reason(world: World) -> None:
    need = asking(world)
    checking(world, need, "FAKE", why="医院从未发过这份公告")
    assert queries.need(need).state is NeedState.CANCELLED
    with pytest.raises(NeedClosed):
        checking(world, need)


def test_the_same_check_twice_is_one(world: World) -> None:
    need, request = asking(world), new_id()
    assert checking(world, need, request_id=request) == checking(world, need, request_id=request)
    with pytest.raises(RequestIdReused):
        checking(world, need, "WRONG", why="别的", request_id=request)


def test_a_persons_number_is_enciphered_and_each_look_is_kept(world: World) -> None:
    contact = number(world, "PERSON", digits="13900001234")
    (view,) = calls.contacts_of(world.cast.hospital)
    assert view.number == ""
    assert Contact.objects.get().number == ""
    assert needs.number_of(contact=contact, actor=world.cast.wu, now=NOW) == "13900001234"
    needs.end_contact(contact=contact, actor=world.cast.wu, now=NOW)
    assert calls.contacts_of(world.cast.hospital) == ()


# the queue


def test_the_most_urgent_unverified_receiver_is_rung_first_and_by_one_clerk_only(world: World) -> None:
    asking(world, urgency=3)
    asking(world, receiver=world.union, urgency=1)
    ning = log_in_as("Ning", [(Duty.CLERK, None)])
    assert needs.next_call(actor=world.cast.wu, now=NOW) == world.union
    assert needs.next_call(actor=ning, now=NOW) == world.cast.hospital
    assert needs.next_call(actor=log_in_as("Hu", [(Duty.CLERK, None)]), now=NOW) is None
    later = NOW + timedelta(minutes=11)
    assert needs.next_call(actor=ning, now=later) == world.union
    needs.end_call(receiver=world.union, actor=ning, now=later)
    assert needs.next_call(actor=world.cast.wu, now=later) == world.union


def test_who_does_not_answer_comes_back_later_and_later(world: World) -> None:
    need = asking(world)
    first = needs.nobody_answers(receiver=world.cast.hospital, actor=world.cast.wu, now=NOW, request_id=new_id())
    assert first == NOW + timedelta(minutes=30)
    assert queries.need(need).doubt == "UNREACHED"
    assert calls.call_queue(NOW) == ()
    second = needs.nobody_answers(receiver=world.cast.hospital, actor=world.cast.wu, now=first, request_id=new_id())
    assert second == first + timedelta(hours=1)
    assert [entry.unreached_count for entry in calls.call_queue(second)] == [2]


def test_a_verified_need_comes_back_into_the_queue_before_it_goes_stale(world: World) -> None:
    asking(world, is_verified=True)
    assert calls.call_queue(NOW + timedelta(hours=35)) == ()
    assert [entry.reasons for entry in calls.call_queue(NOW + timedelta(hours=36))] == [("GOING_STALE",)]
    assert [entry.reasons for entry in calls.call_queue(IN_TWO_DAYS)] == [("STALE",)]


def test_a_clerk_of_one_receiver_sees_and_rings_only_that_one(world: World) -> None:
    asking(world)
    asking(world, receiver=world.union)
    own = log_in_as("Ning", [(Duty.CLERK, world.union)])
    assert [entry.receiver for entry in calls.call_queue(NOW, actor=own)] == [world.union]
    assert_refused_without_trace(lambda: needs.take_call(receiver=world.cast.hospital, actor=own, now=NOW))


# renewal


def test_every_answer_to_still_needed_is_kept(world: World) -> None:
    need, later = asking(world), NOW + timedelta(hours=40)
    wu: dict[str, Any] = {"actor": world.cast.wu}
    needs.answer(need=need, answer="STILL", way="PHONE", now=later, request_id=new_id(), **wu)
    needs.answer(need=need, answer="CHANGED", quantity=400, way="PHONE", now=later, request_id=new_id(), **wu)
    needs.answer(need=need, answer="NO_LONGER", way="PHONE", note="已够用", now=later, request_id=new_id(), **wu)
    told = [(each.answer, each.before, each.after) for each in reversed(calls.renewals_of(need))]
    assert told == [("STILL", 1000, 1000), ("CHANGED", 1000, 400), ("NO_LONGER", 400, None)]
    assert queries.need(need).is_cancelled


def test_the_last_answer_sent_again_is_the_same_answer(world: World) -> None:
    need, request = asking(world), new_id()
    for _ in range(2):
        needs.answer(
            need=need, answer="NO_LONGER", way="LINK", actor=world.cast.wu, now=NOW, request_id=request, note="够了"
        )
    assert Renewal.objects.count() == 1


def test_a_link_opens_one_receiver_answers_with_its_code_and_ends(world: World) -> None:
    need, other = asking(world), asking(world, receiver=world.union)
    first = needs.make_renewal_link(receiver=world.cast.hospital, actor=world.cast.wu, now=NOW)
    link = needs.make_renewal_link(receiver=world.cast.hospital, actor=world.cast.wu, now=NOW)
    with pytest.raises(links.LinkUnusable):
        links.open_link(first.token, LINK_PURPOSE, NOW)
    opened = links.open_link(link.token, LINK_PURPOSE, NOW)
    assert (opened.subject, opened.asks_code) == (world.cast.hospital, True)
    visitor = by_link(world.cast.hospital, "中南医院")
    facts: dict[str, Any] = {"answer": "STILL", "way": "LINK", "actor": visitor, "now": NOW, "request_id": new_id()}
    needs.answer(need=need, **facts)
    assert_refused_without_trace(lambda: needs.answer(need=other, **facts))
    needs.end_renewal_links(receiver=world.cast.hospital, actor=world.cast.wu, now=NOW)
    with pytest.raises(links.LinkUnusable):
        links.open_link(link.token, LINK_PURPOSE, NOW)


def test_a_reminder_goes_out_once_before_a_need_goes_stale(world: World) -> None:
    asking(world)
    asking(world, "gloves")
    assert needs.remind_before_stale(now=NOW + timedelta(hours=35)) == 0
    for _ in range(2):
        assert needs.remind_before_stale(now=NOW + timedelta(hours=37)) == 1
    assert needs.remind_before_stale(now=IN_TWO_DAYS) == 0
    from baogong.journal.models import Outgoing

    (message,) = Outgoing.objects.all()
    assert (message.template, message.to_party_id) == ("needs.going-stale", world.cast.hospital)
    assert len(message.payload["needs"]) == 2


# doubles and parts


def test_a_part_is_taken_from_its_whole_and_undoing_restores_both(world: World) -> None:
    ward = register_party(kind="SITE", name="武汉大学中南医院呼吸科", city="武汉", now=NOW)
    whole, part = asking(world, quantity=1000), asking(world, receiver=ward, quantity=300)
    (found,) = doubles.doubles()
    assert (found.parent.id, found.child.id, found.is_part) == (whole, part, True)
    before = [queries.need(need) for need in (whole, part)]
    made = tying(world, "PART", part, whole, grounds=found.grounds)
    assert (queries.need(whole).open, queries.need(part).open) == (700, 300)
    assert doubles.doubles() == ()
    assert sum(row.asked for row in queries.served()) == 1000
    needs.untie(tie=made, why="是两回事", actor=world.cast.wu, now=NOW)
    assert [queries.need(need) for need in (whole, part)] == before


def test_a_double_counts_for_nothing_and_its_promises_count_for_the_kept_one(world: World) -> None:
    kept, double = asking(world, quantity=1000), asking(world, receiver=world.union, quantity=1000)
    promise(world, frozen_masks(world, 400), 400, receiver=world.union, need=double)
    tying(world, "SAME", double, kept)
    assert (queries.need(kept).open, queries.need(kept).state) == (600, NeedState.PARTLY_COMMITTED)
    assert (queries.need(double).open, queries.need(double).state) == (0, NeedState.COUNTED_ELSEWHERE)
    assert [view.id for view in queries.open_needs()] == [kept]


def test_ties_turn_in_no_circle_and_a_need_counts_under_one_other(world: World) -> None:
    ward = register_party(kind="SITE", name="武汉大学中南医院呼吸科", city="武汉", now=NOW)
    whole, part, third = asking(world), asking(world, receiver=ward), asking(world, receiver=world.union)
    tying(world, "PART", part, whole)
    with pytest.raises(TieTurnsBack):
        tying(world, "PART", whole, part)
    with pytest.raises(TiedAlready):
        tying(world, "SAME", part, third)
    with pytest.raises(GoodsDiffer):
        tying(world, "PART", asking(world, "gloves", receiver=world.union), whole)
    with pytest.raises(UnusableInput):
        tying(world, "SAME", whole, whole)
    assert len(doubles.ties()) == 1


def test_two_needs_said_to_be_two_are_not_shown_again(world: World) -> None:
    one = asking(world)
    other = asking(world, apart_from=[one])
    (found,) = doubles.doubles()
    tying(world, "DIFFERENT", found.child.id, found.parent.id)
    assert doubles.doubles() == ()
    assert {view.open for view in queries.open_needs()} == {1000}
    assert {view.id for view in queries.open_needs()} == {one, other}


# figures


def test_the_figures_of_a_need_say_who_set_each_and_from_where(world: World) -> None:
    need = asking(world, people_count=30, days_count=7, source="护理部来电")
    told = {(each.what, each.amount, each.ground, each.is_standard) for each in figures.figures_of([need])[need]}
    assert told == {("PEOPLE", 30, "RECEIVER", False), ("DAYS", 7, "RECEIVER", False), ("USE", 4000, "ESTIMATE", True)}
    needs.set_amount(
        need=need, people_count=40, days_count=7, daily_use_milli=3000, why="按实际", actor=world.cast.lin, now=NOW
    )
    after = figures.figures_of([need], with_past=True)[need]
    assert sum(each.ended_at is not None for each in after) == 3
    assert {each.set_by_name for each in after if each.ended_at is None} == {"Lin"}


def test_changing_a_use_shows_first_which_needs_follow_and_applies_only_what_was_seen(world: World) -> None:
    by_standard = asking(world, people_count=30, days_count=7)
    own = asking(world, receiver=world.union, people_count=30, days_count=7, daily_use_milli=4000)
    item = world.item("surgical-mask")
    preview = needs.preview_use(item=item, group="CLINICIAN", amount_milli=3000)
    assert [(each.need.id, each.before, each.after) for each in preview] == [(by_standard, 840, 630)]
    assert queries.need(by_standard).quantity == 840
    facts: dict[str, Any] = {
        "item": item,
        "group": "CLINICIAN",
        "amount_milli": 3000,
        "per_days": 1,
        "ground": "PUBLISHED",
        "source": "院感科通知",
        "actor": world.cast.lin,
        "now": NOW,
        "request_id": new_id(),
    }
    with pytest.raises(FiguresMoved):
        needs.set_use(seen="something else", **facts)
    assert queries.need(by_standard).quantity == 840
    seen = figures.seen_hash(preview)
    needs.set_use(seen=seen, **facts)
    needs.set_use(seen=seen, **facts)
    assert (queries.need(by_standard).quantity, queries.need(own).quantity) == (630, 840)
    assert figures.use_of(item, "CLINICIAN").source == "院感科通知"  # type: ignore[union-attr]


# strangers


def test_strangers_prove_check_ring_answer_tie_and_set_nothing(world: World) -> None:
    need, other, stranger = asking(world), asking(world, receiver=world.union), world.cast.stranger
    contact = number(world)
    facts: dict[str, Any] = {"actor": stranger, "now": NOW}
    request: dict[str, Any] = {**facts, "request_id": new_id()}
    seen = needs.Proof(needs.ProofKind.SEEN, text="x")
    for act in (
        lambda: needs.add_proof(needs=[need], proof=seen, **request),
        lambda: needs.check(need=need, outcome="VERIFIED", how="VISITED", **request),
        lambda: number_by(stranger, world),
        lambda: needs.number_of(contact=contact, **facts),
        lambda: needs.end_contact(contact=contact, **facts),
        lambda: needs.next_call(**facts),
        lambda: needs.nobody_answers(receiver=world.cast.hospital, **request),
        lambda: needs.answer(need=need, answer="STILL", way="OFFICE", **request),
        lambda: needs.make_renewal_link(receiver=world.cast.hospital, **facts),
        lambda: needs.end_renewal_links(receiver=world.cast.hospital, **facts),
        lambda: needs.tie(kind="PART", need=need, other=other, **request),
        lambda: needs.set_use(
            item=world.item("gloves"),
            group="CLINICIAN",
            amount_milli=1,
            per_days=1,
            ground="ESTIMATE",
            source="x",
            seen="",
            **request,
        ),
        lambda: needs.merge_houses(kept=world.union, merged=world.cast.hospital, why="x", **request),
        lambda: needs.keep_apart(one=world.union, other=world.cast.hospital, why="x", **facts),
    ):
        assert_refused_without_trace(act)


def number_by(actor: Any, world: World) -> UUID:
    return needs.add_contact(
        receiver=world.cast.hospital,
        kind="PUBLISHED",
        label="x",
        number="027-1234567",
        found_at="x",
        actor=actor,
        now=NOW,
    )


def test_what_is_not_there_is_refused(world: World) -> None:
    for act in (
        lambda: needs.untie(tie=new_id(), why="x", actor=world.cast.wu, now=NOW),
        lambda: needs.undo_merge(merge=new_id(), why="x", actor=world.cast.wu, now=NOW),
        lambda: needs.number_of(contact=new_id(), actor=world.cast.wu, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_more_than_was_verified_is_rung_about_again_where_a_link_says_so(world: World) -> None:
    need = asking(world, quantity=700, is_verified=True)
    visitor = by_link(world.cast.hospital, "中南医院")

    def says(quantity: int, way: str, actor: Actor) -> NeedView:
        needs.answer(need=need, answer="CHANGED", way=way, quantity=quantity, actor=actor, now=NOW, request_id=new_id())
        return queries.need(need)

    assert says(500, "LINK", visitor).verified_at is not None
    assert says(900, "PHONE", world.cast.wu).verified_at is not None  # a person heard it
    grown = says(70_000_000, "LINK", visitor)
    assert (grown.verified_at, grown.verified_how) == (None, "")
    assert public_needs(NOW) == ()
    assert [entry.reasons for entry in calls.call_queue(NOW)] == [("UNVERIFIED",)]
