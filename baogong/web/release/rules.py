"""A release's rule in words: what, how much, at whose cost, when, for whom, where to fetch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from baogong.engine.release import Mode, Part, PricePart, Quota, Rule, TurnKind, charge
from baogong.engine.release.rule import ACCEPTED
from baogong.kernel.money import yuan
from baogong.web.words import district_name, word


@dataclass(frozen=True, slots=True)
class Line:
    """One question people ask of a rule, and its answers."""

    asked: str
    told: tuple[str, ...]


def lines_of(rule: Rule, unit: str, *, variant: str = "", region: str = "") -> tuple[Line, ...]:
    """The whole rule, a question at a time, in the visitor's language. `variant` and `region`: of a tranche."""
    return (
        Line(_("How much"), _how_much(rule, unit)),
        Line(_("What it costs"), cost_of(rule, unit, variant)),
        Line(_("When"), _when(rule)),
        Line(_("Who may"), who_may(rule, region)),
        Line(_("How often"), tuple(map(_quota, rule.quotas)) or (_("As often as anybody likes."),)),
        Line(_("How it reaches you"), (way_of(rule), *_clean(rule), *_proxy(rule))),
        Line(_("If nothing is left"), _standby(rule)),
        *((Line(_("Kept for some roads"), _reserves(rule, unit)),) if rule.reserves else ()),
        *((Line(_("How lots are drawn"), _lots(rule)),) if rule.mode is Mode.DRAW else ()),
    )


def cost_of(rule: Rule, unit: str, variant: str = "") -> tuple[str, ...]:
    """What a claim of the most units costs the resident, then each part with who bears it."""
    most = rule.units_per_claim_max
    if not rule.price:
        return (_("It is free for you."),)
    charges = charge(rule, most, variant, is_brought=rule.is_brought)
    own = sum(one.fen for one in charges if one.bearer == "RESIDENT")
    if not own:
        return (_("It is free for you."), *(_part(one) for one in rule.price if one.variant in ("", variant)))
    first = _("You pay ¥%(yuan)s for %(units)s %(unit)s.") % {
        "yuan": yuan(own), "units": most, "unit": word(unit, "unit"),
    }  # fmt: skip
    return (first, *(_part(one) for one in rule.price if one.variant in ("", variant)))


def way_of(rule: Rule) -> str:
    """Fetched or brought, and within what time."""
    if rule.fulfilment == "PICKUP":
        if rule.pickup_days == 1:
            return _("You fetch it on the same day. What is not fetched goes to those who stand by.")
        return _("You fetch it within %(days)s days, the first one counted. What is not fetched goes to those who stand by.") % {
            "days": rule.pickup_days
        }  # fmt: skip
    told = (
        _("It is brought to your address.")
        if rule.within_h is None
        else _("It is brought to your address within %(hours)s hours.") % {"hours": rule.within_h}
    )
    if rule.handover and "CONTACTLESS" not in rule.handover:
        told += " " + _("It is handed over in person and never left anywhere.")
    visits = {"visits": rule.visits_max, "days": rule.pickup_days}
    if rule.in_vain == "DESK":
        return f"{told} " + _(
            "Where nobody is at home the courier comes %(visits)s times; then it is kept at the desk for %(days)s days."
        ) % visits  # fmt: skip
    return f"{told} " + _(
        "Where nobody is at home the courier comes %(visits)s times; then it goes to those who stand by."
    ) % visits  # fmt: skip


def _clean(rule: Rule) -> tuple[str, ...]:
    return (_("The goods are disinfected when they come in, before they are packed."),) if rule.disinfected else ()


def _proxy(rule: Rule) -> tuple[str, ...]:
    if rule.fulfilment == "PICKUP" and not rule.proxies:
        return (_("You fetch it yourself, with your own document: nobody else is given it."),)
    return ()


def _how_much(rule: Rule, unit: str) -> tuple[str, ...]:
    said = [_("Up to %(units)s %(unit)s at a time.") % {"units": rule.units_per_claim_max, "unit": word(unit, "unit")}]
    if rule.units_daily is not None:
        said.append(_("%(units)s are put out every day.") % {"units": f"{rule.units_daily:,}"})
    return tuple(said)


def _part(one: PricePart) -> str:
    if one.basis_points:
        price = _("%(percent)s %% of the goods") % {"percent": f"{one.basis_points / 100:g}"}
    elif one.per == "UNIT":
        price = _("¥%(yuan)s each") % {"yuan": yuan(one.fen)}
    else:
        price = _("¥%(yuan)s for each claim") % {"yuan": yuan(one.fen)}
    if len(one.bearers) == 1:
        bearers = word(one.bearers[0][0], "bearer")
    else:
        whole = sum(weight for _bearer, weight in one.bearers)
        shares = [f"{word(bearer, 'bearer')} {100 * weight / whole:.0f} %" for bearer, weight in one.bearers]
        bearers = _(", ").join(shares)
    said = {"part": word(one.part, "price-part"), "price": price, "bearers": bearers}
    if one.part is Part.GOODS and one.variant:
        return _("%(part)s (%(variant)s): %(price)s; paid by: %(bearers)s.") % {**said, "variant": one.variant}
    return _("%(part)s: %(price)s; paid by: %(bearers)s.") % said


