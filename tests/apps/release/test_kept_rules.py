"""Rules kept from before a contradiction was known: read as they were announced, heard by nobody, never opened anew."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.engine.release import RuleUnusable
from baogong.journal.services import sign
from baogong.kernel.ids import new_id
from baogong.release import queries, services
from baogong.release.models import Claim, RuleVersion
from tests.apps.release.test_draws import announced, enter, run
from tests.apps.release.test_winners import bring, second, winner
from tests.apps.release.world import DAY, NOW, World, is_sound, rule

KEPT = [{"channel": "PHONE", "units": 10, "until": "12:00"}]


def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the house was before it knew that nobody hears it."""
    monkeypatch.setattr("baogong.engine.release.rule._unheard", lambda _rule: [])


CHOSEN: list[list[dict[str, Any]]] = [
    [{"channel": "PHONE", "units": 10, "until": "20:00"}],
    [{"channel": "CLERK", "units": 0, "until": "20:00", "units_max": 5}],
    [{"channel": "IMPORT", "units": 5, "until": "20:00", "units_max": 5}],
]


@pytest.mark.parametrize("kept", CHOSEN)
def test_a_rule_from_before_takes_nothing_from_those_whom_lots_have_named(
    drill: World, monkeypatch: pytest.MonkeyPatch, kept: list[dict[str, Any]]
) -> None:
    with monkeypatch.context() as before:
        unheard(before)
        tranche = drill.tranche(20, mode="DRAW", standby_max=1, reserves=kept, quotas=[])
    draw = announced(drill, tranche)
    for at in range(6):
        enter(drill, draw, f"0{at}")
    answers = run(drill, draw)
    assert queries.draw(draw).winners == 4
    assert [one.state for one in answers] == ["ADMITTED"] * 4 + ["STANDBY"]
    services.cancel_claim(claim=answers[0].id, actor=drill.wu, now=NOW + DAY)
    assert Claim.objects.get(id=answers[4].id).state == "ADMITTED"
    assert is_sound(tranche)


@pytest.mark.parametrize("kept", CHOSEN)
def test_a_rule_from_before_takes_nothing_from_those_whom_another_office_has_named(
    world: World, monkeypatch: pytest.MonkeyPatch, kept: list[dict[str, Any]]
) -> None:
    with monkeypatch.context() as before:
        unheard(before)
        tranche = world.tranche(20, mode="IMPORTED", reserves=kept)
    paper = bring(world, tranche, [winner(name) for name in ("zhang", "li", "wang", "zhao")])
    sign(document=paper, actor=second(world), now=NOW)
    assert set(Claim.objects.values_list("state", "code")) == {("ADMITTED", "")}
    assert is_sound(tranche)


def test_a_tranche_put_out_before_gives_back_what_a_winner_gives_up(
    drill: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reserve stands in the book and counts none of the winners."""
    with monkeypatch.context() as before:
        unheard(before)
        before.setattr("baogong.release.services.tranches.CHOSEN_MODES", ())
        tranche = drill.tranche(
            10, mode="DRAW", reserves=[{"channel": "CLERK", "units": 5, "until": "20:00"}], quotas=[]
        )
    draw = announced(drill, tranche)
    for at in range(3):
        enter(drill, draw, f"0{at}")
    answers = run(drill, draw)
    assert [one.state for one in answers] == ["ADMITTED"] * 2
    services.cancel_claim(claim=answers[0].id, actor=drill.wu, now=NOW + DAY)
    assert is_sound(tranche)


@pytest.mark.parametrize(
    "said", [{"mode": "DRAW", "reserves": KEPT}, {"mode": "APPOINTMENT", "slots": ["09:00"], "standby_max": 5}]
)
def test_a_draft_from_before_is_read_and_tried_and_does_not_open(
    world: World, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    with monkeypatch.context() as before:
        unheard(before)
        draft = world.release(is_open=False, **said)
    services.try_out(release=draft, people=60, days=2, units=10, actor=world.lin, now=NOW)
    with pytest.raises(RuleUnusable, match="beside mode"):
        services.open_release(release=draft, actor=world.lin, now=NOW)
    with pytest.raises(RuleUnusable, match="beside mode"):
        services.draft_release(
            office=world.office,
            item=world.item,
            rule=rule(code="new", **said),
            actor=world.lin,
            now=NOW,
            request_id=new_id(),
        )
    assert RuleVersion.objects.filter(release=draft).count() == 1
    services.change_rule(release=draft, rule=rule(), actor=world.lin, now=NOW)
    services.try_out(release=draft, people=60, days=2, units=10, actor=world.lin, now=NOW)
    services.open_release(release=draft, actor=world.lin, now=NOW)
