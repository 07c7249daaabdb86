"""Small words for a giver's page."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from baogong.supply.views import LinePath
from baogong.web.words import word

register = template.Library()


@register.filter
def shown_by(evidence: Iterable[str]) -> list[str]:
    """`SIGNATURE 物资科 刘` → `signature · 物资科 刘`, each piece once."""
    told = []
    for piece in dict.fromkeys(evidence):
        kind, _space, rest = piece.partition(" ")
        told.append(" · ".join(filter(None, (word(kind, "evidence"), rest))))
    return told


STAGES = ("ASKED", "ACCEPTED", "HERE", "UNDERWAY", "SIGNED")


@register.filter
def stages(line: LinePath) -> list[tuple[str, str]]:
    """Each stage in words, and whether it is behind (done), where the line stands (now), or to come."""
    at = STAGES.index(line.stage)
    is_over = line.stage == "SIGNED"
    return [
        (word(stage, "stage"), "done" if no < at or is_over else "now" if no == at else "")
        for no, stage in enumerate(STAGES)
    ]
