# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limiting how fast a domain's memory is sent, private to this collection: on its source, by a shell of root's.

libvirt's Xen driver has no call for it. But Linux's TCP paces a socket that is told to (SO_MAX_PACING_RATE, socket(7) and
tc-fq(8); without a qdisc of its own since Linux 4.13), and root can have a duplicate of another process's socket
(pidfd_getfd(2), since Linux 5.6). So the one connection that carries the memory is slowed down, nothing else is, and there is
nothing that would have to be removed: the limit ends with the connection, whoever has died in the meantime.
"""

from __future__ import annotations

import re
import secrets

from .._core.errors import HypervisorError
from .host_reach import MIGRATION_PORTS
from .shell import Shell

KERNEL = (5, 6)
"""The oldest Linux with pidfd_getfd(2)."""
_NO_ATTACHING = "3"
"""The value of kernel.yama.ptrace_scope with which nobody, not even root, gets at another process's files."""
WAIT_SECONDS = 120
"""How long it waits on the host for the sending to begin: what libvirt does before took seconds, on overloaded hosts some 20.

Where a run was killed before its move, this is how long it stays.
"""
KEEP_SECONDS = 600
"""How long what was done is kept to be asked for once the sending has ended: first it is established who runs where."""
_SHARE_SECONDS = 2
"""How often the moves that share a host's total are counted."""
_ANSWER_SECONDS = 20
"""How long the process on the host may take to answer: it has nothing to wait for."""
_ACTION = "limit a transfer"

FACTS = (
    'read -r kernel </proc/sys/kernel/osrelease; echo "$kernel"; command -v python3 || echo none;'
    ' { read -r scope </proc/sys/kernel/yama/ptrace_scope; } 2>/dev/null && echo "$scope"'
)
"""Tells whether ``BEGIN`` can do its work."""

# Like that of host_transfer.py, the connection is the one of the very process that sends this domain. Who sends to a file (xl
# save) takes no part of a host's total; who sends through a pipe (an encrypted move, xl migrate) does, and can't be limited.
# While it waits it looks at the processes that have begun since, and the last ones before (they may not have been what they are
# by now), for to go through all of them takes a busy host a while; so the others that share a total are counted once its own
# connection is limited. The duplicate is closed at once: kept, it would keep a connection open that its owners have closed. The
# system calls have these numbers on all that Xen runs on (asm-generic/unistd.h), and the option, too (asm-generic/socket.h).
#
# It goes on without its login, and says that it is ready only when nothing is left to be done before it looks: a hypervisor
# may take a second to start Python, and has sent 90 MiB by then (seen on the lab). What it has done it tells whoever asks by a
# socket of that name, if that is its own user; the name is the caller's, and nobody else knows it.
_BEGIN = r"""
import ctypes, errno, os, select, socket, stat, struct, sys, time

PIDFD_OPEN, PIDFD_GETFD, MAX_PACING_RATE = 434, 438, 47
RECENT = 50
SIZE = ctypes.sizeof(ctypes.c_ulong)
first, last, wait, share, stay = map(int, sys.argv[1:])
name, number, address, *limits = sys.stdin.readline().split()
rate, total = map(int, limits)
kernel = ctypes.CDLL(None, use_errno=True)
door = socket.socket(socket.AF_UNIX)
done = []

def listen(seconds, *also):
    ready = select.select([door, *also], [], [], seconds)[0]
    if door in ready:
        asking = door.accept()[0]
        with asking:
            user = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
            if user == os.getuid():
                end = [] if done and done[-1].startswith("refused") else ["ended"]
                asking.sendall("\n".join(done + end).encode())
                sys.exit()
    return ready

def call(*values):
    answer = kernel.syscall(*map(ctypes.c_long, values))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer

def everyone():
    return filter(str.isdigit, os.listdir("/proc"))

def newest():
    with open("/proc/loadavg") as told:
        return int(told.read().split()[4])

def senders(pids):
    for pid in pids:
        try:
            with open("/proc/%s/comm" % pid) as comm:
                if comm.read() != "libxl-save-help\n":
                    continue
            with open("/proc/%s/cmdline" % pid) as cmdline:
                words = cmdline.read().split("\0")
            way, _back, of = words[words.index("--save-domain") + 1 :][:3]
            kind = os.stat("/proc/%s/fd/%s" % (pid, way)).st_mode
        except (OSError, ValueError):
            continue
        if stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind):
            yield of, int(pid), int(way), stat.S_ISSOCK(kind)

def paced(process, way, limit):
    try:
        with socket.socket(fileno=call(PIDFD_GETFD, process, way, 0)) as found:
            there = found.getpeername()
            if there[0] != address or not first <= there[1] <= last:
                return False
            found.setsockopt(socket.SOL_SOCKET, MAX_PACING_RATE, limit.to_bytes(SIZE, sys.byteorder))
            kept = found.getsockopt(socket.SOL_SOCKET, MAX_PACING_RATE, SIZE)
    except OSError as error:
        if error.errno in (errno.ESRCH, errno.EBADF, errno.ENOTCONN):
            return False
        raise
    if int.from_bytes(kept, sys.byteorder) != limit:
        raise OSError(errno.EINVAL, "the kernel did not take the limit")
    done.append("paced %d" % limit)
    return True

def limit_among(count):
    return min(filter(None, (rate, total and max(1, total // count))))

def opened(pid):
    try:
        return call(PIDFD_OPEN, pid, 0)
    except OSError as error:
        if error.errno != errno.ESRCH:
            raise
        return None

def begun(pids):
    for of, pid, way, plain in senders(pids):
        if of == number and not plain:
            raise OSError(errno.ENOTSOCK, "its memory goes through a pipe")
        process = opened(pid) if of == number else None
        if process is not None:
            if paced(process, way, limit_among(1)):
                return process, way
            os.close(process)

def wait_for_it():
    until, before = time.monotonic() + wait, newest() - RECENT
    found = begun(everyone())
    while not found and time.monotonic() < until:
        listen(0.005)
        now = newest()
        found = begun(range(before + 1, now + 1) if now >= before else everyone())
    return found

def keep(process, way):
    held = limit_among(1)
    while True:
        limit = limit_among(len(list(senders(everyone()))) or 1) if total else held
        if limit != held and not paced(process, way, limit):
            return
        held = limit
        if process in listen(share if total else None, process):
            return

def work():
    try:
        found = wait_for_it()
        if found:
            keep(*found)
    except OSError as error:
        done.append("refused %s" % error.strerror)
    deadline = time.monotonic() + stay
    while time.monotonic() < deadline:
        listen(deadline - time.monotonic())

door.bind("\0" + name)
door.listen()
if os.fork():
    print("ready", flush=True)
    os._exit(0)
os.setsid()
os.chdir("/")
nothing = os.open(os.devnull, os.O_RDWR)
for each in range(3):
    os.dup2(nothing, each)
work()
"""

