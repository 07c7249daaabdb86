from django.db import migrations


class Migration(migrations.Migration):
    """Commands keep their requests beside the API's: the journal holds them for both."""

    dependencies = [("api", "0001_initial"), ("journal", "0003_done_requests")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO journal_donerequest (request_id, content_hash, result, at) "
            "SELECT request_id, content_hash, result, at FROM api_donerequest",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("DoneRequest"),
    ]
