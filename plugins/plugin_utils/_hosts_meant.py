# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts the option ``hosts`` means, private to this collection: pure.

No error repeats what was given before it is known to be a pattern: it may be a URI with a password in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput

DEFAULT_GROUP = "xen_hosts"
_WANTED = (
    "give a group, a host or a pattern of the inventory, a list of those, or a dictionary of host name to libvirt URI."
)
_LIKE_A_URI = re.compile(r"://|:[^,]*@")

Matching = Callable[[list[str]], list[str]]
"""Host patterns to the names of the hosts that they match together."""


def from_json(hosts: object) -> object:
    """Return what a JSON text stands for, and anything else as it is. Raises ``InvalidInput`` for broken JSON."""
    if not isinstance(hosts, str) or not hosts.strip().startswith(("{", "[")):
        return hosts
    try:
        return json.loads(hosts)
    except ValueError as error:
        raise InvalidInput(f"hosts begins with a brace or bracket but is no JSON: {error}.") from None
    except RecursionError:
        raise InvalidInput("hosts is JSON that is nested too deeply.") from None


def host_names(hosts: object, matching: Matching) -> list[str]:
    """Return the inventory's hosts that are meant by a host pattern, by a list of them, or by nothing.

    Raises ``InvalidInput`` for a pattern that matches nothing, and for what is no pattern.
    """
    patterns = _patterns(hosts)
    names = matching(patterns)
    for pattern in patterns:
        if pattern[0] not in "!&" and not (names if len(patterns) == 1 else matching([pattern])):
            raise InvalidInput(_nothing(pattern, given=bool(hosts)))
    if not names:
        raise InvalidInput(f"The patterns in hosts ({', '.join(patterns)}) together leave no host of the inventory.")
    return names


def _patterns(hosts: object) -> list[str]:
    if not hosts or (isinstance(hosts, str) and not hosts.strip()):
        return [DEFAULT_GROUP]
    items: Sequence[object] = [hosts] if isinstance(hosts, str) else hosts if isinstance(hosts, Sequence) else ()
    texts = [item.strip() for item in items if isinstance(item, str)]
    if not texts or len(texts) != len(items) or not all(texts):
        raise InvalidInput(f"hosts is neither a text nor a list of texts: {_WANTED}")
    if any(_LIKE_A_URI.search(text) for text in texts):
        raise InvalidInput(f"hosts holds a URI without the name of a host: {_WANTED}")
    return texts


def _nothing(pattern: str, given: bool) -> str:
    if given:
        return f"hosts names {pattern[:100]!r}, which matches no host of the inventory."
    return (
        f"The inventory has no group {DEFAULT_GROUP} with hosts in it, and no other hosts were named. Put the Xen hosts into"
        " that group, or name them in the option hosts, the variable xenfleet_hosts or the environment's XENFLEET_HOSTS."
    )
