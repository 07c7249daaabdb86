"""The office: releases, a rule in words, tried on a made-up city, put out, opened; the live counter and who was served."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from baogong.catalogue.queries import goods_names
from baogong.engine.release import Rule, says_too_little
from baogong.engine.release.rule import UNITS_MOST
from baogong.engine.release.trial import COUNTER, DAYS_MOST, GROUPS, PEOPLE_MOST, RUSH, TELEPHONE
from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs.queries.sight import OFFICE
from baogong.people.queries.access import reach
from baogong.people.queries.parties import sure_party
from baogong.release import entrants, offers, queries, services
from baogong.release.offers import Counter, OfferView
from baogong.release.policies import policies
from baogong.release.queries import Fairness, ReleaseView, TrancheView, TrialView, VersionView
from baogong.web.names import in_order, party_names
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    day_from,
    number_from,
    page,
    party_from,
    show,
    uuid_from,
    written,
)
from baogong.web.release.desk import DESK
from baogong.web.release.pickup import HANDS
from baogong.web.release.pictures import Bars, bars
from baogong.web.release.rules import lines_of
from baogong.web.words import district_name, word

_SEVERAL = re.compile(r"[,，、;；\n]")
DESKS = ("DRAFT", "OPEN", "CLOSED")
TOLD_LEAST = 5  # people a district's figures are published of
SHARES = ("wanting", "telephone", "counter", "rush")
FIRST_TRIED: Mapping[str, int] = {  # what the form of a trial begins with; shares in percent
    "people": 20_000,
    "days": 15,
    "wanting": 50,
    "units": 5_000,
    "telephone": round(100 * TELEPHONE),
    "counter": round(100 * COUNTER),
    "rush": round(100 * RUSH),
}


@page(at_a_place=(*OFFICE, Duty.KEEPER))
def start(request: PageRequest) -> HttpResponse:
    """On to the first page that this person's duties open."""
    actor = request.actor
    if actor.may_somewhere(Duty.CLERK) and not actor.may_somewhere(Duty.COMMAND):
        return redirect("release:desk")
    if actor.may_somewhere(*OFFICE):
        return redirect("release:office")
    return redirect("release:shop")


@page(at_a_place=OFFICE, keeps=("policy", "item", "office", "code"))
def office(request: PageRequest) -> HttpResponse:
    """The releases of the visitor's offices; a new one from what a city did."""
    if request.method == "POST":
        return _draft(request)
    rows = queries.releases(offices=reach(request.actor, *OFFICE))
    may_draft = request.actor.may_somewhere(Duty.COMMAND)
    context = {
        "rows": sorted(rows, key=lambda one: (DESKS.index(one.state) != 1, DESKS.index(one.state), one.code)),
        "policies": policies().values() if may_draft else (),
        "goods": _goods() if may_draft else (),
        "offices": _offices(request) if may_draft else {},
        "may_draft": may_draft,
        "may_desk": request.actor.may_somewhere(*DESK),
        "may_hand": request.actor.may_somewhere(*HANDS),
        "alerts": len(queries.promise_alerts(reach(request.actor, *DESK))) if request.actor.may_somewhere(*DESK) else 0,
    }
    return render(request, "release/office.html", context)


