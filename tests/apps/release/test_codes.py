"""The entry number is public and opens nothing; the pickup code is a keyed permutation of the id, found again backwards."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from baogong.kernel.ids import derived_id, new_id, new_ids
from baogong.release import codes
from baogong.release.codes import as_own, entry_number, has_pickup_code, own_id, pickup_code

IDS = st.uuids() | st.integers(0, (1 << 128) - 1).map(lambda number: UUID(int=number))
BITS = st.integers(0, (1 << 48) - 1)


def spans(code: str) -> list[tuple[UUID, UUID]]:
    bits = codes._read(code)
    assert bits is not None
    return list(codes._spans(bits))


def is_found(id: UUID) -> bool:
    return any(first <= id <= last for first, last in spans(pickup_code(id)))


@given(IDS)
def test_every_id_has_a_code_by_which_it_is_found_again(id: UUID) -> None:
    code = pickup_code(id)
    assert len(code) == 14
    assert is_found(id)
    assert is_found(as_own(id))
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert has_pickup_code(id, typed)


@given(st.sampled_from([codes.HOUSE, codes.TIMED, codes.OTHER]), BITS)
def test_each_kind_is_a_permutation(kind: int, bits: int) -> None:
    prefix = {
        codes.HOUSE: (bits << 4 | 8) << 76,
        codes.TIMED: ((1 << 40 | bits >> 8) << 12 | 7 << 8 | bits & 0xFF) << 68,
        codes.OTHER: (bits << 4 | 4) << 76,
    }[kind]
    code = codes._read(pickup_code(UUID(int=prefix)))
    assert code is not None
    assert codes._back(kind, code) == bits
    assert codes._kind_and_bits(UUID(int=prefix)) == (kind, bits)


@given(BITS, st.integers(0, (1 << 76) - 1))
def test_who_chooses_the_first_bits_of_an_entry_has_another_code(bits: int, rest: int) -> None:
    """Also with version 4 or 7 and whatever comes after."""
    entry = as_own(UUID(int=bits << 80))
    for version in (1, 4, 5, 6, 7):
        chosen = UUID(int=bits << 80 | version << 76 | rest)
        assert entry_number(chosen) == entry_number(entry)
        assert pickup_code(chosen) != pickup_code(entry)
        assert not has_pickup_code(chosen, pickup_code(entry))


@given(IDS)
def test_another_house_has_another_code(id: UUID) -> None:
    from django.conf import settings

    before, here = settings.BAOGONG_TAG_KEY, pickup_code(id)
    try:
        settings.BAOGONG_TAG_KEY = b"another key, thirty-two bytes..."
        assert pickup_code(id) != here
        assert is_found(id)
    finally:
        settings.BAOGONG_TAG_KEY = before


@given(IDS)
def test_an_id_is_not_its_own_code(id: UUID) -> None:
    assert pickup_code(id) != entry_number(id)


def test_codes_that_follow_each_other_have_nothing_in_common() -> None:
    """Half of the bits change with any one of the id's; a counter leaves no trace."""
    made = [codes._read(pickup_code(UUID(int=at << 80 | 4 << 76))) for at in range(4_000)]
    assert len(set(made)) == 4_000
    changed = [(one or 0) ^ (other or 0) for one, other in itertools.pairwise(made)]
    for bit in range(48):
        assert 0.45 < sum(one >> bit & 1 for one in changed) / len(changed) < 0.55


def test_ids_of_one_millisecond_are_told_apart_by_what_comes_after_it() -> None:
    """By the eight bits behind the version; so few share one that all are found."""
    here = (0x0194D3A07C1E << 80) | 7 << 76 | 0b10 << 62
    assert len({pickup_code(UUID(int=here | sub << 64)) for sub in range(0x1000)}) == 256
    assert all(is_found(id) for id in new_ids(5_000))


def test_the_house_marks_its_own() -> None:
    for id in (own_id(), as_own(derived_id("x")), as_own(new_id())):
        assert id.version == 8
        assert id.variant == "specified in RFC 4122"
        assert codes.is_of_the_house(id)
    assert entry_number(UUID("3f9a07c2-81bd-8000-8000-000000000000")) == "3F9A-07C2-81BD"
    assert not any(map(codes.is_of_the_house, (uuid4(), new_id(), derived_id("x"))))
    assert len({own_id() for _ in range(1_000)}) == 1_000


def test_what_is_no_code_finds_nothing() -> None:
    nothing: list[Any] = ["", "12", "3F9A-07C2-81B", "3F9A-07C2-81BDE", "ÄÖÜ" * 4]
    for text in nothing:
        assert codes.with_pickup_code(text) is None
        assert not has_pickup_code(own_id(), text)
