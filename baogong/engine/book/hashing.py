"""
SHA-256 of many short messages at once, compiled: six times the speed of one call of `hashlib` each.

Importing this module starts the compiler's machinery (about half a second); only the verifier and large stamps do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

_LANES = 16  # messages hashed side by side: as many as fit the widest registers
_PIECE = 2048  # rows packed at a time: they stay in the processor's own memory until they are hashed

_K = (
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
)  # fmt: skip
_INITIAL = np.array(
    [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19], dtype=np.uint32
)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """
    Compiled once for a machine; where no folder can keep the result, once for a process.

    What it compiles holds no lock: other threads go on.
    """
    try:
        return cast(_Function, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:
        return cast(_Function, numba.njit(nogil=True)(function))


def _taking_in(typing: Any, block: Any, state: Any) -> Any:
    """
    Code in which one block of each lane goes into its state (FIPS 180-4, 6.2.2).

    Written as vectors of `_LANES` words, since no compiler makes them of the loop as it stands in the standard. The
    machine's code generator cuts them to its registers.

    block  uint32, shape (16, _LANES), the bytes as they lie
    state  uint32, shape (8, _LANES)
    """

    def generate(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(32), _LANES)

        def function(name: str, arguments_count: int) -> Any:
            kind = ir.FunctionType(vector, [vector] * arguments_count)
            return cgutils.get_or_insert_function(build.module, kind, f"llvm.{name}.v{_LANES}i32")  # type: ignore[no-untyped-call]

        def row(of: int, at: int) -> Any:
            array = make_array(signature.args[of])(context, build, arguments[of])  # type: ignore[no-untyped-call]
            return build.gep(build.bitcast(array.data, vector.as_pointer()), [ir.Constant(ir.IntType(32), at)])

        def same(value: int) -> Any:
            return ir.Constant(vector, [value] * _LANES)

        def turn(x: Any, by: int) -> Any:
            return build.call(turned, [x, x, same(by)])

        def xor(x: Any, y: Any, z: Any) -> Any:
            return build.xor(build.xor(x, y), z)

        def total(x: Any, *others: Any) -> Any:
            return reduce(build.add, others, x)

        turned, swapped = function("fshr", 3), function("bswap", 1)
        w = [build.call(swapped, [build.load(row(0, t), align=4)]) for t in range(16)]
        before = [build.load(row(1, j), align=4) for j in range(8)]
        a, b, c, d, e, f, g, h = before
        for t, k in enumerate(_K):
            if t >= 16:  # w holds the last sixteen words of the schedule
                x, y = w[(t - 15) & 15], w[(t - 2) & 15]
                near = xor(turn(x, 7), turn(x, 18), build.lshr(x, same(3)))
                far = xor(turn(y, 17), turn(y, 19), build.lshr(y, same(10)))
                w[t & 15] = total(w[t & 15], near, w[(t - 7) & 15], far)
            choice = build.xor(g, build.and_(e, build.xor(f, g)))
            majority = build.or_(build.and_(a, b), build.and_(c, build.or_(a, b)))
            first = total(h, xor(turn(e, 6), turn(e, 11), turn(e, 25)), choice, same(k), w[t & 15])
            second = total(xor(turn(a, 2), turn(a, 13), turn(a, 22)), majority)
            a, b, c, d, e, f, g, h = total(first, second), a, b, c, total(d, first), e, f, g
        for j, value in enumerate((a, b, c, d, e, f, g, h)):
            build.store(total(before[j], value), row(1, j), align=4)
        return context.get_dummy_value()

    return types.void(block, state), generate


_take_in = cast("Callable[[NDArray[np.uint32], NDArray[np.uint32]], None]", intrinsic(_taking_in))


@compiled
def _sha256(padded: NDArray[np.uint32], start: NDArray[np.uint32], out: NDArray[np.uint32]) -> None:
    """
    Messages of one length, padded, `_LANES` at a time.

    padded  shape (messages, 16 * blocks), the bytes as they lie; messages is a multiple of _LANES
    start   shape (8,), the state before the first block
    out     shape (messages, 8), the numbers
    """
    block, state = np.empty((16, _LANES), np.uint32), np.empty((8, _LANES), np.uint32)
    for first in range(0, padded.shape[0], _LANES):
        for j in range(8):
            state[j, :] = start[j]
        for at in range(0, padded.shape[1], 16):
            for lane in range(_LANES):
                for t in range(16):
                    block[t, lane] = padded[first + lane, at + t]
            _take_in(block, state)
        for lane in range(_LANES):
            for j in range(8):
                out[first + lane, j] = state[j, lane]


def state_after(block: bytes) -> NDArray[np.uint32]:
    """The state once these 64 bytes have been taken in, from which many messages that begin with them go on."""
    padded = np.zeros((_LANES, 16), np.uint32)
    padded[:] = np.frombuffer(block, np.uint32)
    out = np.empty((_LANES, 8), np.uint32)
    _sha256(padded, _INITIAL, out)
    state: NDArray[np.uint32] = out[0]
    return state


def hash_rows(*columns: NDArray[np.uint8], prefix: bytes, after: NDArray[np.uint32] | None = None) -> NDArray[np.uint8]:
    """
    SHA-256 of prefix || row for each of n rows; shape (n, 32).

    columns  shape (n, width) each; a row is its bytes in all of them, side by side
    after    `state_after` of a block that stands before the prefix in every message
    """
    count = len(columns[0])
    length = len(prefix) + sum(column.shape[1] for column in columns)
    start, before = (_INITIAL, 0) if after is None else (after, 64)
    lanes_up = -(-count // _LANES) * _LANES
    padded = np.zeros((min(_PIECE, lanes_up), -(-(length + 9) // 64) * 64), np.uint8)
    padded[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    padded[:, length] = 0x80
    padded[:, -8:] = np.frombuffer((8 * (before + length)).to_bytes(8, "big"), np.uint8)
    out = np.empty((lanes_up, 8), np.uint32)
    for first in range(0, count, _PIECE):
        rows = slice(first, min(first + _PIECE, count))
        at = len(prefix)
        for column in columns:
            _put(column[rows], padded, at)
            at += column.shape[1]
        up_to = min(first + _PIECE, lanes_up)
        _sha256(padded[: up_to - first].view(np.uint32), start, out[first:up_to])
    return out[:count].astype(">u4", copy=False).view(np.uint8)


def _put(column: NDArray[np.uint8], padded: NDArray[np.uint8], at: int) -> None:
    """Copy a column to its place in the rows, each cell in one piece: byte by byte takes three times as long."""
    count, width = column.shape
    if not width:
        return
    cell = f"V{width}"
    whole = np.ascontiguousarray(column).view(cell).reshape(count)
    np.ndarray((count,), cell, padded, at, (padded.shape[1],))[...] = whole