@page(
    at_a_place=OFFICE,
    keeps=(
        "people",
        "days",
        "wanting",
        "units",
        "telephone",
        "counter",
        "rush",
        "on",
        "region",
        "variant",
        "amount",
        "shop",
        "shops",
        "factory",
    ),
)
def release(request: PageRequest, release: UUID) -> HttpResponse:
    """One release from its rule to who was served."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    if request.method == "POST":
        _act(request, found)
        return redirect("release:release", release=release)
    rule, unit = Rule.read(found.rule), found.unit
    tranches = queries.tranches(release)
    trials = queries.trials(release)
    shown = [says_too_little(rule, one.city, one.outcome) for one in trials if one.version == found.version]
    may_act = request.actor.may_any(Duty.COMMAND, at=found.office)
    context = {
        "release": found,
        "rule": rule,
        "lines": lines_of(rule, unit),
        "trial": _shown(trials[0]) if trials else None,
        "is_tried": "" in shown,
        "shows_too_little": bool(shown and shown[0]),
        "tried": _figures(trials[0]) if trials else FIRST_TRIED,
        "versions": _versions(release, unit),
        "tranches": tranches,
        "bulletins": _bulletins(found, rule, unit, tranches),
        "lots": _lots(request, found) if may_act and found.state == "OPEN" else (),
        "may_act": may_act,
        "now": request.now,
        "people_most": PEOPLE_MOST,
        "days_most": DAYS_MOST,
    }
    return render(request, "release/release.html", context)


@page(at_a_place=OFFICE)
def counter(request: PageRequest, release: UUID) -> HttpResponse:
    """How it goes, now: claims by tranche, who is served by district, why others were refused, what each clerk typed."""
    found = queries.release(release)
    request.actor.require(*OFFICE, at=found.office)
    rule, tranches = Rule.read(found.rule), queries.tranches(release)
    counted = offers.counters([one.id for one in tranches])
    context = {
        "release": found,
        **_by_stage([(one, counted[one.id], _stage(one, found, request)) for one in tranches]),
        # Of a rule that looks at the document nobody is asked where they live.
        "asks_district": rule.eligibility.region_of == "ADDRESS",
        "districts": _districts(release, rule) if rule.eligibility.region_of == "ADDRESS" else None,
        "ages": _ages(release),
        "refusals": offers.refusals(release),
        "clerks": offers.by_clerk(release=release),
        "entered": entrants.entered_by_clerk(release),
        "rule": rule,
        "cap": rule.claims_per_clerk_max,
        "now": request.now,
    }
    return show(request, "release/counter.html", context, partial="live")


def _by_stage(rows: list[tuple[TrancheView, Counter, str]]) -> dict[str, list[tuple[TrancheView, Counter, str]]]:
    """What is open stands first, what is to come after it; what is over in short, the newest first."""
    stands = [one for one in rows if one[2] != "OVER"]
    over = sorted((one for one in rows if one[2] == "OVER"), key=lambda one: one[0].opens_at, reverse=True)
    return {"rows": sorted(stands, key=lambda one: one[2] != "OPEN") or over[:1], "over": over if stands else over[1:]}


def _goods() -> list[tuple[str, dict[UUID, str]]]:
    """(heading, id → name): what the cities' rules are for stands first. A Chinese name ends in what the thing is."""
    names = goods_names()
    titles = [one.title_zh for one in policies().values()]
    fits = {item for item, (zh, _en) in names.items() if any(zh[-2:] in title for title in titles)}
    return [
        (_("What these rules were made for"), in_order({item: both for item, both in names.items() if item in fits})),
        (_("Other goods"), in_order({item: both for item, both in names.items() if item not in fits})),
    ]


def _offices(request: PageRequest) -> dict[UUID, str]:
    """Where the visitor commands at one place or some, to choose from; empty for whoever commands everywhere."""
    places = reach(request.actor, Duty.COMMAND)
    return party_names(places) if places else {}


