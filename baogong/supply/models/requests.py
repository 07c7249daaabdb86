"""What every paper of this room has: the request it began with."""

from __future__ import annotations

from django.db import models


class Asked(models.Model):
    """A use case that began with one request: the same request again finds this row instead of making another."""

    request_id = models.UUIDField(unique=True, editable=False)
    content = models.UUIDField(editable=False)  # derived from what was asked: other content under one id is refused

    class Meta:
        abstract = True
