# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the one place where a domain is."""

from __future__ import annotations

from make import Walked, fleet, host, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core.locate import locate, locate_all, name_holders
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    DOMAIN_0_UUID,
    Finding,
    HostState,
    Place,
    Wish,
)

WISH = Wish("web01", "xen-b")
RENAME = Wish("web01", "xen-b", "www")


def finding(answer: Place | Finding) -> Finding:
    assert isinstance(answer, Finding)
    return answer


def test_a_domain_is_found_where_it_is() -> None:
    place = locate(fleet(host_state("xen-a", listed("web01")), host_state("xen-b", listed("db01"))), WISH)
    assert place == Place("xen-a", listed("web01"))


def test_a_shut_off_domain_is_found_too() -> None:
    assert locate(fleet(host_state("xen-a", listed("web01", None))), WISH) == Place("xen-a", listed("web01", None))


def test_a_missing_domain_names_the_hosts_that_were_asked() -> None:
    answer = finding(locate(fleet(host_state("xen-a"), host_state("xen-b")), WISH))
    assert answer.code == "domain_missing"
    assert "Domain web01 was not found on xen-a, xen-b." in answer.sentence


def test_a_missing_domain_may_be_on_the_host_that_could_not_be_asked() -> None:
    answer = finding(locate(fleet(host_state("xen-a"), host_state("xen-b", unreachable="it is off")), WISH))
    assert "not found on xen-a." in answer.sentence
    assert "It may be on xen-b, which could not be asked" in answer.sentence


def test_a_name_on_two_hosts_is_ambiguous() -> None:
    answer = finding(
        locate(fleet(host_state("xen-a", listed("web01")), host_state("xen-b", listed("web01", None))), WISH)
    )
    assert answer.code == "domain_ambiguous"
    assert "on xen-a (active, uuid uuid-of-web01) and on xen-b (shut off, uuid uuid-of-web01)" in answer.sentence


def test_two_domains_of_one_name_are_ambiguous_whatever_their_uuids() -> None:
    answer = locate(fleet(host_state("xen-a", listed("web01")), host_state("xen-b", listed("web01", 2, "other"))), WISH)
    assert finding(answer).code == "domain_ambiguous"


def test_a_copy_under_another_name_is_told_with_that_name() -> None:
    copy = listed("web01--incoming", 4, "uuid-of-web01")
    answer = finding(locate(fleet(host_state("xen-a", listed("web01")), host_state("xen-b", copy)), WISH))
    assert answer.code == "domain_ambiguous"
    assert "under the name web01--incoming" in answer.sentence


def test_the_control_domain_is_never_found() -> None:
    control = listed("Domain-0", 0, DOMAIN_0_UUID)
    answer = locate(fleet(host_state("xen-a", control), host_state("xen-b", control)), Wish("Domain-0", "xen-b"))
    assert finding(answer).code == "control_domain"


def test_a_renamed_domain_counts_where_it_is_to_be() -> None:
    assert locate(fleet(host_state("xen-a"), host_state("xen-b", listed("www"))), RENAME) == Place(
        "xen-b", listed("www")
    )


def test_the_new_name_elsewhere_is_some_other_domain() -> None:
    answer = locate(fleet(host_state("xen-a", listed("www")), host_state("xen-b")), RENAME)
    assert finding(answer).code == "domain_missing"


def test_the_old_name_is_preferred_to_the_new_one() -> None:
    place = locate(fleet(host_state("xen-a", listed("web01")), host_state("xen-b", listed("www"))), RENAME)
    assert place == Place("xen-a", listed("web01"))


def test_all_that_is_wrong_with_a_placement_is_told_at_once() -> None:
    hosts = fleet(host_state("xen-a", listed("db01")), host_state("xen-b", listed("db01", None)))
    found, problems = locate_all(hosts, [WISH, Wish("db01", "xen-a")])
    assert found == []
    assert [problem.code for problem in problems] == ["domain_missing", "domain_ambiguous"]


def test_a_destination_that_can_t_be_asked_blocks() -> None:
    hosts = fleet(host_state("xen-a", listed("web01")), host_state("xen-b", unreachable="xen-b is off"))
    assert locate_all(hosts, [WISH]) == ([], [Finding("host_unreachable", "xen-b is off")])


def test_a_host_that_nobody_needs_may_be_silent() -> None:
    hosts = fleet(host_state("xen-a", listed("web01")), host_state("xen-b"), host_state("xen-c", unreachable="off"))
    assert locate_all(hosts, [WISH]) == ([(WISH, Place("xen-a", listed("web01")))], [])


def test_one_machine_under_two_names_is_suspected() -> None:
    domains = (listed("web01"), listed("db01", None))
    hosts = fleet(host_state("xen-a", *domains), host_state("xen-b", *domains))
    assert "most likely they are one machine under two names" in finding(locate(hosts, WISH)).sentence


def test_a_thousand_wishes_take_no_thousand_searches() -> None:
    """500 hosts have 20 domains each; two of each host are to move, under new names."""
    before = Walked.times
    names = {f"xen-{number}": [f"web-{number}-{index}" for index in range(20)] for number in range(500)}
    hosts = fleet(*(HostState(host(on), Walked(listed(name) for name in called)) for on, called in names.items()))
    wanted = [(name, on) for on, called in names.items() for name in called[:2]]
    wishes = [Wish(name, "xen-0", f"new-{name}") for name, _on in wanted]
    found, problems = locate_all(hosts, wishes)
    assert [(wish.name, place.host) for wish, place in found] == wanted
    assert (problems, [wish for wish in wishes if name_holders(hosts, wish.final_name)]) == ([], [])
    assert Walked.times - before == 500
