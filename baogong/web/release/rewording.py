"""
A draft's rule as a form, and back: whoever runs the release words it here until it opens.

A form that is sent as it was shown says the same rule. What the form does not show (source, figures of the notice) stays, and
what somebody changes is named among what the house has set itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from baogong.engine.release import CHOSEN_MODES, Bearer, Mode, Part, Payee, Rule, RuleUnusable, Subject, TurnKind
from baogong.engine.release.rule import CHANNELS, DAYS_MOST, DOCUMENTS, UNITS_MOST
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.money import yuan
from baogong.release import queries, services
from baogong.web.pages import (
    STATUS,
    PageRequest,
    UnusableForm,
    day_from,
    decimal_in,
    fen_from,
    number_from,
    page,
    sentence,
    text_from,
    written,
)
from baogong.web.words import word

PARTS_MAX = 8
_NO_CLOCK = re.compile(r"\w+(?:\.\w+)* is '(.*)'; a time of the day is written 18:00")
WORDED = [
    "title_zh",
    "title_en",
    "city",
    "mode",
    "units_per_claim_max",
    "units_daily",
    "days",
    "units_by_day",
    "opens",
    "closes",
    "slots",
    "slot_minutes",
    "shuffle_s",
    "standby_max",
    "claims_per_clerk_max",
    "disinfected",
    "fulfilment",
    "within_h",
    "pickup_days",
    "proxies",
    "eligibility",
    "quotas",
    "price",
    "reserves",
    "draw",
]
IN_ANY_ORDER = ("quotas", "price", "reserves", "slots")
NAMES = ("title_zh", "title_en", "city")  # a notice's name is no figure of it

# What a rule's reader finds, as whoever fills the form in should read it.
TOLD = {
    "closes lies before opens": gettext_lazy("it closes before it opens"),
    "slots is missing: an appointment has a time": gettext_lazy("by appointment needs times to choose from"),
    "slots names one time twice": gettext_lazy("one of the times stands there twice"),
    "units_by_day stands beside units_daily or days: keep one": gettext_lazy(
        "what is put out stands there twice, day by day and the same each day: keep one"
    ),
    "price has a part for delivery, and everybody fetches it: nobody carries anything": gettext_lazy(
        "the price has a part for delivery, and everybody fetches it"
    ),
    "reserves keep more than a day's units": gettext_lazy("more is kept for single roads than is put out in a day"),
    "reserves.until is missing: a reserve ends at a published time": gettext_lazy(
        "what is kept for one road needs a time at which everybody may have it"
    ),
    "reserves.units_max lies below what is kept for it": gettext_lazy(
        "the most of one road lies below what is kept for it"
    ),
    "price has no part of the giver's: what a resident does not pay somebody does": gettext_lazy(
        "for one fen, somebody else pays the rest: name the giver’s part of the price"
    ),
    "price.bearers is missing: say who pays, as {RESIDENT = 1}": gettext_lazy(
        "a part of the price says nowhere who pays it"
    ),
    "price is both an amount and a share: keep one": gettext_lazy(
        "a part of the price is both an amount and a percentage: keep one"
    ),
    "price.basis_points is a share of the goods, which the goods themselves are not": gettext_lazy(
        "the goods themselves cannot be a percentage of the goods"
    ),
    "quotas.days is missing": gettext_lazy("how often: the number of days is missing"),
    "quotas.days is said of a turn that never ends": gettext_lazy("how often: once and for all has no number of days"),
    "quotas.first_on is missing: rounds are counted from a first day": gettext_lazy(
        "how often: rounds are counted from a first day, which is missing"
    ),
    "quotas limits nothing: say units_max or claims_max": gettext_lazy(
        "how often: a limit needs a number of claims or of units"
    ),
    "eligibility.age_max lies below age_min": gettext_lazy("the highest age lies below the lowest"),
    "eligibility.documents accepts none": gettext_lazy("no kind of document is accepted"),
    "eligibility.regions holds what is no code of a region (2 to 12 digits, as 511602)": gettext_lazy(
        "a district is a code of 2 to 12 digits, as 511602"
    ),
    **{
        f"reserves stand beside mode {mode}, in which nobody claims by a channel: leave them out, or choose FIRST_COME, "
        "APPOINTMENT or ONE_FEN": gettext_lazy(
            "something is kept for single roads, and where lots are drawn or another office chooses nobody claims by one: leave it "
            "out, or choose first come, by appointment or for one fen"
        )
        for mode in CHOSEN_MODES
    },
    "standby_max stands beside mode APPOINTMENT, in which nobody stands by, as who finds one time full takes another: leave it out, "
    "or choose FIRST_COME, DRAW, IMPORTED or ONE_FEN": gettext_lazy(
        "by appointment nobody stands by, as who finds one time full takes another: let nobody stand by, or choose another mode"
    ),
    **{
        f"units_per_claim_max is above what one {subject} may have in a turn": gettext_lazy(
            "one claim may be for more than one turn allows"
        )
        for subject in ("person", "household", "phone", "address")
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of the form.

    kind     text, number, time, date, choice, tick (a box), ticks (several boxes)
    choices  (value, what it is called, whether it is chosen)
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: tuple[tuple[str, str, bool], ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; `is_folded` where few rules say anything of it."""

    title: str
    fields: tuple[Field, ...]
    note: str = ""
    is_folded: bool = False


