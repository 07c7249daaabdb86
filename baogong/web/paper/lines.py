"""
A waybill's lines as hands count them: full cartons and a rest, and what was found otherwise.

A form shows each line once; only differences are typed, in cartons and in single units, in fields named after the
line's position (`short_cartons_3`, `short_units_3`, `note_3`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from baogong.engine.sheets.amounts import AMOUNT_MAX
from baogong.freight.queries import LineView
from baogong.freight.services import LineDifference
from baogong.kernel.errors import BaogongError, Kind
from baogong.web.pages import STATUS, UnusableForm, number_from, refuse_beyond, sentence

NOTE_MAX = 200

LABELS: Mapping[str, str | Promise] = {
    "left": _("Left behind"),
    "short": _("Missing"),
    "damaged": _("Damaged"),
    "surplus": _("More than written"),
    "refused": _("Refused by the receiver"),
}


@dataclass(frozen=True, slots=True)
class Boxed:
    """An amount in base units as it stands on the floor: `full` cartons of `per_carton`, and `rest` units."""

    amount: int
    per_carton: int
    full: int
    rest: int

    @property
    def is_loose(self) -> bool:
        """No carton is known: only single units can be counted."""
        return self.per_carton <= 1


def boxed(amount: int, per_carton: int | None) -> Boxed:
    size = per_carton or 1
    return Boxed(amount, size, *divmod(amount, size))


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of difference of one line, with what was typed so far."""

    name: str
    label: str | Promise
    cartons: str
    units: str


@dataclass(frozen=True, slots=True)
class LineForm:
    """A line to be signed for: `count` is what the paper says, `fields` where the hand may differ."""

    line: LineView
    count: Boxed
    fields: tuple[Field, ...]
    note: str
    is_open: bool


def line_forms(
    lines: Iterable[LineView], kinds: Sequence[str], *, by_loaded: bool, typed: Mapping[str, str]
) -> tuple[LineForm, ...]:
    """
    The lines with empty fields, or with what was typed before a refusal.

    by_loaded  what was loaded and not reported lost on the way; else what is to be loaded
    """
    forms = []
    for line in lines:
        fields = tuple(
            Field(
                kind,
                LABELS[kind],
                typed.get(f"{kind}_cartons_{line.position}", ""),
                typed.get(f"{kind}_units_{line.position}", ""),
            )
            for kind in kinds
        )
        note = typed.get(f"note_{line.position}", "")
        forms.append(
            LineForm(
                line=line,
                count=boxed(line.can_arrive if by_loaded else line.amount, line.pieces_per_carton),
                fields=fields,
                note=note,
                is_open=bool(note) or any(field.cartons or field.units for field in fields),
            )
        )
    return tuple(forms)


def typed_amount(request: HttpRequest, name: str, key: object, per_carton: int | None) -> int:
    """`name_cartons_key` × the carton's units + `name_units_key`; 0 where both are empty. Raises UnusableForm."""
    cartons = number_from(request, f"{name}_cartons_{key}", default=0)
    amount = cartons * (per_carton or 1) + number_from(request, f"{name}_units_{key}", default=0)
    refuse_beyond(amount, AMOUNT_MAX, f"{name}_{key}")
    return amount


def typed_differences(
    request: HttpRequest, lines: Iterable[LineView], kinds: Sequence[str]
) -> tuple[LineDifference, ...]:
    """What was typed, line by line; lines as on the waybill are left out. Raises UnusableForm."""
    found = []
    for line in lines:
        amounts = {kind: typed_amount(request, kind, line.position, line.pieces_per_carton) for kind in kinds}
        if any(amounts.values()):
            note = request.POST.get(f"note_{line.position}", "").strip()[:NOTE_MAX]
            found.append(LineDifference(line=line.id, note=note, **amounts))
    return tuple(found)


def refuse_contradiction(request: HttpRequest, *, differs: bool) -> None:
    """The one-tap button beside a typed difference: nobody knows which was meant. Raises UnusableForm."""
    if differs and request.POST.get("how") == "as-written":
        raise UnusableForm(
            gettext("Differences are typed, but the button for “as written” was pressed. Nothing was signed."),
            where=gettext("differences"),
            cure=gettext("Use the button below the lines, or empty the fields."),
        )


def refusal_of(request: HttpRequest, act: Callable[[], object]) -> int | None:
    """
    Do it: None. Refused: the status, with the reason as a notice, so that the page can be shown with what was typed.

    A refusal of the person or the place is passed on: that page is not theirs to see.
    """
    try:
        act()
    except BaogongError as refusal:
        if refusal.kind is Kind.FORBIDDEN:
            raise
        messages.error(request, sentence(refusal))
        return STATUS[refusal.kind]
    return None
