# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a host's answer about domains, as Debian 12 and 13 gave it, and of answers that are odd."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import HostEvidence, XenCopy, XenState
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_evidence import (
    ask_domains,
    ask_evidence,
    read_evidence,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

pytestmark = pytest.mark.usefixtures("alone")

HEAD = (
    "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code"
    "\tSecurity Label\n"
)
UUID = "328b7b44-0a68-46c1-bf34-e55d54fdcb66"
OTHER = "95d887a0-90f0-4d25-9cf5-89af38c8e38a"
SENDS = "/usr/lib/xen-4.17/bin/libxl-save-helper --save-domain 44 36 1 1 136 0 \n"
RECEIVES = "/usr/lib/xen-4.20/bin/libxl-save-helper --restore-domain 37 -1 7 1 0 2 0 768 0 \n"
LISTENS = "LISTEN 0      1      10.77.0.12:49152 0.0.0.0:*\n"


def line(name: str = "g1", state: str = "-b----", time: str = "93.0", reason: str = "-", **more: Any) -> str:
    """Return a line as xl prints it."""
    number, uuid = more.get("number", 1), more.get("uuid", UUID)
    return f"{name:<40} {number:>5}   128     1     {state}  {time:>8} {uuid} {reason:>8}                -\n"


def answer(domains: str = HEAD + line(), transfers: str = "end\n", ports: str = "end\n", user: str = "0\n") -> str:
    return f"== user\n{user}== transfers\n{transfers}== ports\n{ports}== domains\n{domains}"


def read(*lines: str) -> Any:
    """Return what is made of these lines of xl's."""
    return read_evidence(answer(HEAD + "".join(lines)), "").domains


def test_the_lines_here_are_as_they_were_seen() -> None:
    assert line() == (
        "g1                                           1   128     1     -b----      93.0"
        " 328b7b44-0a68-46c1-bf34-e55d54fdcb66        -                -\n"
    )


def test_a_host_tells_all_of_it_in_one_answer() -> None:
    told = read_evidence(answer(HEAD + line(), RECEIVES + SENDS + "end\n", LISTENS + "end\n"), "")
    copy = XenCopy(1, "g1", XenState.GOES_ON, 930, True)
    assert told == HostEvidence({UUID: copy}, frozenset({1, 7}), frozenset({49152}), True)


GOES_ON, PAUSED, SUSPENDED, ENDED = XenState.GOES_ON, XenState.PAUSED, XenState.SUSPENDED, XenState.ENDED
STATES: dict[str, tuple[str, str, str, XenState, bool]] = {
    "runs": ("r-----", "93.0", "-", GOES_ON, True),
    "waits": ("-b----", "93.0", "-", GOES_ON, True),
    "waits, and has used next to nothing": ("-b----", "0.0", "-", GOES_ON, True),
    "just doesn't run": ("------", "93.0", "-", GOES_ON, True),
    "begins": ("------", "0.0", "-", GOES_ON, False),
    "is paused": ("--p---", "93.0", "-", PAUSED, True),
    "is paused while it waits": ("-bp---", "0.0", "-", PAUSED, True),
    "was received and never ran": ("--p---", "0.0", "-", PAUSED, False),
    "has just a moment of CPU time": ("--p---", "0.1", "-", PAUSED, True),
    "is suspended": ("---ss-", "48.7", "2", SUSPENDED, True),
    "is suspended and paused": ("--pss-", "48.7", "2", SUSPENDED, True),
    "is powered off": ("---s--", "48.7", "0", ENDED, True),
    "reboots": ("---sr-", "48.7", "1", ENDED, True),
    "has crashed": ("---sc-", "48.7", "3", ENDED, True),
    "says suspended for another reason": ("---ss-", "48.7", "4", ENDED, True),
    "is suspended for no reason": ("---ss-", "48.7", "-", ENDED, True),
    "dies": ("-----d", "48.7", "-", ENDED, True),
    "dies suspended": ("---ssd", "48.7", "2", ENDED, True),
    "dies paused": ("--p--d", "0.0", "-", ENDED, False),
}


@pytest.mark.parametrize(("flags", "time", "reason", "state", "has_run"), STATES.values(), ids=STATES.keys())
def test_a_domain(flags: str, time: str, reason: str, state: XenState, has_run: bool) -> None:
    found = read(line("g1", flags, time, reason))[UUID]
    assert (found.state, found.has_run, found.cpu_tenths) == (state, has_run, int(time.replace(".", "")))
    assert found.given_up is (flags == "--pss-")


NAMES = [
    "my dom",
    "my  döm ain",
    "(null)",
    "Name",
    "x" * 60,
    f"g1  9  128     1     --p---       0.0 {OTHER}        -",
    f"g1                                           1   128     1     --p---       0.0 {OTHER}        -                -",
    "$(reboot)",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_hold_anything_that_looks_like_a_column(name: str) -> None:
    found = read(line(name, "---ss-", "5.0", "2"), line("g2", uuid=OTHER, number=3))
    assert found[UUID] == XenCopy(1, name, SUSPENDED, 50, True)
    assert found[OTHER] == XenCopy(3, "g2", GOES_ON, 930, True)


@pytest.mark.parametrize("dying", ["---ssd", "-----d", "--p--d"])
@pytest.mark.parametrize("first", [True, False])
def test_of_a_domain_that_xen_has_twice_the_one_that_lives_counts(dying: str, first: bool) -> None:
    old, new = line(state=dying, number=4, reason="2"), line(number=5)
    assert read(*([old, new] if first else [new, old]))[UUID].id == 5
    assert read(old)[UUID].state is ENDED


MALFORMED: dict[str, dict[str, str]] = {
    "domains": {
        "nothing": "",
        "no head": line(),
        "a greeting": "Welcome\n" + HEAD + line(),
        "another word": HEAD + "xl: something is wrong\n",
        "an empty line": HEAD + line() + "\n",
        "no UUID": HEAD + "g1    1   128     1     -b----      93.0\n",
        "half a line": HEAD + line()[:70] + "\n",
        "a state of seven letters": HEAD + line(state="-b-----"),
        "unknown letters": HEAD + line(state="-x----"),
        "letters in another order": HEAD + line(state="b-----"),
        "no number": HEAD + line(number="x"),
        "no time": HEAD + line(time="-"),
        "one bad line among good ones": HEAD + line() + "?\n" + line(uuid=OTHER),
    },
    "transfers": {"nothing": "", "no end": SENDS, "an end in the middle": "end\n" + SENDS},
    "ports": {
        "nothing": "",
        "no end": LISTENS,
        "no columns": "LISTEN\nend\n",
        "no port": "LISTEN 0 1 10.77.0.12 0.0.0.0:*\nend\n",
    },
    "user": {"nothing": "", "a word": "root\n"},
}
CASES = [(section, odd) for section, odds in MALFORMED.items() for odd in odds]
FIELDS = {"domains": "domains", "transfers": "moving", "ports": "ports", "user": "root"}
TOLD = {"domains": "domains", "transfers": "transfers", "ports": "migration ports", "user": "user"}


@pytest.mark.parametrize(("section", "odd"), CASES)
def test_a_part_that_can_t_be_read_is_unknown_and_told_and_the_others_count(section: str, odd: str) -> None:
    told = read_evidence(answer(**{section: MALFORMED[section][odd]}), "no such command")
    assert told.problem == f"its shell did not tell {TOLD[section]} (no such command)"
    unknown = [name for name in FIELDS.values() if getattr(told, name) is None]
    assert unknown == [FIELDS[section]]


@pytest.mark.parametrize(
    "words",
    [
        "/usr/lib/xen-4.17/bin/libxl-save-helper",
        "libxl-save-helper --save-domain",
        "libxl-save-helper --save-domain 44 36 ",
        "libxl-save-helper --save-domain x y 1 1 ",
    ],
)
def test_a_helper_that_tells_no_domain_makes_all_transfers_unknown(words: str) -> None:
    told = read_evidence(answer(transfers=f"{SENDS}{words}\nend\n"), "")
    assert (told.moving, told.problem is None) == (None, False)


def test_a_helper_that_has_just_ended_moves_nothing() -> None:
    assert read_evidence(answer(transfers=f"\n{SENDS}\nend\n"), "").moving == {1}


@pytest.mark.parametrize("greeting", ["Welcome to xen-a\n", "== hello\n"])
def test_a_greeting_before_the_answer_does_no_harm(greeting: str) -> None:
    assert read_evidence(greeting + answer(), "") == read_evidence(answer(), "")


def test_a_shell_may_be_another_user_s() -> None:
    assert read_evidence(answer(user="1000\n"), "").root is False


def test_a_host_without_a_shell_is_a_problem_and_no_error() -> None:
    told = ask_evidence(Shell(Host("xen-a", "xen+tls://h/system"), lambda _argv, _data: (0, "", "")))
    assert (told.domains, told.moving, told.ports, told.root) == (None, None, None, False)
    assert "there is no shell on it over xen+tls" in str(told.problem)


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory on PATH with the programs of a host: ``xl`` shows what is in ``domains``, ``ss`` what is in ``ports``."""
    for name, file in {"xl": "domains", "ss": "ports"}.items():
        (tmp_path / name).write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/asked"\nexec cat "{tmp_path / file}"\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "domains").write_text(HEAD + line("my dom"))
    (tmp_path / "ports").write_text(LISTENS)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


@contextmanager
def helper(where: Path, *arguments: str) -> Iterator[None]:
    """Have a process that is called as Xen's own, with these arguments, until this context ends."""
    path = where / "libxl-save-helper"
    if not path.exists():
        shutil.copy(shutil.which("cat") or "", path)
    # "--" would be an option of cat's: the words that matter are what it is called by.
    with subprocess.Popen(
        [" ".join(arguments)], executable=path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        yield
        process.kill()


def ask_here() -> HostEvidence:
    return ask_evidence(Shell(Host("xen-a", "xen:///system"), run_command))


def test_domains_alone_are_asked_for_with_one_program(stubs: Path) -> None:
    shell = Shell(Host("xen-a", "xen:///system"), run_command)
    told = ask_domains(shell)
    assert (told.domains, told.moving, told.ports, told.problem) == (ask_here().domains, None, None, None)
    (stubs / "asked").unlink()
    (stubs / "domains").write_text("permission denied\n")
    told = ask_domains(shell)
    assert (told.domains, (stubs / "asked").read_text()) == (None, "list -v\n")
    assert "its shell did not tell domains" in str(told.problem)


def test_the_command_itself_finds_domains_transfers_and_ports(stubs: Path) -> None:
    before = ask_here().moving
    with helper(stubs, "libxl-save-helper", "--save-domain", "44", "36", "7001", "1", "136", "0"):
        told = ask_here()
    assert before is not None
    assert 7001 not in before
    assert told.domains is not None
    assert told.domains[UUID].name == "my dom"
    assert told.moving is not None
    assert told.moving - before == {7001}
    assert (told.ports, told.root, told.problem) == ({49152}, os.geteuid() == 0, None)
    asked = (stubs / "asked").read_text().splitlines()
    assert asked[-2:] == ["-Hltn ( sport >= :49152 and sport <= :49216 )", "list -v"]


def test_a_program_that_fails_leaves_its_part_unknown(stubs: Path) -> None:
    (stubs / "ss").write_text("#!/bin/sh\nexit 1\n")
    (stubs / "xl").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    told = ask_here()
    assert (told.domains, told.ports, told.moving is None) == (None, None, False)
    assert "did not tell domains, migration ports (no)" in str(told.problem)
