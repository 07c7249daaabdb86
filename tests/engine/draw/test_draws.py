"""Whole draws: the verifier of one file agrees with the engine, and whatever is changed is found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.draw import (
    Drand,
    Entry,
    UnfitDraw,
    announce,
    check,
    close,
    draw,
    hash_of,
    more,
    public_chains,
    records_of,
)
from baogong.engine.draw.bundle import bundle_of, sums_of, verifier
from tests.engine.draw.worlds import (
    LOTTERY,
    ROUND,
    Made,
    announcement,
    beacon_paper,
    chain,
    entry,
    lottery_paper,
    made,
    out,
    rule_of,
    verify,
)

NUMBERS = ((3, 1, 20, 9, 30, 5), (7, 0, 7))


def strange(folder: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    """What the one file says of a folder."""
    capsys.readouterr()
    code = verify.main([str(folder), "--json", *options])
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, document


drawn_entries = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 3), st.integers(0, 1)), min_size=1, max_size=40
).map(lambda told: [entry(n, household=h, weight=w, stratum=s) for n, (h, w, s) in enumerate(told)])


@settings(max_examples=40, deadline=None)
@given(
    drawn_entries,
    st.fixed_dictionaries(
        {
            "units": st.integers(1, 60),
            "units_each": st.integers(1, 5),
            "standby": st.integers(0, 9),
            "household_winners_max": st.integers(0, 2),
        }
    ),
    st.lists(st.integers(5, 20), max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_the_one_file_agrees_with_the_engine_on_any_draw(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[Entry],
    figures: dict[str, int],
    later: list[int],
    is_lottery: bool,
    has_rule: bool,
) -> None:
    """Also one whose announcement is of the time before it told the rule's hash and what losers are owed."""
    figures["units"] = max(figures["units"], figures["units_each"])
    announced = announcement(**figures)
    if is_lottery:
        announced = replace(announced, source=LOTTERY, weight_max=1, strata=1)
        entries = [replace(one, weight=1, stratum=0) for one in entries]
    if has_rule:
        announced = replace(announced, weight_per_loss=1, pause_days=3, receipts_key="ab" * 32)
    rule = rule_of(announced) if has_rule else None
    whole = made(entries, announced, numbers=NUMBERS if is_lottery else (), later=later, rule=rule)
    assert ("rule.json" in whole.files) == has_rule
    checked = check(whole.files, whole.closed.records, root=whole.drawn.close.root)
    assert checked.problems == ()
    assert (checked.beacon_verified, checked.is_drill) == (not is_lottery, True)
    folder = whole.write(tmp_path_factory.mktemp("bundle"))
    find = verify.Findings()
    stranger = verify.Draw(str(folder), find)
    stranger.check()
    assert find.problems == []
    assert (stranger.given, stranger.close["entries"], stranger.close["root"]) == (
        checked.winners, checked.entries, checked.root,
    )  # fmt: skip


def ordinary(**changes: object) -> Made:
    announced = announcement(**{"weight_per_loss": 1, "pause_days": 10, "receipts_key": "ab" * 32} | changes)
    return made(
        [entry(n, household=n % 9, weight=1 + n % 3, stratum=n % 2) for n in range(40)],
        announced,
        later=[10],
        rule=rule_of(announced),
    )


@pytest.fixture(scope="module")
def whole() -> Made:
    return ordinary()


def test_a_bundle_is_checked_by_a_python_that_knows_nothing_of_this_house(whole: Made, tmp_path: Path) -> None:
    folder = whole.write(tmp_path / "bundle")
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "--root", whole.drawn.close.root, "--entry", entry(3).entry.hex()],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("HOLDS\n")
    assert "signature itself was NOT checked" in ran.stdout
    assert "This is a DRILL" in ran.stdout


