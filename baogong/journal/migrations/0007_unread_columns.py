from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0006_webhook_with_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="unread_columns",
            field=models.JSONField(default=list),
        ),
    ]
