"""One line being read: what it says, what only a person can say, and what was understood on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.engine.sheets.amounts import AMOUNT_MAX
from baogong.engine.sheets.kinds import Candidate, LineOutcome, Status
from baogong.engine.sheets.tables import BadCell

TOGETHER = "together"  # several questions about one line are put as one: "party|item"
ASKED = "asked"  # which ones, in that order
COMBINED_MAX = 3
NOTHING_TO_CHOOSE = "Nothing in the book is like it: complete the list, or register what it names, and import it again."
NO_SUCH_PLACE = "Register it as a new place beside the waiting line, or leave the line out."


@dataclass(frozen=True, slots=True)
class Question:
    """
    What only a person can say: which payload key the answer fills, and what may be answered.

    may_be_new  whether "none of these, it is new" is an answer: a line without its item or its place cannot be written
    is_place    a place that may be registered for the line
    """

    asks: str
    found: str
    candidates: tuple[Candidate, ...]
    may_be_new: bool = True
    is_place: bool = False


@dataclass(slots=True)
class Line:
    """
    A line being read.

    payload    plain JSON values; `apply` works from them
    questions  answers missing in the payload
    doubts     readings that are not the only ones, to be confirmed as a whole
    notes      what was understood beyond the plain cells
    written    the row as it stands in the list
    """

    where: str
    payload: dict[str, Any] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sure: float = 1.0
    text: str = ""
    found: str = ""
    written: str = ""

    def outcome(self, status: Status = Status.ADDED) -> LineOutcome:
        """Waiting where a person must say something, else of this status."""
        if not self.questions and not self.doubts:
            return self._outcome(status, self.payload, sure=self.sure)
        found = "; ".join([*(question.found for question in self.questions), *self.doubts]) or self.found
        asks, candidates = _as_one(self.questions)
        payload = {**self.payload, ASKED: [question.asks for question in self.questions]}
        may_be_new = all(question.may_be_new for question in self.questions)
        new = next((question for question in self.questions if question.is_place), None)
        nothing = NO_SUCH_PLACE if new else NOTHING_TO_CHOOSE
        waiting = self._outcome(
            Status.WAITING,
            payload,
            sure=min(self.sure, 0.5),
            found=found,
            candidates=candidates,
            asks=asks,
            may_be_new=may_be_new,
            cure="" if may_be_new or candidates else nothing,
        )
        if new is None:
            return waiting
        rest = replace(self, questions=[question for question in self.questions if question is not new])
        return replace(waiting, place=new.asks, place_name=new.found, then=rest.outcome(status))

    def unchanged(self) -> LineOutcome:
        """What the book says already."""
        return self._outcome(Status.UNCHANGED, self.payload)

    def _outcome(self, status: Status, payload: dict[str, Any], **said: Any) -> LineOutcome:
        notes = tuple(dict.fromkeys(self.notes))
        return LineOutcome(self.where, status, payload, self.text, written=self.written, notes=notes, **said)


def _as_one(questions: Sequence[Question]) -> tuple[str, tuple[Candidate, ...]]:
    """Several questions about one line become one, with the likeliest answers combined; "" stands for a new entry."""
    if not questions:
        return "", ()
    if len(questions) == 1:
        return questions[0].asks, questions[0].candidates
    new = Candidate("", "新登记", 0.0, "none of those known")
    is_new_once = not all(question.may_be_new for question in questions)  # “all of it is new” is no answer then
    choices = []
    for question in questions:
        known = question.candidates[:COMBINED_MAX]
        choices.append((*known, new) if question.may_be_new and (is_new_once or not known) else known)
    return TOGETHER, tuple(
        Candidate(
            "|".join(one.key for one in combined),
            " · ".join(one.text for one in combined),
            min(one.score for one in combined),
            "; ".join(one.why for one in combined),
        )
        for combined in product(*choices)
    )


def settled(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with a combined answer taken apart."""
    answer = payload.get(TOGETHER)
    if not answer:
        return dict(payload)
    parts = [part or None for part in str(answer).split("|")]
    return {**payload, **dict(zip(payload[ASKED], parts, strict=True))}


def refuse_money(item: catalogue.ItemView, where: str, text: str) -> None:
    """Raises BadCell for what is counted in fen: a list of goods would bring it past the funds."""
    if item.unit == "FEN":
        raise BadCell(
            f"“{text}” is money, and this is a list of goods; nothing was changed.",
            where=where,
            found=text,
            expected="goods, not money",
            cure="Enter money as a gift of money (list kind funds, page Money).",
        )


def counted_again(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of a line whose item a person chose: the amount is counted in that item's unit now."""
    if payload.get("amount") is not None:
        return payload
    if not payload.get("item"):
        raise BadCell(
            "The line names an item the catalogue does not have; nothing was changed.",
            found=payload.get("item_text", ""),
            expected="an item of the catalogue",
            cure="Add the item to the catalogue, then choose it for this line.",
        )
    item = catalogue.item(UUID(payload["item"]))
    refuse_money(item, "", payload.get("item_text", ""))
    base = catalogue.to_base_units(item, Decimal(payload["number"]), payload["unit"], payload["spec"])
    if base.amount > AMOUNT_MAX:
        raise BadCell(
            f"The line comes to more than {AMOUNT_MAX:,} of {item.name_zh}; nothing was changed.",
            found=f"{payload['number']} {payload['unit']}".strip(),
            expected=f"an amount above 0 and at most {AMOUNT_MAX:,}",
            cure="Check the number, its unit and its packing.",
        )
    return {
        **payload,
        "amount": base.amount,
        "pieces_per_carton": payload.get("pieces_per_carton") or base.pieces_per_carton,
    }
