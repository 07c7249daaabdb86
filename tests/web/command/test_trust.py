"""Pages of needs that can be trusted: calls, doubles, houses, assumptions, communities, the receiver's own, the public."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.needs import services as needs
from baogong.needs.queries import calls
from baogong.needs.queries.households import household_views
from baogong.needs.services import households as counting
from baogong.people.queries.merges import merges
from baogong.people.services.parties import register_party
from baogong.planning import services as planning
from tests.apps.needs.test_allotments import frozen_masks, hand_over, promise
from tests.apps.needs.test_houses import merging
from tests.apps.needs.test_requests import asking
from tests.apps.supply.world import World, make_house, rows_everywhere
from tests.books import Built
from tests.cast import NOW, log_in_as
from tests.web.visits import form_of, read, send, visit

LIN_PAGES = ("doubles", "houses", "uses", "communities")


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


def call_page(world: World, receiver: UUID | None = None) -> str:
    return reverse("clerk:call", args=[receiver or world.cast.hospital])


def test_a_clerk_takes_the_next_call_and_verifies_all_of_it_in_one_tap(world: World) -> None:
    asking(world)
    asking(world, "gloves")
    needs.add_contact(
        receiver=world.cast.hospital,
        kind="PUBLISHED",
        label="总机",
        number="027-67812888",
        found_at="官网",
        actor=world.cast.wu,
        now=NOW,
    )
    wu = visit("Wu")
    assert "Next call" in read(wu, reverse("clerk:calls"))
    page = send(wu, reverse("clerk:next_call"), {})
    assert 'href="tel:027-67812888"' in page
    assert "您好，这里是救援物资工作组" in page
    assert re.search(r"核实：[^<]+ [\d,]+ (个|只|套)", page), page[page.index("核实") :][:200]
    assert "Did you ask for them?" in page
    contact = calls.contacts_of(world.cast.hospital)[0].id
    request = re.search(r'name="request_id" value="([^"]+)"', page)
    assert request is not None
    form = {"act": "all-as-asked", "contact": str(contact), "request_id": request[1]}
    send(wu, call_page(world), form)
    assert all(view.verified_how == "RANG_BACK" for view in queries.open_needs())
    assert "Nobody is to be rung now" in read(wu, reverse("clerk:calls"))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"act": "changed", "quantity": "400"}, lambda view: view.quantity == 400),
        ({"act": "wrong", "why": "只要三百"}, lambda view: view.doubt == "WRONG"),
        ({"act": "fake", "why": "没有发过"}, lambda view: view.is_cancelled),
        ({"act": "no-longer"}, lambda view: view.is_cancelled),
        ({"act": "as-asked"}, lambda view: view.verified_how == "RANG_PERSON"),
        ({"act": "nobody"}, lambda view: view.doubt == "UNREACHED"),
    ],
)
def test_each_outcome_of_a_call_is_one_tap(world: World, form: dict[str, str], expected: Any) -> None:
    need = asking(world)
    wu = visit("Wu")
    page = read(wu, call_page(world))
    send(wu, call_page(world), {**form_of(page), "need": str(need), "request_id": str(new_id()), **form})
    assert expected(queries.need(need))


def test_a_persons_number_is_told_once_and_not_in_the_address(world: World) -> None:
    asking(world)
    contact = needs.add_contact(
        receiver=world.cast.hospital, kind="PERSON", label="提出人", number="13900001234", actor=world.cast.wu, now=NOW
    )
    wu = visit("Wu")
    assert "13900001234" not in read(wu, call_page(world))
    page = send(wu, call_page(world), {"act": "show-number", "contact": str(contact)}, status=200)
    assert 'href="tel:13900001234"' in page
    assert "13900001234" not in read(wu, call_page(world))


def test_doubles_are_shown_side_by_side_decided_and_taken_back(world: World) -> None:
    ward = register_party(kind="SITE", name="武汉大学中南医院呼吸科", city="武汉", now=NOW)
    whole, part = asking(world, quantity=1000), asking(world, receiver=ward, quantity=300)
    lin, address = visit("Lin"), reverse("command:doubles")
    page = read(lin, address)
    assert "a ward, campus or group of the other" in page
    page = send(lin, address, {**form_of(page), "act": "PART"})
    assert queries.need(whole).open == 700
    tie = re.search(r'name="tie" value="([^"]+)"', page)
    assert tie is not None
    send(lin, address, {"act": "undo", "tie": tie[1], "why": "两回事"})
    assert (queries.need(whole).open, queries.need(part).open) == (1000, 300)


def test_a_share_that_would_serve_a_doubled_need_twice_says_so_beside_the_receiver(world: World) -> None:
    ward = register_party(kind="SITE", name="武汉大学中南医院呼吸科", city="武汉", now=NOW)
    frozen_masks(world, 2000)
    _whole, part = asking(world, quantity=1000), asking(world, receiver=ward, quantity=300)
    plan = planning.make_plan(
        kind="SHARE", params={}, rule={"version": "leximin-1"}, actor=world.cast.lin, now=NOW, request_id=new_id()
    )
    mei, address = visit("Mei"), reverse("command:share", args=[plan])
    page = read(mei, address)
    assert "2 needs of this share may be asked twice." in page
    assert reverse("command:doubles") in page
    assert page.count("maybe part and whole") == 2
    assert "a ward, campus or group of the other" in page
    assert page.count("served in this share too") == 2
    assert reverse("command:need", args=[part]) in page
    planning.approve(plan=plan, actor=world.cast.mei, now=NOW, request_id=new_id())
    page = read(mei, address)
    assert "may be asked twice" not in page
    assert page.count("maybe part and whole") == 2  # what was known then stays beside it


def test_houses_are_merged_and_parted_on_one_page(world: World) -> None:
    register_party(kind="SITE", name="武汉市中南医院", city="武汉", now=NOW)
    lin, address = visit("Lin"), reverse("command:houses")
    page = read(lin, address)
    assert "武汉市中南医院" in page
    page = send(lin, address, {**form_of(page), "act": "keep-one", "why": "总机"})
    (merge,) = merges(in_force=True)
    assert "Undo the merge" in page
    send(lin, address, {"act": "undo", "merge": str(merge.id), "why": "看错"})
    assert merges(in_force=True) == ()
    page = send(lin, address, {**form_of(read(lin, address)), "act": "apart", "why": "两家"})
    assert "No two receivers look like one house" in page


def test_an_assumption_is_looked_at_before_it_is_applied(world: World) -> None:
    need = asking(world, people_count=30, days_count=7)
    lin, address = visit("Lin"), reverse("command:uses")
    asked = f"{address}?item={world.item('surgical-mask')}&group=CLINICIAN&amount=3&per_days=1"
    page = read(lin, asked)
    assert "840" in page
    assert "630" in page
    assert queries.need(need).quantity == 840
    send(lin, address, {**form_of(page), "ground": "PUBLISHED", "source": "院感科通知"})
    assert queries.need(need).quantity == 630
    assert "院感科通知" in read(lin, reverse("command:need", args=[need]))


def test_households_open_to_the_communitys_clerk_and_sums_to_the_office(world: World) -> None:
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    counting.count_household(
        community=community, code="3-2-501", counts=counting.Counts(adults=2, old=1), actor=world.cast.wu, now=NOW
    )
    log_in_as("Ning", [(Duty.CLERK, community), (Duty.COMMAND, world.union)])
    lin, ning = visit("Lin"), visit("Ning")
    page = read(lin, reverse("command:community", args=[community]))
    assert "3-2-501" not in page
    item = str(world.item("drinking-water"))
    send(
        lin,
        reverse("command:community", args=[community]),
        {"act": "ask", "item": item, "days_count": "7", "urgency": "2", "request_id": str(new_id())},
    )
    assert queries.open_needs()[0].quantity == 63
    households = reverse("command:community_households", args=[community])
    assert lin.get(households).status_code == 403
    assert "3-2-501" in read(ning, households)


def test_a_household_is_counted_by_hand_and_again_at_the_same_door(world: World) -> None:
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    log_in_as("Ning", [(Duty.CLERK, community)])
    ning, page = visit("Ning"), reverse("command:community_households", args=[community])
    assert "Count one household by hand" in read(ning, page)
    send(ning, page, {"act": "count", "code": "3-2-501", "adults": "2", "old": "1", "chronic": "1", "name": "张小三"})
    told = send(ning, page, {"act": "count", "code": "3-2-501", "adults": "3", "name": "张小三"})
    assert "张小*" in told
    assert "张小三" not in told
    assert [(each.adults, each.old, each.chronic) for each in household_views(community)] == [(3, 0, 0)]
    before = rows_everywhere()
    ning.post(page, {"act": "count", "code": "3-2-502", "adults": "1", "chronic": "2"})
    assert rows_everywhere()["needs_household"] == before["needs_household"]


def test_a_clerk_reads_what_was_wrong_and_counts_the_second_of_two(world: World) -> None:
    ward = register_party(kind="SITE", name="武汉市中南医院", city="武汉", now=NOW)
    first, second = asking(world), asking(world, receiver=ward)
    lin, address = visit("Lin"), reverse("command:doubles")
    send(lin, address, {**form_of(read(lin, address)), "act": "SAME-OTHER"})
    assert [view.id for view in queries.open_needs()] == [second]
    needs.cancel(need=second, why="志愿者撤回", actor=world.cast.wu, now=NOW)
    page = read(visit("Wu"), call_page(world))
    assert "something in it is wrong" in page
    assert "志愿者撤回" in page
    needs.add_proof(
        needs=[first],
        proof=needs.Proof(needs.ProofKind.SEEN, text="信"),
        actor=world.cast.wu,
        now=NOW,
        request_id=new_id(),
    )
    promise(world, frozen_masks(world, 100), 100, need=first)
    merging(world, world.cast.hospital, ward)
    # The page of a need that has everything takes no more queries than any other.
    assert "the need it counted under has ended" in read(lin, reverse("command:need", args=[first]))


def test_the_public_list_shows_no_number_of_a_persons_even_where_a_name_holds_one(world: World) -> None:
    site = register_party(kind="SITE", name="光谷方舱 李护士 138 0000 1234", city="武汉", now=NOW)
    asking(world, receiver=site, is_verified=True, source="李护士 13800001234")
    page = read(Client(), reverse("public:needs"))
    assert "光谷方舱" in page
    assert "李护士" not in page
    assert "1234" not in re.sub(r'id="[^"]*"|value="[^"]*"', "", page)


def test_the_receivers_link_shows_its_needs_and_answers_with_the_code(world: World) -> None:
    need, foreign = asking(world), asking(world, receiver=world.union)
    lin = visit("Lin")
    page = send(lin, reverse("command:need", args=[need]), {"act": "link"}, status=200)
    address = re.search(r'value="http://testserver(/receiver/needs/[^"]+)"', page)
    code = re.search(r'<p class="figure">(\d{6})</p>', page)
    assert address is not None
    assert code is not None
    visitor = Client()
    visitor.cookies["baogong_language"] = "en"
    page = read(visitor, address[1])
    assert "武汉大学中南医院" in page
    assert "协和" not in page
    form = {**form_of(page), "need": str(need), "answer": "changed", "quantity": "250"}
    send(visitor, address[1], {**form, "code": "000000" if code[1] != "000000" else "111111"}, status=403)
    assert queries.need(need).quantity == 1000
    send(visitor, address[1], {**form, "need": str(foreign), "code": code[1]}, status=403)
    assert queries.need(foreign).quantity == 1000
    send(visitor, address[1], {**form, "code": code[1]})
    assert queries.need(need).quantity == 250
    send(lin, reverse("command:need", args=[need]), {"act": "end-links"})
    assert visitor.get(address[1]).status_code == 404


def test_a_met_need_is_grey_at_once_for_everyone_and_a_half_met_one_shows_its_bar(world: World) -> None:
    need = asking(world, quantity=100, is_verified=True)
    other = asking(world, receiver=world.union, quantity=100, is_verified=True)
    lot = frozen_masks(world, 150)
    promise(world, lot, 100, need=need)
    promise(world, lot, 50, need=other, receiver=world.union)
    public, lin = reverse("public:needs"), visit("Lin")
    assert 'class="over"' not in read(Client(), public)
    for allotment in queries.allotments():
        hand_over(world, allotment.hold)
    page = read(Client(), public)
    assert page.count('class="over"') == 1
    assert 'class="met" width="50"' in page
    assert 'class="over"' in read(lin, reverse("command:needs") + "?show=all")


def test_the_public_filters_and_sees_the_houses_contact_and_nobody_elses(world: World) -> None:
    asking(world, is_verified=True, source="护士长 13900000000", urgency=1)
    asking(world, "gloves", receiver=world.union, is_verified=True, urgency=3)
    send(visit("Lin"), reverse("command:public_contact"), {"contact": "027-12345678 指挥部物资组"})
    public = reverse("public:needs")
    page = read(Client(), public)
    assert "027-12345678" in page
    assert "139" not in page
    assert "rang back a published number" in _english(public)
    assert "武汉大学中南医院" in read(Client(), f"{public}?urgency=1")
    assert "武汉大学中南医院" not in read(Client(), f"{public}?urgency=3")
    assert "武汉大学中南医院" not in read(Client(), f"{public}?item={world.item('gloves')}")
    assert "武汉大学中南医院" not in read(Client(), f"{public}?city=北京")
    assert read(Client(), f"{public}?urgency=x&item=y&freshness=z")


def _english(path: str) -> str:
    client = Client()
    client.cookies["baogong_language"] = "en"
    return read(client, path)


def test_a_letter_is_uploaded_and_shown_to_the_verifier_only(world: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.apps.needs.test_trust import photo

    need = asking(world)
    lin = visit("Lin")
    letter = SimpleUploadedFile("letter.png", photo(), "image/png")
    form = {"act": "proof", "kind": "LETTER", "issuer": "设备科", "photo": letter, "request_id": str(new_id())}
    page = send(lin, reverse("command:need", args=[need]), form)
    picture = re.search(r'src="(/command/needs/proof/[^"]+)"', page)
    assert picture is not None
    assert picture[1] in read(visit("Wu"), call_page(world))
    assert lin.get(picture[1]).headers["Content-Type"] == "image/jpeg"
    assert visit("Stranger").get(picture[1]).status_code == 403


def test_every_page_opens_in_both_languages_also_empty_and_strangers_leave_no_trace(world: World) -> None:
    paths = [*(reverse(f"command:{name}") for name in LIN_PAGES), reverse("clerk:calls")]
    for language in ("zh-hans", "en"):
        lin = visit("Lin", language)
        for path in paths:
            read(lin, path)
    asking(world)
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    paths += [call_page(world), reverse("command:community", args=[community])]
    lin, stranger = visit("Lin"), visit("Stranger")
    for path in paths:
        read(lin, path)
    before = rows_everywhere()
    for path in paths:
        assert stranger.get(path).status_code == 403, path
        assert stranger.post(path, {"act": "done"}).status_code == 403, path
    assert rows_everywhere() == before
