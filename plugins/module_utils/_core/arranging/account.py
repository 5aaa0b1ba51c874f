# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task about whole hosts returns, private to this collection: pure, and nothing in it that wasn't observed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..model import Host, Outcome, Severity, Status
from ..plan import only_planned
from ..planner.values import BringHome, Drain, Step, Stuck
from ..result import domain_record, finding_records, move_record
from .arrange import Arranged
from .shortfall import Shortfall, shortfall
from .stock import Stock
from .table import table
from .wanted import WholeWish

_CHANGED = frozenset({Status.MOVED, Status.INCOMPLETE, Status.IN_DOUBT})


def account(arranged: Arranged, leftovers_ok: bool, hosts: Sequence[Host]) -> dict[str, Any]:
    """Return ``failed``, ``changed``, ``msg`` and everything else that the task returns.

    ``leftovers_ok`` is whether domains that stay where they weren't to stay, or may, are no failure.
    """
    short = shortfall(arranged)
    uris = {host.name: host.uri for host in hosts}
    lines = table(arranged)
    return {
        "failed": short.is_fatal or (bool(short.left or short.silent) and not leftovers_ok),
        "changed": _is_changed(arranged),
        "msg": _summary(arranged, short),
        "plan": [_step(step) for step in arranged.first.schedule.steps],
        "blocked": [_stuck(stuck) for stuck in (*short.left, *short.broken)],
        "moves": [move_record(outcome) for outcome in _outcomes(arranged)],
        "domains": {
            outcome.move.domain.name: domain_record(outcome.domain, uris[outcome.domain.host])
            for outcome in arranged.outcomes
            if outcome.domain is not None
        },
        "findings": finding_records(arranged.first.findings),
        "hosts": {"before": _hosts(arranged.before), "after": _hosts(arranged.after)},
        "table": lines,
        "diff": {"prepared": "\n".join(lines) + "\n"},
        "warnings": [*_warnings(arranged), *map(_made_good, short.made_good), *arranged.notes],
    }


def _summary(arranged: Arranged, short: Shortfall) -> str:
    """Return what happened in a sentence or two."""
    planned = arranged.first.schedule.steps
    told = [f"Finished the interrupted move of {rest.arrived.name}." for rest in arranged.finished]
    if arranged.wanted.request.check:
        would = "Would" if arranged.goes_ahead else "Could"
        where = _where([step.destination for step in planned])
        told += [f"{would} move {_domains(len(planned))}{where}."] if planned else []
    else:
        moved = [outcome for outcome in arranged.outcomes if outcome.status is Status.MOVED]
        told += [f"Moved {_domains(len(moved))}{_where([one.move.destination for one in moved])}."] if moved else []
        told += _others_moved([outcome for outcome in arranged.outcomes if outcome.status is Status.IN_PLACE])
    told += [*_left(arranged, short.left), *_broken(short.broken), *_missed(short.missed)]
    told += [*_silent(arranged.wanted.wish, short.silent), *_unplanned(arranged)]
    return " ".join((*_reached(arranged, short), *(told or ["Nothing to do."])))


def _others_moved(overtaken: Sequence[Outcome]) -> list[str]:
    if not overtaken:
        return []
    where = _where([outcome.move.destination for outcome in overtaken])
    return [f"Another run moved {_domains(len(overtaken))}{where} while this one waited for its turn."]


def _reached(arranged: Arranged, short: Shortfall) -> list[str]:
    if not isinstance(arranged.wanted.wish, Drain) or arranged.wanted.request.check:
        return []
    if short.left or short.silent or arranged.unplanned:
        return []
    hosts = sorted(arranged.wanted.wish.hosts)
    as_far = ", as far as libvirt knows" if arranged.after.unseen else ""
    return [f"{' and '.join(hosts)} {'is' if len(hosts) == 1 else 'are'} drained{as_far}."]


def _left(arranged: Arranged, left: Sequence[Stuck]) -> list[str]:
    if not left:
        return []
    home = isinstance(arranged.wanted.wish, BringHome)
    what = "can't come home" if home else "can't leave" if isinstance(arranged.wanted.wish, Drain) else "can't move"
    would = "would be" if arranged.wanted.request.check else "was"
    nothing = "" if arranged.goes_ahead else f"Nothing {would} moved, because of what can't. "
    return [f"{nothing}{_domains(len(left))} {what}. {_reasons(left)}"]


