"""Proposals nobody approves: the page and the board say what has changed, and how to cure it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from baogong.freight import queries as freight
from baogong.freight import services as freight_services
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.needs.share import still_true
from baogong.needs.sourcing import purchases_of
from baogong.planning import queries as plans
from baogong.planning import services as planning
from tests.apps.freight.world import NOW, World
from tests.apps.needs.test_sourcing import make_market
from tests.cast import log_in_as
from tests.web.command.conftest import Browser, ask, make_share
from tests.web.visits import read, visit

APPROVE, AGAIN, UNDO = 'value="approve"', 'value="again"', 'value="undo"'


def share_page(plan: object) -> str:
    return reverse("command:share", args=[plan])


def post(client: Client, page: str, **fields: object) -> str:
    """A form of this page; a refusal leads back to it."""
    form = {"request_id": str(new_id()), **fields}
    answer = client.post(page, form, headers={"referer": f"http://testserver{page}"}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_overtaken_share_says_what_changed_in_the_readers_language_and_is_made_again_in_one_tap(
    world: World, as_: Browser
) -> None:
    ask(world, world.masks, 700)
    plan = make_share(world)
    mei, lin = as_("Mei"), as_("Lin")
    assert APPROVE in read(mei, share_page(plan))
    ask(world, world.masks, 300)
    told = post(mei, share_page(plan), act="approve")
    assert "做方案时的情况已经变化，没有占用任何货物：武汉大学中南医院 · 口罩：新增的需求，要 300" in told
    page = read(mei, share_page(plan))
    assert "方案已过时，不能再批准" in page
    assert "武汉大学中南医院 · 口罩：新增的需求，要 300" in page
    assert APPROVE not in page
    assert AGAIN not in page  # an approver does not plan
    english = read(as_("Lin", "en"), share_page(plan))
    assert "Masks: a new need, 300 asked" in english
    assert AGAIN in english
    assert "新增的需求，要 300，另有 1 处：不能再批准" in read(lin, "/command/")
    assert "已过时" in read(lin, reverse("command:shares"))
    old = plans.plan(plan)
    made = post(lin, share_page(plan), act="again")
    (newest,) = plans.plans("SHARE", "PROPOSED")
    assert "已按现在的情况重做" in made
    assert (newest.rule, newest.seed, newest.params) == (old.rule, old.seed, old.params)
    gone = read(mei, share_page(plan))
    assert share_page(newest.id) in gone
    assert "已被取代" in gone
    assert APPROVE not in gone
    assert "已过时" not in read(lin, "/command/")
    post(mei, share_page(newest.id), act="approve")
    assert plans.plan(newest.id).state == "APPROVED"


def test_the_office_withdraws_its_own_and_rejects_anothers_with_a_reason(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    first, second = make_share(world), make_share(world)
    lin, mei = as_("Lin", "en"), as_("Mei", "en")
    assert 'value="withdraw"' in read(lin, share_page(first))
    assert 'value="reject"' in read(mei, share_page(first))
    assert "It is not said why" in post(lin, share_page(first), act="withdraw", why=" ")
    assert "Lin withdrew it" in post(lin, share_page(first), act="withdraw", why="counted twice")
    told = post(mei, share_page(second), act="reject", why="the ward <b>has</b> closed")
    assert "Mei rejected it" in told
    assert "the ward &lt;b&gt;has&lt;/b&gt; closed" in told
    for plan, state in ((first, "WITHDRAWN"), (second, "REJECTED")):
        assert plans.plan(plan).state == state
        page = read(mei, share_page(plan))
        assert APPROVE not in page
        assert "Not this one" not in page
        assert f"This plan is {state.lower()}; nothing was changed." in post(mei, share_page(plan), act="approve")
    assert "waits for approval" not in read(lin, "/command/")


def test_whoever_may_approve_sees_the_button_first_and_what_it_will_do(world: World, as_: Browser) -> None:
    """It stands open, as the page's one main button; whoever made the plan is told of another person first."""
    ask(world, world.masks, 700)
    plan = make_share(world)
    for name, says_alone in (("Mei", False), ("Lin", True)):
        page = read(as_(name, "en"), share_page(plan))
        card = page.split('<section class="card good approve">')[1].split("</section>")[0]
        assert "Sets these goods aside for their receivers" in card
        assert ('<button class="btn big">Approve: set the goods aside</button>' in card) != says_alone
        assert ("<details" in card) == says_alone
        assert ('name="alone"' in card) == says_alone
        assert page.count('class="btn big"') == (0 if says_alone else 1)
    assert 'class="card good approve"' not in read(as_("He", "en"), share_page(plan))


