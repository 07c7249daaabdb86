from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0005_acts_as_told")]

    operations = [
        migrations.AddField(
            model_name="device",
            name="retired_at",
            field=models.DateTimeField(null=True),
        ),
    ]
