# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that make moves have in common, private to this collection: moves outlive them, and are told of meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ._core.caller import Caller
from ._core.errors import Blocked, MigrationError
from ._core.model import Move
from ._core.progress import Pace, Progress
from ._core.result import finding_records
from ._module import end
from ._outliving import Died, ToldToEnd, Waiting, ignore, outlive
from ._progress_pipe import write_line

PROGRESS: dict[str, Any] = {
    "progress": {"type": "float", "default": 10, "fallback": (env_fallback, ["XENFLEET_PROGRESS"])},
    "_progress_pipe": {"type": "path"},
}
"""Options of modules that tell of moves while they go on."""


Answer = Callable[[Caller], "dict[str, Any]"]


def make_moves(module: AnsibleModule, answer: Answer) -> None:
    """Have moves made, or in check mode only told, and end the module with what ``answer`` returns, or with its error."""

    def safely(caller: Caller) -> dict[str, Any]:
        try:
            return answer(caller)
        except Blocked as error:
            return {"failed": True, "msg": str(error), "findings": finding_records(error.findings)}
        except MigrationError as error:
            return {"failed": True, "msg": str(error)}

    end(module, safely(Caller()) if module.check_mode else _outliving(module, safely))


def _outliving(module: AnsibleModule, answer: Answer) -> dict[str, Any]:
    """Have a child make the moves and answer, which brings those under way to their end when this process ends."""

    def work(waiting: Waiting) -> dict[str, Any]:
        def tell(progress: Progress) -> None:
            if pace.is_due(progress):
                waiting.mention(str(progress))

        return answer(Caller(partial(_hindrance, waiting), lambda moves: waiting.tell(_words(moves)), tell))

    def log(text: str) -> None:
        module.log(f"The task has ended, and nobody waited for this: {text}")

    pace, pipe = Pace(module.params["progress"]), module.params["_progress_pipe"]
    try:
        return outlive(work, log, partial(write_line, pipe) if pipe else ignore)
    except ToldToEnd as end:
        return {"failed": True, "msg": _told(end)}
    except Died as end:
        return {"failed": True, "msg": _died(end), "exception": str(end)}


def _hindrance(waiting: Waiting) -> str | None:
    return "the task was told to end, or was killed" if waiting.has_left else None


def _words(moves: Sequence[Move]) -> str:
    return " and ".join(f"{move.domain.name} from {move.source} to {move.destination}" for move in moves)


def _told(end: ToldToEnd) -> str:
    if not end.under_way:
        return (
            f"The task was told to end ({end}). No move was seen under way; one that just began goes on"
            " to its end, and what was moved before stays moved. Run the task again."
        )
    return (
        f"The task was told to end ({end}). The move of {end.under_way} goes on to its end all the same, and no other is begun."
        " What becomes of it will be in the system's log. Run the task again when it is over."
    )


def _died(end: Died) -> str:
    if not end.under_way:
        return "The process that makes the moves ended while none was under way. Run the task again."
    return (
        f"The process that makes the moves ended during the move of {end.under_way}, without a word of what became of it. The"
        " hosts may still send the memory, and then nobody takes the domain over. Run xen_domain_recover: it tells how things"
        " are, and mends what is certain. Then run the task again."
    )