def test_who_may_only_look_sees_the_reason_and_no_button(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    plan = make_share(world)
    page = read(as_("He", "en"), share_page(plan))
    assert APPROVE not in page
    assert "Not this one" not in page
    log_in_as("Wu", [(Duty.CLERK, None)], NOW)
    page = read(as_("Wu", "en"), share_page(plan))
    assert 'value="withdraw"' in page
    assert APPROVE not in page


def test_a_look_on_the_page_says_whether_it_still_holds(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    plan, lin = make_share(world), as_("Lin", "en")
    assert "It still holds." in post(lin, share_page(plan), act="check")
    ask(world, world.masks, 20)
    assert "does not hold any more" in post(lin, share_page(plan), act="check")
    assert "a new need, 20 asked" in read(lin, share_page(plan))


def test_a_convoy_shares_that_life_and_its_carriers_are_not_waited_for(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    first, second = world.plan(), world.plan()
    asked = freight_services.ask_carriers(plan=second, code="4711", actor=world.lin, now=NOW)
    world.approve(first)
    lin = as_("Lin", "en")
    page = reverse("command:convoy", args=[second])
    post(lin, page, act="check")
    text = read(lin, page)
    assert "600 were to be moved, 0 still wait for a truck" in text
    assert APPROVE not in text
    assert "0 still wait for a truck" in read(lin, "/command/")
    post(lin, page, act="withdraw", why="planned twice")
    assert {freight.ask(each.ask).answer for each in asked} == {"DECLINED"}
    assert 'value="ask"' not in read(lin, page)
    assert plans.plan(second).state == "WITHDRAWN"


def test_the_board_says_that_nobody_has_asked_the_carriers_of_an_approved_convoy(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    convoy = world.plan()
    lin, steps = as_("Lin", "en"), reverse("command:board_steps")
    assert "Ask the carriers" not in read(lin, steps)
    world.approve(convoy)
    text = read(lin, steps)
    assert "no carrier has been asked" in text
    assert reverse("command:convoy", args=[convoy]) in text
    world.agree(convoy)
    assert "Ask the carriers" not in read(lin, steps)


def test_a_convoy_made_again_begins_now_and_keeps_its_span(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    old = plans.plan(plan).params
    later = NOW + timedelta(days=6)
    made = planning.make_again(plan=plan, actor=world.lin, now=later, request_id=new_id())
    new = plans.plan(made).params
    assert new["from_at"] == later.isoformat()
    assert new["hubs"] == old["hubs"]
    assert plans.plan(plan).replaced_by == made


def test_undoing_a_convoy_is_offered_until_a_truck_is_loaded_then_it_says_why_not(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    convoy = world.convoy()
    lin, page = as_("Lin", "en"), reverse("command:convoy", args=[convoy])
    assert UNDO in read(lin, page)
    bill = world.bill(convoy, target=world.hub)
    freight_services.load(waybill=bill.id, actor=world.fang, now=NOW, request_id=new_id())
    text = read(lin, page)
    assert UNDO not in text
    assert f"It cannot be undone any more.</strong> {bill.number} is loaded or gone" in text


def test_calling_a_basket_off_is_offered_until_something_came_or_was_paid(db: None) -> None:
    mark_drill(name="market", at=NOW)
    market = make_market()
    for moved in ("came", "paid"):
        market.need(market.purses.union if moved == "came" else market.purses.world.cast.hospital, 500)
        plan = market.plan()
        market.approve(plan)
        mei, page = visit("mei"), reverse("command:basket", args=[plan])
        assert UNDO in read(mei, page)
        head = purchases_of(plans.plan(plan))[0]
        if moved == "came":
            market.purses.receive(head.id, 50)
        else:
            market.purses.pay(market.purses.bill(head.id, 10), is_ahead=True)
        text = read(mei, page)
        assert UNDO not in text
        assert f"Something of {head.number} was paid or has come" in text


def test_a_share_for_named_needs_says_how_many_others_are_not_in_it(world: World, as_: Browser) -> None:
    needs = [ask(world, world.masks, 200, hours) for hours in (2, 1)]
    made: dict[str, Any] = {"kind": "SHARE", "rule": {"version": "leximin-1"}, "actor": world.lin, "now": NOW}
    named = planning.make_plan(params={"needs": [str(needs[0])]}, request_id=new_id(), **made)
    page = read(as_("Lin", "en"), reverse("command:share", args=[named]))
    assert "1 other open need is not in it." in page
    assert "1 other need asks for it and is not in this share." in page
    assert reverse("command:need", args=[needs[1]]) in page
    assert "另有 1 项未满足的需求不在其中" in read(as_("Lin"), reverse("command:share", args=[named]))
    planning.approve(plan=named, actor=log_in_as("Signer", [(Duty.APPROVER, None)]), now=NOW, request_id=new_id())
    assert "1 other open need is not in it." in read(
        Client(headers={"Accept-Language": "en"}), f"/book/shares/{named}/"
    )
    everybody = planning.make_plan(params={}, request_id=new_id(), **made)
    assert "Not in this share" not in read(as_("Lin", "en"), reverse("command:share", args=[everybody]))


def test_a_share_draws_what_each_rule_gives_and_marks_its_own(world: World, as_: Browser) -> None:
    for hours in (2, 1):
        ask(world, world.masks, 1_000, hours)  # 1,500 are there
    plan = make_share(world)
    page = read(as_("Lin", "en"), share_page(plan))
    drawn = page.partition("What each rule gives to the worst served")[2].partition("</section>")[0]
    bars = re.findall(
        r'<li( class="chosen")?>.*?<rect class="given" width="([\d.]+)".*?([\d,]+)</span></span></li>', drawn
    )
    met = sorted(plans.plan(plan).result["met"], key=lambda entry: int(entry["first_come"]))
    assert [entry["first_come"] for entry in met] == [500, 1_000]
    assert [(bool(chosen), int(got.replace(",", ""))) for chosen, _width, got in bars] == [
        (rule == "got", entry[rule]) for entry in met for rule in ("got", "pro_rata", "first_come")
    ]
    assert [float(width) for _chosen, width, got in bars] == [
        400 * entry[rule] / 1_000 for entry in met for rule in ("got", "pro_rata", "first_come")
    ]
    assert drawn.count("this share") == 2
    assert "✓ leximin" in page
    planning.approve(plan=plan, actor=log_in_as("Signer", [(Duty.APPROVER, None)]), now=NOW, request_id=new_id())
    public = read(Client(headers={"Accept-Language": "zh-hans"}), f"/book/shares/{plan}/")
    assert "每种规则给最少的人多少" in public
    assert public.count('<li class="chosen">') == 2


def test_a_refused_share_keeps_its_choices_and_weights(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    lin, page = as_("Lin", "en"), reverse("command:make_share")
    text = read(lin, page)
    assert f'name="items" value="{world.masks}">' in text
    assert 'name="whole_cartons" value="1" checked' in text
    weights = {f"weight_{level}": "2.5" for level in range(1, 5)} | {"weight_2": "heavy"}
    told = {"arrives_on": "2020-01-27", "memory": "40", "only_verified": "1", "items": world.masks}
    text = post(lin, page, **told, **weights)
    assert "is no weight" in text
    for ticked in (f'name="items" value="{world.masks}" checked', 'name="only_verified" value="1" checked'):
        assert ticked in text
    assert 'name="whole_cartons" value="1">' in text  # it was unticked
    for field, value in {**weights, "memory": "40", "arrives_on": "2020-01-27"}.items():
        assert f'value="{value}"' in text.partition(f'name="{field}"')[2].partition(">")[0]


def test_a_refused_convoy_keeps_its_times_and_hubs(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    lin, page = as_("Lin", "en"), reverse("command:plan_convoy")
    hub = f'name="hubs" value="{world.hub}"'
    text = read(lin, page)
    assert f"{hub} checked" in text
    stands = text.partition('name="not_before_')[2].partition('"')[0]
    told = {"from_at": "2020-01-25T08:00", "until_at": "2020-01-24T08:00", f"not_before_{stands}": "2020-01-25T10:30"}
    text = post(lin, page, **told, **{f"feeds_{stands}": world.hub})
    assert "before it begins" in text
    for field, value in told.items():
        assert f'value="{value}"' in text.partition(f'name="{field}"')[2].partition(">")[0]
    assert f'value="{world.hub}" selected' in text.partition(f'name="feeds_{stands}"')[2].partition("</select>")[0]
    assert f"{hub}>" in text  # it was unticked


def test_needs_that_took_no_part_are_told_in_the_readers_language(world: World, as_: Browser) -> None:
    ask(world, world.masks, 700)
    ask(world, world.suits, 300, hours_ago=60)
    plan = make_share(world)
    (told,) = plans.plan(plan).result["left_out"]
    page = read(as_("Lin", "en"), share_page(plan))
    assert f">{told['receiver_name']} {told['item_en']}</a>" in page
    assert f">{told['receiver_name']} {told['item_zh']}</a>" in read(as_("Lin"), share_page(plan))
    assert told["item_en"] != told["item_zh"]


def test_a_share_kept_before_english_names_were_still_holds(world: World) -> None:
    ask(world, world.masks, 700)
    ask(world, world.suits, 300, hours_ago=60)
    view = plans.plan(make_share(world))
    earlier = [{name: row[name] for name in row if name != "item_en"} for row in view.snapshot["left_out"]]
    kept = replace(view, snapshot={**view.snapshot, "left_out": earlier})
    assert still_true(kept, NOW) == []
    other = replace(view, snapshot={**view.snapshot, "left_out": [{**earlier[0], "why": "NO_AMOUNT"}]})
    assert [str(change) for change in still_true(other, NOW)] != []


def test_the_rules_are_told_over_what_lies_anywhere_and_the_rest_is_counted(world: World, as_: Browser) -> None:
    ask(world, world.masks, 1_000)
    ask(world, world.suits, 30)
    plan = make_share(world, sites=[str(world.ezhou)])
    planning.approve(plan=plan, actor=world.mei, now=NOW, request_id=new_id())
    assert plans.plan(plan).result["rules"]["leximin"]["worst"] == 0
    told = "有 1 项需求要的物资完全没有库存，不计入此处。"
    lin = as_("Lin")
    for page in (read(lin, share_page(plan)), read(lin, reverse("public:share", args=[plan]))):
        assert told in page
        assert "50.0" in page.split(told)[1].split("</table>")[0]
        assert "0.0%" not in page.split(told)[1].split("</table>")[0].replace("50.0%", "")
