"""What if, from the share page: bars in both languages, without JavaScript; a better answer becomes a proposed share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.planning import queries as plans
from tests.apps.freight.world import NOW, World
from tests.apps.supply.world import rows_everywhere
from tests.cast import log_in_as
from tests.web.command.conftest import Browser, ask, make_share
from tests.web.visits import read

WEIGHTS = {"weight_1": "2", "weight_2": "1.5", "weight_3": "1", "weight_4": "0.5"}


@pytest.fixture
def share(world: World) -> UUID:
    """The hospital and the office ask for more masks than lie there."""
    from baogong.needs import services as needs
    from baogong.needs.services import Asked

    ask(world, world.masks, 4_000)
    needs.ask(
        need=Asked(
            receiver=world.office, item=world.masks, quantity=4_000, has_no_limit=False, urgency=1, source="telephone"
        ),
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    return make_share(world)


def asked(world: World, **changed: Any) -> dict[str, Any]:
    return {**WEIGHTS, "receiver": [str(world.hospital)], "times": ["3"], "kg": "", "m3": "", "site": "", **changed}


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "谁多得，谁少得"), ("en", "Who gains, who loses")])
def test_the_share_page_leads_to_what_if_which_shows_gains_and_losses_as_bars(
    world: World, share: UUID, as_: Browser, language: str, says: str
) -> None:
    lin = as_("Lin", language)
    page = reverse("command:what_if", args=[share])
    assert page in read(lin, reverse("command:share", args=[share]))
    first = read(lin, page)
    assert says in first
    assert 'name="request_id"' not in first  # nothing is changed yet, so there is nothing to propose
    before = rows_everywhere()
    answer = lin.get(page, asked(world))
    text = answer.content.decode()
    assert rows_everywhere() == before
    assert answer.status_code == 200
    assert text.count('class="gained" x=') >= 1
    assert text.count('class="lost" x=') >= 1
    assert text.count('<svg class="course"') == 3
    assert f'value="{world.hospital}" selected' in text


def test_htmx_gets_the_answer_alone(world: World, share: UUID, as_: Browser) -> None:
    lin = as_("Lin")
    answer = lin.get(reverse("command:what_if", args=[share]), asked(world), headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "gained" in answer.content.decode()


def test_trucks_that_are_too_small_show_which_shares_shrink(world: World, share: UUID, as_: Browser) -> None:
    lin = as_("Lin", "en")
    page = reverse("command:what_if", args=[share])
    text = lin.get(page, asked(world, times=["1"], kg="3")).content.decode()
    assert "What the trucks hold back" in text
    assert "holds somebody down" in text
    roomy = lin.get(page, asked(world, times=["1"], kg="900000", m3="9000")).content.decode()
    assert "Everything shared fits" in roomy


def test_a_better_answer_becomes_a_proposed_share_once_and_the_share_page_says_who_counts_more(
    world: World, share: UUID, as_: Browser
) -> None:
    lin = as_("Lin", "en")
    page = reverse("command:what_if", args=[share])
    form = asked(world, request_id=str(new_id()))
    made = lin.post(page, form)
    assert lin.post(page, form).headers["Location"] == made.headers["Location"]  # a second tap
    head = plans.plans(kind="SHARE")[0]
    assert (head.state, head.rule["receivers"]) == ("PROPOSED", {str(world.hospital): 3.0})
    assert len(plans.plans(kind="SHARE")) == 2
    text = read(lin, made.headers["Location"])
    assert "Count more or less" in text
    again = read(lin, reverse("command:what_if", args=[head.id]))
    assert f'value="{world.hospital}" selected' in again


@pytest.mark.parametrize(
    "field", [{"times": ["0"]}, {"weight_1": "nan"}, {"kg": "-3"}, {"pieces": "0"}, {"rounds": "99"}]
)
def test_a_number_that_is_none_is_told_and_nothing_is_worked_out(
    world: World, share: UUID, as_: Browser, field: dict[str, Any]
) -> None:
    answer = as_("Lin", "en").get(reverse("command:what_if", args=[share]), asked(world, **field))
    assert answer.status_code == 400
    assert "Nothing was worked out." in answer.content.decode()


def test_the_auditor_may_ask_and_not_propose_and_the_stranger_neither(world: World, share: UUID, as_: Browser) -> None:
    log_in_as("Stranger2", [(Duty.KEEPER, world.hub)], NOW)
    page = reverse("command:what_if", args=[share])
    auditor, keeper = as_("He", "en"), as_("Stranger2", "en")
    text = auditor.get(page, asked(world)).content.decode()
    assert "Make this a proposed share" not in text
    before = rows_everywhere()
    assert auditor.post(page, asked(world, request_id=str(new_id()))).status_code == 403
    assert keeper.get(page).status_code == 403
    assert keeper.post(page, asked(world, request_id=str(new_id()))).status_code == 403
    assert rows_everywhere() == before
    assert auditor.get(reverse("command:what_if", args=[new_id()])).status_code == 404
