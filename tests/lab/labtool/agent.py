# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Runs on a host, as `python3 -c`: one request as JSON on stdin, one answer as JSON on stdout.

Names travel as data this way, whatever they hold. Requests are {"do": one of the _do functions, ...its arguments}.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_CONSOLES = Path("/var/log/xen/console")
_TAIL = 4096  # bytes
_TICK = re.compile(
    r"^(?:\[(?P<time>[^]]+)\] )?"
    r"tick (?P<count>\d+) boot=(?P<boot>\w+) uptime=(?P<uptime>[\d.]+)(?: disk=(?P<disk>\w+))?\s*$"
)
_STATES = ["nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended"]


def _log(name: str) -> Path:
    return _CONSOLES / f"guest-{name}.log"


def _text_from(path: Path, offset: int) -> str:
    try:
        with path.open("rb") as log:
            log.seek(max(0, offset))
            return log.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def last_tick(text: str) -> dict[str, Any] | None:
    """The last complete tick in the text of a console log."""
    for line in reversed(text.splitlines()):
        match = _TICK.match(line)
        if match:
            found = match.groupdict()
            return {
                "count": int(found["count"]),
                "boot": found["boot"],
                "uptime": float(found["uptime"]),
                "disk": found["disk"],
                "time": _seconds(found["time"]),
            }
    return None


def _seconds(stamp: str | None) -> float | None:
    """xenconsoled's time stamp (UTC here) as seconds since 1970."""
    if not stamp:
        return None
    try:
        return time.mktime(time.strptime(stamp[:19], "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return None


def _do_ticks() -> dict[str, Any]:
    ticks = {}
    for log in _CONSOLES.glob("guest-*.log"):
        tick = last_tick(_text_from(log, _size(log) - _TAIL))
        if tick:
            ticks[log.name[len("guest-") : -len(".log")]] = tick
    return {"now": time.time(), "ticks": ticks}


def _connection() -> Any:
    import libvirt  # noqa: PLC0415 (slow to load under emulation, and not every request needs it)

    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    return libvirt.open("xen:///system")


def _do_list() -> dict[str, Any]:
    domains = [
        {
            "name": domain.name(),
            "id": domain.ID(),
            "uuid": domain.UUIDString(),
            "state": _STATES[domain.state()[0]],
            "persistent": bool(domain.isPersistent()),
            "autostart": bool(domain.isPersistent() and domain.autostart()),
        }
        for domain in _connection().listAllDomains()
        if domain.ID() != 0
    ]
    return {**_do_ticks(), "domains": domains}


def _create(connection: Any, guest: dict[str, Any]) -> None:
    if guest["transient"]:
        connection.createXML(guest["xml"], 0)
        return
    domain = connection.defineXML(guest["xml"])
    if guest["autostart"]:
        domain.setAutostart(1)
    if guest["active"]:
        domain.create()


def _answers_ping(address: str) -> bool:
    return subprocess.run(["ping", "-c1", "-W2", address], stdout=subprocess.DEVNULL, check=False).returncode == 0


def _wait_alive(guest: dict[str, Any], offset: int, end: float) -> str | None:
    """None when the guest ticks and answers, else what is wrong."""
    while last_tick(_text_from(_log(guest["name"]), offset)) is None:
        if time.monotonic() > end:
            seen = _text_from(_log(guest["name"]), offset)[-1500:]
            return f"does not tick; the end of its console:\n{seen or '(nothing)'}"
        time.sleep(0.3)
    while not _answers_ping(guest["address"]):
        if time.monotonic() > end:
            return f"ticks, but {guest['address']} does not answer ping"
    return None


def _do_add(guests: list[dict[str, Any]], deadline: float) -> dict[str, Any]:
    """Define and start guests one after the other, then wait for all. deadline: seconds; 0 does not wait."""
    connection = _connection()
    offsets = {}
    for guest in guests:
        offsets[guest["name"]] = _size(_log(guest["name"]))
        _create(connection, guest)
    end = time.monotonic() + deadline
    waited = [guest for guest in guests if guest["active"] and deadline]
    problems = {guest["name"]: _wait_alive(guest, offsets[guest["name"]], end) for guest in waited}
    return {"problems": {name: problem for name, problem in problems.items() if problem}}


def _remove(domain: Any) -> None:
    name = domain.name()
    persistent = domain.isPersistent()
    if domain.isActive():
        domain.destroy()
    if persistent:
        domain.undefine()
    _log(name).unlink(missing_ok=True)


def _do_remove(names: list[str] | None) -> dict[str, Any]:
    """Destroy and undefine the domains of these names, or all for None; those that are not here are no error."""
    removed = []
    for domain in _connection().listAllDomains():
        if domain.ID() != 0 and (names is None or domain.name() in names):
            removed.append(domain.name())
            _remove(domain)
    for log in _CONSOLES.glob("guest-*.log"):
        if names is None or log.name[len("guest-") : -len(".log")] in names:
            log.unlink(missing_ok=True)
    return {"removed": removed}


def _do_ping_start(address: str, interval: float) -> dict[str, Any]:
    log = Path(f"/run/xenlab-ping-{address}.log")
    with log.open("wb") as output:
        command = ["ping", "-n", "-D", "-i", str(interval), address]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    log.with_suffix(".pid").write_text(str(process.pid))
    return {"started": time.time()}


def _do_ping_stop(address: str) -> dict[str, Any]:
    log = Path(f"/run/xenlab-ping-{address}.log")
    pid = log.with_suffix(".pid")
    if not pid.exists():
        return {"running": False, "now": time.time(), "log": ""}
    subprocess.run(["kill", "-INT", pid.read_text()], check=False)
    pid.unlink()
    return {"running": True, "now": time.time(), "log": log.read_text(errors="replace")}


def main() -> None:
    """Answer the request; what goes wrong in it is an answer too."""
    request = json.load(sys.stdin)
    todo = globals()[f"_do_{request.pop('do')}"]
    try:
        answer = todo(**request)
    except Exception as error:  # libvirt's own type is known only where libvirt is loaded
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
