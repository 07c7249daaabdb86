"""What is asked for, how sure we are, and who gets what."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = ("needs_readrow", "needs_check", "needs_renewal")
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "needs_need",
    "needs_allotment",
    "needs_contact",
    "needs_tie",
    "needs_figure",
    "needs_usestandard",
    "needs_household",
    "needs_packrule",
)
# Rows here come and go, and why.
CHANGEABLE_TABLES: dict[str, str] = {
    "needs_ringing": "who is on the telephone just now, and when to try again; what was said stands in the checks",
}
