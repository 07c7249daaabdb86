"""A rehearsal on the site: asked for, watched while it is played, read; in both languages, with few queries."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from baogong.journal.clock import current_clock
from baogong.tower.queries.rehearsals import rehearsal_view, rehearsals
from baogong.tower.services import rehearsals as services
from tests.apps.freight.world import DAY, NOW
from tests.web.visits import Story, form_of, read, send, visit

LIST = "/tower/rehearsals/"


def typed(days: int) -> dict[str, str]:
    return {"from_at": f"{NOW:%Y-%m-%dT%H:%M}", "until_at": f"{NOW + days * DAY:%Y-%m-%dT%H:%M}"}


def ask(lin: Client, *, runs: int = 30, **more: object) -> UUID:
    """By the page's own form, with what it fills in."""
    form = form_of(read(lin, LIST), **typed(5), runs=runs, **more)
    told = send(lin, LIST, form)
    assert "waits for a worker" in told
    return rehearsals()[0].id


def test_fixes_are_shown_beside_the_night_as_planned_and_the_cheapest_is_counted_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "FIX_RUNS_MAX", 60)
    lin = visit("Lin")
    # Half of the drivers do not come, and a stand-in takes two days; a spare truck takes half an hour.
    # So many nights that no luck of the trips' own names hides it.
    made = ask(lin, runs=200, absent_truck="50", stand_in_s=str(48 * 60))
    play(made)
    view = rehearsal_view(made)
    assert (view.fix_runs_count, view.recount_runs_count) == (60, 200)
    assert view.compared == (view.as_planned, *view.fixes)
    planned, *again = view.compared_again
    assert (planned.what, planned.all_kept, planned.kept_mean) == ("AS_PLANNED", view.all_kept, view.kept_mean)
    assert tuple(again) == view.recounts
    cheapest = view.recounts[-1]
    assert (cheapest.what, cheapest.is_cheapest) == ("SPARE_TRUCK", True)
    assert cheapest.gain_low is not None
    assert cheapest.gain_low > 0
    page = read(lin, f"{LIST}{made}/")
    assert page.count("As planned, nothing changed") == 2
    assert "Each was played 60 times" in page
    assert "Counted again on all 200 nights" in page
    assert f'href="{reverse("command:fleet")}"' in page
    assert cheapest.price_fen == 150_000 * cheapest.hours // 24 > 0
    assert f"for {cheapest.hours} hours" in page
    assert f"{cheapest.gain_low:.2f} to {cheapest.gain_high:.2f}" in page
    assert "照原计划，什么都不改" in read(visit("Lin", "zh-hans"), f"{LIST}{made}/")


def play(made: UUID) -> None:
    assert services.play(rehearsal=made, now=lambda: current_clock().now(), workers=1)


def test_a_night_is_asked_for_watched_and_read(story: Story) -> None:
    lin = visit("Lin")
    assert "Nothing has been rehearsed yet" in read(lin, LIST)
    # The promise leaves a day; a stand-in who comes two days late breaks it in every night, whatever else is drawn.
    made = ask(lin, absent_truck="100", stand_in_s=str(48 * 60), courier_fen="400")
    address = f"{LIST}{made}/"
    assert '<progress max="30" value="0"' in read(lin, address)
    part = lin.get(address, headers={"hx-request": "true"})
    assert b"0 of 30" in part.content
    assert b"<h1" not in part.content
    assert "HX-Refresh" not in part.headers
    play(made)
    assert lin.get(address, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    page = read(lin, address)
    for said in ("Every promise is kept in", "What breaks first", "did not come", "Result"):
        assert said in page
    assert "A driver does not come: 100 %" in page
    assert "A courier for a shift of 8 hours: ¥400.00" in page
    assert "With nothing random the rehearsal is the plan" in page
    assert (
        "What would help" not in page
    )  # no driver comes at all: one spare truck stands in for one, and the rest is late
    assert "bar-spread" in page
    assert f'href="{address}"' in read(lin, LIST)
    chinese = read(visit("Lin", "zh-hans"), address)
    assert "最先出问题的是什么" in chinese
    assert "没有来" in chinese


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("absent_courier", "101", "is no number from 0 to 100"),
        ("runs", "0", "is not a whole number of at least 1"),
        ("courier_fen", "-1", "-1"),
        ("until_at", "2020-01-01T00:00", "31 days at most"),
    ],
)
def test_what_cannot_be_rehearsed_is_told_and_what_was_typed_stays(
    story: Story, field: str, value: str, told: str
) -> None:
    lin = visit("Lin")
    form = form_of(read(lin, LIST), **typed(1), seed=77)
    answer = lin.post(LIST, {**form, field: value}, headers={"referer": f"http://testserver{LIST}"}, follow=True)
    assert told in answer.content.decode()
    assert 'value="77"' in answer.content.decode()
    assert rehearsals() == ()


def test_who_may_only_read_sees_no_form(story: Story) -> None:
    made = ask(visit("Lin"))
    play(made)
    stranger = visit("Bao")
    assert stranger.get(LIST).status_code == 403
    assert stranger.get(f"{LIST}{made}/").status_code == 403
