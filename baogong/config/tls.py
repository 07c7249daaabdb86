"""HTTPS for phones on the same network: an authority of this home's own, and a certificate for this machine."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import os
import secrets
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from baogong.config.home import Home
from baogong.kernel.errors import UnusableInput

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397  # what browsers accept at most
RENEWED_DAYS_BEFORE = 30

# An authority on a phone is a power: this one can speak for private addresses and local names only.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
_SIOCGIFADDR = {"linux": 0x8915, "darwin": 0xC0206921}

Address = ipaddress.IPv4Address


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    certificate, key  PEM files; the key is PKCS#8
    authority         what a phone installs to trust it; None for a certificate that phones trust already
    names             host names and addresses it speaks for
    """

    certificate: Path
    key: Path
    authority: Path | None
    names: tuple[str, ...]


def local_certificate(home: Home, now: datetime.datetime) -> Certificate:
    """A certificate for this machine's private addresses and names, made or renewed where needed."""
    names = ("localhost", *_local_names(), *map(str, local_addresses()))
    authority_file, authority_key = _authority(home, now)
    certificate_file, key_file = home.keys / "site.crt", home.keys / "site.key"
    if not _still_good(certificate_file, names, authority_file, now):
        key = ec.generate_private_key(ec.SECP256R1())
        authority = x509.load_pem_x509_certificate(authority_file.read_bytes())
        builder = _builder("Baogong", authority.subject, key, now, CERTIFICATE_DAYS)
        signed = (
            builder.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        _write(key_file, _pem(key))
        _write(certificate_file, signed.public_bytes(serialization.Encoding.PEM))
    return Certificate(certificate_file, key_file, authority_file, names)


def given_certificate(home: Home, certificate: Path, key: Path) -> Certificate:
    """A certificate from elsewhere; its names are the hosts the site answers to. Raises UnusableInput."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
        alternative = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise UnusableInput(
            "The certificate or its key cannot be used; the site was not started.",
            where=f"{certificate}, {key}",
            found=f"{type(error).__name__}: {error}",
            expected="a PEM certificate with host names and its PEM key without a password",
        ) from error
    if private.public_key() != found.public_key():
        raise UnusableInput(
            "The key does not belong to the certificate; the site was not started.",
            where=str(key),
            expected=f"the key of {certificate}",
        )
    names = alternative.get_values_for_type(x509.DNSName)
    addresses = alternative.get_values_for_type(x509.IPAddress)
    own_key = home.keys / "given.key"  # the server reads PKCS#8 only
    _write(
        own_key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    hosts = tuple(name.removeprefix("*") for name in names)  # Django's word for any subdomain is a leading dot
    return Certificate(certificate.resolve(), own_key, None, (*hosts, *map(str, addresses)))


def fingerprint(certificate: Path) -> str:
    """SHA-256 in pairs of digits, as phones show it."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def local_addresses() -> list[Address]:
    """This machine's private IPv4 addresses, the one towards the rest of the network first."""
    found: list[Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; only asks which way it would go
            found.append(Address(probe.getsockname()[0]))
        except OSError:
            pass  # no network at all
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR[sys.platform], request)
            except (OSError, KeyError):
                continue  # an interface without an address
            found.append(Address(answer[20:24]))
    reachable = [address for address in found if any(address in ipaddress.ip_network(net) for net in _PRIVATE)]
    return sorted(set(reachable), key=lambda address: (address.is_loopback, reachable.index(address)))


def _local_names() -> list[str]:
    name = socket.gethostname().split(".")[0].lower()
    return [f"{name}.local"] if name and name != "localhost" and name.isascii() else []


def _authority(home: Home, now: datetime.datetime) -> tuple[Path, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = home.keys / "authority.crt", home.keys / "authority.key"
    if certificate_file.exists() and key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return certificate_file, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Baogong 保供 {secrets.token_hex(3)}")])
    allowed = [x509.IPAddress(ipaddress.ip_network(net)) for net in _PRIVATE]
    names = [x509.DNSName(name) for name in ("local", "localhost")]
    signed = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_only("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints([*allowed, *names], None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key))
    _write(certificate_file, signed.public_bytes(serialization.Encoding.PEM))
    return certificate_file, key


def _builder(
    subject: str | x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    if isinstance(subject, str):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # phones' clocks are a little off
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _only(*uses: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{use: use in uses for use in every})


def _still_good(file: Path, names: tuple[str, ...], authority: Path, now: datetime.datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.read_bytes()))
    except (OSError, ValueError, TypeError, InvalidSignature):  # missing, damaged, another authority's: make a new one
        return False
    spoken = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasting = found.not_valid_after_utc - now > datetime.timedelta(days=RENEWED_DAYS_BEFORE)
    return lasting and list(spoken) == [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(path)