_END = r"""
import os, socket, struct, sys
name, wait = sys.stdin.readline().strip(), int(sys.argv[1])
try:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(wait)
        asked.connect("\0" + name)
        if struct.unpack("3i", asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1] != os.getuid():
            raise OSError(1, "it is kept by another user")
        print(asked.makefile().read())
except OSError as error:
    print("refused what keeps the limit did not answer (%s)" % (error.strerror or error))
"""

BEGIN = f"python3 -IS -c '{_BEGIN}' {MIGRATION_PORTS[0]} {MIGRATION_PORTS[1]} {WAIT_SECONDS} {_SHARE_SECONDS} {KEEP_SECONDS}"
"""By standard input: a name for it, Xen's id of the domain, the destination's address, both limits in bytes/s, 0 for none."""
END = f"python3 -IS -c '{_END}' {_ANSWER_SECONDS}"
"""By standard input: the name."""


def begin_throttle(shell: Shell, number: int, address: str, rate: int | None, total: int | None) -> str:
    """Be ready to limit the sending of the domain with this Xen id to ``address``, as ``Hypervisor.begin_throttle`` says.

    Returns the name by which ``end_throttle`` finds it. Raises ``HypervisorError`` where the host doesn't say that it is ready.
    """
    name = f"xenfleet-migration-{secrets.token_hex(16)}"
    output, complaint = shell.ask(BEGIN, _ACTION, f"{name} {number} {address} {rate or 0} {total or 0}\n")
    if output.strip() != "ready":
        raise HypervisorError(shell.host.name, _ACTION, complaint)
    return name


def end_throttle(shell: Shell, name: str) -> tuple[int, ...]:
    """Wait for no more sending, and return the limits in bytes/s, in the order in which they took hold.

    Raises ``HypervisorError`` where it could not be limited, or nothing tells of it any more.
    """
    output, complaint = shell.ask(END, _ACTION, f"{name}\n")
    return read_throttle(output, complaint, shell.host.name)


def read_throttle(output: str, complaint: str, host: str) -> tuple[int, ...]:
    """Read the answer to ``END``: the limits in bytes/s, in the order in which they took hold."""
    *before, last = [line for line in output.splitlines() if line] or [""]
    word, _space, reason = last.partition(" ")
    rates = [re.fullmatch(r"paced ([1-9][0-9]*)", line) for line in before]
    if word != "ended" or None in rates:
        raise HypervisorError(host, _ACTION, reason if word == "refused" else complaint)
    return tuple(int(rate.group(1)) for rate in rates if rate is not None)


def read_lacks(text: str) -> str:
    """Read the answer to ``FACTS``: what the host lacks for limiting a transfer, in words, or nothing.

    Raises ``ValueError`` for an answer of any other shape.
    """
    kernel, python, *scope = text.splitlines()
    major, minor = re.match(r"(\d+)\.(\d+)", kernel).groups()  # type: ignore[union-attr]  # its error is caught as the others
    if (int(major), int(minor)) < KERNEL:
        return f"its kernel is Linux {kernel}, and {KERNEL[0]}.{KERNEL[1]} is the oldest that can do it"
    if python == "none":
        return "it has no python3"
    return "its kernel.yama.ptrace_scope is 3, which forbids it" if scope == [_NO_ATTACHING] else ""
