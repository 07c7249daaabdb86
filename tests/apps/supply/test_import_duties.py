"""Who may bring in which list: what each kind's services demand holds at the drop box too, before anything is written."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest

from baogong.engine.sheets.kinds import LineOutcome, Status, kind_named, kinds
from baogong.journal.models import ImportLine, ImportRun
from baogong.journal.queries.imports import import_run, waiting_lines, waiting_lines_count
from baogong.journal.services import imports
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.supply.queries import stock_board
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW, log_in_as, person_of

REGISTERS = (
    "carriers",
    "consignments",
    "corrections",
    "funds",
    "gifts",
    "items",
    "kits",
    "lanes",
    "offers",
    "parties",
    "sites",
)
PLACED = {
    "addresses": {Duty.CLERK, Duty.COMMAND},
    "buildings": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "claims": {Duty.CLERK, Duty.COMMAND},
    "crew": {Duty.CLERK, Duty.COMMAND},
    "doors": {Duty.CLERK},
    "entrants": {Duty.CLERK, Duty.COMMAND},
    "hours": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "households": {Duty.CLERK},
    "manifest": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "needs": {Duty.CLERK, Duty.COMMAND},
    "orders": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "redeemed": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "serials": {Duty.KEEPER, Duty.COMMAND},
    "slips": {Duty.KEEPER, Duty.COMMAND},
    "stock": {Duty.KEEPER, Duty.CLERK, Duty.COMMAND},
    "weights": {Duty.KEEPER, Duty.COMMAND},
    "winners": {Duty.CLERK, Duty.COMMAND},
}
HEAD = "仓库,物资名称,数量,单位,盘点时间\n"
STOCK = f"{HEAD}廊坊仓,医用外科口罩,3000,只,2020-01-22\n"
DOUBTFUL = f"{HEAD}廊坊仓库,护目镜,5,个,2020-01-22\n"
HOUSEHOLDS = "社区,门牌,户主,成人,70岁以上\n幸福里社区,3-2-501,张小三,2,1\n"


def holding(duty: Duty, at: UUID | None) -> Actor:
    return Actor(person_id=None, name="One", reach={duty: frozenset({at} if at else ())})


def brought(kind: str, data: str, actor: Actor) -> UUID:
    return imports.preview(kind=kind, file_name="list.csv", data=data.encode(), profile=None, actor=actor, now=NOW).id


def waiting_run(kind: str, actor: Actor) -> tuple[UUID, UUID]:
    """An applied run of the kind with one line that waits for a yes or no."""
    run = ImportRun.objects.create(
        id=new_id(),
        kind=kind,
        profile="",
        file_name="list.csv",
        file_hash=sha256(kind.encode()).digest(),
        state=ImportRun.State.APPLIED,
        made_by_id=person_of(actor),
        made_at=NOW,
    )
    outcome = LineOutcome("A2", Status.WAITING, found="?")
    line = ImportLine.objects.create(
        id=new_id(), run=run, number=0, where="A2", status=outcome.status.value, outcome=outcome.as_dict()
    )
    return run.id, line.id


def test_every_kind_says_who_may_bring_it_in() -> None:
    assert {kind.name for kind in kinds()} == {*REGISTERS, *PLACED}
    assert {kind.name: set(kind.duties) for kind in kinds() if kind.place} == PLACED


@pytest.mark.parametrize("duty", list(Duty))
@pytest.mark.parametrize("name", [*REGISTERS, *PLACED])
def test_a_list_is_brought_in_with_the_duty_its_services_demand(name: str, duty: Duty) -> None:
    kind, somewhere = kind_named(name), new_id()
    expected = PLACED.get(name, {Duty.CLERK, Duty.COMMAND})
    assert kind.admits(holding(duty, None)) == (duty in expected)
    assert kind.admits(holding(duty, somewhere)) == (duty in expected and name in PLACED)
    if duty not in expected:
        with pytest.raises(NotYourPlace):
            kind.require(holding(duty, None))


@pytest.mark.parametrize("name", [*REGISTERS, "needs", "households"])
def test_a_keeper_brings_in_no_register(world: World, name: str) -> None:
    run, line = waiting_run(name, world.cast.wu)
    for actor in (world.cast.bao, world.kai):
        assert_refused_without_trace(lambda actor=actor: brought(name, STOCK, actor))  # type: ignore[misc]
        assert_refused_without_trace(lambda actor=actor: imports.apply(run=run, actor=actor, now=NOW))  # type: ignore[misc]
        for choice in ("drop", "accept"):
            with pytest.raises(NotYourPlace):
                imports.resolve(line=line, choice={choice: True}, actor=actor, now=NOW)
        with pytest.raises(NotYourPlace):
            import_run(run, seen_by=actor)
        assert waiting_lines(seen_by=actor) == ()
        assert waiting_lines_count(seen_by=actor) == 0
    assert [each.id for each in waiting_lines()] == [line]


@pytest.mark.parametrize("name", REGISTERS)
@pytest.mark.parametrize("duty", [Duty.CLERK, Duty.COMMAND])
def test_a_register_wants_the_duty_everywhere(world: World, name: str, duty: Duty) -> None:
    run, line = waiting_run(name, world.cast.wu)
    here = log_in_as("Here", [(duty, world.langfang)])
    assert_refused_without_trace(lambda: brought(name, STOCK, here))
    assert_refused_without_trace(lambda: imports.apply(run=run, actor=here, now=NOW))
    with pytest.raises(NotYourPlace):
        imports.resolve(line=line, choice={"drop": True}, actor=here, now=NOW)
    everywhere = log_in_as("Everywhere", [(duty, None)])
    assert imports.resolve(line=line, choice={"drop": True}, actor=everywhere, now=NOW).id == run


@pytest.mark.parametrize("name", ["parties", "sites", "lanes", "items"])
def test_the_registers_ask_again_where_they_write(world: World, name: str) -> None:
    with pytest.raises(NotYourPlace):
        kind_named(name).apply([], actor=world.kai, document=None, now=NOW)
    kind_named(name).apply([], actor=THE_HOUSE, document=None, now=NOW)


def test_a_keeper_brings_in_the_stock_of_their_own_site(world: World) -> None:
    run = brought("stock", STOCK, world.kai)
    assert_refused_without_trace(lambda: imports.apply(run=run, actor=world.cast.bao, now=NOW))
    assert stock_board() == ()
    imports.apply(run=run, actor=world.kai, now=NOW)
    assert [row.counted for row in stock_board()] == [3000]


def test_a_keeper_decides_lines_of_their_own_site_only(world: World) -> None:
    run = imports.apply(run=brought("stock", DOUBTFUL, world.cast.wu), actor=world.cast.wu, now=NOW)
    (line,) = waiting_lines()
    for choice in ({"candidate": str(world.langfang)}, {"drop": True}):
        assert_refused_without_trace(
            lambda choice=choice: imports.resolve(line=line.id, choice=choice, actor=world.cast.bao, now=NOW)  # type: ignore[misc]
        )
    assert [each.id for each in waiting_lines(seen_by=world.kai)] == [line.id]
    imports.resolve(line=line.id, choice={"candidate": str(world.langfang)}, actor=world.kai, now=NOW)
    assert import_run(run.id, seen_by=world.kai).lines[0].is_applied
    assert [row.counted for row in stock_board()] == [5]


def test_a_list_of_households_is_seen_by_who_brought_it_in_and_by_clerks_everywhere(world: World) -> None:
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    own, other = log_in_as("Own", [(Duty.CLERK, community)]), log_in_as("Other", [(Duty.CLERK, world.union)])
    run = brought("households", HOUSEHOLDS, own)
    auditor = log_in_as("Ada", [(Duty.AUDITOR, None)])
    for actor in (other, auditor, world.kai, world.cast.lin, world.cast.stranger):
        with pytest.raises(NotYourPlace):
            import_run(run, seen_by=actor)
        assert_refused_without_trace(lambda actor=actor: imports.apply(run=run, actor=actor, now=NOW))  # type: ignore[misc]
    assert import_run(run, seen_by=world.cast.wu).id == import_run(run, seen_by=own).id == run
    assert import_run(brought("stock", STOCK, world.kai), seen_by=auditor).kind == "stock"
    assert imports.apply(run=run, actor=own, now=NOW).summary["added"] == 1
