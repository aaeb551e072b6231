"""The preview serves a module as readers see it, renews it on save, and outlives every mistake."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from practicum.authoring.markdown.module_file import BYTES_MAX
from practicum.authoring.preview import page as pages
from practicum.authoring.preview.page import module_page
from practicum.authoring.preview.server import Preview
from practicum.authoring.preview.shown import Shown
from practicum.labs.finding import LabError

OURS = Path(__file__).parents[2] / "courses"
TODAY = dt.date(2026, 11, 21)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MODULE = """\
---
id: waiting
title: Waiting
updated: 2026-11-21
---
# Waiting

A queue hides the wait. See [the picture](queue.svg) and [what comes next](../02-later/module.md).

![A queue](queue.svg)

:::: protocol
Read.
::::
"""
QUESTIONS = """\
questions:
  - kind: choice
    id: which
    text: What does a queue hide?
    explain: Who waits is not seen.
    tier: 1
    choices:
      - {text: the wait, right: true, why: it does}
      - {text: the <b>cost</b>, why: it shows}
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one module, a picture, and a secret outside."""
    course = tmp_path / "courses/queues"
    (course / "01-waiting").mkdir(parents=True)
    (course / "course.yaml").write_text(
        "title: Queues\nobjective: Wait.\npending: later\n"
        "modules: [{id: waiting, title: Waiting}, {id: later, title: Later}]\n"
    )
    (course / "01-waiting/module.md").write_text(MODULE)
    (course / "01-waiting/questions.yaml").write_text(QUESTIONS)
    (course / "01-waiting/queue.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "secret.txt").write_text("secret")
    (course / "01-waiting/away.txt").symlink_to(tmp_path / "secret.txt")
    return course


def shown(course: Path) -> Shown:
    """The course, among ours."""
    return Shown(str(course), [OURS, course.parent])


def page_of(course: Path) -> str:
    """The page of the module."""
    place = shown(course).place("/queues/01-waiting/module.md")
    assert place is not None
    return module_page(shown(course), place, None, TODAY)


def test_a_page_holds_the_text_its_questions_and_what_is_found(course: Path) -> None:
    """The findings with their lines, which lead into the text."""
    page = page_of(course)
    assert "A queue hides the wait." in page
    assert "What does a queue hide?" in page
    assert "the &lt;b&gt;cost&lt;/b&gt;" in page
    assert "there is no blueprint" in page
    assert 'data-goto="1"' in page
    assert "cards.yaml" in page


SPOILT = {
    "no front matter": lambda m: m.write_text("# Waiting\n\nStill here.\n"),
    "a broken one": lambda m: m.write_text(MODULE.replace("id: waiting", "id: [")),
    "no text": lambda m: m.write_text(""),
    "another encoding": lambda m: m.write_bytes(MODULE.encode("utf-16")),
    "no file": lambda m: m.unlink(),
    "a folder": lambda m: (m.unlink(), m.mkdir()),
    "too much": lambda m: m.write_text("x" * (BYTES_MAX + 1)),
    "a link away": lambda m: (m.unlink(), m.symlink_to("/etc/passwd")),
    "broken questions": lambda m: (m.parent / "questions.yaml").write_text("questions: ["),
    "a broken course": lambda m: (m.parents[1] / "course.yaml").write_text("title: ["),
    "a diagram that cannot be drawn": lambda m: m.write_text(MODULE + "```mermaid\nx\n```\n"),
    "a container that is open": lambda m: m.write_text(MODULE + ":::: cases\n"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_whatever_a_file_holds_there_is_a_page(what: str, course: Path) -> None:
    """That says what is wrong, and shows what can be read."""
    SPOILT[what](course / "01-waiting/module.md")
    page = page_of(course)
    assert 'class="error"' in page
    assert "the preview failed" not in page
    assert "root:" not in page
    if what in ("no front matter",):
        assert "Still here." in page
    if what in ("a broken one", "broken questions", "a broken course"):
        assert "A queue hides the wait." in page


def test_a_fault_of_the_preview_itself_is_shown_and_ends_nothing(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the text, as far as it was made."""

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(pages, "lint", fails)
    page = page_of(course)
    assert "the preview failed here: ZeroDivisionError: unforeseen" in page
    assert "A queue hides the wait." in page


def test_an_address_leads_to_nothing_outside_the_course(course: Path) -> None:
    """Neither by dots nor by links."""
    desk = shown(course)
    found = desk.place("/queues/01-waiting/queue.svg")
    assert found is not None
    assert found.path == course / "01-waiting/queue.svg"
    for address in (
        "/queues/01-waiting/away.txt",
        "/queues/../../secret.txt",
        "/queues//etc/passwd",
        "/queues/\0",
        "/other/01-waiting/module.md",
        "/",
    ):
        assert desk.place(address) is None, address


