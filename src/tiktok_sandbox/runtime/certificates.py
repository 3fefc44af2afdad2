"""A certificate in TikTok's names that only this machine's test clients are told to trust.

The authority's key signs one certificate and is forgotten: nothing else can ever be made with it.
Needs the package cryptography, which comes with the extra `tls`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

GOOD_FOR, RENEWED_BEFORE = timedelta(days=365), timedelta(days=30)


class NoCryptographyError(Exception):
    """The extra is not installed; the message says how to install it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """authority : the file clients are told to trust; chain, key : what a server shows, PEM files."""

    authority: Path
    chain: Path
    key: Path


def certificate_in(
    folder: Path, hosts: Sequence[str], *, now: datetime | None = None
) -> Certificate:
    """The certificate kept in `folder`, made when it is missing, old or for other hosts.

    Raises NoCryptographyError, OSError.
    """
    files = Certificate(
        authority=folder / "authority.pem", chain=folder / "server.pem", key=folder / "server.key"
    )
    now = now or datetime.now(UTC)
    note = folder / "certificate.json"
    if _is_good(note, hosts, now) and all(
        path.exists() for path in (files.authority, files.chain, files.key)
    ):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    _make(files, hosts, now)
    until = (now + GOOD_FOR).isoformat()
    note.write_text(json.dumps({"hosts": list(hosts), "until": until}), encoding="utf-8")
    return files


def _is_good(note: Path, hosts: Sequence[str], now: datetime) -> bool:
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        until = datetime.fromisoformat(said["until"])
        return bool(said["hosts"] == list(hosts) and until - RENEWED_BEFORE > now)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _make(files: Certificate, hosts: Sequence[str], now: datetime) -> None:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise NoCryptographyError(
            "a certificate needs the package cryptography: pip install cryptography"
        ) from None
    root_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = [x509.DNSName(host) for host in hosts]
    root_name = _name("TikTok sandbox, tests only")
    root = (
        _draft(root_name, root_name, own=root_key, root=root_key, now=now, is_authority=True)
        .add_extension(x509.NameConstraints(names, None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    own = (
        _draft(_name(hosts[0]), root_name, own=own_key, root=root_key, now=now, is_authority=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = own_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files.authority.write_bytes(root.public_bytes(pem))
    files.chain.write_bytes(own.public_bytes(pem))
    files.key.unlink(missing_ok=True)
    files.key.touch(mode=0o600)
    files.key.write_bytes(secret)


def _name(common: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    *,
    own: ec.EllipticCurvePrivateKey,
    root: ec.EllipticCurvePrivateKey,
    now: datetime,
    is_authority: bool,
) -> x509.CertificateBuilder:
    """What both certificates have, as strict clients ask for it (RFC 5280)."""
    from cryptography import x509

    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(signer, critical=False)
    )
