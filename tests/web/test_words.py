"""Every stored code that a page shows has a name for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Choices
from django.utils import translation

import baogong
from baogong.engine.release import Bearer, Mode, Outcome, Part, Payee, Subject
from baogong.engine.release import admission as judge
from baogong.engine.release.rule import CHANNELS
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger.states import Reason, State
from baogong.needs.views import NeedState
from baogong.supply.services import Finding
from baogong.web.names import in_order
from baogong.web.templatetags.baogong import cartons, unit_of, unit_price
from baogong.web.words import WORDS, word

ROOMS = (
    "freight",
    "needs",
    "supply",
    "crew",
    "places",
    "release",
    "orders",
    "delivery",
    "planning",
    "journal",
    "tower",
)
# which group of words belongs to which choices of a room's table
CHOICES = {
    "tower.Alert.State": "alert",
    "tower.Bulletin.Audience": "bulletin-for",
    "tower.Bulletin.State": "bulletin",
    "crew.Assignment.State": "assignment",
    "crew.Assignment.Work": "work",
    "crew.Entry.Way": "gate",
    "crew.Meal.Which": "meal",
    "crew.Pass.State": "crew-pass",
    "crew.RollAnswer.Answer": "roll",
    "crew.SignUp.State": "sign-up",
    "crew.Test.Kind": "test",
    "crew.Test.Result": "test-result",
    "delivery.Disinfection.What": "disinfection",
    "delivery.Parcel.State": "parcel",
    "delivery.ParcelAct.Kind": "parcel-act",
    "delivery.ParcelAct.Why": "parcel-why",
    "delivery.Round.State": "round",
    "delivery.Shuttle.State": "shuttle",
    "delivery.SyncedAct.Answer": "sync",
    "freight.CarrierAsk.Answer": "answer",
    "freight.Surplus.Decision": "surplus",
    "freight.VehicleKind.Mode": "mode",
    "freight.Waybill.State": "waybill",
    "freight.WaybillAct.Act": "act",
    "journal.Document.State": "paper",
    "journal.Evidence.Kind": "evidence",
    "needs.Need.Basis": "basis",
    "needs.Need.Use": "use",
    "orders.Basket.State": "basket",
    "orders.ChainLine.State": "chain-line",
    "people.Party.Kind": "party",
    "places.Site.Role": "role",
    "planning.Plan.State": "plan",
    "release.Claim.State": "claim",
    "release.Redemption.Channel": "redemption",
    "release.Release.State": "release",
    "supply.Freeze.Basis": "basis",
    "supply.CarriageLine.Verdict": "carriage-line",
    "supply.CarriageRequest.State": "carriage",
    "supply.CarriageRequest.Way": "carriage-way",
    "supply.Gift.State": "gift",
    "supply.MoneyGift.Form": "form-of-money",
    "supply.Gift.Terms": "terms",
    "supply.GiftLine.Verdict": "verdict",
    "supply.PackingRun.State": "packing",
    "supply.PackingWaste.Cause": "waste",
    "supply.LoanAct.Act": "loan-act",
    "supply.LoanAct.Condition": "condition",
    "supply.Weighing.What": "scale",
    "supply.Weighing.Verdict": "scale",
    "supply.WeightStatement.Verdict": "scale",
    "supply.RetailOrder.State": "order",
    "catalogue.Item.Unit": "unit",
}


def told(call: str) -> Iterator[str]:
    """The constant `kind` of every call of `call` in the rooms."""
    for room in ROOMS:
        for path in (Path(baogong.__path__[0]) / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name != call:
                    continue
                kinds = [keyword.value for keyword in node.keywords if keyword.arg == "kind"] or node.args[:1]
                yield from (
                    kind.value for kind in kinds if isinstance(kind, ast.Constant) and isinstance(kind.value, str)
                )


def test_every_kind_of_event_and_document_has_a_name() -> None:
    events = {*told("record"), *told("recorded")}
    papers = set(told("draw_up"))
    assert len(events) > 30
    assert len(papers) > 10
    assert sorted(events - WORDS["event"].keys()) == [], "name these in baogong/web/*words.py"
    assert sorted(papers - WORDS["document"].keys()) == [], "name these in baogong/web/words.py"


def keys_of_papers() -> set[str]:
    """Every key that a room writes by name into a document's body; a waybill's own page shows it, not its body."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (Path(baogong.__path__[0]) / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                name = call.func.attr if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else ""
                name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else name
                if not isinstance(call, ast.Call) or name not in ("draw_up", "_paper"):
                    continue
                bodies = [keyword.value for keyword in call.keywords if keyword.arg == "body"]
                for node in (part for body in bodies or call.args[2:3] for part in ast.walk(body)):
                    if isinstance(node, ast.Dict):
                        found |= {
                            key.value
                            for key in node.keys
                            if isinstance(key, ast.Constant) and isinstance(key.value, str)
                        }
    return found


