# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report's page in a real browser: Chromium, at the size of a phone and of a desk, on light and dark screens and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_page import report_page
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_reading import read_run
from tests.support.browser import Browser, browser
from tests.support.sample_run import BEGAN, HOSTILE, drained, hostile

PHONE, DESK = (360, 800), (1280, 900)
RESULTS = {"drained": drained(), "hostile": hostile(), "empty": {}}

HIDDEN_MOVES = """[...document.querySelectorAll('.move')].filter(row => {
  const box = row.getBoundingClientRect();
  return !row.checkVisibility() || box.width < 100 || box.height < 10 || box.left < 0 || box.right > innerWidth;
}).length"""
"""How many rows of the timeline can't be seen in full width."""

SPILLED = """[...document.querySelectorAll('section *, .figures div *')].filter(each => !each.closest('thead, .unseen') &&
  each.getBoundingClientRect().right > each.closest('section, .figures div').getBoundingClientRect().right + 1
).map(each => each.outerHTML.slice(0, 200))"""
"""What sticks out of the box that it belongs to."""

FAINT = """(() => {
  const light = color => color.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    while (element && /rgba\\(.*, 0\\)/.test(getComputedStyle(element).backgroundColor)) element = element.parentElement;
    return element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
  };
  const texts = [...document.querySelectorAll('body *')]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  return texts.map(each => {
    const [more, less] = [light(getComputedStyle(each).color), light(behind(each))].sort((a, b) => b - a);
    return [(more + 0.05) / (less + 0.05), each.outerHTML.slice(0, 200)];
  }).filter(([ratio]) => !(ratio >= 4.5)).map(String);
})()"""
"""Texts of less contrast than WCAG 2 asks for at level AA (4.5:1; its relative luminance is what is reckoned)."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pages")
    for name, result in RESULTS.items():
        page = report_page(read_run(result), f"Report {HOSTILE[0]}", BEGAN, f"{name}.json")
        (directory / f"{name}.html").write_text(page)
    return directory


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")])
def test_the_page_fits_and_can_be_read(
    chromium: Browser, pages: Path, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = chromium.open(pages / f"{name}.html", *size, scheme)
    assert page.evaluate("innerWidth") == size[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    moves = len(RESULTS[name].get("moves", []))
    assert page.evaluate("document.querySelectorAll('.move').length") == moves
    assert page.evaluate("document.querySelectorAll('table[aria-labelledby=moves] tbody tr').length") == moves
    assert (page.evaluate(HIDDEN_MOVES), page.evaluate(SPILLED), page.evaluate(FAINT)) == (0, [], [])
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor").startswith("rgb(1")
    assert dark is (scheme == "dark")
    assert (page.complaints(), page.requests()) == ([], [(pages / f"{name}.html").as_uri()])
    page.close()


def test_hostile_names_are_shown_as_they_are_and_nothing_runs(chromium: Browser, pages: Path) -> None:
    page = chromium.open(pages / "hostile.html", *DESK)
    shown = page.evaluate("document.body.innerText")
    for name in HOSTILE:
        assert shown.count(name) >= 5
    assert page.evaluate("document.title") == f"Report {HOSTILE[0]}: Some failed"
    assert page.evaluate("document.querySelectorAll('script, img, iframe, object, embed, link').length") == 0
    page.close()


def test_it_prints(chromium: Browser, pages: Path) -> None:
    page = chromium.open(pages / "drained.html", *PHONE, "dark")
    paper = page.printed()
    page.close()
    assert paper.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6


BAD = """<!doctype html><meta http-equiv="Content-Security-Policy" content="none"><title>Bad</title>
<p style="width: 2000px">wide</p><script>document.title = 'run'; console.log('run')</script><img src="image.png">"""
PICTURE_SEEN = "document.images[0].naturalWidth > 0"


def test_a_page_that_does_what_it_must_not_is_noticed_and_ours_could_not(
    chromium: Browser, pages: Path, tmp_path: Path
) -> None:
    ours = chromium.open(pages / "drained.html", *PHONE)
    (tmp_path / "image.png").write_bytes(ours.screenshot())
    policy = ours.evaluate("document.querySelector('meta[http-equiv=Content-Security-Policy]').outerHTML")
    ours.close()
    (tmp_path / "free.html").write_text(re.sub("<meta.*?>", "", BAD))
    (tmp_path / "held.html").write_text(re.sub("<meta.*?>", policy, BAD))
    free, held = (chromium.open(tmp_path / f"{name}.html", *PHONE) for name in ("free", "held"))
    assert free.evaluate("document.documentElement.scrollWidth") > PHONE[0]
    assert (free.evaluate("document.title"), held.evaluate("document.title")) == ("run", "Bad")
    assert (free.evaluate(PICTURE_SEEN), held.evaluate(PICTURE_SEEN)) == (True, False)
    assert (tmp_path / "image.png").as_uri() in free.requests()
    assert len(free.complaints()) == 1
    free.close()
    held.close()
