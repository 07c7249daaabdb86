"""Journeys with a thumb on a phone: a truck received with one difference, a signature drawn, a plan accepted."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.journal import queries as papers
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.planning import queries as plans
from tests.apps.freight.world import NOW, World
from tests.browser.conftest import Open
from tests.cast import PASSWORD
from tests.web.command.conftest import ask, make_share
from tests.web.visits import Story, make_world_in_drill


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_keeper_receives_a_truck_with_one_difference(story: Story, screen: Open, language: str) -> None:
    story.arrive_at_hub()
    bao = screen(language)
    bao.log_in("bao", PASSWORD)
    assert bao.page.url.endswith(f"/site/{story.world.hub}/")  # straight to the one site
    bao.tap(f"a[href='/site/receive/{story.first.id}/']")
    masks = next(line for line in freight.waybill(story.first.id, now=NOW).lines if line.item == story.world.masks)
    field = f"#short_units_{masks.position}"
    bao.page.locator(".goods-line", has=bao.page.locator(field)).locator("summary").click()
    bao.page.fill(field, "12")
    bao.tap("button[value=differs]")
    assert freight.waybill(story.first.id, now=NOW).row.state == "CLOSED"
    assert story.world.posted(story.world.hub, State.AVAILABLE, "langfang masks") == 588
    bao.tap(f"a[href='/site/paper/{story.first.number}/note/']")
    assert "有差异" in bao.page.inner_text("article.sheet")


def test_a_form_on_a_page_kept_from_others_can_be_sent(story: Story, screen: Open) -> None:
    """A real browser says where a form comes from; a page that forbids it to is refused its own forms."""
    lin = screen("en")
    lin.log_in("lin", PASSWORD)
    lin.go("/identity/")
    lin.tap("header form[action='/log-out/'] button")
    assert lin.page.url.rstrip("/").endswith("/log-in") or "Log in" in lin.page.inner_text("body")


def test_a_receiver_signs_on_the_drivers_phone(story: Story, screen: Open) -> None:
    story.arrive_at_hospital()
    tao = screen("zh-hans")
    tao.log_in("tao", PASSWORD)
    tao.tap("main article .btn.big")
    tao.page.fill("#signed_by", "周护士长")
    pad = tao.page.locator("canvas.pad")
    pad.scroll_into_view_if_needed()
    frame = pad.bounding_box()
    assert frame is not None
    tao.page.mouse.move(frame["x"] + 30, frame["y"] + 60)
    tao.page.mouse.down()
    tao.page.mouse.move(frame["x"] + 120, frame["y"] + 30, steps=5)
    tao.page.mouse.move(frame["x"] + 200, frame["y"] + 80, steps=5)
    tao.page.mouse.up()
    tao.tap("button[value=signed]")
    assert "周护士长" in tao.page.inner_text("main")
    moves = [
        move.id
        for move in book.movements(holders=[story.world.hospital])
        if move.tense == "POSTED" and move.target.state == State.HANDED_OVER
    ]
    drawn = [piece for piece in papers.evidence_of(moves) if piece.kind == "SIGNATURE" and piece.bytes_count]
    assert [piece.media_type for piece in drawn] == ["application/json"]


def test_the_receiver_signs_by_name_where_scripts_are_off(story: Story, screen: Open, chromium: object) -> None:
    story.arrive_at_hospital()
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})  # type: ignore[attr-defined]
    page = context.new_page()
    base = screen().base
    page.goto(f"{base}/log-in/")
    page.fill("#username", "tao")
    page.fill("#password", PASSWORD)
    page.click("main form button.btn")
    page.goto(f"{base}/drive/{story.second.id}/hand-over/")
    assert not page.locator("canvas.pad").is_visible()
    page.fill("#signed_by", "Zhou")
    page.click("button[value=signed]")
    assert freight.waybill(story.second.id, now=NOW).row.state == "CLOSED"
    context.close()


@pytest.fixture
def offered(site: str, chromium: object) -> tuple[World, str]:
    """The haulier's private link to a plan, with the code 4711."""
    world = make_world_in_drill()
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    asked = services.ask_carriers(plan=plan, code="4711", actor=world.lin, now=NOW)
    token = next(each.token for each in asked if each.carrier == world.haulier)
    assert token is not None
    return world, token


