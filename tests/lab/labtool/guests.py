# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Guests: added, removed, listed, listened to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from labtool import guest_xml, remote, shared_disk, ticks
from labtool.errors import LabError
from labtool.lab import Lab
from labtool.state import Guest, State

START_DEADLINE = 240.0  # seconds until a started guest ticks and answers
_AGENT = Path(__file__).with_name("agent.py")


def _ask(lab: Lab, host: str, timeout: float = 120, **request: Any) -> dict[str, Any]:
    """Have the agent on a host do something."""
    code = _AGENT.read_text(encoding="utf-8")
    output = remote.check(lab.paths, host, ["python3", "-I", "-c", code], json.dumps(request), timeout)
    answer: dict[str, Any] = json.loads(output)
    if "error" in answer:
        raise LabError(f"{host}: {answer['error']}")
    return answer


def _running(lab: Lab) -> list[str]:
    return [host.name for host in lab.store.read().hosts.values() if host.running and host.ready]


def _ask_all(lab: Lab, **request: Any) -> dict[str, dict[str, Any]]:
    """Have the agents of all running hosts do something, at once."""
    names = _running(lab)
    if not names:
        raise LabError("no host runs (run: xenlab up)")
    with ThreadPoolExecutor(len(names)) as pool:
        answers = pool.map(lambda name: _ask(lab, name, **request), names)
        return dict(zip(names, answers, strict=True))


def _enrol(state: State, wanted: Guest) -> Guest:
    """Give the guest a slot that is free."""
    if wanted.name in state.guests:
        raise LabError(f"there is a guest {wanted.name!r} already: remove it first")
    taken = {guest.slot for guest in state.guests.values()}
    free = [slot for slot in range(shared_disk.SLOTS) if slot not in taken]
    if not free:
        raise LabError(f"the lab has room for {shared_disk.SLOTS} guests")
    state.guests[wanted.name] = replace(wanted, slot=free[0])
    return state.guests[wanted.name]


def _forget(lab: Lab, names: Sequence[str]) -> None:
    with lab.store.editing() as state:
        for name in names:
            state.guests.pop(name, None)


def add(
    lab: Lab, host: str, wanted: Sequence[Guest], *, active: bool, transient: bool, autostart: bool, wait: bool
) -> None:
    """Define and start guests on a host; with `wait`, until they tick and answer ping. Their slots are chosen here."""
    if lab.store.read().host(host).running is False:
        raise LabError(f"{host} is off")
    with lab.store.editing() as state:
        guests = [_enrol(state, guest) for guest in wanted]
    how = {"active": active, "transient": transient, "autostart": autostart}
    sent = [
        {"name": guest.name, "address": guest_xml.address(guest), "xml": guest_xml.definition(guest), **how}
        for guest in guests
    ]
    deadline = START_DEADLINE + 30 * len(guests) if wait else 0
    try:
        problems = _ask(lab, host, timeout=deadline + 120, do="add", guests=sent, deadline=deadline)["problems"]
    except LabError:
        present = {domain["name"] for domain in _ask(lab, host, do="list")["domains"]}
        _forget(lab, [guest.name for guest in guests if guest.name not in present])
        raise
    if problems:
        raise LabError("\n".join(f"{name!r} on {host} {problem}" for name, problem in problems.items()))


def remove(lab: Lab, names: Sequence[str] | None) -> None:
    """Remove guests from all running hosts; None removes every domain there is."""
    _ask_all(lab, do="remove", names=None if names is None else list(names))
    _forget(lab, list(lab.store.read().guests) if names is None else names)


def where(lab: Lab) -> list[dict[str, Any]]:
    """Each domain on each running host, with its state and the last tick that host heard."""
    return [
        {"host": host, **domain, "tick": answer["ticks"].get(domain["name"])}
        for host, answer in _ask_all(lab, do="list").items()
        for domain in answer["domains"]
    ]


def newest_tick(lab: Lab, name: str) -> ticks.Tick:
    """The newest tick of a guest, wherever it was heard."""
    tick = ticks.newest(ticks.ticks_of(name, _ask_all(lab, do="ticks")))
    if tick is None:
        raise LabError(f"no running host has heard a tick of {name!r}")
    return tick


def _address(lab: Lab, name: str) -> str:
    guests = lab.store.read().guests
    if name not in guests:
        raise LabError(f"no guest {name!r} here; guests: {', '.join(map(repr, guests)) or 'none'}")
    return guest_xml.address(guests[name])


def start_listening(lab: Lab, name: str, host: str, interval: float) -> None:
    """Ping the guest from a host every `interval` seconds."""
    lab.store.read().host(host)
    _ask(lab, host, do="ping_start", address=_address(lab, name), interval=interval)


def stop_listening(lab: Lab, name: str, host: str) -> dict[str, Any]:
    """End the pinging: longest silence in seconds, and the number of answers."""
    answer = _ask(lab, host, do="ping_stop", address=_address(lab, name))
    if not answer["running"]:
        raise LabError(f"{host} is not listening to {name!r}: run: xenlab guest silence start")
    silence, heard = ticks.longest_silence(answer["log"], answer["now"])
    return {"guest": name, "from": host, "longest_silence": None if heard == 0 else round(silence, 1), "answers": heard}
