"""The claim path's queue without a book: how many are taken at once, and what is said when too many come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from baogong.api.claims import ClaimPath, Headers
from baogong.kernel.ids import new_id
from baogong.release.facts import Answer, ClaimIn
from baogong.release.writer import GROUP_FIRST, GROUP_MAX, GROUP_MIN, GROUP_S, QueueFull, Told, Waiting, Writer
from tests.apps.release.claim_house import claim_of

TRANCHE = new_id()


def waiting(number: int) -> Waiting:
    return Waiting(ClaimIn(new_id(), TRANCHE, "WEB", 1, number.to_bytes(32, "big")), "", None)


@dataclass
class Groups:
    """Writes nothing, at so many seconds a claim; keeps how large the groups were."""

    claim_s: float
    sizes: list[int] = field(default_factory=list)

    def write(self, group: Sequence[Waiting]) -> list[tuple[Waiting, Told]]:
        self.sizes.append(len(group))
        time.sleep(self.claim_s * len(group))
        return [(one, Answer(one.claim.id, "ADMITTED", 1)) for one in group]


def groups_of(claims: int, claim_s: float, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    groups = Groups(claim_s)
    told: list[tuple[Waiting, Told]] = []
    writer = Writer(told.extend, queue_max=claims)
    monkeypatch.setattr(writer, "_commit", groups.write)
    for number in range(claims):
        writer.put(waiting(number))
    writer.start()
    writer.stop(patience_s=60)
    assert len(told) == claims
    return groups.sizes


def test_on_a_busy_machine_the_first_are_answered_before_the_last_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = groups_of(1_000, 0.004, monkeypatch)
    assert sizes[0] <= GROUP_FIRST
    fits = GROUP_S / 0.004
    assert all(GROUP_MIN <= size <= fits * 1.1 for size in sizes[1:-1]), sizes


def test_on_a_quick_machine_groups_grow_to_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = groups_of(6 * GROUP_MAX, 0.000_01, monkeypatch)
    assert sizes[0] == GROUP_FIRST
    assert max(sizes) == GROUP_MAX


def test_a_few_slow_claims_are_no_reason_to_take_fewer_than_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = groups_of(GROUP_FIRST + 2 * GROUP_MIN, GROUP_S / GROUP_MIN * 2, monkeypatch)
    assert min(sizes[:-1]) >= GROUP_MIN


class NoHeaders:
    def get(self, name: str, default: str | None = None) -> str | None:
        return default


@dataclass
class Scope:
    proto: str = "http"
    path: str = "/claims"
    method: str = "POST"
    headers: Headers = field(default_factory=NoHeaders)


@dataclass
class Exchange:
    """One request as granian hands it over, and what was answered."""

    body: bytes
    told: tuple[int, dict[str, str], Any] = (0, {}, None)

    async def __call__(self) -> bytes:
        return self.body

    def __aiter__(self) -> Exchange:
        self._pieces: Iterator[bytes] = iter((self.body,))
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.told = (status, dict(headers), json.loads(body))


def test_when_too_many_wait_the_next_are_refused_at_once_and_told_different_times() -> None:
    """No book is there, no key and no running writer: a refusal asks for none of them."""
    path = ClaimPath(queue_max=3)
    for number in range(3):
        path.writer.put(waiting(number))
    with pytest.raises(QueueFull):
        path.writer.put(waiting(4))
    exchanges = [Exchange(json.dumps(claim_of(new_id(), TRANCHE, f"Q{number:07d}")).encode()) for number in range(40)]

    async def come() -> None:
        await asyncio.gather(*(path.__rsgi__(Scope(), one) for one in exchanges))

    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop running in this one
        thread.submit(asyncio.run, come()).result()
    assert {(status, body["error"]["code"]) for status, _headers, body in (one.told for one in exchanges)} == {
        (503, "release.queue-full")
    }
    assert len({headers["retry-after"] for _status, headers, _body in (one.told for one in exchanges)}) > 2
