"""A small lab of the tests' own: payment's charging, which a learner may have made worse."""

from __future__ import annotations

import inspect
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement
from practicum.labs.experiment.run import Progress
from practicum.labs.lab import Lab, LabSpec
from practicum.shop.payment import charging

RIGHT = inspect.getsource(charging)
KEY_OF_ORDER = 'return f"charge-{order_id}"'
KEY_OF_TRY = 'import uuid\n    return f"charge-{order_id}-{uuid.uuid4()}"'
DOUBLE = RIGHT.replace(KEY_OF_ORDER, KEY_OF_TRY)
"""Asks the bank under another key each time: charges twice when it is killed in between."""
FIRST_LINE = "    payment = work.state(PAYMENT, command.order_id)\n    if"
ENDLESS = RIGHT.replace(FIRST_LINE, f"    while True:\n        pass\n{FIRST_LINE}")
"""Never comes back from its first command, and lets nobody else have a turn."""
UNFINISHED = RIGHT + "\nREPLIES = (\n"
SPEC = {
    "title": "Charge once",
    "kind": "repair",
    "module": "events",
    "minutes": 30,
    "skills": ["idempotency"],
    "replaces": {"charging.py": "practicum.shop.payment.charging"},
    "range": {"settings": {"order": {"step_timeout_s": 5}}},
    "experiment": {
        "rate": 40,
        "duration_s": 3,
        "settle_s": 12,
        "seed": 7,
        "faults": [
            {"kind": "hesitate", "target": "bank", "duration_s": 3, "delay_ms": 60},
            {
                "kind": "crash",
                "target": "payment",
                "start_s": 0.7,
                "duration_s": 2,
                "point": "payment.charged",
            },
        ],
    },
    "wrong": {
        "key-of-the-try": {"caught_by": "test_no_effect_twice", "why": "a try is no identity"},
        "no-key": {"caught_by": "test_no_effect_twice", "why": "the bank cannot know"},
    },
}
CHECKS = '''
from practicum.checking.conservation import money_conserved, no_effect_twice
from practicum.checking.conservation import one_final_state, stock_conserved

def test_the_faults_struck(chaos, judged):
    """Otherwise nothing was put to the test."""
    judged(chaos.struck())

def test_every_order_ends(shop, judged):
    """None is stuck."""
    judged(one_final_state(shop.accepted, shop.orders))

def test_money_is_conserved(shop, bank, judged, traces):
    """To the cent."""
    judged(money_conserved(shop.orders, bank.ledger))

def test_stock_is_conserved(shop, judged):
    """To the piece."""
    judged(stock_conserved(shop.orders, shop.stock, shop.arrived))

def test_no_effect_twice(bank, judged, traces):
    """One charge for an order."""
    judgement = no_effect_twice(bank.ledger)
    judged(judgement, shown=traces.of_example(judgement), look_next="which key does the bank get?")
'''


def make_lab(folder: Path, *, right: str = RIGHT, checks: str = CHECKS, **changes: object) -> Lab:
    """The lab in a folder of its own, with a solution in it."""
    for name, text in (("start", DOUBLE), ("solution", right)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "charging.py").write_text(text)
    (folder / "checks.py").write_text(checks)
    spec = msgspec.convert({**SPEC, **changes}, LabSpec)
    return Lab(id="small/events/charge-once", folder=folder, spec=spec)


def learner_files(folder: Path, text: str) -> Path:
    """A workspace with the file as somebody left it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "charging.py").write_text(text)
    return folder


class Notes:
    """A narrator that keeps what it hears."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.news: list[str] = []
        self.judgements: list[Judgement] = []
        self.progress: list[Progress] = []

    def on_stage(self, words: str) -> None:
        """Keep it."""
        self.stages.append(words)

    def on_progress(self, progress: Progress) -> None:
        """Keep it."""
        self.progress.append(progress)

    def on_news(self, news: str) -> None:
        """Keep it."""
        self.news.append(news)

    def on_judgement(self, judgement: Judgement) -> None:
        """Keep it."""
        self.judgements.append(judgement)
