"""The rounds bench reads a folder of CVRPLIB's instances, each with its best known solution beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from baogong.ops.bench import rounds
from tests.engine.rounds.test_cvrplib import SMALL

BEST = "Route #1: 1 2\nRoute #2: 3 4\nCost 43\n"
LONGER = "Route #1: 1 2\nRoute #2: 3\nRoute #3: 4\nCost 61\n"


def put(folder: Path, name: str, solution: str | None) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.vrp").write_text(SMALL, encoding="utf-8")
    if solution is not None:
        (folder / f"{name}.sol").write_text(solution, encoding="utf-8")


def test_x_and_xxl_are_told_apart_and_laid_beside_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rounds.FOLDER, str(tmp_path))
    put(tmp_path / "X", "X-n5-k2", BEST)
    put(tmp_path / "X", "X-n5-k3", None)  # nothing to compare with: left out
    put(tmp_path / "XXL", "Leuven1", LONGER)
    put(tmp_path, "other", BEST)
    found = rounds.gaps(limit_s=0.5)
    assert found["gap_x_10s"] == 0.0
    assert found["gap_xxl_10s"] == pytest.approx(100 * (43 / 61 - 1))


def test_without_a_folder_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(rounds.FOLDER, raising=False)
    assert rounds.gaps() == {"gap_x_10s": None, "gap_xxl_10s": None}
