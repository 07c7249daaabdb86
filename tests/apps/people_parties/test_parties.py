"""Whom a text means: only equal names and confirmed aliases decide, and what is never meant is not even suggested."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from baogong.engine.sheets import read_pasted
from baogong.engine.sheets.kinds import Status, guess_kind, kind_named, settle, summary
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotFound, RequestIdReused
from baogong.people import imports
from baogong.people.queries import parties as queries
from baogong.people.queries.parties import ResolutionStatus
from baogong.people.services import parties as services
from baogong.people.services.parties import AliasContradicts, NameMissing, NotAPartyKind

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2020, 1, 23, 7, tzinfo=UTC)


def register(name: str, city: str = "武汉", kind: str = "SITE", aliases: tuple[str, ...] = ()) -> UUID:
    return services.register_party(kind=kind, name=name, city=city, aliases=aliases, now=NOW)


@pytest.fixture
def union_of_wuhan() -> UUID:
    party = register("华中科技大学同济医学院附属协和医院", aliases=("武汉协和医院", "武汉协和"))
    services.never_alias(party=party, text="北京协和", now=NOW)
    return party


@pytest.fixture
def team_of_peking() -> UUID:
    return register("北京协和医院援鄂医疗队", "北京", "TEAM")


@pytest.mark.parametrize("text", ["北京协和", "北京协和医院", "北京协和医院援鄂医疗队", "北京 协和（医疗队）"])
@pytest.mark.parametrize("city", ["", "武汉", "北京"])
def test_peking_union_is_never_the_union_of_wuhan(
    union_of_wuhan: UUID, team_of_peking: UUID, text: str, city: str
) -> None:
    found = queries.resolve(text, city=city)
    named = [found.party] if found.party else [candidate.party for candidate in found.candidates]
    assert [party.id for party in named] == [team_of_peking]


def test_peking_union_is_not_the_union_of_wuhan_even_where_nobody_said_so(team_of_peking: UUID) -> None:
    register("武汉协和医院")
    found = queries.resolve("北京协和", kinds=["SITE"])
    assert found.status is ResolutionStatus.NONE


def test_an_alias_is_the_party(union_of_wuhan: UUID) -> None:
    found = queries.resolve("武汉协和醫院（ ）")
    assert found.status is ResolutionStatus.EXACT
    assert found.party is not None
    assert found.party.id == union_of_wuhan


def test_the_other_name_of_a_hospital_is_found_by_alias_only() -> None:
    party = register("武汉大学人民医院", aliases=("湖北省人民医院",))
    found = queries.resolve("湖北省人民医院")
    assert found.party is not None
    assert found.party.id == party


def test_a_local_short_form_is_suggested_in_its_city_and_never_chosen() -> None:
    seventh = register("武汉市第七医院")
    register("武汉市第三医院")
    found = queries.resolve("市七医院", city="武汉市")
    assert found.status is ResolutionStatus.LIKELY
    assert [candidate.party.id for candidate in found.candidates] == [seventh]
    assert "short form" in found.candidates[0].why
    assert queries.resolve("市七医院").status is ResolutionStatus.NONE
    assert queries.resolve("市七医院", city="荆门").status is ResolutionStatus.NONE


def test_a_campus_is_suggested_and_never_taken_for_the_main_house() -> None:
    register("武汉大学人民医院")
    found = queries.resolve("武汉大学人民医院东院", city="武汉")
    assert found.status is ResolutionStatus.LIKELY
    assert "campus" in found.candidates[0].why


def test_the_same_name_in_two_cities_needs_the_city() -> None:
    register("第一人民医院", "荆州")
    there = register("第一人民医院", "仙桃")
    assert queries.resolve("第一人民医院").status is ResolutionStatus.LIKELY
    found = queries.resolve("第一人民医院", city="仙桃市")
    assert found.party is not None
    assert found.party.id == there
    elsewhere = queries.resolve("第一人民医院", city="孝感")
    assert elsewhere.status is ResolutionStatus.LIKELY
    assert "another city" in elsewhere.candidates[0].why


def test_registering_twice_finds_the_first() -> None:
    assert register("武汉市金银潭医院") == register("武汉市 金银潭医院", "武汉市")
    assert len(queries.parties(kinds=["SITE"])) == 1


def test_a_request_id_stands_for_one_party() -> None:
    request_id = uuid4()
    first = services.register_party(kind="VEHICLE", name="鄂A12345", now=NOW, request_id=request_id)
    assert services.register_party(kind="VEHICLE", name="鄂A12345", now=NOW, request_id=request_id) == first
    with pytest.raises(RequestIdReused):
        services.register_party(kind="VEHICLE", name="鄂A99999", now=NOW, request_id=request_id)
    assert len(queries.parties(kinds=["VEHICLE"])) == 1


def test_a_text_cannot_mean_a_party_and_never_mean_it(union_of_wuhan: UUID) -> None:
    with pytest.raises(AliasContradicts):
        services.add_alias(party=union_of_wuhan, text="北京协和医院", now=NOW)  # holds 北京协和
    with pytest.raises(AliasContradicts):
        services.never_alias(party=union_of_wuhan, text="武汉协和", now=NOW)
    services.never_alias(party=union_of_wuhan, text="北京协和", now=NOW)  # said before: nothing changes
    assert queries.party(union_of_wuhan).nevers == ("北京协和",)


def test_a_part_of_a_partys_own_name_may_be_ruled_out_alone(team_of_peking: UUID) -> None:
    services.never_alias(party=team_of_peking, text="协和医院", now=NOW)
    assert queries.resolve("协和医院").status is ResolutionStatus.NONE
    found = queries.resolve("北京协和医院援鄂医疗队")
    assert found.party is not None
    assert found.party.id == team_of_peking


def test_a_list_that_contradicts_itself_or_the_register_is_refused_in_the_preview(union_of_wuhan: UUID) -> None:
    table = read_pasted(
        "名称,类型,别名,绝不是\n甲医院,医院,甲院；市甲,市甲\n华中科技大学同济医学院附属协和医院,医院,北京协和医院,\n"
        "华中科技大学同济医学院附属协和医院,医院,,武汉协和"
    )
    lines = imports.classify(table, None, NOW)
    assert [(line.status.value, line.where) for line in lines] == [
        ("REFUSED", "C2"),
        ("REFUSED", "C3"),
        ("REFUSED", "A4"),
    ]


def test_nonsense_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(NotAPartyKind):
        services.register_party(kind="CLUB", name="某会", now=NOW)
    with pytest.raises(NameMissing):
        services.register_party(kind="SITE", name="（）", now=NOW)
    with pytest.raises(NotFound):
        services.add_alias(party=uuid4(), text="某院", now=NOW)
    assert queries.parties() == ()


def test_parties_stand_in_pinyin_order_with_natural_numbers() -> None:
    for name in ("武汉市第十医院", "武汉市第二医院", "安陆市普爱医院"):
        register(name)
    assert [view.name for view in queries.parties()] == ["安陆市普爱医院", "武汉市第二医院", "武汉市第十医院"]


LIST = """名称\t类型\t城市\t别名\t绝不是
华中科技大学同济医学院附属协和医院\t医院\t武汉市\t武汉协和；武汉协和医院\t北京协和
北京协和医院援鄂医疗队\t医疗队\t北京\t\t
\t医院\t武汉\t\t
京东物流\t俱乐部\t\t\t
北京协和医院援鄂医疗队\t医疗队\t北京\t\t
中国红十字会\t机构\t北京\t\t
中国红十字會\t机构\t北京\t红会\t
"""


def test_one_bad_row_hides_no_other_and_the_same_list_twice_changes_nothing() -> None:
    table = read_pasted(LIST, name="parties.tsv")
    first = imports.classify(table, None, NOW)
    assert [line.status.value for line in first] == [
        "ADDED", "ADDED", "REFUSED", "REFUSED", "UNCHANGED", "ADDED", "REFUSED",
    ]  # fmt: skip
    assert [line.where for line in first if line.status is Status.REFUSED] == ["A4", "B5", "A8"]
    assert first[3].found == "俱乐部"
    assert "机构" in first[3].expected
    imports.apply(first, actor=THE_HOUSE, document=None, now=NOW)
    again = imports.classify(table, None, NOW)
    assert {line.status.value for line in again} == {"UNCHANGED", "REFUSED"}
    imports.apply(first, actor=THE_HOUSE, document=None, now=NOW)  # resuming after a crash: nothing is doubled
    assert [view.name for view in queries.parties()] == [
        "北京协和医院援鄂医疗队", "华中科技大学同济医学院附属协和医院", "中国红十字会",
    ]  # fmt: skip
    counts = summary(again, "parties")
    assert counts["lines"] == 7 == counts["unchanged"] + len(counts["refused"])
    assert queries.resolve("北京协和").candidates[0].party.kind == "TEAM"


def test_a_nearly_equal_name_waits_and_a_persons_choice_becomes_an_alias() -> None:
    known = register("武汉市汉口医院")
    table = read_pasted("名称,类型,城市\n武汉汉口医院,医院,武汉")
    (line,) = imports.classify(table, None, NOW)
    assert line.status is Status.WAITING
    assert line.candidates[0].key == str(known)
    settled = settle(line, {"candidate": str(known)})
    imports.apply([settled], actor=THE_HOUSE, document=None, now=NOW)
    assert queries.party(known).aliases == ("武汉汉口医院",)
    assert imports.classify(table, None, NOW)[0].status is Status.UNCHANGED


def test_a_waiting_name_may_be_said_to_be_new() -> None:
    register("武汉市汉口医院")
    (line,) = imports.classify(read_pasted("名称,类型,城市\n武汉汉口医院,医院,武汉"), None, NOW)
    imports.apply([settle(line, {"new": True})], actor=THE_HOUSE, document=None, now=NOW)
    assert len(queries.parties()) == 2


def test_the_list_is_recognised_in_chinese_and_english() -> None:
    for text in (LIST, "name,kind,city,aliases\nJD Logistics,organisation,Beijing,JDL"):
        guess = guess_kind(read_pasted(text))[0]
        assert guess.kind == "parties"
        assert guess.score > 0.7
    assert kind_named("parties").title_en == "Parties"
