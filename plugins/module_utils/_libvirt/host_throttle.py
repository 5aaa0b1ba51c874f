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

from .._core.errors import HypervisorError
from .host_reach import MIGRATION_PORTS
from .shell import Shell

KERNEL = (5, 6)
"""The oldest Linux with pidfd_getfd(2)."""
_NO_ATTACHING = "3"
"""The value of kernel.yama.ptrace_scope with which nobody, not even root, gets at another process's files."""
WAIT_SECONDS = 15
"""How long one command waits for the sending to begin: seldom longer than that, for nothing is limited while the next begins.

It outlives a login that breaks off by no more than that.
"""
_SHARE_SECONDS = 2
"""How often the moves that share a host's total are counted."""
_ACTION = "limit a transfer"

FACTS = "uname -r; command -v python3 || echo none; cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null"
"""Tells whether ``COMMAND`` can do its work."""

# Like that of host_transfer.py, the connection is the one of the very process that sends this domain. Who sends to a file (xl
# save) takes no part of a host's total; who sends through a pipe (an encrypted move, xl migrate) does, and can't be limited.
# While it waits it looks at the processes that have begun since, and the last ones before (they may not have been what they are
# by now), for to go through all of them takes a busy host a while; so the others that share a total are counted once its own
# connection is limited. The duplicate is closed at once: kept, it would keep a connection open that its owners have closed. The
# system calls have these numbers on all that Xen runs on (asm-generic/unistd.h), and the option, too (asm-generic/socket.h).
_SCRIPT = r"""
import ctypes, errno, os, socket, stat, sys, time

PIDFD_OPEN, PIDFD_GETFD, MAX_PACING_RATE = 434, 438, 47
RECENT = 50
SIZE = ctypes.sizeof(ctypes.c_ulong)
first, last, wait, share = map(int, sys.argv[1:])
number, address, *limits = sys.stdin.readline().split()
rate, total = map(int, limits)
kernel = ctypes.CDLL(None, use_errno=True)

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

def duplicate(pid, way):
    process = call(PIDFD_OPEN, pid, 0)
    try:
        return socket.socket(fileno=call(PIDFD_GETFD, process, way, 0))
    finally:
        os.close(process)

def paced(pid, way, limit):
    try:
        with duplicate(pid, way) as found:
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
    return True

def limit_among(count):
    return min(filter(None, (rate, total and max(1, total // count))))

def begin(pids):
    for of, pid, way, plain in senders(pids):
        if of == number and not plain:
            raise OSError(errno.ENOTSOCK, "its memory goes through a pipe")
        if of == number and paced(pid, way, limit_among(1)):
            return True
    return False

def wait_for_it():
    until, before = time.monotonic() + wait, newest() - RECENT
    pids = everyone()
    while not begin(pids):
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
        now = newest()
        pids = range(before + 1, now + 1) if now >= before else everyone()
    return True

def keep(held):
    while True:
        sending = list(senders(everyone()))
        own = [(pid, way) for of, pid, way, _plain in sending if of == number]
        limit = limit_among(len(sending) or 1)
        if not own or (limit != held and not paced(*own[0], limit)):
            return
        if limit != held:
            print("paced", limit, flush=True)
        held = limit
        time.sleep(share)

try:
    if wait_for_it():
        print("paced", limit_among(1), flush=True)
        if total:
            keep(limit_among(1))
    print("ended")
except OSError as error:
    print("refused", error.strerror)
"""

# What it is to work on comes by standard input: Xen's id of the domain, the destination's address, and both limits in bytes/s,
# 0 for none.
COMMAND = f"python3 -IS -c '{_SCRIPT}' {MIGRATION_PORTS[0]} {MIGRATION_PORTS[1]} {WAIT_SECONDS} {_SHARE_SECONDS}"


def ask_throttle(shell: Shell, number: int, address: str, rate: int | None, total: int | None) -> tuple[int, ...]:
    """Limit the sending of the domain with this Xen id to ``address``, as ``Hypervisor.throttle`` says.

    Raises ``HypervisorError`` where it can't be limited, or the shell was lost before all was told.
    """
    output, complaint = shell.ask(COMMAND, _ACTION, f"{number} {address} {rate or 0} {total or 0}\n")
    return read_throttle(output, complaint, shell.host.name)


def read_throttle(output: str, complaint: str, host: str) -> tuple[int, ...]:
    """Read the answer to ``COMMAND``: the limits in bytes/s, in the order in which they took hold."""
    *before, last = output.splitlines() or [""]
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
