"""What a learner has passed of the steps of the catalogue, by her record."""

from __future__ import annotations

from practicum.curriculum.catalogue import Catalogue
from practicum.learner.credential.proved import Proved, ProvedView, completed
from practicum.learner.credential.requirements import passed_exams, rulebook_of
from practicum.learner.labs import LabsView, passed_at
from practicum.study.desk import Desk
from practicum.study.levels import shapes_of


def passed_steps(desk: Desk, catalogue: Catalogue) -> dict[str, str]:
    """Labs, exams and complete modules, by their ids, with the time of the (last) pass in
    ISO 8601; a module has none."""
    labs = passed_at(desk.record.folded(LabsView(), desk.person).state)
    proved: Proved = desk.record.folded(ProvedView(), desk.person).state
    exams = passed_exams(proved, rulebook_of(catalogue))
    begun = (proved.blocks.keys() | proved.tiers.keys()) & dict(catalogue.modules()).keys()
    complete = completed(shapes_of(catalogue, desk.folders, begun), proved) if begun else ()
    return {
        **labs,
        **{exam: each.at.isoformat() for exam, each in exams.items()},
        **dict.fromkeys(complete, ""),
    }
