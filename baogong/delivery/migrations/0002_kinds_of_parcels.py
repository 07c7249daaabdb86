"""The kinds of parcels a house begins with; people change and add to them."""

from uuid import UUID

from django.db import migrations

# code, Chinese, English, cold, handovers, grams of one (estimates)
KINDS = (
    ("6ba0f0d0-0000-7000-8000-000000000001", "parcel", "包裹", "Parcel", False, ["CONTACTLESS", "WITNESSED", "SIGNED"], 1500),
    ("6ba0f0d0-0000-7000-8000-000000000002", "fresh", "生鲜", "Fresh food", True, ["CONTACTLESS", "WITNESSED"], 4000),
    ("6ba0f0d0-0000-7000-8000-000000000003", "takeaway", "外卖", "Takeaway", False, ["CONTACTLESS", "WITNESSED"], 800),
    ("6ba0f0d0-0000-7000-8000-000000000004", "pack", "蔬菜包", "Vegetable pack", False, ["CONTACTLESS", "WITNESSED"], 5000),
    ("6ba0f0d0-0000-7000-8000-000000000005", "medicine", "药品", "Medicine", False, ["WITNESSED", "SIGNED"], 300),
)  # fmt: skip


def add(apps, schema_editor):
    kind = apps.get_model("delivery", "Category")
    kind.objects.bulk_create(
        kind(id=UUID(id), code=code, name_zh=zh, name_en=en, is_cold=cold, modes=modes, weight_g=weight_g)
        for id, code, zh, en, cold, modes, weight_g in KINDS
    )


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_parcels_and_rounds")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
