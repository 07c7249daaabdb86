"""Log-ins, duties, private links, paces (rate limits) and the check value of the keys."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.people.models.parties import Party


class UserManager(BaseUserManager["User"]):
    """Log-ins are made by `people.services`; Django's own commands only look them up."""


class User(AbstractBaseUser):
    """A log-in of one person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.OneToOneField(Party, models.PROTECT, related_name="user")
    username = models.CharField(max_length=60, unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)  # raised at dismissal: every session ends at once
    session_s = models.PositiveIntegerField(default=12 * 3600)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")

    USERNAME_FIELD = "username"
    objects = UserManager()

    def __str__(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """Every request compares this with what the session was opened under: another password or epoch ends it."""
        return salted_hmac(
            "baogong.people.session", f"{self.session_epoch}:{self.password}", algorithm="sha256"
        ).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """A retired SECRET_KEY opens no session."""
        return iter(())


class DutyHeld(models.Model):
    """One duty of one person, at one party's place or (null) everywhere, from and until."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="duties")
    duty = models.CharField(max_length=16, choices=[(duty.value, duty.value) for duty in Duty])
    at = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    given_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="duty_ends_after_start", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty} @ {self.at_id or '*'}"


class Link(models.Model):
    """A private address: 128 random bits, stored hashed, one subject, expiring, revocable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=32)  # FIRST_ADMIN, DONOR, CONSIGNOR, CARRIER_OFFER, DRIVER, RENEW_NEED …
    subject = models.UUIDField(null=True)
    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="+")
    code_hash = models.BinaryField(max_length=64, null=True)  # second factor for a changing act
    created_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(name="link_ends", condition=Q(expires_at__gt=F("created_at"))),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class LinkUse(models.Model):
    """Each look-up of a private link, also of one that opens nothing, and each attempt at its second factor."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(Link, models.CASCADE, null=True, related_name="uses")  # None: no link has this token
    at = models.DateTimeField()
    act = models.CharField(max_length=40)
    was_allowed = models.BooleanField()
    door = models.CharField(max_length=32, blank=True)  # the purpose it was tried for
    address_tag = models.BinaryField(max_length=32, null=True)  # keyed: equal for equal addresses, and no address

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"


class Pace(models.Model):
    """How often something was asked in the running window; one row per (what, who)."""

    key = models.CharField(
        max_length=120, primary_key=True
    )  # "login:<account tag>" — tags, never bare names or addresses
    window_start_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key


class KeyCheck(models.Model):
    """Proves at start that the keys beside the book are the book's own."""

    name = models.CharField(max_length=16, primary_key=True)
    value = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name
