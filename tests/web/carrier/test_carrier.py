"""A carrier's answer: by private link with its code, or logged in; trucks named, vehicles registered, delays told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.kernel.ids import new_id
from baogong.people.models import LinkUse
from tests.apps.freight.world import DAY, HOUR, NOW, World
from tests.books import Built
from tests.cast import rows_in_book
from tests.web.visits import Story, form_of, later, make_world_in_drill, read, send, visit

CODE = "4711"


@pytest.fixture
def asked(built: Built) -> tuple[World, dict[str, str]]:
    """A plan put to both carriers, with a code: the tokens by carrier's name."""
    return built(make_asked)


def make_asked() -> tuple[World, dict[str, str]]:
    world = make_world_in_drill()
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    asked = services.ask_carriers(plan=plan, code=CODE, actor=world.lin, now=NOW)
    names = {world.haulier: "haulier", world.relay: "relay"}
    return world, {names[each.carrier]: each.token or "" for each in asked}


@pytest.mark.parametrize(("language", "title"), [("en", "What you are asked to drive"), ("zh-hans", "请您承运")])
def test_the_link_shows_its_own_legs_in_words_and_as_a_picture_and_nobody_elses(
    asked: tuple[World, dict[str, str]], language: str, title: str
) -> None:
    _world, tokens = asked
    client = Client()
    client.cookies["baogong_language"] = language
    page = read(client, f"/carrier/offer/{tokens['haulier']}/")
    assert title in page
    assert "东行物流" in page
    assert "廊坊仓" in page
    assert "华中卡车联盟" not in page
    assert "gantt" in page


