# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From results to what a report shows: verdicts, figures, scales, words; and nothing that no result said."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_data import report_data
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_page import report_page
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_reading import read_run
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import MoveRecord
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_scale import Extent, scale_of
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_verdict import verdict
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_view import View, view
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import memory, printable, seconds, utc
from tests.support.sample_run import BEGAN, HOSTILE, drained, hostile


def seen(result: object) -> View:
    return view(read_run(result), "Title", BEGAN)


def move(status: str | None = "moved", **more: Any) -> dict[str, Any]:
    return {"domain": "web01", "source": "xen-a", "destination": "xen-b", "status": status, **more}


BLOCKING = {"code": "host_devices", "severity": "blocks", "domain": "web01", "message": "It can't."}
BLOCKED = {"domain": "gpu01", "host": "xen-a", "code": "host_devices", "reason": "It can't."}

VERDICTS: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"moves": [move()]}, ("good", "All moved", "The one move was made.")),
    ({"moves": [move(), move()]}, ("good", "All moved", "All 2 moves were made.")),
    (
        {"moves": [move("planned"), move("planned")]},
        ("plan", "Planned", "2 moves would be made; nothing has been touched."),
    ),
    ({"ready": True, "moves": [move(None)]}, ("plan", "Planned", "1 move would be made; nothing has been touched.")),
    ({"moves": [move(None)]}, ("bad", "Failed", "The one move was not made. 1 not told.")),
    (
        {"moves": [move(), move("failed"), move("not begun")], "failed": True},
        ("bad", "Some failed", "1 of 3 moves was made. 1 failed, 1 not begun."),
    ),
    ({"moves": [move("aborted")], "failed": True}, ("bad", "Failed", "The one move was not made. 1 aborted.")),
    (
        {"moves": [move(), move("in doubt"), move("failed")], "failed": True},
        ("bad", "In doubt", "1 of 3 moves was made. 1 in doubt, 1 failed."),
    ),
    ({"moves": [move("failed"), move("failed")]}, ("bad", "Failed", "None of 2 moves were made. 2 failed.")),
    ({"moves": [move("new word")]}, ("bad", "Failed", "The one move was not made. 1 new word.")),
    (
        {"moves": [move()], "blocked": [BLOCKED, BLOCKED], "findings": [BLOCKING], "failed": True},
        ("attention", "Some blocked", "The one move was made. 1 domain is blocked."),
    ),
    (
        {"failed": True, "msg": "It can't.", "findings": [BLOCKING]},
        ("bad", "Blocked", "No move was made. 1 finding speaks against moving."),
    ),
    ({"failed": True, "msg": "No such host."}, ("bad", "Failed", "No move was made.")),
    ({"failed": True}, ("bad", "Failed", "No move was made.")),
    ({"changed": False, "msg": "web01 is on xen-b already."}, ("neutral", "Nothing to do", "No move was made.")),
    ({}, ("neutral", "No result", "No move was made.")),
]


