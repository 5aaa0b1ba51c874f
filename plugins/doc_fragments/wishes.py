# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which domain is to be where, and how it is to get there."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the module that moves domains and the one that only checks."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - The domain or domains to bring to O(host).
      - Ansible splits a text at commas. Write a list for a name that holds one.
    type: list
    elements: str
  host:
    description:
      - The host that the domains in O(name) are to be on, by its name in O(hosts).
      - By default the host of the play, where that is one of O(hosts); so each host of a play pulls its own domains.
    type: str
  placement:
    description: Domain name to host name, for any number of domains and hosts.
    type: dict
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
      - Such a move takes longer, and can't be stopped at a timeout. Should the connection break while memory is sent, the
        domain runs on at its source, but libvirt was seen not to notice and to wait for ever, and so does the task.
      - A shut off domain has no memory. Its definition goes over the connections in O(hosts), which are all encrypted but for
        the machine's own.
    type: bool
    default: false
  new_name:
    description:
      - The name that the domain is to have at its destination. For one domain only.
      - A domain that is on its host under this name already is left as it is.
    type: str
  bandwidth:
    description:
      - The most that each move may send, in MiB/s.
      - libvirt's Xen driver can't limit a move, so this is an error there for now, before anything is touched.
    type: float
  timeout:
    description:
      - How many seconds each move may take, V(0) for any number. What is done about one that takes longer, O(on_timeout) says.
      - After it no further move is begun, and the task fails for those.
      - Without it a move of memory may take 300 seconds and six times its memory divided by O(bandwidth), or by 10 MiB/s (a
        link of 100 Mbit/s) where no bandwidth is given. For Xen goes through the memory at most five times and then once more,
        and what else there is to wait for (30 seconds for memory, 60 for the guest's suspension) leaves room for slow hosts.
      - Whatever the timeout, a move is stalled when nothing of it has moved for 150 seconds, neither the destination's free
        memory nor the bytes that the source's kernel counts as acknowledged by the destination (asked by a shell of root's). It
        is then treated as one that has reached its timeout. Where neither can be seen, it is never taken for stalled.
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
        is not live, whose domain stands still from the beginning, or is O(encrypted), the finding C(abort_impossible) says so
        before anything is touched, if there is an O(timeout). Accept it, or ask for V(wait). Without an O(timeout) such a move
        is seen through.
      - With V(wait) the move is seen through to its end, and its result is told with a warning.
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
