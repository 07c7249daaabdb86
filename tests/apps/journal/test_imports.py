from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from baogong.engine.sheets.kinds import ImportKind, NotAChoice, Status
from baogong.journal import queries
from baogong.journal.models import Document
from baogong.journal.services import imports
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotYourPlace, UnusableInput
from tests.apps.journal.ward import LIST, Ward
from tests.cast import NOW, Cast, rows_in_book
from tests.races import race


def preview(cast: Cast, data: bytes = LIST, **options: Any) -> queries.ImportView:
    facts: dict[str, Any] = {"kind": "ward", "file_name": "list.csv", "profile": None, "now": NOW}
    return imports.preview(**{**facts, "data": data, "actor": cast.wu, **options})


def test_a_preview_writes_nothing_but_itself(cast: Cast, ward: Ward) -> None:
    view = preview(cast)
    assert ward.applied == []
    assert not Document.objects.exists()
    assert queries.waiting_lines() == ()
    summary = view.summary
    assert (summary["lines"], summary["added"], summary["matched"], summary["unchanged"]) == (5, 2, 0, 0)
    assert [line["found"] for line in summary["refused"]] == ["-1"]
    assert [line["found"] for line in summary["waiting"]] == ["协和", "协和"]


def test_sound_lines_go_in_under_one_document_and_doubtful_ones_wait(cast: Cast, ward: Ward) -> None:
    view = imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    assert ward.applied == ["中南医院 10", "中南医院 东院 5"]
    assert view.document is not None
    assert queries.document(view.document).number == "IM-0001"
    assert {event.document for event in queries.events(kinds=["ward.line.applied"])} == {view.document}
    assert [line.outcome.found for line in queries.waiting_lines()] == ["协和", "协和"]


def test_applied_twice_a_run_changes_nothing(cast: Cast, ward: Ward) -> None:
    run = preview(cast).id
    first = imports.apply(run=run, actor=cast.wu, now=NOW)
    assert imports.apply(run=run, actor=cast.wu, now=NOW) == first
    assert len(ward.applied) == 2


def test_the_same_file_twice_changes_nothing(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    again = imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    summary = again.summary
    assert (summary["added"], summary["matched"], summary["unchanged"]) == (0, 0, 2)
    assert (len(summary["refused"]), len(summary["waiting"])) == (1, 2)
    assert len(ward.applied) == 2
    assert again.document is None
    assert len(queries.waiting_lines()) == 2  # not four: the queue holds each doubt once


def test_two_previews_of_one_file_apply_it_once(cast: Cast, ward: Ward) -> None:
    one, other = preview(cast).id, preview(cast).id
    imports.apply(run=one, actor=cast.wu, now=NOW)
    assert imports.apply(run=other, actor=cast.lin, now=NOW).summary["unchanged"] == 2
    assert len(ward.applied) == 2


@pytest.mark.parametrize("guarded", [False, True])
def test_two_previews_applied_at_once_apply_once(
    fresh_cast: Cast, ward: Ward, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    from tests.races import Meeting

    runs = [preview(fresh_cast).id, preview(fresh_cast).id]
    meeting, known = Meeting(is_guarded=guarded), imports._known_lines

    def looked_then_met(kind: ImportKind, file_hash: bytes, actor: Actor) -> Any:
        found = known(kind, file_hash, actor)
        meeting.wait()
        return found

    monkeypatch.setattr(imports, "_known_lines", looked_then_met)
    if not guarded:
        monkeypatch.setattr(imports, "lock_numbers", lambda kind: None)
    race(*[lambda run=run: imports.apply(run=run, actor=fresh_cast.wu, now=NOW) for run in runs])
    assert len(ward.applied) == (2 if guarded else 4)


def test_a_run_that_fails_leaves_nothing(cast: Cast, ward: Ward) -> None:
    run = preview(cast).id
    before = rows_in_book()
    ward.fails = True
    with pytest.raises(UnusableInput):
        imports.apply(run=run, actor=cast.wu, now=NOW)
    assert rows_in_book() == before
    assert queries.import_run(run).state == "PREVIEWED"
    ward.fails = False
    imports.apply(run=run, actor=cast.wu, now=NOW)
    assert queries.documents(kind="IMPORT")[0].number == "IM-0001"


def test_a_persons_decision_is_applied_at_once(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    line = queries.waiting_lines()[0]
    imports.resolve(line=line.id, choice={"candidate": "wuhan"}, actor=cast.wu, now=NOW)
    assert ward.applied[-1] == "协和 20 wuhan"
    assert len(queries.waiting_lines()) == 1
    with pytest.raises(NotAChoice):
        imports.resolve(line=line.id, choice={"candidate": "wuhan"}, actor=cast.wu, now=NOW)
    assert len(ward.applied) == 3
    again = imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    assert again.summary["unchanged"] == 3


def test_a_decision_before_the_run_is_applied_waits_for_it(cast: Cast, ward: Ward) -> None:
    view = preview(cast)
    waiting = next(line for line in view.lines if line.outcome.status is Status.WAITING)
    imports.resolve(line=waiting.id, choice={"candidate": "wuhan"}, actor=cast.wu, now=NOW)
    assert ward.applied == []
    imports.apply(run=view.id, actor=cast.wu, now=NOW)
    assert ward.applied == ["中南医院 10", "协和 20 wuhan", "中南医院 东院 5"]


def test_like_lines_can_be_decided_together(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    line = queries.waiting_lines()[0]
    imports.resolve(line=line.id, choice={"candidate": "wuhan"}, actor=cast.wu, now=NOW, alike=True)
    assert ward.applied[-2:] == ["协和 20 wuhan", "协和 30 wuhan"]
    assert queries.waiting_lines() == ()


def test_a_line_left_out_stays_out(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    for line in queries.waiting_lines():
        imports.resolve(line=line.id, choice={"drop": True}, actor=cast.wu, now=NOW)
    assert len(ward.applied) == 2
    again = preview(cast).summary
    assert (again["unchanged"], len(again["waiting"])) == (4, 0)


def test_a_wrong_answer_changes_nothing(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    line = queries.waiting_lines()[0]
    with pytest.raises(NotAChoice), transaction.atomic():
        imports.resolve(line=line.id, choice={"candidate": "shanghai"}, actor=cast.wu, now=NOW)
    assert len(queries.waiting_lines()) == 2


def test_another_file_is_another_file(cast: Cast, ward: Ward) -> None:
    imports.apply(run=preview(cast).id, actor=cast.wu, now=NOW)
    more = imports.apply(run=preview(cast, LIST + "同济,7\n".encode()).id, actor=cast.wu, now=NOW)
    assert (more.summary["added"], more.summary["matched"]) == (1, 2)  # what the kind says of them


def test_stranger_driver_and_auditor_import_nothing(cast: Cast, ward: Ward) -> None:
    run = preview(cast).id
    before = rows_in_book()
    for actor in (cast.stranger, cast.tao):
        with pytest.raises(NotYourPlace):
            preview(cast, actor=actor)
        with pytest.raises(NotYourPlace):
            imports.apply(run=run, actor=actor, now=NOW)
    assert rows_in_book() == before
    assert ward.applied == []
