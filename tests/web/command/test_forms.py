"""Forms of the command office do what they say, once, and say what they did."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from baogong.catalogue.queries import items
from baogong.engine.sheets.names import sort_key
from baogong.freight import queries as freight
from baogong.journal import queries as journal
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.needs import queries as needs
from baogong.needs.views import NeedState
from baogong.planning import queries as plans
from baogong.supply import queries as supply
from baogong.supply.services import Counted, count_stock
from tests.apps.freight.world import HOUR, NOW, World
from tests.web.command.conftest import Browser, Stage, ask, make_share


def send(client: Client, page: str, **fields: object) -> str:
    """Post a form and follow it to the page it leads to."""
    answer = client.post(page, {"request_id": str(new_id()), **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def field(moment: object) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")  # type: ignore[arg-type]


def test_a_need_by_hand_finds_its_receiver_by_name(world: World, as_: Browser) -> None:
    lin, page = as_("Lin", "en"), reverse("command:add_need")
    told = {"item": world.suits, "urgency": 2, "source": "fax", "way": "people", "people_count": 30, "days_count": 2}
    refused = lin.post(page, {"request_id": str(new_id()), "receiver": "中南", "daily_use": "1.5", **told})
    assert refused.status_code >= 400
    assert "Nothing was written" in refused.content.decode()  # a part of a name is not enough
    assert needs.open_needs() == ()
    text = send(lin, page, receiver="武汉大学中南医院", daily_use="1.5", verified="1", **told)
    assert "stays fresh for 48 hours" in text
    (view,) = needs.open_needs()
    assert (view.receiver, view.quantity, view.urgency, view.source) == (world.hospital, 90, 2, "fax")
    assert view.verified_by == world.lin.person_id


def test_a_need_without_a_limit_gets_an_amount_and_keeps_the_assumption(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin", "en"), reverse("command:need", args=[stage.uncounted])
    assert "takes part in no share" in lin.get(page).content.decode()
    text = send(lin, page, act="amount", way="people", people_count="", days_count="7", why="two wards")
    assert "is not a whole number" in text
    text = send(
        lin, page, act="amount", way="people", people_count="40", days_count="7", daily_use="4", why="two wards"
    )
    assert "40 people × 7 days × 4 a day = 1,120" in re.sub(r"\s+", " ", text)
    view = needs.need(stage.uncounted)
    assert (view.quantity, view.had_no_limit) == (1_120, True)


def test_a_stale_need_is_renewed_verified_and_cancelled(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:need", args=[stage.suits])
    assert needs.need(stage.suits).is_stale(NOW)
    send(lin, page, act="renew")
    assert not needs.need(stage.suits).is_stale(NOW)
    send(lin, page, act="verify", how="RANG_BACK", outcome="VERIFIED", why="总机 027-85726114")
    assert needs.need(stage.suits).verified_by == stage.world.lin.person_id
    send(lin, page, act="cancel", why="已有别处支援")
    assert needs.need(stage.suits).state is NeedState.CANCELLED


def test_the_board_of_needs_filters_by_freshness_and_amount(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:needs")

    def shown(**choice: str) -> set[UUID]:
        text = lin.get(page, choice).content.decode()
        return {UUID(found) for found in re.findall(r"/command/needs/([0-9a-f-]{36})/", text)}

    assert shown(show="stale") == {stage.suits}
    assert shown(show="no-amount") == {stage.uncounted}
    assert shown() == {stage.masks, stage.suits, stage.uncounted}
    assert shown(q="防护服", by="item") == {stage.suits}
    assert shown(show="met") == set()


def test_a_share_is_made_read_run_again_approved_and_undone(world: World, as_: Browser) -> None:
    masks = ask(world, world.masks, 700)
    lin = as_("Lin", "en")
    weights = {"weight_1": "2", "weight_2": "1.5", "weight_3": "1", "weight_4": "0.5"}
    text = send(lin, reverse("command:make_share"), items=[world.masks], whole_cartons="1", memory="100", **weights)
    (head,) = plans.plans(kind="SHARE")
    page = reverse("command:share", args=[head.id])
    assert head.rule["weights"] == {"1": 2.0, "2": 1.5, "3": 1.0, "4": 0.5}
    assert "Asked for 700 pieces, gets 700" in text
    assert "first come" in text
    assert head.snapshot_hash in text
    assert "the same result, byte for byte" in lin.get(page, {"again": "1"}).content.decode()
    once = {"act": "approve", "request_id": str(new_id())}
    assert "so another person approves it" in send(lin, page, act="approve")
    assert plans.plan(head.id).state == "PROPOSED"
    mei = as_("Mei", "en")
    mei.post(page, once)
    mei.post(page, once)  # a second tap is the same request
    assert plans.plan(head.id).state == "APPROVED"
    assert needs.need(masks).committed == 700
    send(lin, page, act="undo")
    assert plans.plan(head.id).state == "UNDONE"
    assert needs.need(masks).committed == 0


def test_alone_on_duty_the_maker_says_so_and_the_page_flags_it(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    plan, lin = make_share(world), as_("Lin", "en")
    page = reverse("command:share", args=[plan])
    assert "another person approves it" in lin.get(page).content.decode()
    assert "another person approves it" not in as_("Mei", "en").get(page).content.decode()
    assert "12 hours" in send(lin, page, act="approve", alone="1")
    document = plans.plan(plan).document
    assert document is not None
    assert journal.document(document).state == "ALONE"
    board = lin.get(reverse("command:board")).content.decode()
    assert "second signature due, done alone by Lin:" in board
    assert f'href="{reverse("command:document", args=[document])}"' in board
    assert "Nothing leaves, arrives or falls due." not in board


def test_a_plan_the_book_has_overtaken_is_refused_in_the_visitors_language(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    plan = make_share(world)
    ask(world, world.masks, 50)
    text = send(as_("Mei"), reverse("command:share", args=[plan]), act="approve")
    assert "做方案时的情况已经变化，没有占用任何货物" in text
    assert "按现在的情况重新做方案" in text
    assert plans.plan(plan).state == "PROPOSED"


def test_two_shares_are_compared_line_by_line(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    first = make_share(world)
    ask(world, world.suits, 100)
    second = make_share(world)
    text = as_("Lin", "en").get(reverse("command:compare"), {"a": str(first), "b": str(second)}).content.decode()
    assert "different states of the book" in text
    assert "Suits" in text


def test_goods_are_promised_by_decision_and_the_promise_is_undone(world: World, as_: Browser) -> None:
    need = ask(world, world.masks, 300)
    lin, lot = as_("Lin", "en"), world.lots["langfang masks"]
    text = send(
        lin,
        reverse("command:allot"),
        need=need,
        receiver="武汉大学中南医院",
        goods=f"{world.langfang} {lot}",
        amount="200",
        urgency="1",
        reason="the giver named them",
    )
    assert "set aside for this receiver" in text
    (promise,) = needs.allotments(need_id=need)
    assert (promise.amount, promise.receiver) == (200, world.hospital)
    page = reverse("command:need", args=[need])
    send(lin, page, act="undo", allotment=promise.id, why="two wards merged")
    assert needs.allotments(need_id=need)[0].is_undone
    assert world.free(world.langfang, State.FROZEN, "langfang masks") == 1_000


def test_a_convoy_is_planned_put_to_its_carriers_approved_and_undone(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 400)
    lin = as_("Lin", "en")
    leaves = NOW + 6 * HOUR
    text = send(
        lin,
        reverse("command:plan_convoy"),
        from_at=field(NOW),
        until_at=field(NOW + timedelta(days=4)),
        hubs=[world.hub],
        **{f"not_before_{world.langfang}": field(leaves)},
    )
    (head,) = plans.plans(kind="CONVOY")
    page = reverse("command:convoy", args=[head.id])
    assert "Weighed and not taken" in text
    assert "<svg" in text
    assert min(leg.depart_at for leg in freight.convoy(head.id).legs if not leg.is_empty) >= leaves
    text = send(lin, page, act="ask", code="4711")
    links = re.findall(r"http://testserver/carrier/offer/[\w-]+/", text)
    assert len(set(links)) == 2  # a carrier for the long way, one for the relay
    assert "/carrier/offer/" not in lin.get(page).content.decode()  # shown once
    send(as_("Mei"), page, act="approve")
    assert {bill.state for bill in freight.waybills(now=NOW, plan=head.id)} == {"PLANNED"}
    send(lin, page, act="undo")
    assert {bill.state for bill in freight.waybills(now=NOW, plan=head.id)} == {"CANCELLED"}


def test_a_late_truck_is_on_the_board_and_leads_to_a_new_plan(stage: Stage, as_: Browser) -> None:
    lin = as_("Lin", "en")
    board = lin.get("/command/").content.decode()
    assert stage.truck.number in board
    assert "5 h late" in board
    assert reverse("command:waybill", args=[stage.truck.id]) in board
    page = reverse("command:waybill", args=[stage.truck.id])
    text = send(lin, page, act="delay", arrive_at=field(stage.truck.planned_arrive_at + 8 * HOUR), why="snow")
    assert "What the new plan changes" in text
    newest = plans.plans(kind="CONVOY")[0]
    assert newest.state == "PROPOSED"
    send(lin, reverse("command:difference", args=[newest.id]), act="approve")
    assert plans.plan(newest.id).state == "APPROVED"


def test_a_truck_is_named_let_go_early_and_its_waybill_cancelled(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:waybill", args=[stage.truck.id])
    other = next(
        vehicle for vehicle in freight.vehicles(carrier=stage.truck.carrier) if vehicle.id != stage.truck.vehicle
    )
    send(lin, page, act="name", vehicle=other.id)
    earlier = stage.truck.earliest_depart_at - HOUR
    send(lin, page, act="early", earliest_at=field(earlier), reason="装完就走")
    row = freight.waybill(stage.truck.id, now=NOW).row
    assert (row.plate, row.earliest_depart_at) == (other.plate, earlier.replace(second=0, microsecond=0))
    send(lin, page, act="cancel", reason="货改日再走")
    assert freight.waybill(stage.truck.id, now=NOW).row.state == "CANCELLED"


def test_a_vehicle_is_registered_and_its_pass_granted_and_revoked(world: World, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:fleet")
    send(lin, page, act="add", kind=world.vans, plate="鄂A99999")
    (van,) = [vehicle for vehicle in freight.vehicles() if vehicle.plate == "鄂A99999"]
    send(
        lin,
        page,
        act="grant",
        vehicle=van.id,
        area=world.wuhan,
        valid_from_at=field(NOW),
        valid_until_at=field(NOW + 24 * HOUR),
        granted_by=world.office,
    )
    (granted,) = freight.passes(vehicles=[van.id])
    assert granted.is_valid(NOW + HOUR)
    send(lin, page, act="revoke", granted=granted.id)
    assert not freight.passes(vehicles=[van.id])[0].is_valid(NOW + HOUR)


def test_stock_is_frozen_with_the_options_on_record(world: World, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:freeze")
    asked = {"site": world.ezhou, "item": "all", "decided_by": world.haulier, "basis": "OWN_DECISION", "reason": "支援"}
    asked |= {"option_1": "全部支援", "option_2": "留一部分", "chosen": "1", "why_2": "别处可补货"}
    assert "没有可锁的零售库存" in send(lin, page, **asked)  # all of it is frozen already
    count_stock(
        site=world.ezhou,
        lines=[Counted(item=world.suits, amount=80, pieces_per_carton=100)],
        counted_at=NOW,
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    assert "已锁库" in send(lin, page, **asked)
    newest = max(supply.freeze_board(), key=lambda freeze: freeze.number)
    assert newest.amount == 80
    assert [(option.text, option.is_chosen, option.declined_by) for option in newest.options] == [
        ("全部支援", True, ""),
        ("留一部分", False, "Lin"),
    ]


def test_a_refused_freeze_keeps_what_was_typed_and_any_office_of_the_register_may_decide(
    world: World, as_: Browser
) -> None:
    lin, page = as_("Lin", "en"), reverse("command:freeze")
    count_stock(
        site=world.ezhou,
        lines=[Counted(item=world.suits, amount=80, pieces_per_carton=100)],
        counted_at=NOW,
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    offered_here = re.search(r'id="deciders">(.*?)</datalist>', lin.get(page).content.decode())
    assert offered_here is not None
    offered = re.findall(r'value="([^"]+)"', offered_here[1])
    office = "武汉市疫情防控指挥部"
    assert office in offered
    assert offered == sorted(offered, key=sort_key)
    typed = {
        "request_id": str(new_id()),
        "site": str(world.ezhou),
        "item": "all",
        "decided_by": office,
        "basis": "AUTHORITY_ORDER",
        "reason": "the city's order",
        "option_1": "all of it",
        "option_3": "half of it",
    }
    here = {"referer": f"http://testserver{page}"}
    text = lin.post(page, typed, headers=here, follow=True).content.decode()
    assert "line 3, why” is empty" in text
    for name in ("decided_by", "reason", "option_1", "option_3"):
        assert re.search(rf'name="{name}"[^>]* value="{re.escape(escape(typed[name]))}"', text), name
    for name in ("site", "item", "basis"):
        assert f'<option value="{typed[name]}" selected>' in text, name
    required = set(re.findall(r'name="(\w+)"[^>]* required>', text))
    assert required >= {"site", "item", "decided_by", "reason", "option_1"}
    assert not required & {"option_2", "option_3", "why_2", "why_3"}
    assert "Frozen." in send(lin, page, **typed | {"request_id": str(new_id()), "why_3": "the ward asks for all"})
    newest = max(supply.freeze_board(), key=lambda freeze: freeze.number)
    assert (newest.decided_by, newest.basis, newest.amount) == (world.office, "AUTHORITY_ORDER", 80)
    assert [(option.text, option.is_chosen) for option in newest.options] == [
        ("all of it", True),
        ("half of it", False),
    ]


def test_a_task_is_taken_and_ended_with_what_came_of_it(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin", "en"), reverse("command:tasks")
    task = journal.tasks()[0]  # the late truck left it
    send(lin, page, act="take", task=task.id)
    assert journal.tasks()[0].owner == stage.world.lin.person_id
    send(lin, page, act="finish", task=task.id, outcome="the new plan is approved")
    assert [done.outcome for done in journal.tasks(open_only=False) if done.id == task.id] == [
        "the new plan is approved"
    ]


def test_an_approver_may_decide_but_not_plan(stage: Stage, as_: Browser) -> None:
    mei = as_("Mei", "en")
    assert mei.get(reverse("command:plan_convoy")).status_code == 403
    send(mei, reverse("command:share", args=[stage.later_share]), act="undo")
    assert plans.plan(stage.later_share).state == "PROPOSED"  # nothing to undo
    send(mei, reverse("command:convoy", args=[stage.replan]), act="approve")
    assert plans.plan(stage.replan).state == "APPROVED"


def test_a_carrier_that_lost_its_link_gets_a_new_one_shown_once(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    lin, page = as_("Lin", "en"), reverse("command:convoy", args=[plan])
    assert "/carrier/offer/" in send(lin, page, act="ask", code="4711")
    text = send(lin, page, act="ask")
    assert "Nobody was asked" in text
    text = send(lin, page, act="ask", code="4711")
    assert "Nobody new was asked" in text
    assert "cannot be shown again" in text
    assert "/carrier/offer/" not in text
    ask_ = freight.asks(plan=plan)[0]
    text = send(lin, page, act="renew", ask=ask_.id, code="4712")
    assert text.count("/carrier/offer/") == 1
    assert "/carrier/offer/" not in lin.get(page).content.decode()


def test_asking_twice_before_looking_loses_no_link_and_another_plans_page_does_not_take_it(
    world: World, as_: Browser
) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan, other = world.plan(), world.plan()
    lin, page = as_("Lin", "en"), reverse("command:convoy", args=[plan])
    for _ in range(2):
        assert lin.post(page, {"act": "ask", "code": "4711", "request_id": str(new_id())}).status_code == 302
    assert "/carrier/offer/" not in lin.get(reverse("command:convoy", args=[other])).content.decode()
    assert lin.get(page).content.decode().count("/carrier/offer/") == len(freight.asks(plan=plan))
    assert "/carrier/offer/" not in lin.get(page).content.decode()


def test_who_has_answered_is_not_asked_again(stage: Stage, as_: Browser) -> None:
    page = as_("Lin", "en").get(reverse("command:convoy", args=[stage.convoy])).content.decode()
    assert {each.answer for each in freight.asks(plan=stage.convoy)} == {"ACCEPTED"}
    assert "Ask the carriers" not in page
    assert "New link" not in page


def test_a_convoy_that_ends_before_it_begins_is_refused_in_the_visitors_words(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Lin"), reverse("command:plan_convoy")
    before = len(freight.convoys())
    answer = lin.post(
        page,
        {"request_id": str(new_id()), "from_at": "2020-01-26T06:00", "until_at": "2020-01-25T06:00"},
        headers={"referer": f"http://testserver{page}"},
        follow=True,
    )
    assert "结束时间 01-25 06:00 早于开始时间 01-26 06:00，没有做方案。" in answer.content.decode()
    assert len(freight.convoys()) == before


def test_a_task_of_a_delay_speaks_one_language_and_leads_to_what_would_change(stage: Stage, as_: Browser) -> None:
    number, page = stage.truck.number, reverse("command:tasks")
    link = f'<a href="{reverse("command:difference", args=[stage.replan])}">'
    assert f"{link}{number} is late: look at the new plan</a>" in as_("Lin", "en").get(page).content.decode()
    chinese = as_("Lin").get(page).content.decode()
    assert f"{link}{number} 晚点，请看改派方案</a>" in chinese
    assert "is late" not in chinese


def test_a_refused_need_keeps_what_was_typed_and_another_of_the_same_goods_is_said_on_purpose(
    world: World, as_: Browser
) -> None:
    lin, page = as_("Lin", "en"), reverse("command:add_need")
    told: dict[str, object] = {
        "receiver": "武汉大学中南医院",
        "item": world.suits,
        "urgency": "2",
        "use": "MEDICAL",
        "source": "fax of the equipment department",
        "way": "quantity",
        "quantity": "1万2千",
        "note": "before Sunday",
    }
    answer = lin.post(page, {"request_id": str(new_id()), **told, "quantity": "1万3"})
    text = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 400
    assert "“1万3” can be read in more than one way" in text
    assert "Where: amount." in text
    for typed in ("武汉大学中南医院", "fax of the equipment department", "1万3", "before Sunday"):
        assert f'value="{typed}"' in text
    assert f'<option value="{world.suits}" selected>' in text
    assert '<option value="2" selected>' in text
    assert needs.open_needs() == ()
    assert "stays fresh" in send(lin, page, **told)
    twice = lin.post(page, {"request_id": str(new_id()), **told})
    assert twice.status_code == 409
    assert len(needs.open_needs()) == 1
    assert "stays fresh" in send(lin, page, **told, another="1")
    assert [view.quantity for view in needs.open_needs()] == [12_000, 12_000]


def test_amounts_are_read_as_people_write_them(world: World, as_: Browser) -> None:
    lin, page = as_("Lin", "zh-hans"), reverse("command:add_need")
    told = {"receiver": "武汉大学中南医院", "item": world.suits, "source": "传真", "way": "quantity", "another": "1"}
    for text in ("50万", "5,000", "１２００"):
        send(lin, page, **told, quantity=text)
    assert sorted(view.quantity or 0 for view in needs.open_needs()) == [1_200, 5_000, 500_000]
    refused = lin.post(page, {"request_id": str(new_id()), **told, "quantity": "若干"}).content.decode()
    assert "位置：数量" in refused
    huge = lin.post(page, {"request_id": str(new_id()), **told, "quantity": "9" * 30})
    assert huge.status_code == 400
    assert len(needs.open_needs()) == 3


def test_a_share_of_which_goods_are_loaded_offers_no_undoing(stage: Stage, as_: Browser) -> None:
    lin, page = as_("Mei", "en"), reverse("command:share", args=[stage.share])
    assert 'value="undo"' in lin.get(page).content.decode()
    hold = next(line.hold for line in plans.plan(stage.share).lines if line.hold is not None)
    with transaction.atomic():
        (view,) = book.holds([hold])
        ledger.post(
            lines=[ledger.post_hold_line(view)],
            actor=stage.world.lin,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    assert 'value="undo"' not in lin.get(page).content.decode()


def test_two_shares_are_told_apart_by_their_goods_and_freezes_name_theirs(stage: Stage, as_: Browser) -> None:
    lin = as_("Lin", "en")
    make_share(stage.world, items=[str(stage.world.suits)], include_stale=[str(stage.suits)])
    shares = re.sub(r"\s+", " ", lin.get(reverse("command:shares")).content.decode())
    suits = next(item for item in items() if item.id == stage.world.suits)
    assert f'data-label="Goods">{suits.name_en}</td>' in shares
    assert "all goods that are free" in shares
    assert str(stage.later_share)[-8:] in shares
    stock = lin.get(reverse("command:stock")).content.decode().split("Freezes")[1]
    assert suits.name_en in stock


def test_an_auditor_is_shown_no_way_to_the_lists(stage: Stage, as_: Browser) -> None:
    he, lin = as_("He", "en"), as_("Lin", "en")
    for name in ("board", "stock", "gifts", "fleet", "needs", "funds", "shift"):
        page = reverse(f"command:{name}")
        assert 'href="/lists/' not in he.get(page).content.decode(), name
    assert 'href="/lists/' in lin.get(reverse("command:fleet")).content.decode()
