# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host's libvirt daemon could connect to another's, private to this collection: tried by that host's root."""

from __future__ import annotations

from .._core.errors import HypervisorError
from .shell import Shell

SECONDS = 60
"""How long the connection may take. One over ssh was seen to take 21 s between emulated hosts."""

# The URI comes by standard input. libvirt's daemon runs as root, with root's files and nothing of a login's environment: an
# agent that came along with our own login would open doors that stay closed to the daemon. Not read-only (-r): such a
# connection needs less permission than the daemon's. Only the name of the host at the other end is asked for.
COMMAND = f"""IFS= read -r uri
[ "$(id -u)" = 0 ] || {{ echo user; exit; }}
command -v virsh >/dev/null || {{ echo virsh; exit; }}
timeout {SECONDS} env -i LC_ALL=C PATH="$PATH" HOME="$HOME" virsh -q -c "$uri" hostname </dev/null 2>&1
printf '\\nended %s\\n' "$?" """

_TIMED_OUT = 124  # timeout's own exit code
_NO_NEWS = "failed to connect to the hypervisor"
_CANT_TRY = {"user": "its shell is not root's", "virsh": "it has no virsh to try it with"}


def ask_peer(shell: Shell, uri: str, name: str) -> str | None:
    """Return None if the libvirt daemon of the host called ``name`` can be reached at the URI, else why not.

    Raises ``HypervisorError`` where that can't be tried.
    """
    output, complaint = shell.ask(COMMAND, f"try to connect to {uri}", f"{uri}\n")
    return read_peer(output, complaint, shell.host.name, uri, name)


def read_peer(output: str, complaint: str, host: str, uri: str, name: str) -> str | None:
    """Read the answer to ``COMMAND``."""
    text, ended, code = output.rpartition("\nended ")
    lines = [line.strip().removeprefix("error: ") for line in text.splitlines() if line.strip()]
    if not ended:
        why = _CANT_TRY.get(output.strip(), complaint)
        raise HypervisorError(host, f"try to connect to {uri}", why)
    if code.strip() == str(_TIMED_OUT):
        return f"no answer within {SECONDS} s"
    if code.strip() != "0":
        return " ".join(line for line in lines if line != _NO_NEWS) or f"virsh ended with exit code {code.strip()}"
    # A warning of ssh's may stand beside the name.
    return None if name in lines else f"a host called {lines[-1] if lines else 'nothing'} is there, and not {name}"
