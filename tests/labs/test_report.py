"""The report: one file that says what was seen, fetches nothing, and lets no text run."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, sync_playwright

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.evidence import Evidence, seal
from practicum.labs.experiment.observations import FaultSeen, Observations, Saga, Second
from practicum.labs.report.choosing import Chosen, choose
from practicum.labs.report.page import render, write
from practicum.labs.report.scale import Scale, decade_ticks, round_ticks
from practicum.service.world import unix_seconds
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.store import Store
from practicum.telemetry.waterfall import waterfall

MADE_AT = "2026-11-21T04:20:45.123456Z"
START_NS = int(unix_seconds(MADE_AT) * 1e9)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "br", "link", "img", "input", "hr"}
ATTACKS = (
    "</script><script>boom()</script>",
    '"><img src=x onerror=boom()>',
    "<!--<script>",
    "{{7*7}}",
)
texts = st.one_of(st.sampled_from(ATTACKS), st.text(st.characters(codec="utf-8"), max_size=40))


def bundle(
    text: str = "bank's words", *, orders: int = 60, verdict: Verdict = Verdict.PASS
) -> Evidence:
    """A sealed bundle in which ``text`` stands wherever a stranger's words can stand."""
    return seal(
        Evidence(
            kind="tour",
            made_at=MADE_AT,
            verdict=verdict,
            judgements=(
                Judgement(
                    check="money conserved",
                    verdict=verdict,
                    expected=text,
                    seen=text,
                    examples=(text,),
                ),
            ),
            observations=Observations(
                range="tour",
                peers={"order": "http://127.0.0.1:1"},
                accepted=tuple(f"o-{n:024d}" for n in range(orders)),
                planned=(text,),
                faults=(
                    fault("hesitate", 0.0, 30.0, None, text),
                    fault("crash", 4.0, 4.0, 2.5, text),
                    fault("pause", 10.0, 13.0, None, text),
                ),
                seconds=tuple(
                    Second(
                        at_s=n,
                        accepted=20 + n,
                        refused=n % 2,
                        ended=18 + n,
                        p99_ms=21.5 * n or None,
                    )
                    for n in range(30)
                ),
            ),
            plan={"rate": 50.0, "note": text},
            figures={"orders_accepted": float(orders), "saga_p99_ms": 2572.52, "new_thing_s": 1.5},
            machine={"cores": 2, "system": text, "load_average": [0.5, 0.25, 0.125]},
            versions={"practicum": text},
            checks_sha256="0" * 64,
        )
    )


def fault(
    kind: str, began_s: float, ended_s: float, recovery_s: float | None, what: str
) -> FaultSeen:
    """A fault that struck."""
    return FaultSeen(
        what=what,
        kind=kind,
        target="bank",
        began_s=began_s,
        ended_s=ended_s,
        struck=True,
        outcome="over",
        recovery_s=recovery_s,
    )


def span(
    id: str, order: str, *, trace: str, name: str, start_s: float, took_s: float
) -> SpanRecord:
    """A span of ``order``; times in seconds from the start of the experiment."""
    start_ns = START_NS + int(start_s * 1e9)
    return SpanRecord(
        trace,
        id,
        "",
        name,
        2,
        "order",
        "order-1",
        start_ns,
        start_ns + int(took_s * 1e9),
        "",
        order,
        "",
        {},
    )


def chosen(text: str) -> Chosen:
    """One order to draw, with ``text`` as name, service and error of a span."""
    spans = [
        span("a", "o-1", trace="t", name="POST /orders", start_s=3.9, took_s=0.5),
        msgspec.structs.replace(
            span("b", "o-1", trace="t", name=text, start_s=4.0, took_s=0.2),
            service=text,
            error=text,
        ),
    ]
    saga = Saga("confirmed", 3.9, 4.4)
    return Chosen(
        title="The slowest", why=text, order_id=text, saga=saga, waterfall=waterfall(spans)
    )


def many_sagas(count: int) -> dict[str, Saga]:
    """Sagas of every status and of many lengths."""
    states = ("confirmed", "cancelled", "pending")
    return {
        f"o-{n:024d}": Saga(states[n % 3], n * 30 / count, n * 30 / count + 0.02 * (n % 97 + 1))
        for n in range(count)
    }


