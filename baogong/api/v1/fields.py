"""
The bounded shapes a request's field can have: what is outside them is refused before a service sees it.

A bound is what the book's columns, or the lists the house reads, can hold; openapi.json tells it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from ninja import Path, Query
from pydantic import AfterValidator, AwareDatetime, Field

from baogong.engine.sheets.amounts import AMOUNT_MAX, COUNT_MAX
from baogong.kernel.windows import FIRST_DAY, LAST_DAY, is_within_book

T = TypeVar("T", date, datetime)

NAMES_MAX = 5_000  # how many needs, sites or lots one request names
LINES_MAX = 500
SPELLINGS_MAX = 50


def _within_book(moment: T) -> T:
    if not is_within_book(moment):
        raise ValueError(f"a day from {FIRST_DAY} to {LAST_DAY}")
    return moment


ItemName = Annotated[str, Field(description="An item's code, or its id.", min_length=1, max_length=60)]
Count = Annotated[int, Field(ge=0, le=AMOUNT_MAX, description="Base units of the item.")]
Amount = Annotated[int, Field(ge=1, le=AMOUNT_MAX, description="Base units of the item.")]
Fen = Annotated[int, Field(le=AMOUNT_MAX)]
Size = Annotated[int, Field(le=AMOUNT_MAX, description="Grams, cubic centimetres or metres.")]
Number = Annotated[int, Field(le=COUNT_MAX, description="Of people, cartons, rows, seconds.")]
LineNo = Annotated[int, Field(ge=1, le=100_000, description="The line's number.")]
Days = Annotated[int, Field(ge=1, le=3_660)]
PerPerson = Annotated[int, Field(ge=1, le=10**9, description="Thousandths of a base unit per person and day.")]
PerDay = Annotated[Decimal, Field(ge=0, le=10**6, max_digits=12)]
Standard = Annotated[str, Field(max_length=40)]
Note = Annotated[str, Field(max_length=240)]
Words = Annotated[str, Field(max_length=500)]
Story = Annotated[str, Field(max_length=2_000)]
Name = Annotated[str, Field(max_length=200)]
Signed = Annotated[str, Field(max_length=120, description="A name as signed.")]
Code = Annotated[str, Field(max_length=60)]
Digest = Annotated[str, Field(max_length=128)]
Moment = Annotated[AwareDatetime, AfterValidator(_within_book)]
Day = Annotated[date, AfterValidator(_within_book)]
Chosen = Annotated[str, Query(max_length=60)]
ItemInPath = Annotated[str, Path(description="An item's code, or its id.", min_length=1, max_length=60)]
