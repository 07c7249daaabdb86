"""Orders of a neighbourhood: baskets gathered in chat groups, and the pages of small shops."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = ("orders_basketact", "orders_arrivalline", "orders_approvedshop")
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "orders_basket",
    "orders_basketitem",
    "orders_arrival",
    "orders_portion",
    "orders_truck",
    "orders_shop",
    "orders_shoppack",
    "orders_shopday",
    "orders_daypack",
    "orders_dayslot",
    "orders_shoporder",
    "orders_shoporderline",
    "orders_lesson",
)
CHANGEABLE_TABLES: dict[str, str] = {
    "orders_paste": "what people wrote in their group; it goes when the basket's purpose ends",
    "orders_chainline": "lines of it, with names and doors; they go with it",
    "orders_baskethousehold": "names and doors of a basket's households; they go when its purpose ends",
    "orders_shop_communities": "where a shop brings to; a community it serves no more goes",
    "orders_shopphoto": "what a shop or a pack looks like; a newer picture takes the older one's place",
    "orders_lessonseat": "who put their name down for a lesson; a name may be taken off again",
}
