"""The five doors of the first-run page: which one do you need tonight? Each opens only its rooms' pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.web.context import BOARD


@dataclass(frozen=True, slots=True)
class Door:
    """`duties` open its first page, where they hold everywhere."""

    code: str
    title: str | Promise
    what: str | Promise
    start: str  # url name of the page to begin with
    duties: tuple[Duty, ...] = ()


DOORS = (
    Door(
        "CONVOY",
        _("Relief convoy"),
        _("Goods in several warehouses, one hub, a sealed city: share, truck, sign."),
        "command:board",
        BOARD.duties,
    ),
    Door(
        "FUNDS",
        _("Money and gifts"),
        _("Gifts of money and goods, goods carried for others: spent as their givers wish, followed, signed for."),
        "command:funds",
        OFFICE,
    ),
    Door(
        "COMMUNITY",
        _("Sealed community"),
        _("A station at the gate, couriers inside, shelves and doors."),
        "command:places",
        OFFICE,
    ),
    Door(
        "RELEASE",
        _("Rationed release"),
        _("Sell what is scarce to everyone, once each, and let a stranger check it."),
        "release:office",
        OFFICE,
    ),
    Door(
        "ORDERS",
        _("Orders and shops"),
        _("Chat orders, baskets and neighbourhood shops."),
        "orders:day",
        OFFICE,
    ),
)
