"""Rows of lists that are in the book."""

from __future__ import annotations

from django.db import models


class ReadRow(models.Model):
    """
    A row of a list that is in the book: read again, it changes nothing.

    key       what the row said (kind, site, item, amount, facets, the how-manieth equal row of its list)
    subject   the count, order or gift it became
    """

    key = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20)
    subject = models.UUIDField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