def test_the_link_is_kept_by_nobody_and_every_opening_is_logged(asked: tuple[World, dict[str, str]]) -> None:
    _world, tokens = asked
    answer = Client().get(f"/carrier/offer/{tokens['haulier']}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert LinkUse.objects.filter(act="OPEN", was_allowed=True).count() == 1


def test_yes_with_the_code_counts_and_twice_is_once(asked: tuple[World, dict[str, str]]) -> None:
    world, tokens = asked
    client = Client(enforce_csrf_checks=True)
    client.cookies["baogong_language"] = "en"
    path = f"/carrier/offer/{tokens['haulier']}/"
    form = form_of(read(client, path), answer="accept", code=CODE)
    assert "Your answer: accepted" in send(client, path, form)
    (ask,) = freight.asks(carrier=world.haulier)
    assert ask.answer == "ACCEPTED"
    before = rows_in_book()
    send(client, path, form)
    after = rows_in_book()
    assert {name for name in after if after[name] != before[name]} <= {"people_linkuse", "people_pace"}


def test_a_wrong_code_changes_nothing_and_five_are_enough(asked: tuple[World, dict[str, str]]) -> None:
    world, tokens = asked
    client = Client()
    path = f"/carrier/offer/{tokens['haulier']}/"
    form = form_of(read(client, path), answer="accept", code="0000")
    for _attempt in range(5):
        send(client, path, form, status=403)
    send(client, path, {**form, "code": CODE}, status=429)
    (ask,) = freight.asks(carrier=world.haulier)
    assert ask.answer == "ASKED"


def test_a_link_without_a_code_only_shows(db: None) -> None:
    world = make_world_in_drill()
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    token = next(
        each.token
        for each in services.ask_carriers(plan=plan, actor=world.lin, now=NOW)
        if each.carrier == world.haulier
    )
    client = Client()
    client.cookies["baogong_language"] = "en"
    page = read(client, f"/carrier/offer/{token}/")
    assert "This link only shows the plan" in page
    assert 'value="accept"' not in page
    send(client, f"/carrier/offer/{token}/", {"answer": "accept", "request_id": str(new_id())}, status=404)
    assert freight.asks(carrier=world.haulier)[0].answer == "ASKED"


def test_other_terms_go_to_the_command_office_with_a_plan_that_respects_them(
    asked: tuple[World, dict[str, str]],
) -> None:
    world, tokens = asked
    client = Client()
    client.cookies["baogong_language"] = "en"
    path = f"/carrier/offer/{tokens['haulier']}/"
    page = read(client, path)
    nothing = form_of(page, answer="counter", code=CODE, note="dearer")
    assert "at least one changed" in send(client, path, nothing, status=400)
    no_reason = form_of(page, answer="decline", code=CODE)
    assert "Say why" in send(client, path, no_reason, status=400)
    wrong = form_of(page, answer="counter", code=CODE, note="dearer", **{f"perkm_{world.trucks}": "6.505"})
    assert "no amount in yuan" in send(client, path, wrong, status=400)
    form = form_of(
        page,
        answer="counter",
        code=CODE,
        note="snow",
        **{f"perkm_{world.trucks}": "7.20", f"from_{world.trucks}": "2020-01-24T06:00"},
    )
    assert "Your answer: countered" in send(client, path, form)
    (ask,) = freight.asks(carrier=world.haulier)
    assert ask.terms[str(world.trucks)] == {"fen_per_km": 720, "available_from_at": "2020-01-24T06:00:00+08:00"}
    assert ask.suggested_plan is not None


def test_an_ended_or_wrong_link_says_whom_to_ask_and_nothing_else(asked: tuple[World, dict[str, str]]) -> None:
    from baogong.journal.clock import set_clock

    _world, tokens = asked
    client = Client()
    client.cookies["baogong_language"] = "en"
    set_clock(NOW + timedelta(days=3))
    for token in (tokens["haulier"], "no-such-token"):
        page = read(client, f"/carrier/offer/{token}/", status=404)
        assert "Whom to ask" in page
        assert "廊坊仓" not in page


def test_a_dispatcher_answers_logged_in_and_another_carriers_cannot_look(
    asked: tuple[World, dict[str, str]],
) -> None:
    world, _tokens = asked
    (ask,) = freight.asks(carrier=world.haulier)
    path = f"/carrier/asks/{ask.id}/"
    for name in ("relay", "stranger"):
        client = visit(name)
        before = rows_in_book()
        assert "廊坊仓" not in read(client, path, status=403)
        assert client.post(path, {"answer": "accept", "request_id": str(new_id())}).status_code == 403
        assert rows_in_book() == before
    dispatcher = visit("dispatcher")
    assert "A plan waits for your answer" in read(dispatcher, "/carrier/")
    assert "accepted" in send(dispatcher, path, form_of(read(dispatcher, path), answer="accept"))


def test_a_dispatcher_names_the_truck_and_its_driver_for_the_whole_run(story: Story) -> None:
    world = story.world
    other = next(view for view in freight.vehicles(carrier=world.haulier) if view.id != story.first.vehicle)
    dispatcher = visit("dispatcher")
    path = f"/carrier/trips/{story.first.trip}/"
    form = form_of(_naming(read(dispatcher, path)), vehicle=other.id, driver=world.tao.person_id)
    assert "The truck is named" in send(dispatcher, path, form)
    row = freight.waybill(story.first.id, now=NOW).row
    assert (row.plate, row.driver_name) == (other.plate, "Tao")
    before = rows_in_book()
    send(dispatcher, path, form)
    assert rows_in_book() == before
    assert visit("relay").get(path).status_code == 403


def _naming(page: str) -> str:
    return page[: page.index('name="vehicle"')]


def test_a_dispatcher_tells_a_delay(story: Story) -> None:
    story.world.send(story.first)
    story.at(story.first.planned_depart_at + HOUR)
    dispatcher = visit("dispatcher")
    path = f"/carrier/trips/{story.first.trip}/"
    page = read(dispatcher, path)
    assert "Reported" in send(dispatcher, path, form_of(page, later_at=later(page, 120), why="snow"))
    told = story.first.planned_arrive_at
    whole = (60 - told.second) % 60  # a time of arrival is told in whole minutes
    assert freight.waybill(story.first.id, now=NOW).row.late_s == 7200 + whole


def test_a_dispatcher_registers_vehicles_of_the_own_carrier_only(story: Story) -> None:
    world = story.world
    dispatcher = visit("dispatcher")
    page = read(dispatcher, "/carrier/vehicles/")
    assert "鄂A" not in page
    assert "冀R88888" in send(dispatcher, "/carrier/vehicles/", form_of(page, plate="冀R88888", kind=world.trucks))
    before = rows_in_book()
    form = form_of(read(dispatcher, "/carrier/vehicles/"), plate="鄂A77777", kind=world.vans)
    assert dispatcher.post("/carrier/vehicles/", form).status_code == 403
    assert rows_in_book() == before


def test_the_link_page_outlives_the_day_it_was_made_on(asked: tuple[World, dict[str, str]]) -> None:
    from baogong.journal.clock import set_clock

    _world, tokens = asked
    set_clock(NOW + DAY)
    assert read(Client(), f"/carrier/offer/{tokens['relay']}/")


def test_a_wrong_code_keeps_the_terms_that_were_typed_and_not_the_code(asked: tuple[World, dict[str, str]]) -> None:
    world, tokens = asked
    client = Client()
    client.cookies["baogong_language"] = "en"
    path = f"/carrier/offer/{tokens['haulier']}/"
    told = {"count": "1", "from": "2020-01-24T06:00", "fixed": "900", "perkm": "7.20", "bonus": "50.5"}
    typed = {f"{field}_{world.trucks}": text for field, text in told.items()}
    page = send(client, path, form_of(read(client, path), answer="counter", code="0815", note="snow", **typed), 403)
    for field, text in typed.items():
        assert f'name="{field}" value="{text}"' in page
    assert ">snow</textarea>" in page
    assert '<details class="goods-line" open>' in page
    assert "0815" not in page


def test_a_refused_delay_keeps_its_reason(story: Story) -> None:
    dispatcher, path = visit("dispatcher"), f"/carrier/trips/{story.first.trip}/"
    form = form_of(read(dispatcher, path), act="delay", arrive_at="soon", why="snow", next=path)
    page = send(dispatcher, path, form)
    assert 'name="why" value="snow"' in page
    assert '<details class="card" open>' in page
