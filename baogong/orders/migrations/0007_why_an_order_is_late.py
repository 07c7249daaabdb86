from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_purchase_of_a_basket"),
    ]

    operations = [
        migrations.AddField(
            model_name="shoporderline",
            name="told_why",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
    ]