@page(at_a_place=(Duty.COMMAND,))
def reword(request: PageRequest, release: UUID) -> HttpResponse:
    """The rule of a draft, field by field; sent, it is the next version, to be tried anew."""
    found = queries.release(release)
    request.actor.require(Duty.COMMAND, at=found.office)
    if found.state != "DRAFT":
        return redirect("release:release", release=release)
    if request.method != "POST":
        return _form(request, found, form_of(found.rule))
    try:
        body = body_of(request, found.rule)
        services.change_rule(release=release, rule=body, actor=request.actor, now=request.now)
    except BaogongError as refusal:
        if refusal.kind is Kind.FORBIDDEN:
            raise
        said = {name: [str(one) for one in texts] for name, texts in request.POST.lists()}
        refusal.where = _labels(said).get(str(refusal.where), refusal.where)
        return _form(request, found, said, _told(refusal), STATUS[refusal.kind])
    if body == found.rule:
        messages.info(request, _("Nothing was changed: the rule says the same as before."))
    else:
        messages.success(request, _("Kept as the next version of the rule. Try it once more before it opens."))
    return redirect("release:release", release=release)


def form_of(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Field of the form → what stands in it, of this rule."""
    rule = Rule.read(body)
    who, draw = rule.eligibility, rule.draw
    said: dict[str, list[str]] = {
        "title_zh": [rule.title_zh],
        "title_en": [rule.title_en],
        "city": [rule.city],
        "mode": [rule.mode],
        **{
            name: [_number(getattr(rule, name))]
            for name in [
                "units_per_claim_max",
                "units_daily",
                "days",
                "slot_minutes",
                "shuffle_s",
                "standby_max",
                "claims_per_clerk_max",
                "within_h",
                "pickup_days",
            ]
        },
        "units_by_day": [" ".join(map(str, rule.units_by_day))],
        "opens": [_clock(rule.opens)],
        "closes": [_clock(rule.closes) if rule.closes else ""],
        "slots": [" ".join(map(_clock, rule.slots))],
        "fulfilment": [rule.fulfilment],
        "disinfected": _ticked(rule.disinfected),
        "proxies": _ticked(rule.proxies),
        "regions": [" ".join(who.regions)],
        "region_names": [
            "、".join(f"{one.code}={one.zh}" + ("" if one.en == one.zh else f"/{one.en}") for one in who.names)
        ],
        "region_of": [who.region_of],
        "lists": ["、".join(who.lists)],
        "either": _ticked(who.either),
        "age_min": [_number(who.age_min)],
        "age_max": [_number(who.age_max)],
        "documents": list(who.documents),
        "needs_verified_address": _ticked(who.needs_verified_address),
        "household_winners_max": [_number(draw.household_winners_max)],
        "pause_days": [_number(draw.pause_days)],
        "weight_per_loss": [_number(draw.weight_per_loss)],
        "weight_max": [_number(draw.weight_max)],
        "by_waiting": _ticked(draw.by_waiting),
        "losses_max": [_number(draw.losses_max)],
        "stays_in": _ticked(draw.stays_in),
    }
    for quota in rule.quotas:
        of, turn = f"quota_{quota.subject}_", quota.turn
        said |= {
            f"{of}turn": [turn.kind],
            f"{of}days": ["" if turn.kind is TurnKind.EVER else str(turn.days)],
            f"{of}first_on": [turn.first_on.isoformat() if turn.first_on else ""],
            f"{of}units": [_number(quota.units_max)],
            f"{of}claims": [_number(quota.claims_max)],
        }
    for at, part in enumerate(rule.price):
        of = f"price_{at}_"
        said |= {
            f"{of}part": [part.part],
            f"{of}payee": [part.payee],
            f"{of}per": [part.per],
            f"{of}yuan": ["" if part.basis_points else yuan(part.fen)],
            f"{of}percent": [f"{part.basis_points / 100:g}" if part.basis_points else ""],
            f"{of}variant": [part.variant],
            **{f"{of}{bearer}": [str(weight)] for bearer, weight in part.bearers},
        }
    for one in rule.reserves:
        of = f"reserve_{one.channel}_"
        said |= {
            f"{of}units": [str(one.units)],
            f"{of}until": [_clock(one.until)],
            f"{of}most": [_number(one.units_max)],
        }
    return said


def body_of(request: PageRequest, before: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that the sent form says. Raises UnusableForm, RuleUnusable."""
    said: dict[str, Any] = {key: value for key, value in before.items() if key not in WORDED}
    mode = written(request, "mode")
    made = {
        "title_zh": text_from(request, "title_zh"),
        "title_en": text_from(request, "title_en"),
        "city": text_from(request, "city"),
        "mode": mode,
        "units_per_claim_max": number_from(request, "units_per_claim_max", least=1, most=100_000),
        "units_daily": _number_if(request, "units_daily"),
        "days": _number_if(request, "days", least=1, most=DAYS_MOST),
        "units_by_day": [_whole(one, "units_by_day") for one in _words(request, "units_by_day")],
        "opens": written(request, "opens") or "00:00",
        "closes": written(request, "closes") or None,
        "slots": [one.replace("：", ":") for one in _words(request, "slots")],
        "slot_minutes": number_from(request, "slot_minutes", least=1, most=1_440, default=60),
        "shuffle_s": number_from(request, "shuffle_s", most=3_600, default=0),
        "standby_max": number_from(request, "standby_max", most=UNITS_MOST, default=0),
        "claims_per_clerk_max": _number_if(request, "claims_per_clerk_max", least=1),
        "disinfected": bool(written(request, "disinfected")),
        "fulfilment": written(request, "fulfilment"),
        "within_h": _number_if(request, "within_h", least=1, most=24 * 60),
        "pickup_days": number_from(request, "pickup_days", least=1, most=60, default=1),
        "proxies": bool(written(request, "proxies")),
        "eligibility": _some(
            regions=_words(request, "regions"),
            names=_region_names(request),
            region_of=written(request, "region_of"),
            lists=_words(request, "lists", of=r"[、，,;；\n]+"),
            either=bool(written(request, "either")),
            age_min=_number_if(request, "age_min", most=150),
            age_max=_number_if(request, "age_max", most=150),
            documents=request.POST.getlist("documents"),
            needs_verified_address=bool(written(request, "needs_verified_address")),
        ),
        "quotas": _quotas(request),
        "price": _price(request),
        "reserves": _reserves(request),
        "draw": _draw(request) if mode == Mode.DRAW else {},
    }
    after, was = Rule.read(said | _some(**made)), Rule.read(before)
    changed = [key for key in WORDED if not _says_the_same(key, getattr(after, key), getattr(was, key))]
    body = {key: value for key, value in before.items() if key not in changed}
    body |= _some(**{key: made[key] for key in changed})
    own = [key for key in changed if key not in NAMES and key not in was.invented]
    if was.source and own:
        body["invented"] = [*was.invented, *own]
    return body


def _says_the_same(key: str, one: Any, other: Any) -> bool:
    return one == other or (key in IN_ANY_ORDER and len(one) == len(other) and set(one) == set(other))


def _form(
    request: PageRequest,
    found: queries.ReleaseView,
    said: Mapping[str, list[str]],
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"release": found, "groups": _groups(said), "refusal": refusal}
    return render(request, "release/reword.html", context, status=status)


def _labels(said: Mapping[str, list[str]]) -> dict[str, str]:
    """Field of the form → what it is called on the page, with its group."""
    return {field.name: f"{group.title} · {field.label}" for group in _groups(said) for field in group.fields}


def _groups(said: Mapping[str, list[str]]) -> list[Group]:
    def one(name: str) -> str:
        return next(iter(said.get(name, ())), "")

    def text(name: str, label: str, help: str = "", kind: str = "text") -> Field:
        return Field(name, label, kind, one(name), help=help)

    def number(name: str, label: str, help: str = "") -> Field:
        return text(name, label, help, "number")

    def choice(name: str, label: str, of: Iterable[str], words: str, help: str = "", empty: str = "") -> Field:
        rows = [(value, word(value, words), value == one(name)) for value in of]
        return Field(name, label, "choice", choices=((("", empty, False),) if empty else ()) + tuple(rows), help=help)

    def tick(name: str, label: str, help: str = "") -> Field:
        return Field(name, label, "tick", choices=((("on", label, bool(said.get(name))),)), help=help)

    def quota(subject: Subject) -> Group:
        of = f"quota_{subject}_"
        return Group(
            _("How often: %(whom)s") % {"whom": word(subject, "quota")},
            (
                choice(f"{of}turn", pgettext("a limit", "Counted"), TurnKind, "turn", empty=_("not limited")),
                number(f"{of}claims", _("Claims at most")),
                number(f"{of}units", _("Units at most")),
                number(f"{of}days", _("Days")),
                text(f"{of}first_on", _("First day of the first round"), kind="date"),
            ),
            is_folded=not one(f"{of}turn"),
        )

    def part(at: int) -> Group:
        of = f"price_{at}_"
        return Group(
            _("Part %(n)s of the price") % {"n": at + 1},
            (
                choice(f"{of}part", _("What for"), Part, "price-part", empty=_("no such part")),
                text(f"{of}yuan", _("Yuan"), kind="decimal"),
                text(f"{of}percent", _("or percent of the goods"), kind="decimal"),
                choice(f"{of}per", _("For each"), ("UNIT", "CLAIM"), "price-per"),
                choice(f"{of}payee", _("Who is paid"), Payee, "payee"),
                *(
                    number(f"{of}{bearer}", _("Parts paid by: %(who)s") % {"who": word(bearer, "bearer")})
                    for bearer in Bearer
                ),
                text(f"{of}variant", _("Only of the variant"), _("Empty: of all.")),
            ),
            _("Who shares a part is written in parts: resident 1, city 2 means a third and two thirds."),
            is_folded=not one(f"{of}part"),
        )

    def reserve(channel: str) -> Group:
        of = f"reserve_{channel}_"
        return Group(
            _("Kept for claims %(channel)s") % {"channel": word(channel, "channel")},
            (
                number(f"{of}units", _("Units kept")),
                text(f"{of}until", _("Until"), _("From then on everybody may have the rest."), "time"),
                number(f"{of}most", _("Units at most"), _("Empty: no limit of its own.")),
            ),
            is_folded=not one(f"{of}units"),
        )

    parts_count = min(PARTS_MAX, 1 + sum(bool(one(f"price_{at}_part")) for at in range(PARTS_MAX)))
    documents = tuple((kind, word(kind, "release-document"), kind in said.get("documents", ())) for kind in DOCUMENTS)
    return [
        Group(
            _("What it is called"),
            (
                text("title_zh", _("Chinese title")),
                text("title_en", _("English title")),
                text("city", _("City")),
                choice("mode", _("How a right comes about"), Mode, "release-mode"),
            ),
        ),
        Group(
            _("How much"),
            (
                number("units_per_claim_max", _("Units of one claim at most")),
                number("units_daily", _("Units put out each day"), _("Empty: the rule does not say.")),
                number("days", _("On so many days"), _("Empty: until it is closed.")),
                text("units_by_day", _("Or day by day"), _("As 2000 3000 3000; then the two above stay empty.")),
                number("standby_max", _("How many may stand by")),
                number("claims_per_clerk_max", _("Claims one clerk may type"), _("Of one day’s stock, what comes by list included. Empty: no limit.")),
            ),
        ),
        Group(
            _("When"),
            (
                text("opens", _("Opens at"), kind="time"),
                text("closes", _("Closes at"), _("Empty: at the end of the day."), "time"),
                number("shuffle_s", _("Seconds served by lot"), _("Claims of the first seconds; 0: the order they come in.")),
                text("slots", _("Times to choose from"), _("By appointment only, as 09:00 15:00.")),
                number("slot_minutes", _("Minutes of such a time")),
            ),
        ),
        Group(
            _("Who may"),
            (
                text("regions", _("Codes of districts"), _("As 511602 511603; a shorter code means all below it. Empty: everywhere.")),
                text("region_names", _("What these districts are called"), _("Only those of which the page shows digits, as a street: 500116001=几江街道/Jijiang, 500116002=…")),
                choice("region_of", _("The district is that of"), ("ADDRESS", "DOCUMENT"), "region-of"),
                text("lists", _("Lists of names"), _("Whoever stands on one of them; names apart by commas.")),
                tick("either", _("District or list is enough")),
                number("age_min", _("From this age")),
                number("age_max", _("Up to this age")),
                Field("documents", _("Documents accepted"), "ticks", choices=documents),
                tick("needs_verified_address", _("The address was verified before")),
            ),
        ),
        *(quota(subject) for subject in Subject),
        Group(
            _("How it reaches people"),
            (
                tick("disinfected", _("Disinfected when it comes in, before it is packed or handed out")),
                choice("fulfilment", _("Fetched or brought"), ("DELIVERY", "PICKUP"), "fulfilment"),
                number("within_h", _("Brought within hours"), _("Empty: nothing is promised.")),
                number("pickup_days", _("Kept for fetching, days"), _("The day of the claim counted.")),
                tick("proxies", _("Somebody else may fetch it for the claimant")),
            ),
        ),
        *(part(at) for at in range(parts_count)),
        *(reserve(channel) for channel in CHANNELS),
        Group(
            _("Where lots are drawn"),
            (
                number("household_winners_max", _("Winners of one household at most"), _("0: no limit.")),
                number("pause_days", _("Days a winner stays out")),
                number("weight_per_loss", _("More weight for each draw lost")),
                number("weight_max", _("The most weight an entry may have")),
                tick("by_waiting", _("Who has lost most often comes first")),
                number("losses_max", _("Losses counted at most")),
                tick("stays_in", _("Who has lost stays in for the next draw")),
            ),
            is_folded=one("mode") != Mode.DRAW,
        ),
    ]  # fmt: skip


def _quotas(request: PageRequest) -> list[dict[str, Any]]:
    found = []
    for subject in Subject:
        of = f"quota_{subject}_"
        turn = written(request, f"{of}turn")
        if turn:
            first_on = day_from(request, f"{of}first_on")
            found.append(
                _some(
                    subject=subject.value,
                    turn=turn,
                    days=_number_if(request, f"{of}days", least=1, most=DAYS_MOST),
                    first_on=first_on.isoformat() if first_on and turn == TurnKind.FIXED else None,
                    units_max=_number_if(request, f"{of}units", least=1),
                    claims_max=_number_if(request, f"{of}claims", least=1),
                )
            )
    return found


def _price(request: PageRequest) -> list[dict[str, Any]]:
    found = []
    for at in range(PARTS_MAX):
        of = f"price_{at}_"
        part = written(request, f"{of}part")
        if part:
            bearers = {bearer.value: number_from(request, f"{of}{bearer}", most=10_000, default=0) for bearer in Bearer}
            found.append(
                _some(
                    part=part,
                    payee=written(request, f"{of}payee"),
                    per=written(request, f"{of}per"),
                    fen=fen_from(request, f"{of}yuan", default=0) or None,
                    basis_points=_basis_points(request, f"{of}percent"),
                    bearers={bearer: weight for bearer, weight in bearers.items() if weight},
                    variant=written(request, f"{of}variant"),
                )
            )
    return found


def _reserves(request: PageRequest) -> list[dict[str, Any]]:
    found = []
    for channel in CHANNELS:
        of = f"reserve_{channel}_"
        units, most = _number_if(request, f"{of}units"), _number_if(request, f"{of}most", least=1)
        if units is not None or most is not None:
            found.append(
                _some(channel=channel, units=units or 0, until=written(request, f"{of}until") or None, units_max=most)
            )
    return found


def _draw(request: PageRequest) -> dict[str, Any]:
    return {
        "household_winners_max": number_from(request, "household_winners_max", default=0, most=UNITS_MOST),
        "pause_days": number_from(request, "pause_days", default=0, most=366),
        "weight_per_loss": number_from(request, "weight_per_loss", default=0, most=100),
        "weight_max": number_from(request, "weight_max", least=1, default=1, most=1_000),
        "by_waiting": bool(written(request, "by_waiting")),
        "losses_max": number_from(request, "losses_max", least=1, default=30, most=1_000),
        "stays_in": bool(written(request, "stays_in")),
    }


def _basis_points(request: PageRequest, field: str) -> int | None:
    text = written(request, field).rstrip("%％ ")
    if not text:
        return None
    number = decimal_in(text, field)
    if number is None or number * 100 != int(number * 100) or not 0 <= number <= 100:
        raise UnusableForm(
            _("“%s” is no percentage from 0 to 100 with at most two places. Nothing was changed.") % text[:20],
            where=field,
            found=text[:20],
            expected="8.5",
            cure=_("Correct the number and send the form again."),
        )
    return int(number * 100) or None


def _words(request: PageRequest, field: str, of: str = r"[\s,，、;；]+") -> list[str]:
    return [one.strip() for one in re.split(of, written(request, field)) if one.strip()]


def _region_names(request: PageRequest) -> dict[str, dict[str, str]] | None:
    """Code → what the district is called, of those the rule names itself; None where it names none."""
    found: dict[str, dict[str, str]] = {}
    for one in _words(request, "region_names", of=r"[、，,;；\n]+"):
        match = re.fullmatch(r"(\d{2,12})\s*[=＝:：]\s*([^/／]{1,60}?)\s*(?:[/／]\s*(.{1,60}))?", one)
        if match is None:
            raise UnusableForm(
                _("“%s” names no district. Nothing was changed.") % one[:40],
                where="region_names",
                found=one[:40],
                expected="500116001=几江街道/Jijiang",
                cure=_("Write the code, = and the name; the English name behind a slash."),
            )
        found[match[1]] = {"zh": match[2]} | ({"en": match[3]} if match[3] else {})
    return found or None


def _whole(text: str, field: str) -> int:
    number = decimal_in(text, field)
    if number is None or number != int(number) or not 0 <= number <= UNITS_MOST:
        raise UnusableForm(
            _("“%s” is no number of units. Nothing was changed.") % text[:20],
            where=field,
            found=text[:20],
            expected="2000 3000 3000",
            cure=_("Correct the number and send the form again."),
        )
    return int(number)


def _number_if(request: PageRequest, field: str, *, least: int = 0, most: int = UNITS_MOST) -> int | None:
    return number_from(request, field, least=least, most=most) if written(request, field) else None


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _clock(at: time) -> str:
    return at.isoformat(timespec="seconds" if at.second else "minutes")


def _ticked(is_so: bool) -> list[str]:
    return ["on"] if is_so else []


def _some(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _problem(told: str) -> str:
    """What the reader of a rule found, in the visitor's language."""
    clock = _NO_CLOCK.fullmatch(told)
    if clock is not None:
        return _("“%(found)s” is no time of the day, which is written as 09:00") % {"found": clock[1]}
    return str(TOLD.get(told, told))


def _told(refusal: BaogongError) -> str:
    if not isinstance(refusal, RuleUnusable):
        return sentence(refusal)
    problems: Sequence[str] = refusal.data["problems"]
    told = [_problem(re.sub(r"\[\d+\]", "", one)) for one in problems]
    return _("The rule contradicts itself: %(problems)s. Nothing was changed; correct what is named.") % {
        "problems": _("; ").join(dict.fromkeys(told))
    }
