from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tower", "0007_kind_of_missing_people")]

    operations = [
        migrations.AddField(
            model_name="watchrule",
            name="uncounted",
            field=ArrayField(models.CharField(max_length=24), default=list),
        ),
        migrations.AddField(model_name="watchrule", name="whole_at", field=models.DateTimeField(null=True)),
    ]
