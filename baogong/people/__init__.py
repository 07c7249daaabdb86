"""Parties (organisations, sites as holders, visiting teams, persons), their aliases, duties, log-ins, links and keys."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = ("people_linkuse", "people_personalread")
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "people_user",
    "people_dutyheld",
    "people_link",
    "people_personaldatum",
    "people_purposekey",
    "people_merge",
    "people_apart",
    "people_party",
    "people_alias",
    "people_keycheck",
)
# Rows here come and go, and why.
CHANGEABLE_TABLES: dict[str, str] = {
    "people_pace": "counts of a running quarter of an hour; swept when it is over, so that nobody's tries are kept",
}
