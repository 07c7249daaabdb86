"""
Triggers that refuse edits of what was counted, received, signed, looked up and carried out, and let no paper vanish.

For all rooms at once, in the topmost: each table's own room names it in APPEND_ONLY_TABLES or KEPT_TABLES.
"""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = (
    "supply_count",
    "supply_countline",
    "supply_freezescope",
    "supply_lift",
    "supply_giftreceipt",
    "supply_shipment",
    "supply_retailhold",
    "supply_readrow",
    "supply_moneyreceipt",
    "supply_commitment",
    "supply_delivery",
    "supply_payment",
    "supply_refund",
    "supply_cancellation",
    "needs_readrow",
    "freight_waybillact",
    "freight_carried",
    "freight_equipmentmove",
    "journal_donerequest",
)
KEPT = (
    "planning_plan",
    "planning_planline",
    "supply_freeze",
    "supply_freezeline",
    "supply_gift",
    "supply_giftline",
    "supply_retailorder",
    "supply_moneygift",
    "supply_fund",
    "supply_reearmark",
    "supply_purchase",
    "supply_orderedline",
    "supply_draw",
    "supply_deliveryline",
    "supply_deliverypart",
    "supply_invoice",
    "supply_invoiceline",
    "supply_refundline",
    "supply_thankyou",
    "supply_supplyoffer",
    "supply_offertaken",
    "needs_need",
    "needs_allotment",
    "freight_waybill",
    "freight_waybillline",
    "freight_parcel",
    "freight_surplus",
    "freight_carrierask",
    "freight_pass",
    "journal_importrun",
    "journal_importline",
    "journal_member",
    "journal_watch",
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_requests_move_to_the_journal"),
        ("freight", "0001_initial"),
        ("journal", "0003_done_requests"),
        ("needs", "0001_initial"),
        ("people", "0002_append_only"),
        ("planning", "0001_initial"),
        ("supply", "0004_offers_of_suppliers"),
    ]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
