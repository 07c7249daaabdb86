"""A kind of list for the journal's tests: hospitals with an amount each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import Candidate, LineOutcome, Status
from baogong.engine.sheets.tables import Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput

LIST = "name,amount\n中南医院,10\n协和,20\n金银潭医院,-1\n协和,30\n中南医院 东院,5\n".encode()


class Ward:
    """A list of hospitals: 协和 is doubtful, a negative amount is refused. What it applied stands in events."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.fails = False

    def classify(self, table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
        return tuple(self._line(row.cells[0], row.cells[1]) for row in table.rows)

    def _line(self, name: Any, amount: Any) -> LineOutcome:
        payload = {"name": name.text, "amount": amount.text}
        if amount.text.startswith("-"):
            return LineOutcome(
                amount.where, Status.REFUSED, found=amount.text, expected="0 or more", cure="Correct the cell."
            )
        if name.text == "协和":
            offered = (Candidate("wuhan", "武汉协和医院", 0.8, "name"), Candidate("beijing", "北京协和", 0.6, "name"))
            return LineOutcome(name.where, Status.WAITING, payload, found="协和", candidates=offered, asks="party")
        from baogong.journal.models import ImportLine

        known = set(ImportLine.objects.filter(is_applied=True).values_list("outcome__payload__name", flat=True))
        return LineOutcome(name.where, Status.MATCHED if name.text in known else Status.ADDED, payload)

    def apply(self, lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
        from baogong.journal.services import record

        for line in lines:
            if not line.status.is_sound:
                continue
            record(kind="ward.line.applied", actor=actor, now=now, document=document, data=line.payload)
            self.applied.append(
                f"{line.payload['name']} {line.payload['amount']} {line.payload.get('party', '')}".strip()
            )
            if self.fails:
                raise UnusableInput("The register would not have it.")