def test_what_can_be_shown_is_a_module_a_course_or_a_text(course: Path, tmp_path: Path) -> None:
    """By path or id; any other is told."""
    folders = [OURS, course.parent]
    (tmp_path / "loose.md").write_text("# Loose\n")
    for words, name in (
        (str(course / "01-waiting"), "queues/01-waiting"),
        ("queues/waiting", "queues/01-waiting"),
        (str(tmp_path / "loose.md"), f"{tmp_path.name}/loose.md"),
    ):
        assert [each.name for each in Shown(words, folders).titles()] == [name]
    assert len(Shown("", folders).titles()) > 1
    with pytest.raises(LabError):
        Shown(str(tmp_path / "nowhere"), folders)


async def test_only_this_machine_is_answered_and_pages_load_nothing_else(course: Path) -> None:
    """By name; and no file can act on a page."""
    served = Preview(shown(course), home=None)
    runner = await served.start(0)
    at = f"http://127.0.0.1:{served.port}"
    try:
        async with aiohttp.ClientSession() as client:
            async with client.get(at) as answer:
                assert str(answer.url) == f"{at}/queues/01-waiting/module.md"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert "A queue hides" in await answer.text()
            async with client.get(at, headers={"Host": "evil.example"}) as answer:
                assert answer.status == 403
            for address, status in (
                ("queues/01-waiting/", 200),
                ("queues/01-waiting/queue.svg", 200),
                ("queues/01-waiting/away.txt", 404),
                ("queues/01-waiting/none.txt", 404),
                ("queues/02-later/module.md", 200),
                ("-/preview.js", 200),
                ("-/none.js", 404),
            ):
                async with client.get(f"{at}/{address}") as answer:
                    assert answer.status == status, address
                    assert "secret" not in await answer.text()
            async with client.get(f"{at}/queues/01-waiting/queue.svg") as answer:
                assert "sandbox" in answer.headers["Content-Security-Policy"]
    finally:
        await runner.cleanup()


async def test_a_port_that_is_taken_is_an_error(course: Path) -> None:
    """So that the command can say so."""
    first, second = Preview(shown(course), home=None), Preview(shown(course), home=None)
    runner = await first.start(0)
    try:
        with pytest.raises(OSError, match="address already in use"):
            await second.start(first.port)
    finally:
        await runner.cleanup()


@pytest.fixture
def address(course: Path) -> Iterator[str]:
    """Where the course is being served, in a thread of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    found: dict[str, object] = {}

    async def serve() -> None:
        served = Preview(shown(course), home=None)
        runner = await served.start(0)
        found.update(port=served.port, loop=asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{found['port']}/"
    loop = found["loop"]
    assert isinstance(loop, asyncio.AbstractEventLoop)
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A page that complains of nothing."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    yield tab
    context.close()
    assert said == []


def test_a_browser_shows_what_was_saved_without_being_asked(
    tab: Page, address: str, course: Path
) -> None:
    """The text, the findings and the picture; a broken file too, and its repair."""
    module = course / "01-waiting/module.md"
    tab.goto(address)
    tab.wait_for_selector("#live[data-state=open]")
    expect(tab.locator("article h1")).to_have_text("Waiting")
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0  # a phone need not scroll sideways
    tab.evaluate("window.kept = 'not loaded again'")

    module.write_text(MODULE.replace("A queue hides the wait.", "A queue *hides* it."))
    expect(tab.locator("article em")).to_have_text("hides")
    module.write_text(MODULE.replace("id: waiting", "id: ["))
    expect(tab.locator(".findings")).to_contain_text("this is not YAML")
    expect(tab.locator("article")).to_contain_text("A queue hides the wait.")
    module.unlink()
    expect(tab.locator(".findings")).to_contain_text("there is no such file")
    module.write_text(MODULE + "\n::: solution\nFolded.\n:::\n")
    expect(tab.locator("article details.solution")).to_have_count(1)

    assert tab.evaluate("window.kept") == "not loaded again"
    assert not tab.locator("details.solution p").is_visible()
    tab.locator("article details.solution summary").click()
    assert tab.locator("details.solution p").is_visible()


def test_a_browser_is_led_from_a_finding_to_its_place(
    tab: Page, address: str, course: Path
) -> None:
    """Even where that was folded away."""
    text = MODULE + "\n::: solution\nFolded <div>.\n:::\n"
    (course / "01-waiting/module.md").write_text(text)
    tab.goto(address)
    tab.wait_for_selector("#live[data-state=open]")
    line = next(n for n, each in enumerate(text.splitlines(), start=1) if "<div>" in each)
    tab.locator(f'[data-goto="{line}"]').first.click()
    expect(tab.locator(".found")).to_contain_text("Folded")
    assert tab.locator(".found").is_visible()