def test_any_byte_changed_anywhere_is_found_by_both(
    whole: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file, at its beginning, its end and eleven places between."""
    folder = whole.write(tmp_path / "bundle")
    assert strange(folder, capsys=capsys)[0] == 0
    for name in [*whole.files, "leaves.bin"]:
        content = (folder / name).read_bytes()
        for at in {len(content) * part // 12 for part in range(12)} | {len(content) - 1}:
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            files, records = dict(whole.files), whole.closed.records
            if name == "leaves.bin":
                records = records_of(changed)
            else:
                files[name] = changed
            assert check(files, records).problems, (name, at)
            (folder / name).write_bytes(changed)
            code, document = strange(folder, capsys=capsys)
            assert code in (1, 2), (name, at)
            assert (document["ok"], bool(document["problems"])) == (False, True)
        for short in (content[:-1], b""):
            (folder / name).write_bytes(short)
            assert strange(folder, capsys=capsys)[1]["ok"] is False, name
        (folder / name).write_bytes(content)
    assert strange(folder, capsys=capsys)[0] == 0


def test_a_missing_file_is_found_by_both(whole: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = whole.write(tmp_path / "bundle")
    for name in whole.files:
        files = {other: content for other, content in whole.files.items() if other != name}
        assert check(files, whole.closed.records).problems, name
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        assert strange(folder, capsys=capsys)[1]["ok"] is False, name
        (folder / name).write_bytes(content)


def forged(whole: Made, **papers: bytes) -> dict[str, bytes]:
    """The bundle with other papers, and sums that fit them."""
    files = dict(whole.files)
    files |= {f"{name}.json": content for name, content in papers.items()}
    del files["SHA256SUMS"]
    return files | {"SHA256SUMS": sums_of(files)}


def edited(paper: bytes, **changes: object) -> bytes:
    return (json.dumps(json.loads(paper) | changes, ensure_ascii=False, indent=1) + "\n").encode()


@pytest.mark.parametrize(
    ("paper", "changes"),
    [
        ("announcement", {"units": 20}),
        ("announcement", {"standby": 3}),
        ("announcement", {"household_winners_max": 0}),
        ("announcement", {"drill": False}),
        ("announcement", {"weight_per_loss": 2}),
        ("announcement", {"pause_days": 0}),
        ("announcement", {"rule_sha256": "00" * 32}),
        ("announcement", {"receipts_key": "00" * 32}),
        ("close", {"entries": 39}),
        ("close", {"root": "00" * 32}),
        ("close", {"published_at": "2026-01-01T03:19:00Z"}),
        ("beacon", {"round": ROUND + 1}),
        ("beacon", {"use": "FALLBACK"}),
        ("beacon", {"randomness": "00" * 32}),
        ("result", {"seed": "00" * 32}),
        ("result", {"winners": [entry(n).entry.hex() for n in (1, 2, 3)]}),
        ("result", {"standby": []}),
        ("result", {"last_winner": None}),
        ("result", {"drill": False}),
        ("more-1", {"winners": []}),
        ("more-1", {"units": 5}),
    ],
)
def test_a_paper_forged_with_care_is_found_by_both(
    whole: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], paper: str, changes: dict[str, object]
) -> None:
    files = forged(whole, **{paper: edited(whole.files[f"{paper}.json"], **changes)})
    assert check(files, whole.closed.records).problems
    folder = replace(whole, files=files).write(tmp_path / "bundle")
    assert strange(folder, capsys=capsys)[1]["ok"] is False


def test_a_whole_draw_made_anew_with_one_leaf_less_has_another_root(
    whole: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Consistent in itself: only the published root tells."""
    other = made([entry(n, household=n % 9, weight=1 + n % 3, stratum=n % 2) for n in range(39)])
    root = whole.drawn.close.root
    assert check(other.files, other.closed.records).problems == ()
    assert check(other.files, other.closed.records, root=root).problems
    folder = other.write(tmp_path / "bundle")
    assert strange(folder, capsys=capsys)[0] == 0
    assert strange(folder, "--root", root, capsys=capsys)[0] == 1


def test_another_rule_alone_gives_another_root(whole: Made) -> None:
    assert ordinary(standby=3).drawn.close.root != whole.drawn.close.root


def faults(refused: pytest.ExceptionInfo[UnfitDraw]) -> list[str]:
    return [fault["where"] for fault in refused.value.data["problems"]]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"closes_at": out() - timedelta(minutes=29)}, "beacon"),
        ({"closes_at": out() - timedelta(hours=3)}, "closes_at"),
        ({"units": 4}, "units"),
        ({"is_drill": False}, "drill"),
        ({"title": " "}, "title"),
        ({"weight_max": 1001}, "weight_max"),
        ({"strata": 0}, "strata"),
        ({"source": replace(LOTTERY, sources=())}, "beacon"),
        ({"source": LOTTERY}, "beacon"),
        ({"source": Drand(replace(chain(), beacon_id="ours"), ROUND)}, "beacon"),
        ({"fallback": Drand(chain(), ROUND + 10)}, "fallback"),
        ({"verifier_sha256": "x"}, "verifier_sha256"),
        ({"rule_sha256": "AB" * 32}, "rule_sha256"),
        ({"receipts_key": ""}, "receipts_key"),
        ({"weight_per_loss": 101}, "weight_per_loss"),
        ({"pause_days": 367}, "pause_days"),
    ],
)
def test_what_may_not_be_announced_is_refused(changes: dict[str, object], where: str) -> None:
    with pytest.raises(UnfitDraw) as refused:
        announce(announcement(**changes))
    assert where in faults(refused)


