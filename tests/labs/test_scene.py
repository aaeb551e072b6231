"""Scenes are fair, the same for the same seed, and answers are judged without giving them away."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.conservation import OrderFact, ShipmentFact
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.scene import judging
from practicum.labs.scene.answer import Answer, AnswerError, parse_answer, read_answer
from practicum.labs.scene.drawing import Drawn, draw, explanations
from practicum.labs.scene.scene import (
    NOBODY,
    Scene,
    SceneError,
    Trigger,
    load_scenes,
    matches,
    read_scene,
    write_scene,
)
from practicum.service.live.originals import original

COURSES = Path(__file__).parents[2] / "courses"
LAB = COURSES / "microservices" / "05-observability" / "labs" / "stuck-order"
SCENES = load_scenes(LAB)
COUNT = 60
SEEDS = st.integers(min_value=0, max_value=200)


@functools.cache
def drawn_from(seed: int, *, calm: bool = False) -> Drawn:
    """The scene of a seed."""
    return draw(SCENES, seed, COUNT, calm=calm)


@functools.cache
def scene_of(seed: int, *, calm: bool = False) -> Scene:
    """The scene of a seed as it is noted, without a range."""
    drawn = drawn_from(seed, calm=calm)
    defect = drawn.defect
    return Scene(
        lab="lab",
        version=1,
        seed=seed,
        calm=calm,
        range="lab",
        defect=drawn.name,
        service=defect.service if defect else NOBODY,
        message=defect.message if defect else "",
        what=defect.what if defect else "raises",
        trigger=drawn.trigger,
        slow=drawn.slow,
        orders=drawn.orders,
        reached=drawn.reached,
        affected=tuple(drawn.affected),
    )


def right_answer(scene: Scene) -> Answer:
    """What somebody writes who has found it all."""
    if scene.calm:
        return Answer(service=NOBODY)
    return Answer(
        service=scene.service,
        message=scene.message,
        what=scene.what,
        trigger=scene.trigger,
        order=scene.affected[0],
    )


def judge_all(scene: Scene, answer: Answer) -> dict[str, Judgement]:
    """What is said of an answer, by check."""
    found = [
        judging.service_named(scene, answer),
        judging.message_named(scene, answer),
        judging.deed_named(scene, answer),
        judging.trigger_fits(scene, answer),
        judging.evidence_given(scene, answer),
    ]
    return {judgement.check: judgement for judgement in found}


def failing(scene: Scene, answer: Answer) -> set[str]:
    """The checks that do not pass."""
    return {name for name, j in judge_all(scene, answer).items() if j.verdict is not Verdict.PASS}


@given(SEEDS)
def test_the_same_seed_draws_the_same_scene(seed: int) -> None:
    """Orders, defect, trigger and bystander; the calm one has the same orders without a defect."""
    drawn = drawn_from(seed)
    assert drawn == draw(SCENES, seed, COUNT)
    calm = drawn_from(seed, calm=True)
    assert (calm.defect, calm.affected, calm.reached) == (None, frozenset(), ())
    baskets = [(order.buyer, order.pieces) for order in calm.orders]
    assert baskets == [(order.buyer, order.pieces) for order in drawn.orders]


@given(SEEDS)
def test_a_scene_allows_one_explanation(seed: int) -> None:
    """Of product, pieces and total only the true one tells the affected from the others."""
    drawn = drawn_from(seed)
    reaching = [order for order in drawn.orders if order.order_id in drawn.reached]
    assert drawn.affected == matches(reaching, drawn.trigger)
    (only,) = explanations(reaching, drawn.affected)
    assert only.kind == drawn.trigger.kind
    assert 4 <= len(drawn.affected) <= len(reaching) - 4


@given(SEEDS)
def test_the_bystander_is_never_at_fault(seed: int) -> None:
    """Who names the slowest service is wrong in every scene."""
    drawn = drawn_from(seed)
    assert drawn.defect is not None
    assert drawn.slow != drawn.defect.service


def test_every_defect_and_trigger_is_drawn() -> None:
    """No entry of scenes.yaml is there in vain."""
    drawn = [drawn_from(seed) for seed in range(60)]
    found = {(each.name, each.trigger.kind) for each in drawn}
    assert found == {(n, kind) for n, x in SCENES.defects.items() for kind in x.triggers}


def test_too_few_orders_make_no_scene() -> None:
    """That is told, and not endless."""
    with pytest.raises(SceneError, match="too few"):
        draw(SCENES, 1, 6)


@given(SEEDS)
def test_the_right_answer_passes_and_every_slip_is_caught(seed: int) -> None:
    """Each field on its own check."""
    scene = scene_of(seed)
    right = right_answer(scene)
    assert failing(scene, right) == set()
    assert failing(scene, Answer()) == set(judge_all(scene, right))
    healthy = next(x.order_id for x in scene.orders if x.order_id not in scene.affected)
    slips: dict[str, dict[str, object]] = {
        "the service at fault is named": {"service": scene.slow},
        "the message is named": {"message": "shop.bank.refund.v1"},
        "what it did is named": {"what": "is-slow"},
        "the trigger fits every order": {"trigger": Trigger(total_cents_from=1)},
        "an order is given as evidence": {"order": healthy},
    }
    for check, slip in slips.items():
        assert failing(scene, msgspec.structs.replace(right, **slip)) == {check}


@given(SEEDS, SEEDS)
def test_no_judgement_gives_the_answer_away(seed: int, other: int) -> None:
    """Whoever answers nothing, or amiss, hears the same words in every scene."""
    for answer in (Answer(), Answer(service="bank", message="m", what="w", order="o")):
        assert judge_all(scene_of(seed), answer) == judge_all(scene_of(other), answer)


@given(SEEDS)
def test_a_trigger_is_judged_by_what_it_strikes(seed: int) -> None:
    """A threshold that separates the same orders is as right as the drawn one."""
    scene = scene_of(seed)
    if scene.trigger.total_cents_from is None:
        return
    reached = [order for order in scene.orders if order.order_id in scene.reached]
    least = min(x.total_cents for x in reached if x.order_id in scene.affected)
    right = right_answer(scene)
    for cents, wrong in ((least, set()), (least + 1, {"the trigger fits every order"})):
        answer = msgspec.structs.replace(right, trigger=Trigger(total_cents_from=cents))
        assert failing(scene, answer) == wrong


def test_in_a_calm_scene_nobody_is_to_blame() -> None:
    """``none`` is the whole answer, and naming anybody is wrong."""
    scene = scene_of(3, calm=True)
    assert failing(scene, Answer(service=NOBODY)) == set()
    assert failing(scene, Answer(service="payment")) == {"the service at fault is named"}
    stuck = scene_of(3)
    assert "the service at fault is named" in failing(stuck, Answer(service=NOBODY))


def test_an_order_that_was_undone_for_ease_is_caught() -> None:
    """Cancelled although it could be delivered; or confirmed, and never sent."""
    scene = scene_of(5)
    orders = {x.order_id: order_fact(x.order_id, x.end) for x in scene.orders}
    parcels = [parcel(x.order_id) for x in scene.orders if x.end == "confirmed"]
    good = judging.ended_as_they_should(scene, orders.values(), parcels)
    assert good.verdict is Verdict.PASS
    first = parcels[0].order_id
    unsent = judging.ended_as_they_should(scene, orders.values(), parcels[1:])
    assert unsent.examples == (f"{first}: confirmed, but its parcel was never sent",)
    undone = orders | {first: order_fact(first, "cancelled")}
    lost = judging.ended_as_they_should(scene, undone.values(), parcels)
    assert lost.examples == (f"{first}: cancelled, should be confirmed",)


def order_fact(order_id: str, status: str) -> OrderFact:
    """An order that ended so."""
    return OrderFact(order_id=order_id, status=status, total_cents=1, pieces={})


def parcel(order_id: str) -> ShipmentFact:
    """A parcel that was sent."""
    return ShipmentFact(order_id=order_id, status="shipped", total_cents=1)


def test_the_start_is_an_empty_answer() -> None:
    """Its comments explain the fields; nothing is filled in."""
    assert read_answer(LAB / "start" / "answer.yaml") == Answer()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("service: [", "line 1"),
        ("service: payment\n  what: x: y", "line 2"),
        ("servise: payment", "servise"),
        ("trigger: {produkt: P1}", "produkt"),
        ("trigger: {pieces_from: many}", "pieces_from"),
        ("- service", "answer.yaml"),
        ("service: \x00", "answer.yaml"),
    ],
)
def test_an_answer_that_cannot_be_read_is_told(text: str, said: str) -> None:
    """With the line or the field."""
    with pytest.raises(AnswerError, match=said):
        parse_answer(text, "answer.yaml")


@given(st.text(max_size=200))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """Never a traceback."""
    with contextlib.suppress(AnswerError):
        assert isinstance(parse_answer(text, "answer.yaml"), Answer)


@given(SEEDS)
def test_a_right_answer_survives_being_written_down(seed: int) -> None:
    """What one fills in is what is read."""
    answer = right_answer(scene_of(seed))
    text = yaml.safe_dump(msgspec.to_builtins(answer))
    assert parse_answer(text, "answer.yaml") == answer


def test_a_missing_or_huge_answer_is_told(tmp_path: Path) -> None:
    """And what to do."""
    with pytest.raises(AnswerError, match="copy it from the lab's start"):
        read_answer(tmp_path / "answer.yaml")
    (tmp_path / "answer.yaml").write_text("#" * 100_000)
    with pytest.raises(AnswerError, match="too large"):
        read_answer(tmp_path / "answer.yaml")


def test_a_scene_is_remembered_in_its_range(tmp_path: Path) -> None:
    """A half-written one is none."""
    (tmp_path / "scene").mkdir()
    assert read_scene(tmp_path) is None
    scene = scene_of(1)
    write_scene(tmp_path, scene)
    assert read_scene(tmp_path) == scene
    (tmp_path / "scene" / "scene.json").write_text("{")
    assert read_scene(tmp_path) is None


def test_scenes_without_their_release_are_told(tmp_path: Path) -> None:
    """And scenes that are none."""
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    with pytest.raises(SceneError, match=r"scenes\.yaml"):
        load_scenes(tmp_path)
    (scenes / "scenes.yaml").write_text((LAB / "scenes" / "scenes.yaml").read_text())
    with pytest.raises(SceneError, match=r"there is no .*\.py beside it"):
        load_scenes(tmp_path)
    (scenes / "scenes.yaml").write_text("defects: {}")
    with pytest.raises(SceneError, match=r"scenes\.yaml"):
        load_scenes(tmp_path)


def test_a_release_builds_on_what_is_installed() -> None:
    """The installed module is loaded once, beside whatever stands in its place."""
    name = "practicum.shop.notification.service"
    installed = original(name)
    assert installed.__name__ != name
    assert original(name) is installed
    assert callable(installed.build)
    with pytest.raises(ImportError, match="not installed"):
        original("practicum.shop.notification.nothing")
