"""What stored codes of couriers and volunteers are called: works, passes, tests, the gate, the roll."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CREW_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "work": {
        "DELIVER": _("deliver"),
        "REGISTER_TESTS": _("register tests"),
        "KEEP_ORDER": _("keep order"),
        "CARRY_WASTE": _("carry waste"),
    },
    "sign-up": {
        "SIGNED": _("signed up"),
        "LISTED": _("on the list"),
        "DECLINED": _("not on the list"),
        "WITHDRAWN": _("withdrawn"),
    },
    "crew-pass": {
        "APPLIED": _("applied for"),
        "GRANTED": _("granted"),
        "REFUSED": _("refused"),
        "REVOKED": _("revoked"),
    },
    "test": {"PCR": _("PCR"), "ANTIGEN": _("antigen")},
    "test-result": {"NEGATIVE": _("negative"), "POSITIVE": _("positive")},
    "assignment": {"PLANNED": _("planned"), "WITHDRAWN": _("withdrawn")},
    "roll": {"PRESENT": _("present"), "ABSENT": _("absent"), "EXCUSED": _("excused")},
    "gate": {"IN": _("went in"), "OUT": _("went out")},
    "meal": {
        "BREAKFAST": _("breakfast"),
        "LUNCH": _("lunch"),
        "SUPPER": _("supper"),
        "NIGHT": _("night meal"),
    },
    "unfit": {
        "UNKNOWN": _("nobody of this place by that name or code"),
        "NO_PASS": _("no pass"),
        "PASS_NOT_YET": _("pass not valid yet"),
        "PASS_ENDED": _("pass ended"),
        "FIRM_NOT_LISTED": _("employer not on the list"),
        "PCR_MISSING": _("no negative PCR"),
        "PCR_NOT_YET": _("PCR not sampled yet"),
        "PCR_EXPIRED": _("PCR ran out"),
        "ANTIGEN_MISSING": _("no antigen test"),
        "TEMPERATURE_MISSING": _("no temperature today"),
        "TEMPERATURE_HIGH": _("temperature too high"),
        "POSITIVE": _("tested positive"),
    },
}
CREW_EVENTS: Mapping[str, str | Promise] = {
    "crew.assigned": _("somebody was assigned"),
    "crew.call-closed": _("a call’s list was closed"),
    "crew.call-link-made": _("a call’s link was made"),
    "crew.call-opened": _("people were called for"),
    "crew.declined": _("sign-ups were declined"),
    "crew.firm-listed": _("a firm was put on a place’s list"),
    "crew.firm-unlisted": _("a firm was taken off a place’s list"),
    "crew.kit-came-back": _("kit came back"),
    "crew.kit-issued": _("kit was given out"),
    "crew.kit-issued-to-all": _("kit was given out to a whole list"),
    "crew.let-out": _("somebody went out at the gate"),
    "crew.listed": _("sign-ups were listed"),
    "crew.lodged": _("somebody got a bed"),
    "crew.lodging-said": _("a lodging’s beds were set"),
    "crew.meal-served": _("meals were served"),
    "crew.member-changed": _("a crew member’s employer or home was set"),
    "crew.moved-out": _("a bed was given up"),
    "crew.pass-revoked": _("a person’s pass was revoked"),
    "crew.passes-applied-for": _("passes were applied for"),
    "crew.passes-granted": _("passes were granted"),
    "crew.passes-refused": _("passes were refused"),
    "crew.roll-called": _("a roll was called"),
    "crew.rule-said": _("a rule of entry was set"),
    "crew.sign-up-withdrawn": _("a sign-up was withdrawn"),
    "crew.signed-up": _("somebody signed up"),
    "crew.stood-at-gate": _("somebody stood at the gate"),
    "crew.stood-in": _("somebody stood in"),
    "crew.temperature-taken": _("a temperature was taken"),
    "crew.test-recorded": _("a test was recorded"),
    "crew.test-taken-back": _("a test was taken back"),
    "crew.unassigned": _("an assignment was withdrawn"),
    "crew.wanted": _("people wanted for a duty were set"),
    "crew.signed-on": _("a volunteer signed on"),
    "crew.signed-off": _("a volunteer signed off"),
    "crew.correction-drawn": _("a correction of hours was drawn up"),
    "crew.corrected": _("hours were put right"),
}
