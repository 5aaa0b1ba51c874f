# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say how many moves go on at once, and what is told of them meanwhile."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the modules that move domains."""

    DOCUMENTATION = r"""
options:
  moves_at_once:
    description:
      - How many moves may go on at once. The longest, by memory, are begun first.
      - All tasks of one user on one machine count together, such as those of hosts that pull in parallel. Tasks on other
        machines or in other containers don't.
    type: int
    default: 4
  moves_per_source:
    description:
      - How many of them may leave one host, 1 to 4.
      - Two fill a link that one alone leaves idle while it prepares and hands over. With more, each takes longer, and its guest
        writes more in the meantime that has to be sent again.
      - By default V(2), but V(1) for a host whose control domain has one CPU. One move keeps that busy, so two at once take
        twice as long, and so do their guests' pauses.
    type: int
  moves_per_destination:
    description:
      - How many of them may come to one host, 1 to 4.
      - A host's memory is never promised to two moves. One waits for room that another one makes.
      - By default V(2), but V(1) for a host whose control domain has one CPU.
    type: int
  stop_on_failure:
    description:
      - Whether no other move is begun after one that fails, stalls or takes longer than its timeout.
      - Otherwise those go on that can. None is begun from or to a host of a move that is in doubt.
    type: bool
    default: false
  progress:
    description:
      - How many seconds there are between two lines that tell how far a move is, V(0) for none. Another line comes when the
        move has got to its next phase.
      - By default the variable E(XENFLEET_PROGRESS) of the environment, else V(10).
      - Lines are shown while the task runs locally, as with C(delegate_to=localhost), and is waited for. There are none with
        C(async), with C(no_log), in check mode, and beside a standard output that is not made of lines for persons, such as
        that of the callback plugin P(ansible.posix.json#callback).
      - The percentage is what has arrived of the domain's memory, measured by the destination's free memory, or, where several
        domains come to it at once, by the bytes that the source's kernel counts as acknowledged (asked by a shell of root's).
    type: float
    default: 10
  _progress_pipe:
    description:
      - Not for playbooks. The action plugin sets it to a FIFO, from which it reads the lines that O(progress) is about.
    type: path
"""
