"""What a scene is: which release was defective, how, for which orders; and where that stands.

The truth about a scene lies in the folder of its range, not in the learner's workspace. Who
looks there cheats herself alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from practicum.servers.home import write_atomically

FOLDER = "scene"
FILE = "scene.json"
ANSWER = "answer.yaml"
NOBODY = "none"
"""The service at fault when nothing is stuck."""

What = Literal["raises", "stays-silent", "answers-elsewhere", "asks-wrongly"]
"""``raises``: it fails on the message each time, until the log parks it. ``stays-silent``: it
takes the message as done and never answers. ``answers-elsewhere``: it does its work and tells
somebody else. ``asks-wrongly``: it asks another service for what there is not, is refused, and
the log parks the message."""
PARKS = frozenset({"raises", "asks-wrongly"})
Buyer = Literal["ordinary", "poor", "heavy"]
"""The ``poor`` have no cover; shipping refuses the ``heavy``, who are then charged already."""
Kind = Literal["product", "pieces_from", "total_cents_from"]


class SceneError(Exception):
    """A scene cannot be staged; the text says why and what to do."""


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the affected orders have in common; one field is set."""

    product: str | None = None
    pieces_from: int | None = None
    total_cents_from: int | None = None

    @property
    def kind(self) -> Kind | None:
        """The field that is set; None when none is, or more than one."""
        kinds: tuple[Kind, ...] = ("product", "pieces_from", "total_cents_from")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        return given[0] if len(given) == 1 else None

    def strikes(self, order: SceneOrder) -> bool:
        """Whether an order has what the trigger says."""
        match self.kind:
            case "product":
                return self.product in order.pieces
            case "pieces_from":
                return sum(order.pieces.values()) >= (self.pieces_from or 0)
            case "total_cents_from":
                return order.total_cents >= (self.total_cents_from or 0)
        return False


class SceneOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the scene: its idempotency ``key``, its id, pieces by sku, and its total."""

    key: str
    order_id: str
    buyer: Buyer
    pieces: dict[str, int]
    total_cents: int

    @property
    def end(self) -> Literal["confirmed", "cancelled"]:
        """What a shop without a defect makes of it."""
        return "confirmed" if self.buyer == "ordinary" else "cancelled"


class Defect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``scenes.yaml``: ``service`` is at fault, for the ``message`` that it handles;
    ``reached_by`` are the buyers whose orders bring such a message about, ``triggers`` the kinds
    of trigger to draw from; ``says`` is in the reason of every message that is parked for it.
    The release is the file of the entry's name in ``scenes/``."""

    service: str
    message: str
    what: What
    says: str = ""
    reached_by: Annotated[tuple[Buyer, ...], msgspec.Meta(min_length=1)]
    triggers: Annotated[tuple[Kind, ...], msgspec.Meta(min_length=1)]


class Scenes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``scenes.yaml``: the defects to draw from; and the ``innocent`` release, a file in
    ``scenes/`` too, that makes one of some services slow and is to blame for nothing."""

    defects: Annotated[dict[str, Defect], msgspec.Meta(min_length=1)]
    innocent: str
    slow_services: tuple[str, ...]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A scene that was staged. Without a defect (``calm``) nobody is at fault and no order is
    ``affected``; ``reached`` are the orders that brought the message about."""

    lab: str
    version: int
    seed: int
    calm: bool
    range: str
    defect: str
    service: str
    message: str
    what: str
    trigger: Trigger
    slow: str
    orders: tuple[SceneOrder, ...]
    reached: tuple[str, ...]
    affected: tuple[str, ...]

    @property
    def by_id(self) -> Mapping[str, SceneOrder]:
        """The orders by their ids."""
        return {order.order_id: order for order in self.orders}


def module_of(service: str) -> str:
    """The module that a release of a service stands for."""
    return f"practicum.shop.{service}.service"


def load_scenes(lab_folder: Path) -> Scenes:
    """What can be drawn in a lab. `SceneError` names the file and what is wrong in it."""
    path = lab_folder / "scenes" / "scenes.yaml"
    try:
        scenes = msgspec.convert(yaml.safe_load(path.read_text()), Scenes)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SceneError(f"{path}: {error}") from error
    for name in (*scenes.defects, scenes.innocent):
        release = path.with_name(f"{name}.py")
        if not release.is_file():
            raise SceneError(f"{path} names {name}, but there is no {release.name} beside it")
    return scenes


def read_scene(range_folder: Path) -> Scene | None:
    """The scene that stands in a range; None if there is none, or not a whole one."""
    try:
        data = (range_folder / FOLDER / FILE).read_bytes()
        return msgspec.json.decode(data, type=Scene)
    except (OSError, msgspec.DecodeError):
        return None


def write_scene(range_folder: Path, scene: Scene) -> None:
    """Note that the scene stands."""
    write_atomically(range_folder / FOLDER / FILE, msgspec.json.encode(scene))


def matches(orders: Iterable[SceneOrder], trigger: Trigger) -> frozenset[str]:
    """The ids of the orders that a trigger strikes."""
    return frozenset(order.order_id for order in orders if trigger.strikes(order))
