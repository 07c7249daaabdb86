"""Several connections at once: each function runs in a thread of its own, with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, QuerySet


def race(*acts: Callable[[], Any], timeout_s: float = 30) -> list[Any]:
    """
    Start all at the same moment; what each returned or raised, in their order.

    A thread that does not end in time fails the test rather than hanging it.
    """
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout_s)
            answers[index] = act()
        except Exception as error:
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, act), daemon=True) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout_s)
        assert not thread.is_alive(), "a racer still waits: a lock was not released"
    return answers


def meet_at_the_row(
    monkeypatch: pytest.MonkeyPatch, module: object, model: type[Model], *, is_guarded: bool
) -> Meeting:
    """Two who have each read the one row of the model meet; not `is_guarded`: they read it without `lock_row`."""
    meeting, lock_row = Meeting(is_guarded=is_guarded), module.lock_row  # type: ignore[attr-defined]

    def read(rows: QuerySet[Any], row_id: Any) -> Any:
        if rows.model is not model:
            return lock_row(rows, row_id)
        row = lock_row(rows, row_id) if is_guarded else rows.get(pk=row_id)
        meeting.wait()
        return row

    monkeypatch.setattr(module, "lock_row", read)
    return meeting


def without(monkeypatch: pytest.MonkeyPatch, module: object, statement: str, words: str, instead: str = "") -> None:
    """Take a guard out of one of the module's SQL statements."""
    sql: str = getattr(module, statement)
    assert words in sql
    monkeypatch.setattr(module, statement, sql.replace(words, instead))


class Meeting:
    """
    Two racers wait for each other at the worst place: between looking and writing.

    Where a guard keeps the second from getting there (`is_guarded`), the first waits in vain for a moment and goes on;
    without one it waits as long as a busy machine may need.
    """

    def __init__(self, racers: int = 2, *, is_guarded: bool = True) -> None:
        self._barrier = threading.Barrier(racers)
        self._patience_s = 1.0 if is_guarded else 20.0
        self.happened = False

    def wait(self) -> None:
        try:
            self._barrier.wait(self._patience_s)
            self.happened = True
        except threading.BrokenBarrierError:
            return
