"""The standards that execute: every rule for what is taught, with what judges it."""

from practicum.authoring.rules import (
    across,
    blocks,
    listings,
    minutes,
    sections,
    sources,
    stages,
    wording,
)
from practicum.authoring.rules.asking import exams, learning, questions
from practicum.authoring.rules.rule import CHECKS, RULES, Rule, declare

__all__ = ["CATALOGUE", "CHECKS", "CODE_QUESTION", "FORM", "LAB", "LAB_PROOF", "LISTING_RUNS"]
__all__ += ["RULES", "Rule"]
_ = (across, blocks, exams, learning, listings, minutes, questions, sections)
__ = (sources, stages, wording)

FORM = declare(
    Rule(
        id="form",
        demands="Each file of a module can be read: Markdown with its containers and fences, "
        "YAML with the fields that are declared.",
        why="What cannot be read cannot be judged, shown or learnt.",
        remedy="put that right first; other rules wait for it",
    )
)
CATALOGUE = declare(
    Rule(
        id="catalogue",
        demands="course.yaml and the files of the catalogue fit together: no target is missing, "
        "nothing goes in a circle, nothing is pending without a reason.",
        why="Paths, levels and searches stand on them.",
        remedy="put that right; `practicum catalogue` shows what is there",
    )
)
LAB = declare(
    Rule(
        id="lab",
        demands="Each lab has what docs/authors.md lists, and each lab that the text names is "
        "there.",
        why="A learner starts it, and it must be whole.",
        remedy="see docs/authors.md",
    )
)
LISTING_RUNS = declare(
    Rule(
        id="listing-runs",
        demands="Each Python listing with a file name runs to its end within two seconds, and "
        "prints what its ```output fence shows.",
        why="The reader runs it, and sees something else.",
        remedy="run it, mend it, and paste what it prints",
        judge="verify",
    )
)
CODE_QUESTION = declare(
    Rule(
        id="code-question",
        demands="The solution of a code question passes its check; its start and its wrong "
        "attempts do not.",
        why="A check that passes what is wrong teaches it; one that fails the solution teaches "
        "despair.",
        remedy="mend the check, the solution or the attempt",
        judge="verify",
    )
)
LAB_PROOF = declare(
    Rule(
        id="lab-proof",
        demands="Each lab is proved: its start fails, its solution passes, and each wrong one "
        "fails the check that is declared for it.",
        why="A lab that cannot tell right from wrong teaches what is wrong.",
        remedy="see what `practicum lab verify` says, and docs/authors.md on what to do then",
        judge="verify",
    )
)
