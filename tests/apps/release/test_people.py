"""Numbers come in, tags stay; nothing that was typed is in a table, a log, an error or a printed object."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from baogong.journal.models import Outgoing
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.identity import check_character
from baogong.kernel.ids import derived_id, new_id
from baogong.people.models import PersonalDatum, PurposeKey
from baogong.people.services import desk
from baogong.people.services.identity import Erased
from baogong.release import queries, services
from baogong.release.errors import ClerkCapReached, PersonUnusable
from baogong.release.facts import ClaimIn
from baogong.release.identity import listed_ids, person, purpose_of
from baogong.release.models import Claim, Used
from baogong.release.services import Contact
from tests.apps.release.world import NOW, World, rule
from tests.cast import Cast, log_in_as, rows_in_book

NUMBER, PHONE, NAME, ADDRESS = "11010519491231002X", "13800001111", "欧阳测试", "望春花街七号楼五单元"
WHO = Contact("RESIDENT_ID", NUMBER, name=NAME, phone=PHONE, address=ADDRESS, region="511602")


def claim(world: World, tranche: Any, contact: Contact = WHO, **changed: Any) -> Any:
    given = {"claim_id": new_id(), "tranche": tranche, "units": 5, "channel": "CLERK", "actor": world.wu, "now": NOW}
    return services.claim(contact=contact, **given | changed)


def hand_over(world: World, claim: UUID) -> None:
    services.hand_over_claim(
        claim=claim,
        evidence=[EvidenceIn("SIGNATURE", by_name="x")],
        is_brought=True,
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )


def number_born(day: str) -> str:
    body = f"110105{day}002"
    return body + check_character(body)


def stored() -> str:
    """Every row of every table, as text and, for bytes, also as what they would spell."""
    words = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(one)::text FROM "{table}" AS one')
            words += [row[0] for row in cursor.fetchall()]
    return "\n".join(words)


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２ｘ", "110105491231002"]
)
def test_one_person_has_one_tag_however_the_number_is_typed(world: World, typed: str) -> None:
    one = person(world.office, document="RESIDENT_ID", number=NUMBER)
    other = person(world.office, document="RESIDENT_ID", number=typed)
    assert one == other
    assert (one.document_region, str(one.born_on)) == ("110105", "1949-12-31")


def test_a_tag_is_the_citys_and_the_kinds(world: World, cast: Cast) -> None:
    other = make_other_city(cast)
    tags = {
        person(world.office, document="PASSPORT", number="H12345678").person,
        person(other.office, document="PASSPORT", number="H12345678").person,
        person(world.office, document="HK_MACAO_PERMIT", number="H12345678").person,
    }
    assert len(tags) == 3
    phones = {person(world.office, document="PASSPORT", number="A12345", phone=text).phone for text in
              ("138 0000 1111", "+86 138-0000-1111", "008613800001111", "１３８００００１１１１")}  # fmt: skip
    assert len(phones) == 1
    addresses = {person(world.office, document="PASSPORT", number="A12345", address=text).address for text in
                 ("望春花街7号楼5单元301", "望春花街七号楼五单元301室", "望春花街7栋5单元301", "望春花街7-5-301")}  # fmt: skip
    assert len(addresses) == 1


def test_a_permit_issued_anew_is_the_same_persons(world: World) -> None:
    permits = {
        "HK_MACAO_PERMIT": ("H12345678", "h 1234 5678 01", "H1234567802"),
        "TAIWAN_PERMIT": ("12345678", "1234567801", "1234567801(B)", "12345678 02 A"),
    }
    for document, numbers in permits.items():
        assert len({person(world.office, document=document, number=one).person for one in numbers}) == 1
    tags = {
        person(world.office, document=document, number=one).person
        for document, one in (
            ("HK_MACAO_PERMIT", "H12345679"),
            ("HK_MACAO_PERMIT", "M12345678"),
            ("TAIWAN_PERMIT", "12345678"),
        )
    }
    assert len(tags) == 3
    passports = {person(world.office, document="PASSPORT", number=one).person for one in ("H1234567801", "H1234567802")}
    assert len(passports) == 2, "of other papers no part is known to stay"


@pytest.mark.parametrize("document", ["PASSPORT", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "FOREIGN_PR", "OTHER"])
@pytest.mark.parametrize("number", [NUMBER, "110105491231002", "1101 0519 4912 3100 2x"])
def test_a_residents_number_has_one_right_whatever_paper_it_is_said_to_be_from(
    world: World, document: str, number: str
) -> None:
    tranche = world.tranche(20)
    assert claim(world, tranche).is_admitted
    with pytest.raises(PersonUnusable):
        claim(world, tranche, replace(WHO, document=document, number=number))
    assert Claim.objects.count() == 1


def test_a_foreigners_card_with_a_residents_number_is_the_same_person(world: World) -> None:
    body = "91100019900101001"
    number = body + check_character(body)
    tranche = world.tranche(20)
    assert claim(world, tranche, replace(WHO, document="FOREIGN_PR", number=number)).is_admitted
    assert claim(world, tranche, replace(WHO, number=number)).code == "quota-used"
    old = person(world.office, document="FOREIGN_PR", number="FRA110000900101")
    assert (old.born_on, old.document_region) == (None, "")


def test_a_document_of_no_known_shape_is_accepted_only_where_the_rule_names_it(world: World) -> None:
    of_no_shape = replace(WHO, document="OTHER", number="SOLDIER 000123")
    assert claim(world, world.tranche(20), of_no_shape).code == "document-not-accepted"
    named = world.tranche(20, code="other", eligibility={"documents": ["RESIDENT_ID", "OTHER"]})
    assert claim(world, named, of_no_shape).is_admitted


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "110105194912310021"},
        {"number": "11010519491331002X"},
        {"document": "PASSPORT", "number": "7Q9"},
        {"document": "HK_MACAO_PERMIT", "number": "12345678"},
        {"document": "TAIWAN_PERMIT", "number": "123456789"},
        {"document": "LICENCE"},
        {"phone": "604"},
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(world: World, wrong: dict[str, str]) -> None:
    given = {"document": "RESIDENT_ID", "number": NUMBER, **wrong}
    with pytest.raises(PersonUnusable) as refused:
        person(world.office, **given)
    told = str(refused.value.as_dict())
    assert refused.value.where in {*wrong}, "the field that is wrong is named"
    for typed in {given["number"], given.get("phone", given["number"])}:
        assert typed not in told


def test_nothing_typed_reaches_a_table_a_log_or_a_printed_object(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tranche = world.tranche(20)
    answer = claim(world, tranche)
    claim(world, tranche)  # the quota refuses it
    with pytest.raises(PersonUnusable) as refused:
        claim(world, tranche, replace(WHO, number=NUMBER[:-1] + "1"))
    written = "\n".join(
        [
            stored(),
            caplog.text,
            repr(WHO),
            repr(answer),
            repr(refused.value),
            str(refused.value.as_dict()),
            repr(person(world.office, document="RESIDENT_ID", number=NUMBER, phone=PHONE, address=ADDRESS)),
        ]
    )
    assert answer.is_admitted
    for secret in (NUMBER, NUMBER[:-1], NUMBER[6:14], PHONE, NAME, ADDRESS, ADDRESS[:5]):
        assert secret not in written
        assert secret.encode().hex() not in written
    row = Claim.objects.get(id=answer.id)
    assert len(bytes(row.person or b"")) == 32
    assert row.claimant is not None


def test_the_desk_finds_a_claimant_by_the_last_four_and_the_look_stays(world: World, cast: Cast) -> None:
    answer = claim(world, world.tranche(20))
    found = desk.look_up(
        last_four="002x",
        purpose=purpose_of(world.office),
        why="stands at the counter",
        actor=cast.wu,
        now=NOW,
        paced_at=NOW,
    )
    assert [one.name for one in found] == [Claim.objects.select_related("claimant").get(id=answer.id).claimant.name]  # type: ignore[union-attr]
    assert "领取人" in found[0].name


@pytest.mark.parametrize("channel", ["CLERK", "PHONE", "API", "IMPORT"])
def test_a_clerks_cap_holds_whatever_channel_is_named(world: World, channel: str) -> None:
    tranche = world.tranche(20, claims_per_clerk_max=1)
    assert claim(world, tranche, channel=channel).is_admitted
    with pytest.raises(ClerkCapReached):
        claim(world, tranche, replace(WHO, document="PASSPORT", number="E1234567"), channel=channel)
    assert Claim.objects.get().channel in ("CLERK", "PHONE")
    by_command = claim(
        world, tranche, replace(WHO, document="PASSPORT", number="E1234567"), channel="API", actor=world.lin
    )
    assert Claim.objects.get(id=by_command.id).channel == "API"


def make_other_city(cast: Cast) -> World:
    from baogong.kernel.actor import Duty
    from baogong.people.services.parties import register_party

    office = register_party(kind="ORGANISATION", name="厦门市商务局", city="厦门", now=NOW)
    return World(
        cast, office, log_in_as("Lin of Xiamen", [(Duty.COMMAND, office)], NOW), log_in_as("Wu of Xiamen", [(Duty.CLERK, office)], NOW),
        new_id(), new_id(),
    )  # fmt: skip


def test_no_city_works_in_anothers(world: World, cast: Cast) -> None:
    other = make_other_city(cast)
    release = world.release()
    tranche = world.put_out(release, 20)
    answer = claim(world, tranche)
    before = rows_in_book()
    for act in (
        lambda: services.change_rule(release=release, rule={}, actor=other.lin, now=NOW),
        lambda: services.try_out(release=release, actor=other.lin, now=NOW),
        lambda: services.close_release(release=release, actor=other.lin, now=NOW),
        lambda: services.take_back(tranche=tranche, actor=other.lin, now=NOW),
        lambda: claim(world, tranche, actor=other.wu),
        lambda: services.cancel_claim(claim=answer.id, actor=other.wu, now=NOW),
        lambda: services.accept_claims(claims=[answer.id], actor=other.wu, now=NOW),
        lambda: services.put_on_list(office=world.office, name="insured", persons=[], actor=other.wu, now=NOW),
        lambda: services.verify_addresses(office=world.office, addresses=[], actor=other.wu, now=NOW),
        lambda: services.forget_people(office=world.office, actor=other.lin, now=NOW),
    ):
        with pytest.raises(NotYourPlace):
            act()
    assert rows_in_book() == before
    assert [one.id for one in queries.releases(offices=[other.office])] == []
    assert [one.id for one in queries.releases(offices=[world.office])] == [release]


def test_a_city_that_has_finished_forgets_everybody_and_keeps_its_figures(world: World) -> None:
    release = world.release()
    tranche = world.put_out(release, 20)
    answer = claim(world, tranche)
    with pytest.raises(PersonUnusable):
        services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)
    services.close_release(release=release, actor=world.lin, now=NOW)
    hand_over(world, answer.id)
    assert services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW) == 4
    row = Claim.objects.get(id=answer.id)
    assert (row.person, row.household, row.phone, row.address) == (None, None, None, None)
    assert not Used.objects.exists()
    assert queries.tranche(tranche).admitted == 5
    services.draft_release(
        office=world.office, item=world.item, rule=rule(code="next"), actor=world.lin, now=NOW, request_id=new_id()
    )
    following = queries.releases(offices=[world.office])[-1].id
    services.try_out(release=following, people=60, days=1, units=10, actor=world.lin, now=NOW)
    services.open_release(release=following, actor=world.lin, now=NOW)
    later = world.put_out(following, 5)
    again = claim(world, later, replace(WHO, phone="13800002222"))
    assert again.is_admitted
    fresh = Claim.objects.get(id=again.id)
    assert fresh.person is not None
    assert PersonalDatum.objects.filter(party=fresh.claimant_id, cipher__isnull=False).count() == 4
    services.close_release(release=following, actor=world.lin, now=NOW)
    hand_over(world, again.id)
    assert services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW) == 4, "and forgets these as well"
    assert len({purpose_of(world.office), *PurposeKey.objects.values_list("purpose", flat=True)}) == 3


def test_after_forgetting_nothing_leads_from_a_number_to_a_claim_or_from_claim_to_claim(world: World) -> None:
    """With the house's keys and the person's number in hand: no tag, hash, id or party that can be made again is left."""
    first, second = world.release(), world.release(code="second")
    tranches = [world.put_out(first, 20), world.put_out(second, 20)]
    who = person(world.office, document=WHO.document, number=WHO.number, phone=WHO.phone, address=WHO.address)
    typed = claim(world, tranches[0])
    (listed,) = services.claim_listed(
        tranche=tranches[1],
        rows=[services.ListedClaim(who, 5, sealed=services.contact_sealer(purpose_of(world.office), NOW)(WHO))],
        actor=world.wu,
        now=NOW,
    )
    assert services.keep_contacts(now=NOW) == 1
    claimants = set(Claim.objects.values_list("claimant", flat=True))
    assert len(claimants) == 1, "one person is one claimant"
    (claimant,) = claimants
    assert claimant is not None
    services.accept_claims(claims=[typed.id], actor=world.wu, now=NOW)
    assert Outgoing.objects.filter(to_party=claimant).exists()
    purpose = purpose_of(world.office)
    asked = [ClaimIn(id=new_id(), tranche=one, channel=channel, units=5, person=who.person, phone=who.phone,
                     address=who.address, document=WHO.document, region=region)
             for one in tranches for channel in ("CLERK", "IMPORT") for region in ("", "511602")]  # fmt: skip
    contents = {one.content for one in asked}
    assert contents & {bytes(one) for one in Claim.objects.values_list("content", flat=True)}, "known before"
    ids = [listed_ids(one, purpose, NOW)(who.person) for one in tranches]
    assert listed.id in ids
    for release in (first, second):
        services.close_release(release=release, actor=world.lin, now=NOW)
    hand_over(world, typed.id)
    hand_over(world, listed.id)
    services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)
    assert {bytes(one) for one in Claim.objects.values_list("content", flat=True)} == {b""}
    left = Claim.objects.values_list("person", "household", "phone", "address", "claimant")
    assert {value for row in left for value in row} == {None}
    assert not Outgoing.objects.filter(to_party=claimant).exists()
    with pytest.raises(Erased):
        listed_ids(tranches[1], purpose, NOW)
    known = stored()
    for tag in (who.person, who.phone, who.address):
        assert tag is not None
        assert tag.hex() not in known
        for made in (derived_id("release.claim.listed", tranches[1], tag.hex()), derived_id("release.person", tag.hex()),
                     derived_id("party", derived_id("release.person", world.office, tag.hex()))):  # fmt: skip
            assert str(made) not in known
    assert claim(world, tranches[0], claim_id=typed.id).state == "REUSED", "who asked learns nothing of it any more"


def test_of_a_birth_date_only_ten_years_are_kept_and_the_report_says_how_the_old_fared(world: World) -> None:
    release = world.release()
    tranche = world.put_out(release, 10)
    claim(world, tranche, channel="PHONE")
    old = number_born("19250304")
    claim(world, tranche, replace(WHO, number=old), channel="PHONE", units=1)
    claim(world, tranche, replace(WHO, document="PASSPORT", number="E1234567"))
    claim(
        world, tranche, replace(WHO, number=number_born("19880808")), actor=world.lin, channel="API"
    )  # nothing is left
    assert [
        (one.channel, one.born_from, one.born_until, one.claims, one.admitted, one.units)
        for one in queries.fairness_by_age(release)
    ] == [
        ("API", 1980, 1989, 1, 0, 0),
        ("CLERK", None, None, 1, 0, 0),
        ("PHONE", None, 1929, 1, 1, 1),
        ("PHONE", 1940, 1949, 1, 1, 5),
    ]
    assert old[6:14] not in stored()
