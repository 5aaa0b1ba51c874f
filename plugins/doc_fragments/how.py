# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say how domains are to be moved."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the modules that move domains, and those that only check whether they could."""

    DOCUMENTATION = r"""
options:
  live:
    description:
      - Whether a running domain goes on running while its memory is copied.
      - Otherwise it is suspended for the whole transfer. A host whose Xen can't move a kind of domain live (PV without shadow
        paging, as in Debian) needs V(false) for it; the error says so before anything is touched.
    type: bool
    default: true
  encrypted:
    description:
      - Whether memory is sent through an encrypted connection of the hosts' own. The libvirt daemon of the source opens it to
        that of the destination, and nothing is sent any other way; what can't go like that doesn't go.
      - The source's daemon runs as root. By default root there has to be able to log in to the destination by ssh without a
        password, at the address that memory would be sent to, as the user in the destination's URI (root where it names
        none), with the destination's key in root's C(known_hosts). Where the destination is reached by C(xen+tls), the hosts'
        certificates have to let them reach each other's libvirt by it. The host variable C(xen_peer_uri), or C(peer_uri)
        in O(hosts), gives another way.
      - Whether it works is tried from the source before anything is touched.
      - Such a move takes longer. To be stopped, it needs a shell of root's at both of its ends. Should the connection break
        while memory is sent, libvirt was seen not to notice, and to wait for ever. The move is stopped then, because it is
        stalled, and its domain goes on at its source.
      - A shut off domain has no memory. Its definition goes over the connections in O(hosts), which are all encrypted but for
        the machine's own.
    type: bool
    default: false
  bandwidth:
    description:
      - The most that each move may send, in MiB/s.
      - libvirt's Xen driver can't limit a move, so it is done on the source, for the one connection that carries the domain's
        memory; nothing else that the host sends is slower for it, and nothing is left to be removed.
      - That needs a shell of root's there, C(python3) and Linux 5.6. Without those, and for a move that is O(encrypted), the
        finding C(bandwidth_impossible) says so before anything is touched. Accept it to have such moves go unlimited.
      - The host variable C(xen_bandwidth), or C(bandwidth) in O(hosts), is the most that a host may send in all. Moves from it
        share that, whoever makes them.
      - A limit that was not seen to be kept is a warning.
    type: float
  timeout:
    description:
      - How many seconds each move may take, V(0) for any number. What is done about one that takes longer, O(on_timeout) says.
      - Without it a move of memory may take 300 seconds and six times its memory divided by O(bandwidth), by a quarter of
        what its source may send in all, or by 10 MiB/s (a link of 100 Mbit/s) where there is neither. For Xen goes through the
        memory at most five times and then once more, and what else there is to wait for (30 seconds for memory, 60 for the
        guest's suspension) leaves room for slow hosts.
      - Whatever the timeout, a move is stalled when nothing of it has moved for 150 seconds, neither the destination's free
        memory nor the bytes that the source's kernel counts as acknowledged by the destination, or as given to libvirt to be
        sent encrypted (asked by a shell of root's). It is then treated as one that has reached its timeout. Where neither can
        be seen, it is never taken for stalled.
    type: float
  on_timeout:
    description:
      - What to do about a move whose memory is still being sent at its O(timeout), or that is stalled.
      - With V(abort) the transfer is stopped, and the domain goes on on its source, which is established from both hosts. Its
        status is V(aborted), and the task fails.
      - A transfer can be stopped as long as the guest runs at its source. Once it is suspended for the last of its memory the
        move is seen through, with a warning; unless it is stalled, and its destination can be asked what it has of the domain.
        Then it is stopped, too, and the guest made to run on.
      - It is stopped on the source, which needs a shell of root's there. Without one (as over V(xen+tls)), and for a move that
        is not live, whose domain stands still from the beginning, the finding C(abort_impossible) says so before anything is
        touched, if there is an O(timeout). Accept it, or ask for V(wait). Without an O(timeout) such a move is seen through.
        A move that is O(encrypted) needs such a shell on its destination, too.
      - With V(wait) the move is seen through to its end, and its result is told with a warning. One that has none is stopped
        all the same, when its destination has waited for 150 seconds for a source that has nothing more to send.
    type: str
    choices: [abort, wait]
    default: abort
  accept:
    description:
      - Codes of findings that are not to keep domains from being moved. What would have blocked is a warning then, and what
        would have been a warning is left to RV(findings).
      - The collection's documentation lists all codes, and which of them can be accepted.
    type: list
    elements: str
    default: []
"""
