from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0007_run_outs")]

    operations = [
        migrations.AddField(model_name="runout", name="lacks", field=models.JSONField(default=list)),
        migrations.RemoveField(model_name="runout", name="reason_zh"),
        migrations.RemoveField(model_name="runout", name="reason_en"),
    ]
