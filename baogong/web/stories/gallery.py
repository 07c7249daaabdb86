"""
All stories that this house can play, one card each: what a newcomer sees first where the book is a drill.

What a card says and draws is in the story's own folder (`tower.stories`); here it only gets its places on the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from baogong.people.services import access
from baogong.tower import stories
from baogong.tower.stories import Card, Figure, Spot
from baogong.web.account.views import demo_log_ins
from baogong.web.doors import DOORS
from baogong.web.pages import PageRequest, page
from baogong.web.stories.theatre import may_look

SQUARE, ACROSS = 14, 20  # of a figure's dots: pixels, and how many stand in a row
WIDTH, HEIGHT, MARGIN = 320, 120, 16  # of the small map
PLACES_MIN = 3  # fewer are no map
ROLES = {"仓库": "warehouse", "中转仓": "hub", "配送站": "hub", "接收单位": "receiver", "指挥部": "command", "提货点": "pickup"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Squares:
    """A figure as squares (x, y, width): the last one as wide as what is left over."""

    figure: Figure
    squares: tuple[tuple[int, int, float], ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Shown:
    """`dots` are (x, y, css word of the role); none where there is no map. `is_loaded`: it was played into this book."""

    card: Card
    figures: tuple[Squares, ...]
    dots: tuple[tuple[float, float, str], ...]
    is_loaded: bool


@page(public=True)
def gallery(request: PageRequest) -> HttpResponse:
    """
    By the door through which one would come to such an operation: who looks for his own finds it under its kind.

    A drill says which story is in it and who may log in; a real book, how one is played.
    """
    loaded = stories.card_of(request.book_mark.name) if request.book_mark.is_drill else None
    shown = [
        Shown(card, tuple(squares_of(figure) for figure in card.figures), dots_of(card.spots), card is loaded)
        for card in stories.cards()
    ]
    by_door = [(door, [each for each in shown if each.card.door == door.code]) for door in DOORS]
    context = {
        "doors": [(door, them) for door, them in by_door if them],
        "stories_count": len(shown),
        "loaded": loaded,
        "may_look": may_look(request),
        "demo_logins": demo_log_ins(request),
        "demo_password": access.DEMO_PASSWORD,
    }
    return render(request, "stories/gallery.html", context)


def squares_of(figure: Figure) -> Squares:
    parts = figure.number / figure.per
    squares = tuple(
        (number % ACROSS * SQUARE, number // ACROSS * SQUARE, round((SQUARE - 2) * min(1, parts - number), 1))
        for number in range(math.ceil(parts))
    )
    return Squares(figure, squares, ACROSS * SQUARE, math.ceil(len(squares) / ACROSS) * SQUARE)


def dots_of(spots: Sequence[Spot]) -> tuple[tuple[float, float, str], ...]:
    """As they lie to each other, filling the small map as far as its shape allows."""
    points = {(spot.lat, spot.lon): ROLES.get(spot.role, "receiver") for spot in spots}
    if len(points) < PLACES_MIN:
        return ()
    lats, lons = [lat for lat, _lon in points], [lon for _lat, lon in points]
    narrower = math.cos(math.radians(sum(lats) / len(lats)))
    middle_lat, middle_lon = (max(lats) + min(lats)) / 2, (max(lons) + min(lons)) / 2
    scale = min(
        (WIDTH - 2 * MARGIN) / ((max(lons) - min(lons)) * narrower or 1e-6),
        (HEIGHT - 2 * MARGIN) / ((max(lats) - min(lats)) or 1e-6),
    )
    return tuple(
        (
            round(WIDTH / 2 + (lon - middle_lon) * narrower * scale, 1),
            round(HEIGHT / 2 - (lat - middle_lat) * scale, 1),
            role,
        )
        for (lat, lon), role in points.items()
    )
