"""Addresses as residents write them, down to building, unit and room; every character accounted for."""

from baogong.engine.address.reader import door_alone, read
from baogong.engine.address.reading import Address, Field, Part, written
from baogong.engine.address.register import Register
from baogong.engine.address.spelling import one_spelling
from baogong.engine.address.typed import Typed, read_typed
from baogong.engine.address.words import DOUBTS

__all__ = [
    "DOUBTS",
    "Address",
    "Field",
    "Part",
    "Register",
    "Typed",
    "door_alone",
    "one_spelling",
    "read",
    "read_typed",
    "written",
]