def test_a_list_that_does_not_fit_is_not_closed() -> None:
    announced = announcement()
    paper = announce(announced)
    fit = {"closed_at": announced.closes_at, "published_at": announced.closes_at}
    for entries, place in (
        ([], "entries"),
        ([entry(1), entry(1)], "entry"),
        ([entry(1, weight=0)], "weight"),
        ([entry(1, weight=4)], "weight"),
        ([entry(1, stratum=2)], "stratum"),
    ):
        with pytest.raises(UnfitDraw) as refused:
            close(paper, records_of(entries), **fit)
        assert place in faults(refused)[0]
    for times in (
        {"closed_at": announced.closes_at - timedelta(seconds=1), "published_at": announced.closes_at},
        {"closed_at": announced.closes_at, "published_at": out() - timedelta(minutes=9)},
        {"closed_at": announced.closes_at + timedelta(seconds=2), "published_at": announced.closes_at},
    ):
        with pytest.raises(UnfitDraw):
            close(paper, records_of([entry(1)]), **times)


def test_only_the_announced_round_of_the_announced_chain_counts(whole: Made) -> None:
    papers = (whole.announcement, whole.closed.paper)
    for changes in (
        {"round_number": ROUND + 1}, {"signature": bytes(48)}, {"randomness": bytes(32)}, {"numbers": ((1,),)},
        {"previous_signature": bytes(32)}, {"missing_declared_at": out()}, {"is_fallback": True},
    ):  # fmt: skip
        with pytest.raises(UnfitDraw):
            draw(*papers, beacon_paper(whole.closed, **changes), whole.closed.records)
    with pytest.raises(UnfitDraw):
        draw(*papers, lottery_paper(whole.closed, *NUMBERS), whole.closed.records)


def test_the_same_papers_are_drawn_the_same_for_ever(whole: Made) -> None:
    again = draw(whole.announcement, whole.closed.paper, whole.beacon, whole.closed.records)
    assert again.result == whole.drawn.result


def test_more_stock_goes_down_the_same_list(whole: Made) -> None:
    drawn = whole.drawn
    long = ordinary(standby=30).drawn  # another draw: only its length counts here
    assert len(long.rows) > len(drawn.rows)
    papers: list[bytes] = []
    for units in (5, 10, 500):
        papers.append(more(drawn, papers, units))
    named = [winner for paper in papers for winner in json.loads(paper)["winners"]]
    standby = json.loads(drawn.result)["standby"]
    assert named[:2] == standby
    assert len(named) == len(set(named))
    assert not set(named) & set(json.loads(drawn.result)["winners"])
    assert len(named) + drawn.winners_count == 9 + 4  # one of each of 8 households, and those of none: 0, 9, 18, 27, 36
    with pytest.raises(UnfitDraw):
        more(drawn, papers, 4)


