"""Rationed release: what is scarce is sold to everybody, once each, under a rule anybody can read."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "release_ruleversion",
    "release_ruletrial",
    "release_drawmore",
    "release_promisealert",
    "release_goodsin",
)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "release_release",
    "release_tranche",
    "release_channelreserve",
    "release_slot",
    "release_claim",
    "release_winnerlist",
    "release_winner",
    "release_draw",
    "release_drawentry",
    "release_drawstay",
)
CHANGEABLE_TABLES: dict[str, str] = {
    "release_redemption": "rights used; one that a shop's desk takes back at once goes, which a trigger asks, and the journal tells",
    "release_used": "keyed tags of who had how much; they go when the city forgets its people",
    "release_listed": "keyed tags of who stands on a list; they go when the city forgets its people",
    "release_contactunderway": "sealed contacts of claimants; each goes once it is kept under the city's purpose",
    "release_device": "keyed tags of browsers; they go when the city forgets its people",
    "release_clusterlook": "verdicts on keyed tags, kept in the journal too; they go when the city forgets its people",
    "release_verifiedaddress": "keyed tags of addresses; one verified again replaces the earlier row",
}