class Reader(HTMLParser):
    """Reads a page strictly: every element closed in its order; keeps scripts and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of the drawings that closes itself."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Closes the element opened last, and no other."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text, or a script's content."""
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        else:
            self.words.append(data)


def hashed_text(block: str) -> str:
    """What the page's script hashes, undone here as it does it there."""
    return re.sub(r"\\(?:u003c|.)", lambda m: "<" if m[0] == r"\u003c" else m[0], block)


PLAIN = Reader(render(bundle("plain"), many_sagas(60), [chosen("plain")]))


@settings(max_examples=40, deadline=None)
@given(texts)
@example(r"\u003c \\u003c <")
@example("</script><script>boom()</script>")
def test_whatever_a_text_says_the_page_has_the_same_elements(text: str) -> None:
    """A text is shown, it never becomes an element, an attribute or a script."""
    evidence = bundle(text)
    read = Reader(render(evidence, many_sagas(60), [chosen(text)]))
    drawn = [tag for tag in read.tags if tag != "text"]  # an empty service has no label
    assert drawn == [tag for tag in PLAIN.tags if tag != "text"]
    assert sorted({n for n, _ in read.attributes}) == sorted({n for n, _ in PLAIN.attributes})
    assert read.scripts[1] == PLAIN.scripts[1]
    assert hashlib.sha256(hashed_text(read.scripts[0]).encode()).hexdigest() == evidence.sha256


def test_a_hostile_text_is_shown_as_it_is() -> None:
    """Who looks for the cause of a failure must see what was really said."""
    page = Reader(render(bundle(ATTACKS[0])))
    assert ATTACKS[0] in page.words


def test_the_page_fetches_nothing() -> None:
    """No attribute and no style names another resource, and the policy would forbid it."""
    page = render(bundle(), many_sagas(60), [chosen("x")])
    read = Reader(page)
    fetching = {"src", "href", "srcset", "action", "data", "poster", "style"}
    assert [pair for pair in read.attributes if pair[0] in fetching] == []
    assert "url(" not in page
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\"/]*", page)) == {"http://127.0.0.1:1"}  # in the evidence
    assert any("default-src 'none'" in value for _, value in read.attributes)


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        (Verdict.PASS, "The shop held."),
        (Verdict.FAIL, "The shop did not hold."),
        (Verdict.UNKNOWN, "Nobody can tell."),
    ],
)
def test_the_verdict_stands_on_top_in_words(verdict: Verdict, headline: str) -> None:
    """Each of the three has its own."""
    assert headline in "".join(Reader(render(bundle(verdict=verdict))).words)


def test_a_run_in_which_nothing_happened_still_has_a_page() -> None:
    """No second, no fault, no order, no figure: nothing to draw is no error."""
    nothing = msgspec.structs.replace(
        bundle(),
        judgements=(),
        figures={},
        observations=Observations(range="tour", peers={}, accepted=()),
    )
    assert "Nothing was checked." in "".join(Reader(render(seal(nothing))).words)


def test_three_thousand_orders_fit_into_500_kilobytes() -> None:
    """Half a minute at a hundred orders per second."""
    page = render(bundle(orders=3000), many_sagas(3000), [chosen("x")] * 4)
    assert len(page.encode()) < 500_000


def test_a_written_page_reads_back(tmp_path: Path) -> None:
    """Whole, and nothing else lies beside it."""
    path = write("<p>größer</p>", tmp_path / "tour.html")
    assert path.read_text(encoding="utf-8") == "<p>größer</p>"
    assert list(tmp_path.iterdir()) == [path]


@given(st.floats(1e-3, 1e9), st.integers(2, 12))
def test_round_ticks_reach_from_nothing_to_beyond_the_greatest(high: float, count: int) -> None:
    """So that no curve leaves its field; and they are few."""
    ticks = round_ticks(high, count)
    assert ticks[0] == 0
    assert ticks == sorted(set(ticks))
    assert ticks[-1] >= high * (1 - 1e-6)
    assert len(ticks) <= count + 2


@given(st.lists(st.floats(0, 1e4), max_size=20))
@example([9999.999999999998])
@example([1000.0000000000001])
def test_decade_ticks_embrace_all_values(values: list[float]) -> None:
    """Every saga's dot has its place."""
    ticks = decade_ticks(values)
    assert ticks == sorted(set(ticks))
    assert len(ticks) > 1
    assert all(ticks[0] <= max(x, 1e-4) <= ticks[-1] for x in values)


