"""A driver's night: what is next, what is in the way, the receiver's signature; nobody else's trip."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.models import Pass
from baogong.journal import queries as papers
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from tests.apps.freight.world import HOUR, NOW
from tests.cast import rows_in_book
from tests.web.visits import Story, form_of, later, read, send, visit


@pytest.mark.parametrize(("language", "leave"), [("en", "Leave now"), ("zh-hans", "出发")])
def test_the_next_act_is_one_big_button_on_the_first_card(story: Story, language: str, leave: str) -> None:
    story.at(story.first.planned_depart_at)
    services.load(waybill=story.first.id, actor=story.world.fang, now=story.first.load_start_at, request_id=new_id())
    page = read(visit("tao", language), "/drive/")
    assert page.index(story.first.number) < page.index(story.second.number)
    assert f'value="depart">{leave}<' in page


def test_leaving_arriving_and_tapping_twice(story: Story) -> None:
    story.at(story.first.planned_depart_at)
    services.load(waybill=story.first.id, actor=story.world.fang, now=story.first.load_start_at, request_id=new_id())
    tao = visit("tao")
    path = f"/drive/{story.first.id}/"
    form = form_of(_act_form(read(tao, path)), act="depart")
    assert "has left" in send(tao, path, form)
    before = rows_in_book()
    send(tao, path, form)
    assert rows_in_book() == before
    story.at(story.first.planned_arrive_at)
    assert "has arrived" in send(tao, path, form_of(_act_form(read(tao, path)), act="arrive"))
    assert freight.waybill(story.first.id, now=NOW).row.state == "ARRIVED"
    assert "The keeper counts and receives" in read(tao, "/drive/")


def _act_form(page: str) -> str:
    """Up to the first big button: the page's later forms have request ids of their own."""
    return page[: page.index('<button class="btn big" name="act"')]


def test_too_early_is_said_before_and_after_the_button_and_nothing_moves(story: Story) -> None:
    world = story.world
    services.load(waybill=story.first.id, actor=world.fang, now=story.first.load_start_at, request_id=new_id())
    assert story.first.earliest_depart_at > NOW
    story.at(NOW)
    tao = visit("tao")
    path = f"/drive/{story.first.id}/"
    page = read(tao, path)
    assert "Too early" in page
    assert "This is a drill: an administrator can set its clock forward" in page
    before = rows_in_book()
    after = send(tao, path, form_of(_act_form(page), act="depart"))
    assert "not let go" in after
    assert rows_in_book() == before
    assert "最早" in read(visit("tao", "zh-hans"), path)


def test_without_a_valid_pass_the_page_says_which_and_the_gate_page_shows_it_as_ended(story: Story) -> None:
    world = story.world
    story.receive_at_hub()
    services.load(waybill=story.second.id, actor=world.bao, now=story.second.load_start_at, request_id=new_id())
    assert story.second.vehicle is not None
    (granted,) = freight.passes(vehicles=[story.second.vehicle])
    late = granted.valid_until_at
    story.at(late)
    tao = visit("tao")
    path = f"/drive/{story.second.id}/"
    page = read(tao, path)
    assert "No pass for 武汉 is valid now" in page
    before = rows_in_book()
    assert "has no pass" in send(tao, path, form_of(_act_form(page), act="depart"))
    assert rows_in_book() == before
    gate = read(tao, f"{path}gate/")
    assert "not valid now" in gate
    story.at(late - HOUR)
    gate = read(tao, f"{path}gate/")
    assert "现在有效" in gate
    assert story.second.plate in gate
    assert "<svg" in gate


def test_an_arrival_right_after_leaving_is_asked_back_once_and_says_how_long_the_road_takes(story: Story) -> None:
    world, first = story.world, story.first
    world.send(first)
    soon = first.planned_depart_at + timedelta(seconds=40)
    story.at(soon)
    tao, path = visit("tao"), f"/drive/{first.id}/"
    page = read(tao, path)
    assert "Do you really stand there?" in page
    assert "This road takes about" in page
    assert "Do you really stand there?" in read(tao, "/drive/")
    before = rows_in_book()
    assert "No arrival was recorded" in send(tao, path, {"act": "arrive", "request_id": new_id()})
    assert rows_in_book() == before
    assert "has arrived" in send(tao, path, form_of(_act_form(page), act="arrive"))
    assert freight.waybill(first.id, now=NOW).row.arrived_at == soon


def test_after_a_plausible_time_one_tap_is_enough(story: Story) -> None:
    story.world.send(story.first)
    story.at(story.first.planned_arrive_at - HOUR)
    tao, path = visit("tao"), f"/drive/{story.first.id}/"
    page = read(tao, path)
    assert "Do you really stand there?" not in page
    assert "has arrived" in send(tao, path, form_of(_act_form(page), act="arrive"))


def test_a_pass_that_ran_out_on_the_road_is_shown_to_the_driver_and_to_the_office(story: Story) -> None:
    world, second = story.world, story.second
    story.receive_at_hub()
    world.send(second)
    assert second.vehicle is not None
    Pass.objects.filter(vehicle=second.vehicle).update(valid_until_at=second.planned_depart_at + timedelta(minutes=1))
    story.at(second.planned_arrive_at)
    tao, path = visit("tao"), f"/drive/{second.id}/"
    page = read(tao, path)
    assert "ring the office before" in page
    assert "has arrived" in send(tao, path, form_of(_act_form(page), act="arrive"))
    told = "Crossed the seal of 武汉 without a valid pass: it ran out"
    assert told in read(tao, path)
    lin = visit("lin")
    assert told in read(lin, f"/command/waybills/{second.id}/")
    board = read(lin, "/command/")
    assert "crossed the seal of 武汉 without a valid pass" in board
    assert f"/command/waybills/{second.id}/" in board


