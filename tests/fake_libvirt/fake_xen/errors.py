# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``libvirtError`` as libvirt-python has it, and functions that raise it in libvirt's own words."""

from __future__ import annotations

from .constants import (
    VIR_ERR_ERROR,
    VIR_ERR_INTERNAL_ERROR,
    VIR_ERR_INVALID_ARG,
    VIR_ERR_INVALID_CONN,
    VIR_ERR_NO_DOMAIN,
    VIR_ERR_NO_SUPPORT,
    VIR_ERR_OPERATION_DENIED,
    VIR_ERR_OPERATION_FAILED,
    VIR_ERR_OPERATION_INVALID,
    VIR_ERR_OPERATION_TIMEOUT,
    VIR_ERR_SYSTEM_ERROR,
    VIR_ERR_XML_ERROR,
    VIR_FROM_LIBXL,
    VIR_FROM_RPC,
)

_PREFIX = {
    VIR_ERR_INTERNAL_ERROR: "internal error: ",
    VIR_ERR_INVALID_CONN: "invalid connection pointer in ",
    VIR_ERR_INVALID_ARG: "invalid argument: ",
    VIR_ERR_OPERATION_FAILED: "operation failed: ",
    VIR_ERR_XML_ERROR: "XML error: ",
    VIR_ERR_OPERATION_DENIED: "operation forbidden: ",
    VIR_ERR_NO_DOMAIN: "Domain not found: ",
    VIR_ERR_NO_SUPPORT: "this function is not supported by the connection driver: ",
    VIR_ERR_OPERATION_INVALID: "Requested operation is not valid: ",
    VIR_ERR_OPERATION_TIMEOUT: "Timed out during operation: ",
}


class libvirtError(Exception):  # noqa: N801 - libvirt's own name
    """What every call raises; ``err`` is (code, domain, message, level, ...) as in libvirt-python."""

    def __init__(self, defmsg: str, code: int = VIR_ERR_INTERNAL_ERROR, domain: int = VIR_FROM_LIBXL) -> None:
        message = _PREFIX.get(code, "") + defmsg
        super().__init__(message)
        self.err = (code, domain, message, VIR_ERR_ERROR, defmsg, None, None, -1, -1)

    def get_error_code(self) -> int | None:
        return self.err[0]

    def get_error_domain(self) -> int | None:
        return self.err[1]

    def get_error_message(self) -> str | None:
        return self.err[2]

    def get_error_level(self) -> int | None:
        return self.err[3]


def invalid_argument(text: str) -> libvirtError:
    return libvirtError(text, VIR_ERR_INVALID_ARG)


def refused(text: str) -> libvirtError:
    """The state of things forbids the call."""
    return libvirtError(text, VIR_ERR_OPERATION_INVALID)


def failed(text: str) -> libvirtError:
    return libvirtError(text, VIR_ERR_OPERATION_FAILED)


def job_held() -> libvirtError:
    return libvirtError("cannot acquire state change lock", VIR_ERR_OPERATION_TIMEOUT)


def no_connection(address: str) -> libvirtError:
    text = f"Cannot recv data: ssh: connect to host {address} port 22: No route to host: Connection reset by peer"
    return libvirtError(text, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC)


def connection_lost() -> libvirtError:
    return libvirtError("client socket is closed", VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC)


def no_domain(what: str) -> libvirtError:
    return libvirtError(f"no domain with matching {what}", VIR_ERR_NO_DOMAIN)