def with_promoted(whole: Made, *later: tuple[int, int]) -> dict[str, bytes]:
    """The bundle with papers on later stock: units, and how many were promoted before."""
    papers: list[bytes] = []
    for units, promoted in later:
        papers.append(more(whole.drawn, papers, units, promoted))
    return bundle_of(
        whole.drawn, announcement=whole.announcement, close=whole.closed.paper, beacon=whole.beacon, later=papers,
        verifier=verifier(), rule=whole.files["rule.json"],
    )  # fmt: skip


def test_more_stock_starts_after_who_was_promoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = ordinary(standby=4)
    standby = json.loads(whole.drawn.result)["standby"]
    files = with_promoted(whole, (5, 1), (10, 1))
    first, second = (json.loads(files[f"more-{number}.json"]) for number in (1, 2))
    assert (first["promoted"], first["winners"]) == (standby[:1], standby[1:2])
    assert (second["promoted"], second["winners"][:1]) == (standby[2:3], standby[3:])
    checked = check(files, whole.closed.records)
    assert (checked.problems, checked.winners) == ((), whole.drawn.winners_count + 3)
    folder = replace(whole, files=files).write(tmp_path / "bundle")
    told = strange(folder, capsys=capsys)[1]
    assert (told["ok"], told["winners"]) == (True, checked.winners)
    with pytest.raises(UnfitDraw):
        more(whole.drawn, [], 5, 5)  # four stand by


@pytest.mark.parametrize("promoted", [[], [1], [0, 2], [1, 0], "winner", "beyond", None])
def test_nobody_else_is_passed_over_as_promoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], promoted: list[int] | str | None
) -> None:
    """A paper that passes somebody who stands by, was a winner, or stands no lower than the places drawn."""
    whole = ordinary(standby=3)
    result = json.loads(whole.drawn.result)
    standby = result["standby"]
    files = with_promoted(whole, (5, 1))
    changes: dict[str, object]
    if promoted == "beyond":
        longer = [one for paper in (more(whole.drawn, [], 100),) for one in json.loads(paper)["winners"]]
        changes = {"promoted": longer[:4], "winners": longer[4:5]}
    elif promoted == "winner":
        changes = {"promoted": result["winners"][-1:]}
    else:
        changes = {"promoted": None if promoted is None else [standby[int(at)] for at in promoted]}
    files = forged(replace(whole, files=files), **{"more-1": edited(files["more-1.json"], **changes)})
    assert check(files, whole.closed.records).problems
    code, told = strange(replace(whole, files=files).write(tmp_path / "bundle"), capsys=capsys)
    assert (code != 0, told["ok"]) == (True, False)


def test_a_fallback_counts_only_if_announced_and_called_for_in_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = Drand(chain(), ROUND)
    announced = announcement(
        source=Drand(public_chains()["quicknet"], public_chains()["quicknet"].round_at(out() - timedelta(minutes=30))),
        fallback=later, closes_at=out() - timedelta(hours=2), announced_at=out() - timedelta(hours=3),
    )  # fmt: skip
    paper = announce(announced)
    closed = close(
        paper, records_of([entry(n) for n in range(9)]), closed_at=announced.closes_at, published_at=announced.closes_at
    )
    for told in (None, out() - timedelta(minutes=31), out() - timedelta(minutes=9)):
        with pytest.raises(UnfitDraw):
            draw(paper, closed.paper, beacon_paper(closed, is_fallback=True, missing_declared_at=told), closed.records)
    fit = beacon_paper(closed, is_fallback=True, missing_declared_at=out() - timedelta(minutes=20))
    assert draw(paper, closed.paper, fit, closed.records).beacon_verified