def _broken(broken: Sequence[Stuck]) -> list[str]:
    if not broken:
        return []
    where = "is not on the host" if len(broken) == 1 else "are not on the hosts"
    return [f"{_domains(len(broken))} {where} that the groups ask for. {_reasons(broken)}"]


def _reasons(found: Sequence[Stuck]) -> str:
    return " ".join(f"{one.resident.name} on {one.resident.host}: {one.reason.rstrip('.')}." for one in found)


def _missed(missed: Sequence[Outcome]) -> list[str]:
    if not missed:
        return []
    moves = "1 move" if len(missed) == 1 else f"{len(missed)} moves"
    return [f"{moves} did not succeed.", *(outcome.error or outcome.status.value for outcome in missed)]


def _silent(wish: WholeWish, silent: Sequence[str]) -> list[str]:
    """Say where domains may be that nobody could see."""
    if not silent:
        return []
    return [f"{' and '.join(silent)} could not be asked: domains{_which(wish)} may be left there."]


def _which(wish: WholeWish) -> str:
    if not isinstance(wish, BringHome):
        return ""
    return " that are away from home" if wish.hosts is None else f" whose home is {' or '.join(sorted(wish.hosts))}"


def _unplanned(arranged: Arranged) -> list[str]:
    return [f"What to do next could not be planned. {arranged.unplanned}"] if arranged.unplanned else []


def _made_good(outcome: Outcome) -> str:
    return f"{outcome.error} Another move of it succeeded then."


def _domains(number: int) -> str:
    return "1 domain" if number == 1 else f"{number} domains"


def _where(destinations: Sequence[str]) -> str:
    counts = sorted(Counter(destinations).items())
    if len(counts) == 1:
        return f" to {counts[0][0]}"
    return " to " + ", ".join(f"{host} ({number})" for host, number in counts)


def _outcomes(arranged: Arranged) -> tuple[Outcome, ...]:
    if not arranged.wanted.request.check:
        return arranged.outcomes
    return only_planned(arranged.first.prepared.moves, arranged.wanted.request.limit_of)


def _is_changed(arranged: Arranged) -> bool:
    would = arranged.wanted.request.check and bool(arranged.first.now) and arranged.goes_ahead
    done = any(outcome.status in _CHANGED for outcome in arranged.outcomes)
    return would or done or bool(arranged.finished) or bool(arranged.forgotten)


def _step(step: Step) -> dict[str, Any]:
    return {
        "domain": step.resident.name,
        "uuid": step.resident.uuid,
        "source": step.source,
        "destination": step.destination,
        "memory_mib": step.resident.need_kib // 1024,
        "reason": step.reason,
    }


def _stuck(stuck: Stuck) -> dict[str, Any]:
    resident = stuck.resident
    return {
        "domain": resident.name,
        "uuid": resident.uuid,
        "host": resident.host,
        "code": stuck.code,
        "reason": stuck.reason,
    }


def _hosts(stock: Stock) -> dict[str, Any]:
    return {name: _host(name, stock) for name in stock.fleet.hosts}


def _host(name: str, stock: Stock) -> Mapping[str, Any]:
    holding = stock.holdings.get(name)
    if holding is None:
        return {"problem": stock.fleet.hosts[name].unreachable}
    return {
        "memory_mib": holding.total_kib // 1024,
        "free_mib": stock.fleet.hosts[name].free_memory_kib // 1024,
        "domains": [
            {
                "name": domain.name,
                "uuid": domain.uuid,
                "state": domain.state.value,
                "memory_mib": domain.memory_kib // 1024,
                "home": domain.home,
            }
            for domain in holding.domains
        ],
    }


def _warnings(arranged: Arranged) -> list[str]:
    findings = arranged.first.prepared.findings
    told = [finding.sentence for finding in findings if finding.severity is Severity.WARNS]
    return told + [text for outcome in arranged.outcomes for text in outcome.warnings]
