"""The way of working that other places open from, and what a place does otherwise."""

from __future__ import annotations

import json

from baogong.delivery.queries import ways as ways_
from baogong.delivery.queries.ways import Difference, WayView
from baogong.delivery.services.ways import save_way_of_working
from baogong.ops.scenarios.stage import Stage

MODEL, DOCUMENT = "酒仙桥模式", "60-way-of-working.json"


def kept(name: str) -> WayView | None:
    """The newest version of this name."""
    return next((way for way in ways_.ways() if way.name == name), None)


def bring_model(stage: Stage, note: str) -> WayView:
    """The document that the first sub-district wrote, kept here under its name."""
    if kept(MODEL) is None:
        content = json.loads(stage.data(DOCUMENT))
        save_way_of_working(name=MODEL, content=content, note=note, actor=stage.actors["lin"], now=stage.now)
    model = kept(MODEL)
    assert model is not None
    return model


def differences_from_model(name: str) -> tuple[Difference, ...]:
    """Where the way kept under this name differs from the model; () where either is not kept."""
    model, own = kept(MODEL), kept(name)
    return ways_.differences(model.content, own.content) if model and own else ()


def show_differences(stage: Stage, name: str) -> None:
    for one in differences_from_model(name):
        stage.say(f"      {one.where}: {one.a} → {one.b}")


def parts_that_differ(name: str) -> str:
    """The parts of the document in which they differ, in the order of their names: “shelves stations”."""
    return " ".join(sorted({one.where.split(".")[0] for one in differences_from_model(name)}))