# written by names of fields (`asdict`), not by literals
OF_FIELDS = {"condition", "goods", "grams", "lies_at", "moves_count", "quantity", "taken"}


def test_every_line_of_a_paper_has_words_in_both_languages() -> None:
    keys = keys_of_papers()
    assert len(keys) > 80
    assert sorted((keys | OF_FIELDS) - WORDS["field"].keys()) == [], "name these in baogong/web/field_words.py"
    with translation.override("zh-hans"):
        assert [key for key in sorted(keys) if not re.search(r"[\u4e00-\u9fff]", word(key, "field"))] == []


@pytest.mark.parametrize("choices", sorted(CHOICES))
def test_every_choice_of_a_table_has_a_name(choices: str) -> None:
    room, model, name = choices.split(".")
    codes: type[Choices] = getattr(apps.get_model(room, model), name)
    assert sorted(set(codes.values) - WORDS[CHOICES[choices]].keys()) == [], "name these in baogong/web/*words.py"


def test_every_duty_state_reason_and_finding_has_a_name() -> None:
    for kind, codes in (
        ("duty", Duty),
        ("state", State),
        ("reason", Reason),
        ("need", NeedState),
        ("finding", Finding),
    ):
        assert sorted({code.value for code in codes} - WORDS[kind].keys()) == [], kind


def test_every_word_of_a_releases_rule_and_every_refusal_of_a_claim_has_a_name() -> None:
    for kind, codes in (
        ("release-mode", Mode),
        ("quota", Subject),
        ("price-part", Part),
        ("bearer", Bearer),
        ("payee", Payee),
        ("claim", Outcome),
    ):
        assert sorted({code.value for code in codes} - WORDS[kind].keys()) == [], kind
    assert sorted(set(CHANNELS) - WORDS["channel"].keys()) == []
    refusals = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|closed|elsewhere)"', Path(judge.__file__ or "").read_text())) | {
        "id-reused",
        "not-chosen",  # by the admission itself
        "passed-over",  # by a draw’s trial
        "pausing",  # by a draw’s door
        "quota-entered",
    }
    assert refusals == set(WORDS["claim-refusal"]), "name these in baogong/web/release_words.py"


def test_a_code_is_told_in_the_visitors_language_and_an_unknown_one_as_it_is() -> None:
    with translation.override("en"):
        assert word("COMMITTED", "need") == "promised"
        assert word(1, "urgency") == "extreme"
        assert word("NEVER_HEARD_OF") == "NEVER_HEARD_OF"


@pytest.mark.parametrize(
    ("amount", "language", "units", "boxes"),
    [(1, "en", "piece", "1 carton"), (2, "en", "pieces", "2 cartons"), (0, "en", "pieces", "0 cartons"),
     (1, "zh-hans", "个", "1 箱"), (1_200, "zh-hans", "个", "1,200 箱")],
)  # fmt: skip
def test_a_unit_behind_the_number_one_is_one(amount: int, language: str, units: str, boxes: str) -> None:
    with translation.override(language):
        assert unit_of("PIECE", amount) == units
        assert cartons(amount) == boxes
        assert unit_of("PACK", 1) == (unit_of("PACK", 2) if language != "en" else "pack")


@pytest.mark.parametrize(
    ("fen", "told"),
    [(90, "¥0.90"), (7.25, "¥0.0725"), (12.5, "¥0.125"), (10, "¥0.10"), (0, "¥0.00"), (100, "¥1.00"), (None, "")],
)
def test_a_price_has_at_least_its_two_places(fen: float | None, told: str) -> None:
    assert unit_price(fen) == told


def test_names_stand_in_the_order_of_what_is_shown() -> None:
    mask, glove, suit = new_id(), new_id(), new_id()
    names = {suit: ("防护服", "Suits"), mask: ("口罩", "masks"), glove: ("手套", "Gloves")}
    with translation.override("en"):
        assert list(in_order(names).values()) == ["Gloves", "masks", "Suits"]
    with translation.override("zh-hans"):
        assert list(in_order(names).values()) == ["防护服", "口罩", "手套"]
