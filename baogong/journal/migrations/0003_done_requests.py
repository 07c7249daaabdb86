from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="DoneRequest",
            fields=[
                ("request_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("content_hash", models.BinaryField(max_length=32)),
                ("result", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