@pytest.mark.parametrize(("per_loss", "weights"), [(0, [2, 5]), (2, [2, 4]), (3, [2, 3])])
def test_a_weight_the_announced_rule_cannot_give_is_closed_by_nobody_and_seen_by_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], per_loss: int, weights: list[int]
) -> None:
    announced = announcement(weight_max=5, weight_per_loss=per_loss)
    owed = [1, *(weight for weight in range(2, 6) if per_loss and weight not in weights)]
    whole = made([entry(n, weight=weight) for n, weight in enumerate(owed)], announced)
    assert strange(whole.write(tmp_path / "owed"), capsys=capsys)[1]["ok"] is True
    for weight in weights:
        entries = [entry(0), entry(1, weight=weight)]
        with pytest.raises(UnfitDraw) as refused:
            made(entries, announced)
        assert refused.value.data["problems"][0]["found"] == weight
        freely = made(entries, replace(announced, weight_per_loss=None))  # its announcement promises nothing
        told = json.loads(freely.announcement) | {"weight_per_loss": per_loss}
        files = forged(freely, announcement=edited(freely.announcement, **told))
        assert any("more for each draw lost" in one for one in check(files, freely.closed.records).problems)
        folder = replace(freely, files=files).write(tmp_path / f"{weight}")
        assert "a weight or a stratum that was not announced" in str(strange(folder, capsys=capsys)[1]["problems"])


def test_a_weight_the_rule_can_give_is_told_to_whoever_counts_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That only one of eleven counts five times, nobody can refute from the papers; everybody can see it."""
    announced = announcement(weight_max=5, weight_per_loss=2)
    whole = made([entry(n, weight=5 if n == 3 else 1) for n in range(11)], announced, rule=rule_of(announced))
    told = strange(whole.write(tmp_path / "bundle"), capsys=capsys)[1]
    assert told["ok"] is True
    assert "Entries by weight: 1: 10, 5: 1." in str(told["notes"])


@pytest.mark.parametrize("said", [{"weight_per_loss": 2}, {"pause_days": 0}, {"weight_max": 5}, {}])
def test_an_announcement_that_says_otherwise_than_its_rule_is_seen_by_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: dict[str, object]
) -> None:
    announced = announcement(weight_per_loss=1, pause_days=10)
    rule = rule_of(announced, **said)
    if said:
        with pytest.raises(UnfitDraw) as refused:
            announce(replace(announced, rule_sha256=hash_of(rule)), rule)
        assert faults(refused) == [f"announcement.json: {name}" for name in said]
    whole = made([entry(1)], replace(announced, rule_sha256=hash_of(rule)), rule=None if said else rule)
    files = dict(whole.files)
    del files["SHA256SUMS"]
    files |= {"rule.json": rule} | {"SHA256SUMS": sums_of(files | {"rule.json": rule})}
    expected = not said
    assert (not check(files, whole.closed.records).problems) == expected
    told = strange(replace(whole, files=files).write(tmp_path / "bundle"), capsys=capsys)[1]
    assert told["ok"] == expected
    assert expected or "is not that of rule.json" in str(told["problems"])


def test_another_rule_than_the_announced_one_is_seen_by_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its figures are the announced ones; its bytes are not."""
    whole = ordinary()
    rule = whole.files["rule.json"].replace("口罩".encode(), "口粮".encode())
    files = {name: content for name, content in whole.files.items() if name != "SHA256SUMS"} | {"rule.json": rule}
    files["SHA256SUMS"] = sums_of(files)
    assert check(files, whole.closed.records).problems
    told = strange(replace(whole, files=files).write(tmp_path / "bundle"), capsys=capsys)[1]
    assert "rule.json is not the announced rule." in str(told["problems"])


def test_another_verifier_than_the_announced_one_is_refused() -> None:
    with pytest.raises(UnfitDraw):
        made([entry(1)], announcement(verifier_sha256=hash_of(b"another")))


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"\xff", b'{"draw": "x", "extra": []}'])
def test_papers_that_are_none_are_refused_with_every_fault(whole: Made, junk: bytes) -> None:
    papers = [whole.announcement, whole.closed.paper, whole.beacon]
    for at in range(3):
        one, two, three = (junk if at == each else paper for each, paper in enumerate(papers))
        with pytest.raises(UnfitDraw) as refused:
            draw(one, two, three, whole.closed.records)
        assert refused.value.data["problems"]
