"""Every page of the command office opens for its duty in both languages, costs few queries, and stays shut to others."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from baogong.journal import queries as journal
from baogong.journal.services.documents import draw_up
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.needs import queries as needs
from baogong.planning import services as planning
from baogong.supply import queries as supply_queries
from baogong.supply import services as supply
from baogong.supply.views import OptionConsidered
from baogong.tower import queries as tower
from baogong.tower.services.alerts import recount
from tests.apps.freight.world import NOW, World
from tests.apps.supply.world import rows_everywhere
from tests.cast import log_in_as
from tests.web.command.conftest import Browser, Stage, ask, give, make_share, weigh_down

CEILING = 12
PAGES = [
    "board",
    "board_steps",
    "board_doubts",
    "losses",
    "unmoved",
    "board_map",
    "stock",
    "freeze",
    "gifts",
    "needs",
    "add_need",
    "need",
    "shares",
    "make_share",
    "compare",
    "allot",
    "share",
    "what_if",
    "convoys",
    "plan_convoy",
    "fleet",
    "convoy",
    "convoy_map",
    "difference",
    "waybill",
    "custody",
    "tasks",
    "documents",
    "document",
    "shift",
]


def address(name: str, stage: Stage) -> str:
    subjects: dict[str, Any] = {
        "need": stage.masks,
        "share": stage.share,
        "what_if": stage.share,
        "convoy": stage.convoy,
        "convoy_map": stage.convoy,
        "difference": stage.replan,
        "waybill": stage.truck.id,
        "custody": stage.truck.id,
        "document": journal.documents(limit=1)[0].id,
    }
    return reverse(f"command:{name}", args=[subjects[name]] if name in subjects else [])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_for_the_command_office(stage: Stage, as_: Browser, language: str) -> None:
    lin = as_("Lin", language)
    for name in PAGES:
        answer = lin.get(address(name, stage))
        assert answer.status_code == 200, name
        assert f'<html lang="{language}"' in answer.content.decode(), name


def spent_on_pages(lin: Any, stage: Stage) -> dict[str, int]:
    counts = {}
    for name in PAGES:
        page = address(name, stage)
        with CaptureQueriesContext(connection) as spent:
            assert lin.get(page).status_code == 200, name
        counts[name] = len(spent)
    return counts


def test_every_page_costs_few_queries_and_a_heavy_book_costs_no_more(stage: Stage, as_: Browser) -> None:
    lin = as_("Lin")
    give(stage.world)
    light = spent_on_pages(lin, stage)
    assert {name: count for name, count in light.items() if count > CEILING} == {}, (
        "ask a room once for many things instead of once for each"
    )
    heavy = spent_on_pages(lin, weigh_down(stage))
    assert {name: (light[name], heavy[name]) for name in PAGES if heavy[name] != light[name]} == {}


def test_a_share_and_a_convoy_in_the_making_cost_few_queries_too(stage: Stage, as_: Browser) -> None:
    lin = as_("Lin")
    for page in (
        reverse("command:convoy", args=[stage.replan]),
        reverse("command:convoy_map", args=[stage.replan]),
        reverse("command:share", args=[stage.later_share]) + "?again=1",
        reverse("command:compare") + f"?a={stage.share}&b={stage.later_share}",
        reverse("command:allot") + f"?need={stage.suits}",
    ):
        with CaptureQueriesContext(connection) as spent:
            assert lin.get(page).status_code == 200, page
        assert len(spent) <= CEILING + (2 if "allot" in page else 0), page  # a need asks for ties and merges


def test_a_stranger_sees_nothing_and_leaves_no_trace(stage: Stage, as_: Browser) -> None:
    stranger = as_("Stranger")
    before = rows_everywhere()
    for name in PAGES:
        page = address(name, stage)
        assert stranger.get(page).status_code == 403, name
        assert stranger.post(page, {"act": "approve"}).status_code == 403, name
    assert rows_everywhere() == before


def test_who_is_not_logged_in_is_asked_to(stage: Stage, client: Any) -> None:
    for name in PAGES:
        page = address(name, stage)
        assert client.get(page).headers["Location"].startswith("/log-in/?next="), name


def test_an_auditor_reads_everything_and_is_shown_no_form_that_writes(stage: Stage, as_: Browser) -> None:
    auditor = as_("He")
    for name in ("board", "stock", "needs", "need", "share", "convoy", "difference", "waybill", "fleet", "tasks"):
        text = auditor.get(address(name, stage)).content.decode()
        body = text[text.index('<main id="main">') : text.index("</main>")]
        assert 'method="post"' not in body, name


def test_an_empty_book_teaches_the_first_three_steps(db: None, as_: Browser) -> None:
    log_in_as("Lin", [(Duty.COMMAND, None)])
    lin = as_("Lin", "en")
    text = lin.get("/command/").content.decode()
    assert "Three steps" in text
    for step in ("clerk:drop", "command:make_share", "command:plan_convoy"):
        assert f'href="{reverse(step)}"' in text
    for name in PAGES:
        if name not in (
            "need",
            "share",
            "what_if",
            "convoy",
            "convoy_map",
            "difference",
            "waybill",
            "custody",
            "document",
        ):
            assert lin.get(reverse(f"command:{name}")).status_code == 200, name


def test_no_page_needs_an_inline_style_or_script(stage: Stage, as_: Browser) -> None:
    lin = as_("Lin")
    for name in PAGES:
        text = lin.get(address(name, stage)).content.decode()
        assert ' style="' not in text, name
        assert "<script>" not in text, name
        assert "onclick=" not in text, name


@pytest.mark.parametrize(
    "name", ["board", "board_steps", "board_doubts", "unmoved", "board_map", "needs", "convoy_map"]
)
def test_with_htmx_only_the_fragment_is_sent(stage: Stage, as_: Browser, name: str) -> None:
    text = as_("Lin").get(address(name, stage), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert text.strip()


def test_the_board_names_what_waits_for_approval(stage: Stage, as_: Browser) -> None:
    text = as_("Lin", "en").get("/command/").content.decode()
    assert "waits for approval" in text
    assert reverse("command:share", args=[stage.later_share]) in text
    assert reverse("command:convoy", args=[stage.replan]) in text


def test_a_freeze_takes_everything_only_when_told_so(stage: Stage, as_: Browser) -> None:
    text = as_("Lin", "en").get("/command/stock/freeze/").content.decode()
    for field in ("site", "item"):
        assert f'name="{field}" required><option value="">choose…</option>' in text


def test_the_board_says_the_next_step_from_counted_stock_to_the_truck(world: World, as_: Browser) -> None:
    lin, he, page = as_("Lin", "en"), as_("He", "en"), reverse("command:board_steps")

    def steps(client: Client) -> list[str]:
        card = client.get(page, headers={"HX-Request": "true"}).content.decode()
        return re.findall(r'<li><a href="([^"]+)"><strong>', card)

    assert f'hx-get="{page}"' in lin.get("/command/").content.decode()
    assert steps(lin) == [reverse("clerk:drop")]  # nobody has asked for anything yet
    for freeze in supply_queries.freeze_board():
        supply.lift_freeze(freeze=freeze.id, reason="again", actor=world.lin, now=NOW, request_id=new_id())
    ask(world, world.masks, 700)
    assert steps(lin) == [reverse("command:freeze")]
    assert steps(he) == []  # he reads what comes next, and is led to no form
    assert "Lock the stock" in he.get(page).content.decode()
    supply.freeze_stock(
        scopes=[supply.Scope()],
        decided_by=world.haulier,
        basis="OWN_DECISION",
        reason="relief",
        options=[OptionConsidered(text="all of it", is_chosen=True)],
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    assert steps(lin) == [reverse("command:make_share")]
    plan = make_share(world)
    share = reverse("command:share", args=[plan])
    assert steps(lin) == [share]
    assert "Your share waits for another person" in lin.get(page).content.decode()
    assert "Decide the share that waits" in he.get(page).content.decode()
    trucks = f'href="{reverse("command:plan_convoy")}"'
    assert trucks not in lin.get(share).content.decode()
    planning.approve(plan=plan, actor=world.mei, now=NOW, request_id=new_id())
    assert steps(lin) == [reverse("command:plan_convoy")]
    assert trucks in lin.get(share).content.decode()
    assert trucks not in he.get(share).content.decode()
    convoy = world.plan()
    assert steps(lin) == [reverse("command:convoy", args=[convoy])]
    world.approve(convoy)
    assert steps(lin) == [reverse("command:convoy", args=[convoy])]  # its carriers are to be asked
    world.agree(convoy)
    assert steps(lin) == []


def test_every_paper_that_waits_for_ones_signature_is_on_ones_board_whatever_it_is(stage: Stage, as_: Browser) -> None:
    with transaction.atomic():
        paper = draw_up(
            kind="BULLETIN",
            title="Bulletin of the day",
            body={},
            actor=stage.world.lin,
            now=NOW,
            request_id=new_id(),
            signatures_required=2,
        )
    link = f'href="{reverse("command:document", args=[paper])}"'
    log_in_as("Zhao", [(Duty.APPROVER, None)])
    board = as_("Zhao", "en").get("/command/").content.decode()
    assert link in board
    assert "Your signature" in board
    assert link not in as_("Lin", "en").get("/command/").content.decode()  # who drew it up has signed it


def test_board_and_tower_count_alerts_and_unconfirmed_needs_alike(stage: Stage, as_: Browser) -> None:
    recount(now=NOW)
    found = tower.alerts()
    lin = as_("Lin", "en")
    board, screen = lin.get("/command/").content.decode(), lin.get("/tower/").content.decode()
    assert (f"{len(found)} alert" in board) == (f"{len(found)} alert" in screen) == bool(found)
    old = needs.unconfirmed_needs(NOW + timedelta(days=9))
    assert old
    assert {view.urgency for view in old} <= {1, 2}
    assert all(view.is_stale(NOW + timedelta(days=9)) for view in old)