def _draft(request: PageRequest) -> HttpResponse:
    policy = policies().get(written(request, "policy"))
    if policy is None:
        raise UnusableForm(
            _("Choose the rule to start from. Nothing was drafted."), where="policy", cure=_("Choose from the list.")
        )
    code = written(request, "code") or policy.code
    made = services.draft_release(
        office=party_from(request, "office"),
        item=uuid_from(request, "item"),
        rule={**policy.body, "code": code},
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Drafted. Read the rule, try it, then open it."))
    return redirect("release:release", release=made)


def _act(request: PageRequest, found: ReleaseView) -> None:
    """The page's buttons; each asks for its duty in the service."""
    act = written(request, "act")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "try":
        services.try_out(
            release=found.id,
            people=number_from(request, "people", least=1, most=PEOPLE_MOST),
            days=number_from(request, "days", least=1, most=DAYS_MOST),
            wanting=number_from(request, "wanting", least=1, most=100) / 100,
            units=number_from(request, "units", most=UNITS_MOST),
            telephone=number_from(request, "telephone", most=100, default=round(100 * TELEPHONE)) / 100,
            counter=number_from(request, "counter", most=100, default=round(100 * COUNTER)) / 100,
            rush=number_from(request, "rush", most=100, default=round(100 * RUSH)) / 100,
            **who,
        )
        messages.success(request, _("Tried on the made-up city. The picture shows who is served."))
    elif act == "open":
        services.open_release(release=found.id, **who)
        messages.success(request, _("Open. The rule stays as it is from now on."))
    elif act == "close":
        services.close_release(release=found.id, **who)
        messages.success(request, _("Closed. What was admitted is still handed over."))
    elif act == "put-out":
        _put_out(request, found, who)
    elif act == "take-back":
        units = services.take_back(tranche=uuid_from(request, "tranche"), **who)
        messages.success(request, _("%(units)s went back to where they came from.") % {"units": units})
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _put_out(request: PageRequest, found: ReleaseView, who: dict[str, Any]) -> None:
    source, _colon, lot = written(request, "stock").partition(":")
    try:
        stock = UUID(source), UUID(lot)
    except ValueError:
        raise UnusableForm(
            _("Choose the stock to put out. Nothing was moved."), where="stock", cure=_("Choose from the list.")
        ) from None
    on = day_from(request, "on")
    if on is None:
        raise UnusableForm(_("Choose the day. Nothing was moved."), where="on", cure=_("Choose a day."))
    tranche = services.put_out(
        release=found.id,
        on=on,
        units=number_from(request, "amount", least=1, most=UNITS_MOST),
        lot=stock[1],
        source=stock[0],
        region=written(request, "region"),
        variant=written(request, "variant"),
        shop=party_from(request, "shop") if written(request, "shop") else None,
        shops=[sure_party(name).id for name in _SEVERAL.split(written(request, "shops")) if name.strip()],
        factory=party_from(request, "factory") if written(request, "factory") else None,
        request_id=uuid_from(request, "request_id"),
        **who,
    )
    messages.success(request, _("Put out: only claims take from it now."))
    made = offers.offer(tranche)
    _warn_of_reserves(request, made)
    empty = [one for one in offers.slots(tranche, request.now) if not one.left] if made.rule.slots else ()
    if empty:
        messages.warning(
            request,
            _("These units suffice for fewer claims than there are times: nobody can come at %(times)s.")
            % {"times": _(", ").join(f"{timezone.localtime(one.from_at):%H:%M}" for one in empty)},
        )


def _warn_of_reserves(request: PageRequest, put_out: OfferView) -> None:
    """Where all of it is kept for other channels, whoever comes on the net is refused: say so to whoever put it out."""
    opens_at = max(request.now, put_out.opens_at)
    kept = offers.kept_from("WEB", [put_out.id], opens_at).get(put_out.id, ())
    if sum(one.units for one in kept) < put_out.units:
        return
    messages.warning(
        request,
        _(
            "All %(units)s are kept for other channels (%(channels)s); on the net nobody gets any until %(until)s. Put more out, or tell people to use those channels."
        )
        % {
            "units": put_out.units,
            "channels": ", ".join(word(one.channel, "channel") for one in kept),
            "until": timezone.localtime(min(one.until_at for one in kept)).strftime("%m-%d %H:%M"),
        },
    )


def _lots(request: PageRequest, found: ReleaseView) -> list[tuple[str, str, int]]:
    """(value of the choice, whose stock, how much is free) where the visitor may put out from."""
    rows = book.balances(
        holders=reach(request.actor, Duty.KEEPER, Duty.COMMAND), states=[State.AVAILABLE], items=[found.item]
    )
    names = party_names({row.holder for row in rows}) if rows else {}
    return [(f"{row.holder}:{row.lot.id}", names.get(row.holder, ""), row.free) for row in rows if row.free > 0]


def _stage(tranche: TrancheView, found: ReleaseView, request: PageRequest) -> str:
    if found.state != "OPEN" or request.now >= tranche.closes_at:
        return "OVER"
    return "OPEN" if request.now >= tranche.opens_at else "BEFORE"


def _districts(release: UUID, rule: Rule) -> Bars | None:
    named = [(_district(one.region, rule), one.admitted, one.claims) for one in queries.fairness(release)]
    return bars(named) if named else None


def _district(region: str, rule: Rule) -> str:
    return district_name(region, rule.eligibility) if region else _("no district said")


def _ages(release: UUID) -> Bars | None:
    """By the years of birth and the road they came: claims admitted of those made."""
    rows = queries.fairness_by_age(release)
    named = [
        (f"{_years(one.born_from, one.born_until)} · {word(one.channel, 'channel')}", one.admitted, one.claims)
        for one in rows
    ]
    return bars(named) if named else None


def _years(since: int | None, until: int | None) -> str:
    if until is None:
        return _("not told by a number")
    if since is None:
        return _("before %(year)s") % {"year": until + 1}
    return f"{since}–{until}"


def _figures(trial: TrialView) -> dict[str, int]:
    """What was tried last, as the form has it: shares in percent."""
    return {
        key: first if key not in trial.city else round(trial.city[key] * (100 if key in SHARES else 1))
        for key, first in FIRST_TRIED.items()
    }


def _shown(trial: TrialView) -> dict[str, Any]:
    """A trial with its pictures: who is served by age and by speed of the line, why others were refused."""
    outcome = trial.outcome
    ages = outcome["by_age"]  # a stored table keeps no order
    tried = sum(whole for whole, _part in ages.values())
    half = max(1, tried // 2)
    return {
        "trial": trial,
        "outcome": outcome,
        "ages": bars((group, ages[group][1], ages[group][0]) for group in GROUPS if group in ages),
        "speeds": bars(
            [
                (_("the quicker half"), round(half * outcome["fast_served"]), half),
                (_("the slower half"), round(half * outcome["slow_served"]), half),
            ]
        ),
        "refused": [
            (word(code, "claim" if code.isupper() else "claim-refusal"), n)
            for code, n in sorted(outcome["refused"].items(), key=lambda pair: -pair[1])
        ],
    }


@dataclass(frozen=True, slots=True)
class Worded:
    """A version and what it says otherwise than the one before: (question, answer then, answer now)."""

    version: VersionView
    changes: tuple[tuple[str, str, str], ...]


def _versions(release: UUID, unit: str) -> list[Worded]:
    """The newest first."""
    found = queries.versions(release)
    told = [{line.asked: " ".join(line.told) for line in lines_of(Rule.read(one.rule), unit)} for one in found]
    worded = []
    for at, one in enumerate(found):
        before, now = told[at + 1] if at + 1 < len(found) else told[at], told[at]
        asked = dict.fromkeys((*now, *before))
        changes = [(each, before.get(each, "—"), now.get(each, "—")) for each in asked]
        worded.append(Worded(one, tuple(each for each in changes if each[1] != each[2])))
    return worded


def _served(rows: Sequence[Fairness], rule: Rule) -> list[str]:
    """Who got any, by district. Of few people in a district the public is not told how each fared."""
    told = [(_district(one.region, rule), one.admitted, one.claims) for one in rows if one.claims >= TOLD_LEAST]
    few = [one for one in rows if one.claims < TOLD_LEAST]
    if sum(one.claims for one in few) >= TOLD_LEAST:
        name = _("districts where fewer than %(n)s asked") % {"n": TOLD_LEAST}
        told.append((name, sum(one.admitted for one in few), sum(one.claims for one in few)))
    if not told:
        return []
    return [
        "",
        _("Who got any, of those who asked, by district:"),
        *(
            _("%(district)s: %(part)s of %(whole)s") % {"district": name, "part": f"{part:,}", "whole": f"{whole:,}"}
            for name, part, whole in told
        ),
    ]


def _bulletins(found: ReleaseView, rule: Rule, unit: str, tranches: tuple[TrancheView, ...]) -> list[tuple[str, str]]:
    """(language, text to publish): the rule in words, the days put out, who got any, the rule's digest by which anybody can check it."""
    told, served = [], queries.fairness(found.id)
    for language, title in (("zh-hans", found.title_zh), ("en", found.title_en)):
        with override(language):
            lines = [title, found.office_name, ""]
            lines += [f"{line.asked}: {' '.join(line.told)}" for line in lines_of(rule, unit)]
            lines += [
                _("%(day)s from %(from)s: %(units)s %(unit)s") % {
                    "day": one.on, "from": f"{timezone.localtime(one.opens_at):%H:%M}", "units": f"{one.units:,}",
                    "unit": word(unit, "unit"),
                } + (f" · {district_name(one.region, rule.eligibility)}" if one.region else "")
                + (" · " + _("hash of the lot: %(hash)s") % {"hash": one.seed_hash} if rule.shuffle_s else "")
                for one in tranches
            ]  # fmt: skip
            lines += _served(served, rule)
            lines += ["", _("Version %(number)s of the rule, SHA-256 %(digest)s") % {"number": found.version, "digest": found.digest}]  # fmt: skip
            told.append((language, "\n".join(lines)))
    return told
