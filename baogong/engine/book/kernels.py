"""
Loops over whole books, compiled: looking up and replaying. They hold no lock, so a second thread reads meanwhile.

Everything is numpy: ids are two uint64 each (16 bytes as they lie in memory).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baogong.engine.book.hashing import compiled
from baogong.engine.book.lines import TENSE_CODES, Tense


class KeyIndex:
    """
    Finds rows by their keys.

    keys  uint64, shape (n, 2); all differ
    """

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self.keys = np.ascontiguousarray(keys)
        self._table = np.full(1 << max(4, (2 * len(keys)).bit_length()), -1, np.int32)
        _fill_table(self._table, self.keys)

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The row of each key; -1 where there is none."""
        found = np.empty(len(keys), np.int64)
        _find_in_table(self._table, self.keys, np.ascontiguousarray(keys), found)
        return found


@compiled
def _slot(table: NDArray[np.int32], keys: NDArray[np.uint64], first: np.uint64, second: np.uint64) -> np.uint64:
    """Where in the table a key stands, or would."""
    mixed = first * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29)) ^ second) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mask = np.uint64(table.shape[0] - 1)
    slot = mixed & mask
    while table[slot] >= 0 and (keys[table[slot], 0] != first or keys[table[slot], 1] != second):
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _fill_table(table: NDArray[np.int32], keys: NDArray[np.uint64]) -> None:
    for row in range(keys.shape[0]):
        table[_slot(table, keys, keys[row, 0], keys[row, 1])] = row


@compiled
def _find_in_table(
    table: NDArray[np.int32], keys: NDArray[np.uint64], wanted: NDArray[np.uint64], found: NDArray[np.int64]
) -> None:
    for row in range(wanted.shape[0]):
        first, second = wanted[row, 0], wanted[row, 1]
        if row and first == wanted[row - 1, 0] and second == wanted[row - 1, 1]:
            found[row] = found[row - 1]  # a batch's movements follow each other, often so do those of a lot
        else:
            found[row] = table[_slot(table, keys, first, second)]


@compiled
def tally(rows: NDArray[np.int64], counts: NDArray[np.int32]) -> None:
    """Count how often each row occurs; -1 is none."""
    for row in rows:
        if row >= 0:
            counts[row] += 1


_HELD, _POSTED, _EXTENDED = TENSE_CODES[Tense.HELD], TENSE_CODES[Tense.POSTED], TENSE_CODES[Tense.EXTENDED]

OVERDRAWN, OVER_HELD, OVER_ENDED, OVER_CONTINUED, NOT_THE_HOLD = 1, 2, 4, 8, 16


@compiled
def replay(
    tense: NDArray[np.uint8],
    amount: NDArray[np.int64],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    target_account: NDArray[np.int64],
    made: NDArray[np.int64],
    named: NDArray[np.int64],
    expires_us: NDArray[np.int64],
    is_outside: NDArray[np.bool_],
    posted: NDArray[np.int64],
    held: NDArray[np.int64],
    holds: NDArray[np.int64],
    fault: NDArray[np.uint8],
) -> None:
    """
    Movements in order on running balances and holds; what breaks a rule is marked and carried out all the same.

    tense           its code
    source, target  rows of posted and held; -1 has none
    target_account  any number that names the target
    made, named     rows of holds: the one this movement makes, the one it names; -1 is none
    holds           columns: amount, posted, voided, continued, expires_us, source row, target account, times made
    fault           for each movement what it broke: the codes above, added
    """
    for i in range(tense.shape[0]):
        kind, units, place, hold = tense[i], amount[i], source[i], named[i]
        if kind == _POSTED:
            if place >= 0:
                posted[place] -= units
            if target[i] >= 0:
                posted[target[i]] += units
        if hold >= 0:
            if kind == _HELD:
                holds[hold, 3] += units
            else:
                if holds[hold, 5] != place or holds[hold, 6] != target_account[i]:
                    fault[i] |= NOT_THE_HOLD
                if kind == _POSTED:
                    holds[hold, 1] += units
                elif kind == _EXTENDED:
                    holds[hold, 4] = expires_us[i]
                else:
                    holds[hold, 2] += units
                if place >= 0 and kind != _EXTENDED:
                    held[place] -= units
            ended = holds[hold, 1] + holds[hold, 2]
            if ended > holds[hold, 0]:
                fault[i] |= OVER_ENDED
            elif holds[hold, 3] > ended:
                fault[i] |= OVER_CONTINUED
        if kind == _HELD:
            if place >= 0:
                held[place] += units
            if made[i] >= 0:
                new = made[i]
                holds[new, 0] = units
                holds[new, 4] = expires_us[i]
                holds[new, 5] = place
                holds[new, 6] = target_account[i]
                holds[new, 7] += 1
        if place >= 0:
            if held[place] < 0:
                fault[i] |= OVER_HELD
            elif posted[place] < held[place] and not is_outside[place]:
                fault[i] |= OVERDRAWN
