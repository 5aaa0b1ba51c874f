# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority of a test's own."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)  # before and after now: the clock of an emulated host may be behind


class Authority:
    """Signs certificates for hosts; elliptic keys, because they cost an emulated host least."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        unsigned = _certificate(self._name, self._key).add_extension(x509.BasicConstraints(True, None), critical=True)
        self._certificate = self._signed(unsigned.add_extension(usage, critical=True))

    @property
    def certificate(self) -> str:
        """What those who trust it need, in PEM."""
        return _pem(self._certificate)

    def issue(self, address: str) -> tuple[str, str]:
        """Return certificate and key for a host that is reached by this address, as client and as server, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        unsigned = _certificate(_named(address), key).add_extension(own, critical=False)
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return _pem(self._signed(unsigned)), key.private_bytes(serialization.Encoding.PEM, *plain).decode()

    def _signed(self, unsigned: x509.CertificateBuilder) -> x509.Certificate:
        return unsigned.issuer_name(self._name).sign(self._key, hashes.SHA256())


def _certificate(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now().astimezone()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
