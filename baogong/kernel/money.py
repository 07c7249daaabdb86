"""Money is an integer of fen (1 yuan = 100 fen)."""

from __future__ import annotations

from decimal import Decimal


def yuan(fen: int) -> str:
    """12345678 → '123,456.78'"""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def fen_from_yuan(amount: Decimal) -> int:
    """Exact; raises ValueError where the amount is finer than a fen."""
    fen = amount * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{amount} yuan is finer than one fen")
    return int(fen)


def split_exactly(total: int, weights: list[int]) -> list[int]:
    """
    Split `total` (≥ 0) in proportion to `weights` (≥ 0, not all 0); the parts are integers and add up to `total`.

    Largest remainder; ties go to the earlier part.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError(f"cannot split {total} by weights {weights}")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