def _when(rule: Rule) -> tuple[str, ...]:
    if rule.mode is Mode.DRAW and rule.opens == time(0) and rule.closes is None:
        return (_("You may enter at any hour until the list closes, which is announced with the draw."),)
    said = [_("It opens at %(at)s.") % {"at": f"{rule.opens:%H:%M}"}]
    if rule.closes is not None:
        said.append(_("It closes at %(at)s.") % {"at": f"{rule.closes:%H:%M}"})
    if rule.slots:
        said.append(_("Times to choose from: %(times)s.") % {"times": _(", ").join(f"{at:%H:%M}" for at in rule.slots)})
    if rule.shuffle_s:
        said.append(
            _("Whoever claims in the first %(seconds)s seconds is served by lot: there is no need to be the fastest.")
            % {"seconds": rule.shuffle_s}
        )
    return tuple(said)


def who_may(rule: Rule, region: str) -> tuple[str, ...]:
    """Whom the rule serves."""
    who, said = rule.eligibility, []
    if who.regions:
        codes = _(", ").join(district_name(one, who) for one in who.regions)
        said.append(
            (_("Documents given out in: %(codes)s.") if who.region_of == "DOCUMENT" else _("Addresses in: %(codes)s."))
            % {"codes": codes}
        )
    if who.lists:
        names = _(", ").join(who.lists)
        said.append((_("Or on one of the lists: %(names)s.") if who.either else _("On one of the lists: %(names)s.")) % {"names": names})  # fmt: skip
    if region:
        said.append(_("This part is for district %(code)s.") % {"code": district_name(region, who)})
    if who.age_min is not None:
        said.append(_("From %(age)s years of age.") % {"age": who.age_min})
    if who.age_max is not None:
        said.append(_("Up to %(age)s years of age.") % {"age": who.age_max})
    if who.needs_verified_address:
        said.append(_("The address has to be verified before."))
    if set(who.documents) != set(ACCEPTED):
        said.append(_("Accepted documents: %(kinds)s.") % {"kinds": _(", ").join(word(one, "release-document") for one in who.documents)})  # fmt: skip
    return tuple(said) or (_("Everybody."),)


def _quota(one: Quota) -> str:
    said = {"whom": word(one.subject, "quota"), "days": one.turn.days}
    if one.claims_max is not None:
        much = _("%(n)s×") % {"n": one.claims_max}
        if one.units_max is not None:
            much = _("%(claims)s and %(units)s units in all") % {"claims": much, "units": one.units_max}
    else:
        much = _("%(units)s units in all") % {"units": one.units_max}
    if one.turn.days == 1 and one.turn.kind is not TurnKind.EVER:
        return _("%(whom)s: %(much)s a day, whatever the road.") % {**said, "much": much}
    if one.turn.kind is TurnKind.EVER:
        return _("%(whom)s: %(much)s, once and for all.") % {**said, "much": much}
    if one.turn.kind is TurnKind.FIXED:
        return _("%(whom)s: %(much)s in each round of %(days)s days.") % {**said, "much": much}
    return _("%(whom)s: %(much)s in %(days)s days, whatever the road.") % {**said, "much": much}


def _standby(rule: Rule) -> tuple[str, ...]:
    if not rule.standby_max or rule.mode is Mode.APPOINTMENT:
        return (_("You are told at once and may claim again when more is put out."),)
    told = _(
        "Up to %(n)s people stand by, in their order: what is given up, not fetched or kept no longer is theirs, and nobody passes "
        "them."
    ) % {"n": f"{rule.standby_max:,}"}
    if rule.fulfilment != "PICKUP":
        return (told,)
    return told, _("Whoever it comes to has at least one whole day to fetch it; what they miss costs them no turn.")


def kept_told(units: int, unit: str, channel: str, until: time) -> str:
    """What only another channel may take, and until when."""
    return _("%(units)s %(unit)s are kept for claims %(channel)s until %(until)s.") % {
        "units": f"{units:,}", "unit": word(unit, "unit"), "channel": word(channel, "channel"), "until": f"{until:%H:%M}",
    }  # fmt: skip


def _reserves(rule: Rule, unit: str) -> tuple[str, ...]:
    return tuple(kept_told(one.units, unit, one.channel, one.until) for one in rule.reserves)


def _lots(rule: Rule) -> tuple[str, ...]:
    said, draw = [], rule.draw
    if draw.household_winners_max:
        said.append(_("One household wins at most %(n)s×.") % {"n": draw.household_winners_max})
    if draw.pause_days:
        said.append(_("Who has won stays out for %(days)s days.") % {"days": draw.pause_days})
    if draw.stays_in:
        said.append(
            _("Who has entered and lost stays in the next draw, without coming again, until they win or leave.")
        )
    if draw.by_waiting:
        said.append(_("Who has lost most often comes first; lots decide among those who have lost as often."))
    elif draw.weight_per_loss and draw.weight_max > 1:
        said.append(
            _("Each draw lost adds %(more)s to the weight of 1, up to %(most)s.")
            % {"more": draw.weight_per_loss, "most": draw.weight_max}
        )
    else:
        said.append(_("Every entry counts the same; earlier losses count nothing."))
    return tuple(said)