def test_a_carrier_accepts_by_link_in_its_own_language(offered: tuple[World, str], screen: Open) -> None:
    world, token = offered
    phone = screen("zh-hans")
    phone.go(f"/carrier/offer/{token}/")
    phone.tap("header a[lang=en]")  # the page tells nobody where it was: the switch is a plain address
    assert "What you are asked to drive" in phone.page.inner_text("main")
    phone.page.fill("#code", "4711")
    phone.tap("button[value=accept]")
    assert "accepted" in phone.page.inner_text("main")
    (ask,) = freight.asks(carrier=world.haulier)
    assert ask.answer == "ACCEPTED"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_approver_approves_with_one_tap_and_the_maker_after_saying_so(
    site: str, chromium: object, screen: Open, language: str
) -> None:
    world = make_world_in_drill()
    ask(world, world.masks, 700)
    share, page = make_share(world), "/command/shares/{}/"
    lin, mei = screen(language), screen(language)
    lin.log_in("lin", PASSWORD)
    lin.go(page.format(share))
    button = lin.page.locator(".approve .btn")
    assert not button.is_visible()  # another person is asked first
    lin.page.locator(".approve details summary").click()
    button.click()
    assert plans.plan(share).state == "PROPOSED"  # the box is empty: the browser keeps the form
    mei.log_in("mei", PASSWORD)
    mei.go(page.format(share))
    assert mei.page.locator(".approve input[name=alone]").count() == 0
    assert mei.page.locator(".approve .btn.big").is_visible()  # nothing has to be opened first
    mei.tap(".approve .btn.big")
    assert plans.plan(share).state == "APPROVED"
    lin.go(page.format(share))
    lin.tap(".notice a.btn")  # from the approved share to the trucks
    convoy = world.plan()
    lin.go(f"/command/convoys/{convoy}/")
    lin.page.locator(".approve details summary").click()
    lin.page.check("input[name=alone]")
    lin.tap(".approve .btn")
    assert plans.plan(convoy).state == "APPROVED"
    lin.go("/command/")
    lin.go("/command/steps/")
    lin.go("/command/stock/freeze/")


def test_the_whole_way_in_five_taps(story: Story, screen: Open) -> None:
    """Load, leave, arrive, receive: each as on the waybill, each one tap on its page."""
    fang, tao, bao = screen("zh-hans"), screen("en"), screen("zh-hans")
    story.at(story.first.planned_depart_at)
    fang.log_in("fang", PASSWORD)
    fang.tap(f"a[href='/site/load/{story.first.id}/']")
    fang.tap("button[value=as-written]")
    tao.log_in("tao", PASSWORD)
    tao.tap("button[value=depart] >> nth=0")
    story.at(story.first.planned_arrive_at)
    tao.go("/drive/")
    tao.tap("button[value=arrive] >> nth=0")
    bao.log_in("bao", PASSWORD)
    bao.tap(f"a[href='/site/receive/{story.first.id}/']")
    bao.tap("button[value=as-written]")
    row = freight.waybill(story.first.id, now=NOW).row
    assert (row.state, row.loaded) == ("CLOSED", 750)


def test_anyone_recomputes_a_proof_in_the_browser_and_sees_a_changed_one_fail(story: Story, screen: Open) -> None:
    story.receive_at_hub()
    with transaction.atomic():
        ledger.stamp_days(now=NOW, today_too=True)
    line = next(move for move in book.movements(reasons=[Reason.UNLOAD]) if move.tense == "POSTED")
    anyone = screen("zh-hans")
    anyone.go(f"/book/proof/{line.id}/")
    bench = anyone.page.locator("[data-proof]")
    bench.locator("[data-holds]").wait_for(state="visible")
    assert bench.locator("[data-step]:visible .mark").all_inner_texts() == ["✓"] * 7
    assert bench.locator("[data-root]").inner_text() == book.proof(line.id)["stamp"]["root"]
    anyone.page.check("[data-alter]")
    bench.locator("[data-fails]").wait_for(state="visible")
    assert bench.locator("[data-step=leaf] .mark").inner_text() == "✗"
    anyone.page.uncheck("[data-alter]")
    anyone.page.fill("[data-published]", "00" * 32)
    bench.locator("[data-step=published].late").wait_for(state="visible")
    anyone.go("/book/check/")
    anyone.page.fill("[data-pasted]", json.dumps(book.proof(line.id)))
    anyone.page.locator("[data-holds]").wait_for(state="visible")
    anyone.page.fill("[data-pasted]", "no proof")
    anyone.page.locator("[data-unreadable]").wait_for(state="visible")
    anyone.check()


def test_one_byte_changed_anywhere_in_a_proof_is_seen_in_the_browser(story: Story, screen: Open) -> None:
    """Whoever sends a proof on may have changed it: a digit, a hash, a name, the day. The page never says it holds."""
    story.receive_at_hub()
    with transaction.atomic():
        ledger.stamp_days(now=NOW, today_too=True)
    line = next(move for move in book.movements(reasons=[Reason.UNLOAD]) if move.tense == "POSTED")
    proof = json.dumps(book.proof(line.id))
    anyone = screen("en")
    anyone.go("/book/check/")
    holds, fails = (anyone.page.locator(f"[data-{name}]") for name in ("holds", "fails"))
    said = json.loads(proof)
    places = {
        "the amount": proof.index('"amount": ') + len('"amount": '),
        "the lot": proof.index(said["movement"]["lot"]["item"]),
        "the target": proof.index(said["movement"]["target"]["holder"]),
        "the moment": proof.index(said["batch"]["at"]) + 15,
        "a neighbour": proof.index(said["path"][0]),
        "the root": proof.rindex(said["stamp"]["root"]),
        "the root before": proof.index(said["stamp"]["previous_root"]),
        "the place": proof.index('"index": ') + len('"index": '),
    }
    for what, at in places.items():
        anyone.page.fill("[data-pasted]", proof)
        holds.wait_for(state="visible")
        other = "1" if proof[at] != "1" else "2"
        anyone.page.fill("[data-pasted]", proof[:at] + other + proof[at + 1 :])
        fails.wait_for(state="visible")
        assert not holds.is_visible(), what
        assert anyone.page.locator("[data-step]:visible .mark", has_text="✗").count() >= 1, what
    anyone.check()
