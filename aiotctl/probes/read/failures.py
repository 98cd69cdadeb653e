"""Why a device could not be read, and what a person at the machine can do about it."""

from __future__ import annotations

import socket
import ssl

from aiotctl.errors import AiotctlError, Exit, failure

MODBUS_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "device busy",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}
"""Exception codes of the MODBUS Application Protocol V1.1b3, section 7."""

MODBUS_REMEDIES = {
    1: "The device does not have this table; try the other of holding and input.",
    2: "The register does not exist: compare its number with the manual, and mind that protocol addresses "
    "are zero-based (40001 is holding/0).",
    3: "The device does not take this many registers at once; the type may be too long.",
    4: "The device knows the register and cannot read it now; look at its own diagnostics.",
    6: "Read again; if it stays so, another master keeps the device busy.",
    10: "The serial gateway is not configured for this line.",
    11: "No device answers to this unit id behind the gateway: check unit_id, wiring and baud rate.",
}


def unreachable(what: str, endpoint: str, cause: BaseException | str) -> AiotctlError:
    """Nothing could be asked at all."""
    summary, remedy = (
        "The device cannot be reached",
        "Check address and port, that the device is on, and the path to it.",
    )
    if isinstance(cause, ConnectionRefusedError):
        remedy = (
            "The host is there, but nothing listens on that port: check the port, and that the service runs."
        )
    elif isinstance(cause, socket.gaierror):
        remedy = "The host's name is not known here: check its spelling, or write the IP address."
    elif isinstance(cause, TimeoutError):
        remedy = "Nothing came back: check the address, firewalls on the way, and that the device is on."
    elif isinstance(cause, ssl.SSLError):
        remedy = "The other side does not speak TLS here, or its certificate is not trusted."
    return failure(
        "read-unreachable", summary, f"{what} at {endpoint}: {_words(cause)}.", remedy, Exit.UNREACHABLE
    )


def silent(what: str, endpoint: str, seconds: float, remedy: str) -> AiotctlError:
    """There is a connection, but no answer came."""
    return failure(
        "read-timeout",
        "The device does not answer",
        f"{what} at {endpoint}: no answer within {seconds:g} s.",
        remedy,
        Exit.UNREACHABLE,
    )


def modbus_exception(what: str, endpoint: str, code: int) -> AiotctlError:
    """The device answered with an exception."""
    name = MODBUS_EXCEPTIONS.get(code, "which the standard does not name")
    remedy = MODBUS_REMEDIES.get(code, "Look it up in the device's manual.")
    return failure(
        "read-exception",
        "The device answers with a Modbus exception",
        f"{what} at {endpoint}: exception {code}, {name}.",
        remedy,
    )


def refused(what: str, endpoint: str, cause: str, remedy: str) -> AiotctlError:
    """The other side knows us and does not let us."""
    return failure("read-refused", "The device refuses to be read", f"{what} at {endpoint}: {cause}.", remedy)


def _words(cause: BaseException | str) -> str:
    if isinstance(cause, TimeoutError):
        return "timed out"
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    return str(cause)
