"""What stored codes of orders are called."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ORDER_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "basket": {
        "DRAFT": _("being drafted"),
        "REPORTED": _("reported, waits for the committee"),
        "OPEN": _("open for orders"),
        "CLOSED": _("closed, not ordered yet"),
        "ORDERED": _("ordered"),
        "SHARED": _("shared out"),
        "DONE": _("handed over"),
        "CALLED_OFF": _("called off"),
    },
    "chain-line": {
        "COUNTED": _("counts as an order"),
        "WAITING": _("waits for a person"),
        "WITHDRAWN": _("withdrawn"),
        "LEFT_OUT": _("left out"),
        "SKIPPED": _("says nothing of orders"),
        "SUPERSEDED": _("superseded"),
    },
}
ORDER_EVENTS: Mapping[str, str | Promise] = {
    "orders.basket.arrived": _("goods of a basket came"),
    "orders.basket.sprayed": _("goods of a basket were sprayed"),
    "orders.basket.called-off": _("a basket was called off"),
    "orders.basket.closed": _("a basket was closed"),
    "orders.basket.drafted": _("a basket was drafted"),
    "orders.basket.forgotten": _("a basket’s chats, names and doors were erased"),
    "orders.basket.handed-over": _("households got their portions"),
    "orders.basket.opened": _("the committee opened a basket"),
    "orders.basket.ordered": _("a basket was ordered"),
    "orders.basket.paid": _("a household's payment was noted"),
    "orders.basket.refunded": _("a household was paid back"),
    "orders.basket.reported": _("a basket was reported to the committee"),
    "orders.basket.shared": _("a basket was shared out"),
    "orders.chain.pasted": _("a chain was pasted"),
    "orders.lines.settled": _("lines of a chain were settled"),
    "orders.truck.added": _("a truck was listed for baskets"),
    "orders.truck.loaded": _("what goes onto a truck was shared out"),
    "orders.truck.named": _("a truck was named for a basket"),
    "orders.day.capped": _("a shop’s day was cut off at fewer packs"),
    "orders.day.closed": _("a shop’s day was closed"),
    "orders.day.opened": _("a shop opened a day"),
    "orders.lesson.announced": _("a lesson was announced"),
    "orders.lesson.attended": _("somebody attended a lesson"),
    "orders.lesson.called-off": _("a lesson was called off"),
    "orders.lesson.put-down": _("a name was put down for a lesson"),
    "orders.line.came-back": _("bags of a shop’s order came back"),
    "orders.line.lost": _("bags of a shop’s order were lost"),
    "orders.lines.told-late": _("orderers were told a later time"),
    "orders.order.cancelled": _("an order of a shop was given up"),
    "orders.order.handed-over": _("an order of a shop was handed over"),
    "orders.order.picked": _("an order of a shop was picked"),
    "orders.order.placed": _("an order of a shop was placed"),
    "orders.organiser.linked": _("an organiser’s private link was made"),
    "orders.pack.added": _("a shop added a pack"),
    "orders.pack.ended": _("a shop took a pack off its page"),
    "orders.people.forgotten": _("the orderers of an office were forgotten"),
    "orders.portion.came-back": _("a portion came back to the committee’s tables"),
    "orders.portion.lost": _("a portion was lost on the way"),
    "orders.riders.changed": _("a shop’s riders were changed"),
    "orders.shop.changed": _("a shop’s page was changed"),
    "orders.shop.opened": _("a shop opened its page"),
    "orders.shop.pictured": _("a shop put up a picture"),
    "orders.shop.spoken-for": _("the district spoke of a shop"),
    "orders.stock.changed": _("a shop’s stock was changed"),
}
ORDER_PAPERS: Mapping[str, str | Promise] = {
    "BASKET": _("report of a basket"),
    "BASKET_ORDER": _("basket ordered"),
    "BASKET_ARRIVAL": _("basket came"),
    "BASKET_SHARES": _("basket shared out"),
    "BASKET_OFF": _("basket called off"),
    "TRUCK_LOAD": _("truck loaded"),
}
# Lines of these papers.
ORDER_FIELDS: Mapping[str, str | Promise] = {
    "basket": pgettext_lazy("households", "basket"),
    "baskets": _("baskets"),
    "community": _("community"),
    "counted": _("counted"),
    "driver": _("driver"),
    "goods": _("goods"),
    "households": _("households"),
    "is_beyond_tolerance": _("shorter than is usual"),
    "licence": _("licence of the supplier"),
    "loaded": _("on the truck"),
    "ordered": _("ordered"),
    "packs": _("packs"),
    "packs_max": _("packs that go onto it"),
    "plate": _("plate"),
    "rule": _("rule"),
    "short_permille": _("short, per thousand"),
    "signed_in_at": _("signed in"),
    "sprayed_at": _("sprayed"),
    "truck": _("truck"),
    "why_other": _("why another may come in"),
}
