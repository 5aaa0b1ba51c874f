# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that outlives whoever waits for it, private to this collection: it is done by a child process in a session of its own.

There is a pipe each way. The child answers by one. The other is its lifeline, which closes when the parent ends. Signals to the
parent's process group or terminal don't reach the child.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """There is no answer: the parent was told to end, or the child died; ``under_way`` is what the child said last."""

    def __init__(self, why: str, under_way: str | None) -> None:
        super().__init__(why)
        self.under_way = under_way


class ToldToEnd(Interrupted):
    """The parent was told to end; the child goes on with what it has begun, and begins nothing else."""


class Died(Interrupted):
    """The child ended without an answer."""


class Waiting:
    """Whoever waits for the work, as the work sees it."""

    def __init__(self, answers: int, lifeline: int) -> None:
        self._answers = answers
        self._room = select.poll()
        self._room.register(answers, select.POLLOUT)
        self._lifeline = select.poll()
        self._lifeline.register(lifeline, select.POLLIN)  # the other end's closing is always told
        self._told = False
        self._turn = threading.RLock()  # of threads that write: no message is to begin within another

    @property
    def has_left(self) -> bool:
        """Whether nobody waits any more, or this process itself was told to end: then nothing else is to be begun."""
        return self._told or bool(self._lifeline.poll(0))

    def leave(self, *_signal: object) -> None:
        """Take a signal for the word that nothing else is to be begun."""
        self._told = True

    def tell(self, text: str) -> None:
        """Say what is under way from now on."""
        self._send("under_way", text)

    def mention(self, line: str) -> None:
        """Say what is worth a line while the work goes on: not at all rather than wait for somebody to listen.

        By any thread.
        """
        # Where a pipe can be written to, there is room for as much as is written at once (pipe(7)).
        with self._turn:
            if len(_message("mentioned", line)) <= select.PIPE_BUF and self._room.poll(0):
                self._send("mentioned", line)

    def take(self, kind: str, answer: Any) -> bool:
        """Hand over the answer; return whether anybody was there to take it."""
        return self._send(kind, answer) and not self._lifeline.poll(0)

    def _send(self, kind: str, what: Any) -> bool:
        data = _message(kind, what)
        with self._turn:
            try:
                while data:
                    data = data[os.write(self._answers, data) :]
            except BrokenPipeError:
                return False
        return True


def _message(kind: str, what: Any) -> bytes:
    return json.dumps({kind: what}).encode() + b"\n"


Work = Callable[[Waiting], "dict[str, Any]"]
Unheard = Callable[[str], None]
Heard = Callable[[str], None]


def ignore(_line: str) -> None:
    """Take no notice of what the child mentions."""


def outlive(work: Work, unheard: Unheard, heard: Heard = ignore) -> dict[str, Any]:
    """Have a child do the work; return its answer, plain data with a ``msg``. Raises ``Interrupted``.

    ``unheard`` gets the ``msg``, in the child, when nobody waits any more. ``heard`` gets each line that the child mentions, in
    this process; it must neither wait nor raise. Call this before there is any thread, or anything
    open that a child can't share. What the work needs has to be imported by then: its files may be gone before it ends.
    """
    answers, answers_end = os.pipe()
    lifeline_end, lifeline = os.pipe()
    # Blocked, so that no signal meets the child while it is in the parent's process group.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child == 0:
        os.close(answers)
        os.close(lifeline)
        _be_child(work, unheard, Waiting(answers_end, lifeline_end), before)
    os.close(answers_end)
    os.close(lifeline_end)
    try:
        return _listen(child, answers, before, heard)
    finally:
        os.close(lifeline)


def _listen(child: int, answers: int, before: Iterable[int], heard: Heard) -> dict[str, Any]:
    """Wait for the answer, or for the first signal."""
    told: dict[str, Any] = {}
    try:
        with _told_by_signals(before), os.fdopen(answers, "rb") as lines:
            for line in lines:
                told.update(json.loads(line))
                if "mentioned" in told:
                    heard(told.pop("mentioned"))
            _pid, status = os.waitpid(child, 0)
    except _Told as signalled:
        raise ToldToEnd(str(signalled), told.get("under_way")) from None
    if "answer" in told:
        return dict(told["answer"])
    raise Died(told.get("error") or f"exit status {os.waitstatus_to_exitcode(status)}", told.get("under_way"))


class _Told(Exception):
    """One of the signals came; its name."""


@contextmanager
def _told_by_signals(before: Iterable[int]) -> Iterator[None]:
    def tell(number: int, _frame: object) -> None:
        raise _Told(signal.Signals(number).name)

    found = _handle(tell)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield
    finally:
        for number, handler in found.items():
            signal.signal(number, handler)


def _handle(handler: Callable[[int, Any], object]) -> dict[signal.Signals, Any]:
    """Take the signals, but for those that are ignored (nohup); return what took them so far."""
    found = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: old for number, old in found.items() if old is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, handler)
    return taken


def _be_child(work: Work, unheard: Unheard, waiting: Waiting, before: Iterable[int]) -> NoReturn:
    try:
        _detach()
        _handle(waiting.leave)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        answer = work(waiting)
        if not waiting.take("answer", answer):
            unheard(str(answer["msg"]))
    except BaseException:  # SystemExit too: nothing of this process is to go on as if it were its parent
        if not waiting.take("error", traceback.format_exc()):
            unheard(traceback.format_exc())
    finally:
        os._exit(0)


def _detach() -> None:
    """Leave the parent's session, and its files: whoever reads them is to see them closed when the parent ends."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
