"""Reads everything and decides nothing: boards, alerts made from events, nights rehearsed, bulletins, the public account."""

from __future__ import annotations

# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = ("tower_alert", "tower_bulletin", "tower_rehearsal", "tower_watchrule")
# What was drawn stays as it was drawn; a trigger refuses the rest once it is published.
CHANGEABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "tower_bulletin": ("state", "words_zh", "words_en", "document", "hash", "published_at"),
}
