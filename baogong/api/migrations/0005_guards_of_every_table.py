"""
Triggers for the tables that came later, and for the registers: what a promise, a paper or a lot may name never vanishes.

Each table's own room names it in APPEND_ONLY_TABLES or KEPT_TABLES; a test sees that none is forgotten.
"""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = (
    "supply_kit",
    "supply_kitline",
    "supply_kitsubstitute",
    "supply_packingtallypart",
    "supply_weighing",
    "supply_weightstatement",
    "supply_weightstatement_trucks",
    "supply_loan",
    "supply_loanact",
    "supply_loanrequest",
    "supply_purchase_chosen",
    "supply_giftcorrection",
)
KEPT = (
    "supply_packingrun",
    "supply_packinglayer",
    "supply_packingpart",
    "supply_packingtally",
    "supply_packingwaste",
    "supply_lentunit",
    "people_party",
    "people_alias",
    "people_keycheck",
    "journal_bookmark",
    "journal_counter",
    "journal_webhook",
    "freight_carrier",
    "freight_vehiclekind",
    "freight_vehicle",
    "freight_meetingplace",
    "places_site",
    "places_lane",
    "places_closure",
    "places_sealedarea",
    "catalogue_item",
    "catalogue_itemalias",
    "catalogue_standard",
    "catalogue_standard_items",
    "catalogue_carton",
    "catalogue_gtin",
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0004_guards_of_trust"),
        ("catalogue", "0003_item_unit_gram"),
        ("freight", "0001_initial"),
        ("journal", "0004_webhooks"),
        ("people", "0004_documents_found_by_their_last_four"),
        ("places", "0001_initial"),
        ("supply", "0007_gift_corrections"),
    ]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
