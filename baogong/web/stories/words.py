"""What the gallery and the theatre call stored codes."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STORY_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "figure-mark": {"R": _("reported"), "N": _("from a notice"), "I": _("invented")},
    "amount-kind": {"COUNT": _("counted things"), "WEIGHT": _("by weight"), "MONEY": _("money")},
}
