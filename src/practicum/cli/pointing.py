"""The module that the learner points at and what she has passed, for the commands that mark it."""

from __future__ import annotations

import os

from practicum.cli.recording import passes
from practicum.cli.screen import complain
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.standing import Standing
from practicum.labs.workspace.pointer import read_pointer
from practicum.servers.home import RangeError, state_home


def pointed_at(catalogue: Catalogue) -> str:
    """The id of the current module; empty without one. What is wrong with the pointer is told,
    and stops nothing that only wants to mark it."""
    try:
        pointer = read_pointer(state_home(os.environ))
    except RangeError as error:
        complain(str(error))
        return ""
    if pointer is None:
        return ""
    if pointer.module not in dict(catalogue.modules()):
        complain(
            f"your current module {pointer.module} is not in the catalogue any more: "
            "`practicum current MODULE` chooses another"
        )
        return ""
    return pointer.module


def standing(catalogue: Catalogue) -> Standing:
    """Where the learner of this home stands: what the record says she passed."""
    return Standing(passed=passes(catalogue), current=pointed_at(catalogue))