@given(st.floats(-1e6, 1e6), st.booleans())
def test_a_scale_stays_within_its_ends(value: float, logarithmic: bool) -> None:
    """Whatever value is asked for."""
    assert 10 <= Scale(0.1, 50.0, 300.0, 10.0, logarithmic)(value) <= 300


def test_the_orders_that_tell_most_are_chosen(tmp_path: Path) -> None:
    """One caught by the crash, one refunded, the slowest and the fastest of the rest."""
    sagas = {
        "o-quick": Saga("confirmed", 1.0, 1.1),
        "o-plain": Saga("confirmed", 1.0, 1.3),
        "o-slow": Saga("confirmed", 6.0, 9.0),
        "o-caught": Saga("confirmed", 3.9, 5.0),
        "o-undone": Saga("cancelled", 7.0, 7.4),
        "o-refused": Saga("cancelled", 7.0, 7.1),
        "o-not-kept": Saga("confirmed", 1.0, 1.01),
    }
    store = Store(tmp_path, bytes_max=10_000_000)
    for order, saga in sagas.items():
        took_s = saga.ended_s - saga.began_s
        spans = [
            span(
                f"{order}-1",
                order,
                trace=f"t-{order}",
                name="POST /orders",
                start_s=saga.began_s,
                took_s=took_s,
            )
        ]
        if order == "o-undone":
            name = "publish shop.payment.refund.v1"
            spans.append(
                span(f"{order}-2", order, trace="t-cancel", name=name, start_s=7.2, took_s=0.1)
            )
        if order != "o-not-kept":
            store.write(spans)
    store.close()
    faults = (fault("crash", 4.0, 4.0, 2.5, "payment dies"),)
    found = choose(tmp_path, sagas, faults, since_s=START_NS / 1e9)
    assert [each.order_id for each in found] == ["o-caught", "o-undone", "o-slow", "o-quick"]
    assert "payment dies" in found[0].why
    assert len(found[1].waterfall.rows) == 2  # both of its traces


def test_without_telemetry_no_order_is_chosen(tmp_path: Path) -> None:
    """The page then says so; it is made all the same."""
    assert choose(tmp_path / "none", many_sagas(3), (), since_s=0.0) == ()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        arguments += [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page_and_finds_the_evidence_intact(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    """With hostile texts everywhere: nothing runs, nothing is complained of, all is visible."""
    path = write(
        render(bundle(ATTACKS[0]), many_sagas(60), [chosen(ATTACKS[1])]), tmp_path / "t.html"
    )
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#seal[data-state=match]")
    assert page.locator("h1").is_visible()
    charts = page.locator("svg.chart")
    assert charts.count() == 2
    for n in range(2):
        charts.nth(n).scroll_into_view_if_needed()
        box = charts.nth(n).bounding_box()
        assert box is not None
        assert box["width"] > 500
        assert box["height"] > 50
    assert said == []
    assert asked == [path.as_uri()]
    context.close()


def test_a_browser_sees_that_the_evidence_was_changed(browser: Browser, tmp_path: Path) -> None:
    """One digit is enough."""
    page = render(bundle()).replace('"rate":50.0', '"rate":51.0')
    path = write(page, tmp_path / "changed.html")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector("#seal[data-state=differ]")
    tab.close()


def test_a_script_that_slipped_in_does_not_run(browser: Browser, tmp_path: Path) -> None:
    """The page's policy knows its own script by hash, and no other."""
    page = render(bundle()).replace("</body>", "<script>document.title = 'boom'</script></body>")
    path = write(page, tmp_path / "slipped.html")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector("#seal[data-state=match]")
    assert "boom" not in tab.title()
    tab.close()


def test_without_scripts_the_page_says_that_it_was_not_hashed_again(
    browser: Browser, tmp_path: Path
) -> None:
    """It never claims what it has not done; all else is there."""
    path = write(render(bundle(), many_sagas(60)), tmp_path / "plain.html")
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert "Not hashed again" in tab.locator("#seal").inner_text()
    assert tab.locator("svg.chart").first.is_visible()
    context.close()
