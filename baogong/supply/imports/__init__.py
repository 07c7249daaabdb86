"""The lists this room reads, a file for each: stock sheets, paid retail orders, gifts and consignments, corrections."""

from __future__ import annotations

from functools import partial

from baogong.engine.sheets.kinds import ImportKind, register_kind
from baogong.engine.sheets.notices import FORM
from baogong.kernel.actor import Duty
from baogong.supply.imports.corrections import CORRECTION_COLUMNS, apply_corrections, classify_corrections
from baogong.supply.imports.funds import FUND_COLUMNS, apply_funds, classify_funds
from baogong.supply.imports.gifts import CONSIGNMENT_COLUMNS, GIFT_COLUMNS, apply_gifts, classify_gifts
from baogong.supply.imports.kits import KIT_COLUMNS, apply_kits, classify_kits
from baogong.supply.imports.offers import OFFER_COLUMNS, apply_offers, classify_offers
from baogong.supply.imports.orders import ORDER_COLUMNS, apply_orders, classify_orders
from baogong.supply.imports.orders import ask_again as ask_order_again
from baogong.supply.imports.serials import SERIAL_COLUMNS, apply_serials, classify_serials
from baogong.supply.imports.slips import SLIP_COLUMNS, apply_slips, classify_slips
from baogong.supply.imports.stock import STOCK_COLUMNS, apply_stock, classify_stock
from baogong.supply.imports.weights import WEIGHT_COLUMNS, apply_weights, classify_weights
from baogong.supply.services.loans import LENDERS
from baogong.supply.services.weighing import WEIGHERS

AT_A_SITE = (Duty.KEEPER, Duty.CLERK, Duty.COMMAND)  # as the services of counts and of orders demand it at the site


def register() -> None:
    """Called when the room starts."""
    register_kind(
        ImportKind(
            "stock",
            "库存盘点表",
            "Stock sheet",
            STOCK_COLUMNS,
            classify_stock,
            apply_stock,
            duties=AT_A_SITE,
            place="site",
        )
    )
    register_kind(
        ImportKind(
            "orders",
            "已付款订单",
            "Paid retail orders",
            ORDER_COLUMNS,
            classify_orders,
            apply_orders,
            duties=AT_A_SITE,
            place="site",
            ask_again=ask_order_again,
            asks_at_once=True,
        )
    )
    register_kind(ImportKind("funds", "捐款清单", "Gifts of money", FUND_COLUMNS, classify_funds, apply_funds))
    register_kind(
        ImportKind(
            "gifts", "捐赠清单", "Gifts", GIFT_COLUMNS, partial(classify_gifts, "gifts", GIFT_COLUMNS), apply_gifts
        )
    )
    register_kind(
        ImportKind(
            "consignments",
            "代运清单",
            "Consignments",
            CONSIGNMENT_COLUMNS,
            partial(classify_gifts, "consignments", CONSIGNMENT_COLUMNS),
            apply_gifts,
        )
    )
    register_kind(ImportKind("offers", "供应商报价", "Suppliers' offers", OFFER_COLUMNS, classify_offers, apply_offers))
    register_kind(ImportKind("kits", "套餐清单", "Pack lists", KIT_COLUMNS, classify_kits, apply_kits))
    register_kind(
        ImportKind(
            "slips",
            "磅单",
            "Weighbridge slips",
            SLIP_COLUMNS,
            classify_slips,
            apply_slips,
            duties=WEIGHERS,
            place="site",
        )
    )
    register_kind(
        ImportKind(
            "weights",
            "抽称表",
            "Packs weighed",
            WEIGHT_COLUMNS,
            classify_weights,
            apply_weights,
            duties=WEIGHERS,
            place="site",
        )
    )
    register_kind(
        ImportKind(
            "serials",
            "出借物品清单",
            "Things to lend",
            SERIAL_COLUMNS,
            classify_serials,
            apply_serials,
            duties=LENDERS,
            place="site",
        )
    )
    register_kind(
        ImportKind(
            "corrections",
            "更正公告",
            "Published corrections",
            CORRECTION_COLUMNS,
            classify_corrections,
            apply_corrections,
            forms=frozenset({FORM}),
        )
    )
