"""The benchmark, with little work: that it measures what it says and that its checks hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from baogong.ops import runtime as runtimes
from baogong.ops.bench import book
from baogong.ops.bench.report import Report


class FreshBook:
    """The test's own empty book, where the benchmark would make a throw-away one."""

    home = Path()

    @contextlib.contextmanager
    def throwaway_book(self, **_: object) -> Iterator[str]:
        yield ""


@pytest.fixture
def little_work(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr(runtimes, "_installed", [FreshBook()])
    monkeypatch.setattr(book, "ACCOUNTS", 30)
    monkeypatch.setattr(book, "BATCH", 10)
    monkeypatch.setattr(book, "STEP", 20)
    return Report("book", quick=True)


def test_what_was_posted_is_verified_and_stamped(little_work: Report) -> None:
    post_s, growth = book._run_posting(little_work, compared=40, large=100, runs=1)
    seconds, movements = book._run_verifier(little_work, runs=1)
    assert min(post_s, growth, seconds) > 0
    assert movements == 30 + 100
    assert little_work.ours["growth"]["movements"] == 100
    assert little_work.checks == {"the book verifies": True, "every movement is verified and stamped": True}


def test_the_peer_moves_the_same_kind_of_pairs_and_loses_nothing(little_work: Report) -> None:
    assert book._run_textbook(little_work, count=20, runs=1) > 0
    assert little_work.checks == {"the peer lost nothing and wrote every movement": True}
    assert little_work.peers["textbook Django"]["movements"] == 20