def test_a_delay_is_reported_by_one_tap_and_a_reason(story: Story) -> None:
    world = story.world
    world.send(story.first)
    story.at(story.first.planned_depart_at + HOUR)
    tao = visit("tao")
    path = f"/drive/{story.first.id}/"
    page = read(tao, path)
    assert "is empty" in send(tao, path, form_of(page, act="delay", later_at=later(page, 60), why=""))
    form = form_of(page, act="delay", later_at=later(page, 60), why="fog")
    assert "Reported" in send(tao, path, form)
    before = rows_in_book()
    assert "Reported" in send(tao, path, form)
    assert rows_in_book() == before
    row = freight.waybill(story.first.id, now=NOW).row
    told = story.first.planned_arrive_at + HOUR
    assert row.expected_arrive_at == told + timedelta(seconds=(60 - told.second) % 60)  # whole minutes are told


def test_what_is_lost_is_reported_from_the_road(story: Story) -> None:
    story.world.send(story.first)
    story.at(story.first.planned_depart_at + HOUR)
    tao, path = visit("tao"), f"/drive/{story.first.id}/loss/"
    assert path in read(tao, f"/drive/{story.first.id}/")
    form = {"request_id": new_id(), "lost_1": "7", "where": "K912", "words": "fell off"}
    assert "is empty" in send(tao, path, {**form, "words": ""}, status=400)
    assert "The loss is reported" in send(tao, path, form)
    (line, *_others) = freight.waybill(story.first.id, now=NOW).lines
    assert (line.short, line.lost_on_road) == (7, 7)
    assert visit("fang").get(path).status_code == 403


def test_the_receiver_signs_by_hand_a_photo_and_a_witness_beside_it(story: Story) -> None:
    world = story.world
    story.arrive_at_hospital()
    tao = visit("tao")
    path = f"/drive/{story.second.id}/hand-over/"
    view = freight.waybill(story.second.id, now=NOW)
    masks = next(line for line in view.lines if line.item == world.masks)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "JPEG")
    form = form_of(
        read(tao, path),
        how="signed",
        signed_by="Zhou",
        witness="Guard Li",
        strokes=json.dumps([[[10, 10], [40, 30]], [[50, 12], [60, 44]]]),
        **{f"refused_cartons_{masks.position}": 1, f"note_{masks.position}": "wet"},
    )
    after = send(tao, path, {**form, "photo": SimpleUploadedFile("p.jpg", picture.getvalue(), "image/jpeg")})
    assert "Signed for by <strong>Zhou</strong>" in after
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 500
    moves = [
        move.id
        for move in book.movements(holders=[world.hospital])
        if move.target.state == State.HANDED_OVER and move.tense == "POSTED"
    ]
    kinds = sorted((piece.kind, piece.bytes_count > 0) for piece in papers.evidence_of(moves))
    assert kinds == [("PHOTO", True), ("SIGNATURE", False), ("SIGNATURE", True), ("WITNESS", False)]
    before = rows_in_book()
    picture.seek(0)
    send(tao, path, {**form, "photo": SimpleUploadedFile("p.jpg", picture.getvalue(), "image/jpeg")})
    assert rows_in_book() == before
    assert "comes back" not in read(tao, "/drive/")
    assert len(freight.driver_tasks(world.tao, now=NOW)) == 1  # the way back with what was refused


def test_without_a_name_nobody_has_signed_and_what_was_typed_stays(story: Story) -> None:
    story.arrive_at_hospital()
    tao = visit("tao")
    path = f"/drive/{story.second.id}/hand-over/"
    before = rows_in_book()
    page = send(tao, path, form_of(read(tao, path), how="signed", signed_by=" ", witness="Guard Li"), status=422)
    assert "needs the name" in page
    assert 'value="Guard Li"' in page
    assert rows_in_book() == before


def test_a_picture_that_is_none_is_refused_and_nothing_is_signed(story: Story) -> None:
    story.arrive_at_hospital()
    tao = visit("tao")
    path = f"/drive/{story.second.id}/hand-over/"
    before = rows_in_book()
    form = form_of(read(tao, path), how="signed", signed_by="Zhou")
    send(tao, path, {**form, "photo": SimpleUploadedFile("p.jpg", b"no picture", "image/jpeg")}, status=400)
    assert rows_in_book() == before


def test_goods_for_a_hub_are_the_keepers_to_receive(story: Story) -> None:
    story.arrive_at_hub()
    assert "nothing to sign here" in read(visit("tao"), f"/drive/{story.first.id}/hand-over/")


def test_strangers_and_other_hands_see_no_trip_and_leave_no_trace(story: Story) -> None:
    story.arrive_at_hub()
    paths = [f"/drive/{story.first.id}/", f"/drive/{story.first.id}/gate/", f"/drive/{story.first.id}/hand-over/"]
    form = form_of(read(visit("tao"), f"/drive/{story.second.id}/"), act="arrive", signed_by="X")
    for name in ("stranger", "bao"):
        client = visit(name)
        before = rows_in_book()
        for path in paths:
            assert story.first.number not in read(client, path, status=403)
            assert client.post(path, form).status_code == 403
        assert rows_in_book() == before


def test_a_refused_delay_keeps_its_reason_and_the_form_open(story: Story) -> None:
    tao, path = visit("tao"), f"/drive/{story.first.id}/"
    page = read(tao, path)
    assert '<details class="card">' in page
    page = send(tao, path, form_of(page, act="delay", arrive_at="1999-01-01T06:00", why="fog on the bridge"))
    assert "is no moment" in page
    assert 'name="why" value="fog on the bridge"' in page
    assert 'name="arrive_at" value="1999-01-01T06:00"' in page
    assert '<details class="card" open>' in page
    assert "fog" not in read(tao, path)