@pytest.mark.parametrize(("result", "expected"), VERDICTS)
def test_the_worst_gives_the_word_and_the_sentence_tells_all(
    result: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    found = verdict(read_run(result))
    assert (found.kind, found.word, found.sentence) == expected


def figures_of(result: object) -> dict[str, tuple[str, str]]:
    return {figure.name: (figure.value, figure.note) for figure in seen(result).figures}


def test_figures_of_a_run() -> None:
    assert figures_of(drained()) == {
        "Moved": ("11 of 12", ""),
        "Total time": ("3 min 54 s", "first beginning to last end"),
        "Longest move": ("3 min 04 s", "db02"),
        "Sum of pauses": ("8.82 s", "seen in 11 of 12 moves"),
        "Longest pause": ("2.05 s", "db01"),
    }


FIGURES = {
    "not begun": ([move("not begun")], {"Moved": ("0 of 1", "")}),
    "planned": ([move("planned")], {"Moved": ("0 of 1", "")}),
    "a result of before": (
        [move(duration=21.3)],
        {
            "Moved": ("1 of 1", ""),
            "Total time": ("not measured", "first beginning to last end"),
            "Longest move": ("21.3 s", "web01"),
            "Sum of pauses": ("not measured", ""),
        },
    ),
    "one end not known": (
        [move(started=BEGAN, duration=4), move("in doubt", started=BEGAN + 1)],
        {
            "Moved": ("1 of 2", ""),
            "Total time": ("not measured", "first beginning to last end"),
            "Longest move": ("4.00 s", "web01"),
            "Sum of pauses": ("not measured", ""),
        },
    ),
}


@pytest.mark.parametrize(("moves", "figures"), FIGURES.values(), ids=FIGURES.keys())
def test_what_was_not_measured_is_called_so(moves: list[dict[str, Any]], figures: dict[str, tuple[str, str]]) -> None:
    assert figures_of({"moves": moves}) == figures


def test_domains_that_needed_no_move_are_counted() -> None:
    domains = {name: {"name": name, "host": "xen-b", "state": "running"} for name in ("web01", "web02", "web03")}
    assert figures_of({"moves": [move()], "domains": domains})["Moved"] == ("1 of 1", "2 in place already")


def test_rows_are_in_the_order_of_their_beginnings_and_those_without_one_are_last() -> None:
    moves = [move(domain="none"), move(domain="second", started=2.0), move(domain="first", started=1.0)]
    assert [row.domain for row in seen({"moves": moves}).moves] == ["first", "second", "none"]


SCALES: list[tuple[list[tuple[float, float | None]], float, list[str]]] = [
    ([(0, 0)], 0.1, ["0.0 s", "0.1 s"]),
    ([(0, 0.3)], 0.1, ["0.0 s", "0.1 s", "0.2 s", "0.3 s"]),
    ([(0, 4.2)], 1, ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s"]),
    ([(0, 10), (95, 45)], 30, ["0 s", "30 s", "60 s", "90 s", "120 s", "150 s"]),
    ([(0, 233.8)], 60, ["0 min", "1 min", "2 min", "3 min", "4 min"]),
    ([(0, 3 * 3600)], 3600, ["0 h", "1 h", "2 h", "3 h"]),
    ([(0, 9 * 86400)], 172800, ["0 d", "2 d", "4 d", "6 d", "8 d", "10 d"]),
    ([(0, None), (7, None)], 2, ["0 s", "2 s", "4 s", "6 s", "8 s"]),
]


@pytest.mark.parametrize(("times", "step", "labels"), SCALES)
def test_a_scale_holds_all_moves_and_has_few_round_ticks(
    times: list[tuple[float, float | None]], step: float, labels: list[str]
) -> None:
    moves = [MoveRecord(started=BEGAN + start, duration=duration) for start, duration in times]
    scale = scale_of(moves)
    assert scale is not None
    assert (scale.step, [tick.label for tick in scale.ticks()]) == (step, labels)
    assert (scale.ticks()[0].left, scale.ticks()[-1].left) == (0, 100)
    for extent in map(scale.extent, moves):
        assert extent is not None
        assert extent.left >= 0
        assert extent.left + extent.width <= 100.001


def test_bars_are_where_their_moves_were() -> None:
    result = {"moves": [move(started=BEGAN, duration=50), move(started=BEGAN + 25, duration=25), move(duration=9)]}
    assert [row.extent for row in seen(result).moves] == [Extent(0, 100), Extent(50, 50), None]
    assert seen({"moves": [move(duration=9)]}).scale is None


def test_hosts_are_drawn_beside_the_largest_with_who_left_and_who_arrived() -> None:
    a, b, c = seen(drained()).hosts
    assert [host.name for host in (a, b, c)] == ["xen-a", "xen-b", "xen-c"]
    before, after = c.states
    assert (before.when, before.size, before.count) == ("Before", 100, "0 domains")
    assert (after.memory, after.used) == ("63.5 GiB of 96.0 GiB used, 32.5 GiB free", pytest.approx(66.146))
    assert {domain.mark for domain in after.domains} == {"arrived"}
    assert a.states[0].size == pytest.approx(66.667)
    marks = [(domain.name, domain.mark) for domain in a.states[0].domains]
    assert marks == [
        *((name, "left") for name in ("web01", "web02", "web03", "cache01", "db01", "db02")),
        ("build-runner-amd64-07", ""),
    ]


HOSTS: dict[str, tuple[dict[str, Any], list[tuple[str, str | None, str, float | None, list[str]]]]] = {
    "only before": (
        {"before": {"a": {"memory_mib": 4096, "free_mib": 1024, "domains": [{"name": "web01"}]}}},
        [("Before", None, "3.0 GiB of 4.0 GiB used, 1.0 GiB free", 75, [""])],
    ),
    "couldn't be asked after": (
        {"before": {"a": {"domains": [{"name": "web01"}]}}, "after": {"a": {"problem": "No route."}}},
        [("Before", None, "not measured", None, [""]), ("After", "No route.", "not measured", None, [])],
    ),
    "free memory not told": (
        {"after": {"a": {"memory_mib": 4096}}},
        [("After", None, "4.0 GiB in all", None, [])],
    ),
    "nonsense": ({"before": [], "after": {"a": 7}}, []),
}


@pytest.mark.parametrize(("hosts", "states"), HOSTS.values(), ids=HOSTS.keys())
def test_of_hosts_only_what_was_seen_is_shown(
    hosts: dict[str, Any], states: list[tuple[str, str | None, str, float | None, list[str]]]
) -> None:
    assert [
        (state.when, state.problem, state.memory, state.used, [domain.mark for domain in state.domains])
        for host in seen({"hosts": hosts}).hosts
        for state in host.states
    ] == states


def test_findings_are_grouped_the_severest_first() -> None:
    groups = seen(drained()).findings
    assert [(group.kind, [finding.code for finding in group.findings]) for group in groups] == [
        ("blocks", ["host_devices"]),
        ("warns", ["cpu_features", "not_checked"]),
        ("informs", ["plain_transport"]),
    ]
    (other,) = seen({"findings": [{"severity": "new", "message": "?"}]}).findings
    assert (other.kind, other.title) == ("", "Severity: new")


ERRORS: list[tuple[dict[str, Any], list[str]]] = [
    ({"failed": True, "msg": "No such host."}, ["No such host."]),
    ({"failed": True, "msg": "All of it.", "moves": [move("failed", error="One\nerror.")]}, ["One\nerror."]),
    ({"failed": True, "msg": "It can't.", "findings": [BLOCKING]}, []),
    ({"failed": True, "msg": "It can't.", "blocked": [BLOCKED]}, []),
    ({"failed": False, "msg": "Fine."}, []),
]


@pytest.mark.parametrize(("result", "errors"), ERRORS)
def test_errors_are_told_once_and_in_full(result: dict[str, Any], errors: list[str]) -> None:
    page = seen(result)
    assert [error.text for error in page.errors] == errors
    assert list(page.messages) == [text for text in [result["msg"]] if text not in errors]


def test_a_move_that_another_run_made_is_not_this_run_s() -> None:
    mine, other = move(domain="mine"), move(domain="other", status="in place")
    run = read_run({"moves": [mine, other], "changed": True, "failed": False, "msg": "Moved."})
    assert [record.domain for record in run.moves] == ["mine"]


def test_several_results_make_one_report() -> None:
    first = {"moves": [move(domain="one")], "changed": True, "failed": False, "msg": "One."}
    second = {"moves": [move(domain="two")], "changed": False, "msg": "Two."}
    first["hosts"] = {"before": {"a": {"free_mib": 1}}, "after": {"a": {"free_mib": 2}}}
    second["hosts"] = {"before": {"a": {"free_mib": 2}, "b": {}}, "after": {"a": {"free_mib": 3}}}
    for together in ([first, second], {"results": [first, second], "changed": True}, [[first], second]):
        run = read_run(together)
        assert [record.domain for record in run.moves] == ["one", "two"]
        assert (run.changed, run.failed, run.messages) == (True, False, ("One.", "Two."))
        assert (run.before["a"].free_mib, run.after["a"].free_mib, list(run.before)) == (1, 3, ["a", "b"])


@pytest.mark.parametrize("result", ["Moved.", None, 7, [None], b"x"])
def test_what_is_no_result_is_refused(result: object) -> None:
    with pytest.raises(ValueError, match="A report is made of a task's result"):
        read_run(result)


def without_each_key(value: Any) -> list[Any]:
    """Return copies of a value, each without one key, or with nonsense in one place, however deep."""
    if isinstance(value, dict):
        fewer = [{key: rest for key, rest in value.items() if key != left_out} for left_out in value]
        wrong = [{**value, key: nonsense} for key in value for nonsense in (None, True, -1.5, float("nan"), "?", ["?"])]
        return fewer + wrong + [{**value, key: each} for key in value for each in without_each_key(value[key])]
    return [[each] for each in without_each_key(value[0])] if isinstance(value, list) and value else []


def test_anything_may_be_missing_or_of_another_type() -> None:
    whole = drained()
    for key in ("moves", "plan", "findings"):
        whole[key] = whole[key][:1]
    whole["hosts"] = {when: {"xen-a": hosts["xen-a"]} for when, hosts in whole["hosts"].items()}
    for part in (host["xen-a"] for host in whole["hosts"].values()):
        part["domains"] = part["domains"][:1]
    variants = without_each_key(whole)
    assert len(variants) > 300
    for variant in variants:
        json.dumps(report_data(read_run(variant), "Title", BEGAN), allow_nan=False)
        view(read_run(variant), "Title", BEGAN)
    assert "Nothing to do" not in report_page(read_run({}), "Title", BEGAN)


def test_the_data_has_every_key_whatever_the_result_lacks() -> None:
    full, empty = (report_data(read_run(result), "Title", BEGAN) for result in (drained(), {}))
    assert list(full) == list(empty)
    assert (full["schema"], full["made"]) == (1, "2026-11-18T11:06:40Z")
    assert full["figures"]["total_seconds"] == pytest.approx(233.8)
    assert (full["moves"][8]["pause"], full["moves"][8]["stopped_because"]) == (None, "timeout")
    assert full["hosts"]["after"]["xen-c"]["memory_mib"] == 98304
    assert (empty["figures"]["total_seconds"], empty["hosts"], empty["failed"]) == (
        None,
        {"before": {}, "after": {}},
        None,
    )


def test_a_report_leaves_its_result_alone() -> None:
    result = hostile()
    before = copy.deepcopy(result)
    report_page(read_run(result), "Title", BEGAN)
    assert result == before


def test_names_can_do_nothing_to_the_page() -> None:
    page = report_page(read_run(hostile()), HOSTILE[0], BEGAN, "a\" onclick='b'.json")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;document.title=&#39;run&#39;&lt;/script&gt;" in page
    assert "a&amp;amp;b" in page
    assert 'href="./a%22%20onclick%3D%27b%27.json"' in page
    assert "{{ 7 * 7 }}" in page


WORDS = [
    (seconds(None), "not measured"),
    (seconds(0), "0.00 s"),
    (seconds(0.844), "0.84 s"),
    (seconds(9.996), "10.0 s"),
    (seconds(59.94), "59.9 s"),
    (seconds(59.96), "1 min 00 s"),
    (seconds(3599.4), "59 min 59 s"),
    (seconds(3599.6), "1 h 00 min"),
    (seconds(9000), "2 h 30 min"),
    (memory(512), "512 MiB"),
    (memory(1024), "1.0 GiB"),
    (memory(98304), "96.0 GiB"),
    (utc(None), "not measured"),
    (utc(0), "1970-01-01T00:00:00Z"),
    (utc(1e300), "1e+300 s after 1970"),
    (printable("a\nb\tc"), "a\nb\tc"),
    (printable("\x1b[2J\u202egnp.exe\udcff\x00"), "\ufffd[2J\ufffdgnp.exe\ufffd\ufffd"),
    (printable("caf\u00e9 \u4e2d"), "caf\u00e9 \u4e2d"),
]


@pytest.mark.parametrize(("words", "expected"), WORDS)
def test_words(words: str, expected: str) -> None:
    assert words == expected
