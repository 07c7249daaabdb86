"""What the fields of forms are called when a refusal names one; `label_of("amount_3")` is the amount of line 3."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIELDS: Mapping[str, Promise] = {
    "about": _("what it was about"),
    "ahead": _("money back of what was paid ahead"),
    "amount": _("amount"),
    "arrive_at": _("arrival"),
    "arrived": _("arrived"),
    "arrives_on": _("arrives on"),
    "awaited": _("still to come"),
    "back": _("money back"),
    "bonus": _("bonus"),
    "borrower": _("borrower"),
    "buyer": _("who pays"),
    "by_name": _("who did it, by name"),
    "cartons_max": _("most cartons"),
    "cartons_min": _("least cartons"),
    "code": _("code"),
    "consent_text": _("how consent was given"),
    "contact": _("how the group is reached"),
    "count": _("number of vehicles"),
    "counted": _("counted"),
    "counted_at": _("counted at"),
    "daily_use": _("use of one person a day"),
    "damaged": _("damaged"),
    "day": _("day"),
    "days": _("days"),
    "days_count": _("days"),
    "decided_by": _("who decided"),
    "donor": _("giver"),
    "driver": _("driver"),
    "due": _("has to come by"),
    "due_at": _("due"),
    "duty": _("duty"),
    "duty_text": _("duty in words"),
    "earliest_at": _("leaves at the earliest"),
    "expires": _("use before"),
    "expires_on": _("use before"),
    "feeds": _("first brought to"),
    "fen": _("amount in yuan"),
    "fixed": _("price of a run"),
    "from": _("from"),
    "from_at": _("from"),
    "goods": _("goods"),
    "granted_by": _("who grants it"),
    "gross_kg": _("gross weight"),
    "item": _("item"),
    "kind": _("kind"),
    "kinds": _("kinds of events"),
    "kit": _("kit"),
    "label": _("whose number it is"),
    "later_at": _("arrival"),
    "lead_days": _("days until it comes"),
    "left": _("left behind"),
    "lender": _("lender"),
    "lost": _("lost"),
    "m3": _("cubic metres"),
    "memory": _("memory"),
    "name": _("name"),
    "name_zh": _("Chinese name"),
    "no": _("line"),
    "nominal_g": _("weight of a pack"),
    "not_before": _("ready at"),
    "number": _("number"),
    "off": _("called off"),
    "outcome": _("outcome"),
    "packaging_g": _("weight of the packaging"),
    "packed": _("units in a carton"),
    "packs": _("packs"),
    "party": _("party"),
    "people_count": _("people"),
    "per_carton_new": _("units in a carton"),
    "per_days": _("in how many days"),
    "per_persons": _("persons to a pack"),
    "perkm": _("price of a kilometre"),
    "person": _("person"),
    "pieces": _("units in a carton"),
    "place": _("place"),
    "plate": _("number plate"),
    "price": _("price"),
    "purpose": _("purpose"),
    "quantity": _("amount"),
    "reason": _("reason"),
    "receiver": _("receiver"),
    "receivers": _("receivers"),
    "reference": _("reference"),
    "refused": _("refused"),
    "rounds": _("rounds"),
    "serials": _("serial numbers"),
    "short": _("missing"),
    "site": _("place"),
    "source": _("source"),
    "stands_for": _("packs they stand for"),
    "stated_kg": _("weight as written"),
    "substitute_amount": _("amount of the substitute"),
    "supplier": _("supplier"),
    "surplus": _("more than written"),
    "taken_by": _("who took it"),
    "tare_kg": _("weight of the empty truck"),
    "task": _("task"),
    "text": _("text"),
    "title": _("what is to be done"),
    "to": _("to"),
    "tons": _("tons"),
    "trustee": _("who holds the money"),
    "units": _("units"),
    "until": _("until"),
    "until_at": _("until"),
    "urgency": _("urgency"),
    "url": _("address"),
    "username": _("log-in name"),
    "valid_from_at": _("valid from"),
    "valid_until": _("offered until"),
    "valid_until_at": _("valid until"),
    "vehicle": _("vehicle"),
    "weight": _("weight"),
    "what": _("what happened"),
    "where": _("where"),
    "whom": _("who was called"),
    "why": _("why"),
    "words": _("words"),
}
_NAME = re.compile(
    r"(?P<name>[a-z]+[a-z0-9]*(?:_[a-z]+)*?)(?:_(?:cartons|units))?(?:_(?P<tail>\d{1,5}|[0-9a-f-]{36}|new))?"
)


def label_of(field: str) -> str:
    """The label of a form's field, with its line where it has one; "" of a field that no person fills in."""
    found = _NAME.fullmatch(field)
    if found is None:
        return ""
    label = FIELDS.get(field) or FIELDS.get(found["name"])
    if label is None:
        return ""
    if (found["tail"] or "").isdigit():
        return gettext("line %(no)s, %(label)s") % {"no": found["tail"], "label": label}
    return str(label)
