"""The local authority: what it can vouch for, and what it cannot."""

from __future__ import annotations

import ipaddress
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from baogong.config import tls
from baogong.config.home import Home
from baogong.config.tls import fingerprint, given_certificate, local_addresses, local_certificate
from baogong.kernel.errors import UnusableInput

NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "book").make()


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def vouches(authority: Path, certificate: Path, name: str, at: datetime = NOW) -> bool:
    builder = PolicyBuilder().store(Store([read(authority)])).time(at)
    try:
        subject: x509.DNSName | x509.IPAddress = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    try:
        builder.build_server_verifier(subject).verify(read(certificate), [])
    except VerificationError:
        return False
    return True


def test_a_phone_that_trusts_the_authority_trusts_this_machine_by_each_of_its_names(home: Home) -> None:
    made = local_certificate(home, NOW)
    assert made.authority is not None
    assert "localhost" in made.names
    assert "127.0.0.1" in made.names
    assert all(vouches(made.authority, made.certificate, name) for name in made.names)
    assert not vouches(made.authority, made.certificate, "example.org")


def test_the_same_certificate_serves_until_a_month_before_its_end(home: Home) -> None:
    made = local_certificate(home, NOW)
    first = read(made.certificate)
    assert read(local_certificate(home, NOW + timedelta(days=360)).certificate) == first
    renewed = local_certificate(home, NOW + timedelta(days=370))
    assert read(renewed.certificate) != first
    assert renewed.authority is not None
    assert vouches(renewed.authority, renewed.certificate, "localhost", NOW + timedelta(days=371))


def test_a_new_address_brings_a_new_certificate_under_the_same_authority(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = local_certificate(home, NOW)
    assert before.authority is not None
    mark = fingerprint(before.authority)
    monkeypatch.setattr(tls, "local_addresses", lambda: [ipaddress.ip_address("192.168.9.9")])
    after = local_certificate(home, NOW)
    assert after.authority is not None
    assert fingerprint(after.authority) == mark
    assert vouches(after.authority, after.certificate, "192.168.9.9")


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8"])
def test_the_authority_cannot_vouch_for_the_rest_of_the_world(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_local_names", lambda: [name] if name[0].isalpha() else [])
    monkeypatch.setattr(tls, "local_addresses", lambda: [] if name[0].isalpha() else [ipaddress.ip_address(name)])
    made = local_certificate(home, NOW)
    assert made.authority is not None
    assert name in made.names
    assert not vouches(made.authority, made.certificate, name)


def test_private_keys_are_private_and_pkcs8(home: Home) -> None:
    made = local_certificate(home, NOW)
    for path in (made.key, home.keys / "authority.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_only_private_addresses_of_this_machine_are_named() -> None:
    found = local_addresses()
    assert ipaddress.ip_address("127.0.0.1") in found
    assert found[-1].is_loopback
    assert all(address.is_private or address in ipaddress.ip_network("100.64.0.0/10") for address in found)


def test_a_given_certificate_brings_its_names(home: Home, tmp_path: Path) -> None:
    other = local_certificate(Home(tmp_path / "other").make(), NOW)
    given = given_certificate(home, other.certificate, other.key)
    assert given.authority is None
    assert set(given.names) == set(other.names)
    assert given.key.parent == home.keys


@pytest.mark.parametrize("trouble", ["missing", "no certificate", "another key", "locked key"])
def test_an_unusable_certificate_is_refused(home: Home, tmp_path: Path, trouble: str) -> None:
    other = local_certificate(Home(tmp_path / "other").make(), NOW)
    certificate, key = tmp_path / "given.crt", tmp_path / "given.key"
    certificate.write_bytes(b"hello" if trouble == "no certificate" else other.certificate.read_bytes())
    key.write_bytes(other.key.read_bytes())
    if trouble == "missing":
        key.unlink()
    elif trouble == "another key":
        key.write_bytes(local_certificate(Home(tmp_path / "third").make(), NOW).key.read_bytes())
    elif trouble == "locked key":
        private = serialization.load_pem_private_key(other.key.read_bytes(), None)
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"x"),
            )
        )
    with pytest.raises(UnusableInput):
        given_certificate(home, certificate, key)
