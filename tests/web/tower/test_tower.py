"""The tower's pages as the office sees them: in both languages, in few queries, each row leading where it can be changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from baogong.delivery.models import Parcel, Round
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.tower import causes, queries, services
from baogong.tower.kinds import Kind
from tests.apps.freight.world import NOW
from tests.cast import log_in_as
from tests.web.ground import make_ground
from tests.web.visits import Story, make_story, read, send, visit

PARTS = ("board", "late", "promises", "goods", "load", "map", "ground", "alerts", "watch")
HOUR = timedelta(hours=1)


@pytest.fixture
def story(db: None) -> Story:
    """The first truck should have left two hours ago; a task is past its time."""
    story = make_story()
    journal.add_task(
        title="问临时仓 · Ask for a store",
        duty=Duty.COMMAND,
        due_at=NOW,
        actor=story.world.lin,
        now=NOW,
        request_id=new_id(),
    )
    story.at(story.first.planned_depart_at + 2 * HOUR)
    services.recount(now=story.first.planned_depart_at + 2 * HOUR)
    return story


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_each_part_stands_alone_in_both_languages_and_few_queries(story: Story, part: str, language: str) -> None:
    page = read(visit("lin", language), reverse(f"tower:{part}"))
    assert f'<html lang="{language}"' in page
    assert "?" not in [word for word in page.split() if word == "?"]


def test_the_screen_is_read_in_few_queries_whatever_is_late(story: Story) -> None:
    """Thirty tasks more cost no query more."""
    lin = visit("lin")
    for number in range(30):
        journal.add_task(
            title=f"T{number}", duty=Duty.COMMAND, due_at=NOW, actor=story.world.lin, now=NOW, request_id=new_id()
        )
    services.recount(now=story.first.planned_depart_at + 2 * HOUR)
    for part in PARTS:
        read(lin, reverse(f"tower:{part}"), most=12)


def test_what_could_not_be_counted_is_said_on_the_screen_until_it_is(story: Story, monkeypatch: Any) -> None:
    lin, board = visit("lin"), reverse("tower:board")
    assert "Not counted at present" not in read(lin, board)
    at = story.first.planned_depart_at + 3 * HOUR
    with monkeypatch.context() as broken:
        broken.setitem(causes.STANDING, Kind.TASK_LATE, lambda _now: tuple(Round.objects.raw("SELECT nothing")))
        services.recount(now=at)
    page = read(lin, board)
    assert re.search(r"Not counted at present:</strong> Task\. Everything was last counted at \S", page)
    assert "目前无法清点：" in read(visit("lin", "zh-hans"), board)
    services.recount(now=at)
    assert "Not counted at present" not in read(lin, board)


def test_a_late_truck_says_why_and_leads_to_its_waybill(story: Story) -> None:
    page = read(visit("lin"), reverse("tower:late"))
    assert f'href="{reverse("command:waybill", args=[story.first.id])}"' in page
    assert f"({story.first.number}) is" in page
    assert "Ask for a store" in page
    assert "问临时仓" not in page, "its other half is for the other language"


def test_a_truck_that_has_not_left_is_not_on_the_road(story: Story) -> None:
    lin = visit("lin", "zh-hans")
    before = read(lin, reverse("tower:map"))
    assert ("2 张待发" in before, "张运单" in before) == (True, False)
    story.arrive_at_hub()
    after = read(lin, reverse("tower:map"))
    assert ("1 张待发" in after, "1 张运单" in after) == (True, True)


def test_where_all_is_gone_the_screen_does_not_say_that_nothing_went(story: Story, monkeypatch: Any) -> None:
    lin, empty = visit("lin"), "Outside the hubs nothing left any stock in the last three days"
    site, item, at = story.world.langfang, new_id(), NOW - HOUR
    for stands, told in ((0, "gone since"), (40, "all 40 that stand there are promised")):
        row = causes.Running(site, item, stands, 0, 60, 86_400, at, None)
        monkeypatch.setattr(causes, "running_out", lambda now, row=row: (row,))
        page = read(lin, reverse("tower:goods"))
        assert (told in page, empty in page) == (True, False)
    monkeypatch.setattr(causes, "running_out", lambda now: ())
    assert empty in read(lin, reverse("tower:goods"))


def test_an_alert_is_taken_on_the_screen_and_closed_with_a_reason(story: Story) -> None:
    lin = visit("lin")
    (alert,) = [each for each in queries.alerts() if each.kind == "TASK_LATE"]
    address = reverse("tower:alert", args=[alert.id])
    assert "nobody has taken it" in read(lin, reverse("tower:board"))
    assert "You see to it from now on." in send(lin, address, {"next": reverse("tower:board")})
    assert queries.alert(alert.id).owner == story.world.lin.person_id
    assert "Lin sees to it" in read(lin, reverse("tower:board"))
    assert "The alert is closed." in send(lin, address, {"act": "close", "why": "有，三个月台", "next": address})
    assert "有，三个月台" in read(lin, reverse("tower:alerts"))
    assert "an alert was closed" in read(lin, address)


def test_without_a_reason_it_stays_open_and_says_so(story: Story) -> None:
    (alert,) = [each for each in queries.alerts() if each.kind == "TASK_LATE"]
    address = reverse("tower:alert", args=[alert.id])
    assert "is empty" in send(visit("lin"), address, {"act": "close", "why": " ", "next": address})
    assert queries.alert(alert.id).state == "OPEN"


def test_a_keeper_sees_and_takes_what_is_of_the_own_place_and_nothing_else(db: None) -> None:
    ground = make_ground()
    Round.objects.update(leaves_at=ground.now - 3 * HOUR, back_at=ground.now - HOUR, state=Round.State.STARTED)
    services.recount(now=ground.now)
    (alert, *_more) = [each for each in queries.alerts() if each.kind == "ROUND_LATE"]
    address = reverse("tower:alert", args=[alert.id])
    bao, fang = visit("bao"), visit("fang")
    assert "should be back" in read(bao, address)
    read(fang, address, status=403)
    read(bao, reverse("tower:board"), status=403)
    send(bao, address, {})
    assert queries.alert(alert.id).owner == ground.world.bao.person_id


def test_the_ground_shows_stations_communities_and_what_is_under_way(db: None) -> None:
    ground = make_ground()
    page = read(visit("lin"), reverse("tower:ground"))
    assert "酒仙桥内站" in page
    count = Parcel.objects.filter(state__in=("EXPECTED", "AT_STATION", "WITH_COURIER", "ON_SHELF", "ON_CART")).count()
    assert count > 0
    assert "under way" in page
    assert f'href="{reverse("command:place", args=[ground.world.east])}"' in page


def test_a_building_is_painted_for_what_it_waits_for_failed_at_or_never_got(db: None) -> None:
    ground = make_ground()
    empty = Parcel.objects.filter(community=ground.world.east, building__isnull=False).values("building")[:1]
    Parcel.objects.filter(building__in=empty).update(state="WITHDRAWN")
    page = read(visit("lin"), reverse("tower:ground"))
    houses = re.findall(r'<g class="house [^"]* (\w+)"><title>([^<]*)</title>', page)
    assert {state for state, _told in houses} == {"waiting", "nothing"}, "nothing was brought yet"
    assert all("nothing to bring" in told for state, told in houses if state == "nothing")
    (one, *_more) = Parcel.objects.filter(community=ground.world.east, state="AT_STATION", building__isnull=False)
    Parcel.objects.filter(pk=one.pk).update(attempts_count=1)
    page = read(visit("lin"), reverse("tower:ground"))
    assert re.search(r'<g class="house [^"]* failed"><title>[^<]*failed 1', page)
    Parcel.objects.filter(building=one.building).update(state="HANDED_OVER", moved_at=ground.now)
    assert re.search(r'<g class="house [^"]* served"><title>', read(visit("lin"), reverse("tower:ground")))


def test_quiet_hours_and_the_own_telephone_are_kept(story: Story) -> None:
    lin, address = visit("lin"), reverse("tower:watch")
    form = {"act": "rule", "quiet_from": "22:00", "quiet_until": "06:30", "escalates_after_min": "45", "grave_escalates_after_min": "5"}  # fmt: skip
    assert "22:00–06:30" in send(lin, address, form)
    assert queries.watch_rule().escalates_after_s == 2700
    assert "no time of the day" in send(lin, address, form | {"quiet_from": "25:99", "next": address})
    assert "Text me no more" in send(lin, address, {"phone": "13800001111"})
    assert "Text me no more" not in send(lin, address, {"act": "forget"})
    mei = visit("mei")
    assert "Keep it so" not in read(mei, address)
    send(mei, address, form, status=403)
    assert queries.watch_rule().escalates_after_s == 2700


def test_a_stranger_is_shown_nothing(story: Story) -> None:
    log_in_as("Nobody", [], NOW)
    nobody = visit("nobody")
    for part in PARTS:
        read(nobody, reverse(f"tower:{part}"), status=403)


def test_the_screen_listens_to_the_stream_where_the_house_serves_one(story: Story, settings: Any) -> None:
    lin = visit("lin")
    assert 'data-live=""' in read(lin, reverse("tower:board"))
    settings.BAOGONG_CLAIMS_PORT = 8123
    answer = lin.get(reverse("tower:board"))
    assert "connect-src 'self' http://testserver:8123;" in answer.headers["Content-Security-Policy"]
    assert "http://testserver:8123/live?ticket=" in answer.content.decode()
