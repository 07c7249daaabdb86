"""What was lost or damaged stands on the board and on the page of the shift change."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.services import LineDifference, Lost
from baogong.journal import queries as journal
from baogong.journal.clock import set_clock
from baogong.kernel.ids import new_id
from tests.apps.freight.world import HOUR, NOW, World
from tests.web.command.conftest import Browser
from tests.web.visits import read

LOSSES = "/command/losses/"


def test_losses_are_told_by_truck_and_leg_with_their_report_and_what_is_still_to_be_decided(
    world: World, as_: Browser
) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    first = world.bill(target=world.hub)
    lin = as_("Lin", "en")
    assert "Nothing was lost or damaged." in read(lin, LOSSES)
    world.send(first)
    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    services.receive(
        waybill=first.id,
        differences=[LineDifference(line=world.line(first), damaged=5, surplus=3, note="wet")],
        actor=world.bao,
        now=at,
        request_id=new_id(),
    )
    set_clock(max(at, NOW) + timedelta(minutes=1))
    page = read(lin, LOSSES)
    assert "<strong>5 pieces</strong> Masks" in page
    assert "still to be decided" in page
    assert f"{first.plate} {first.origin_name} → {first.target_name}" in page
    assert reverse("command:waybill", args=[first.id]) in page
    for address in ("/command/", reverse("command:shift")):
        assert f'hx-get="{LOSSES}"' in read(lin, address)
    fragment = lin.get(LOSSES, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment


def test_the_report_the_place_and_the_words_stand_beside_a_loss(world: World, as_: Browser) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    first = world.bill(target=world.hub)
    world.send(first)
    at = first.planned_depart_at + HOUR
    lost = services.report_loss(
        waybill=first.id,
        losses=[Lost(world.line(first), 40)],
        where="K912",
        words="fell <b>off</b>",
        actor=world.tao,
        now=at,
        request_id=new_id(),
    )
    set_clock(at + HOUR)
    page = read(as_("Lin"), LOSSES)
    assert "<strong>40 个</strong> 口罩" in page
    assert reverse("command:document", args=[lost.documents[0]]) in page
    assert "K912 · fell &lt;b&gt;off&lt;/b&gt;" in page
    assert "待决定" not in page
    set_clock(at + 13 * HOUR)  # a shift later it is no news any more
    assert "没有丢失或损坏" in read(as_("Lin"), LOSSES)


def test_an_arrival_that_never_happened_is_taken_back_on_the_office_s_and_on_the_keeper_s_page(
    world: World, as_: Browser
) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    first = world.bill(target=world.hub)
    world.send(first)
    for who, path, back in (
        ("Lin", reverse("command:waybill", args=[first.id]), "on its way again"),
        ("Bao", reverse("keeper:receive", args=[first.id]), "on its way again"),
    ):
        at = first.planned_arrive_at
        services.arrive(waybill=first.id, confirmed=True, actor=world.tao, now=at, request_id=new_id())
        set_clock(at + timedelta(minutes=1))
        visitor = as_(who, "en")
        assert "Take the arrival back" in read(visitor, path)
        form = {"act": "not_arrived", "request_id": str(new_id())}
        answer = visitor.post(path, {**form, "why": ""}, headers={"referer": f"http://testserver{path}"})
        assert freight.waybill_row(first.id, now=at).state == "ARRIVED"
        answer = visitor.post(path, {**form, "why": "no truck at the gate"}, follow=True)
        assert back in answer.content.decode()
        assert freight.waybill_row(first.id, now=at).state == "DEPARTED"
        assert "Take the arrival back" not in read(visitor, path)
    paper = journal.documents(kind="NOT_ARRIVED")[0]
    page = read(as_("Lin"), reverse("command:document", args=[paper.id]))
    for text in ("到达更正", "撤回的记录", "no truck at the gate"):
        assert text in page
    assert "undoes" not in page
