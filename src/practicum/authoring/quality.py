"""What a module or an exam is checked for before it is published, item by item: by which rules
each item is judged, and whether it is met."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from practicum.authoring.rules.prose import same_words
from practicum.curriculum.term import Term

MODULE_ITEMS: Mapping[str, tuple[str, ...]] = {
    "structure from the science of learning": ("protocol", "block-parts", "spacing", "review"),
    "complexity that grows": ("blueprint", "block-count", "block-minutes", "gauntlet"),
    "exercises by hand": ("block-parts", "exercise-code", "lab", "lab-proof"),
    "cases from the real world": ("cases", "case-source", "citation", "source-age"),
    "mathematical foundations": ("mathematics",),
    "code fit for production": ("listing-compiles", "listing-runs", "listing-unchecked"),
    "a comprehensive integration challenge": ("integration-challenge",),
    "readiness for operation": ("operations",),
    "retrieval gauntlets of four tiers": ("gauntlet", "answer-key", "computed", "code-question"),
    "visual aids": ("visual-model", "diagram"),
    "anti-patterns and pitfalls": ("pitfalls",),
    "integration across pillars": ("cross-law",),
    "integration across domains": ("cross-law",),
    "a comprehensive examination": ("exam-form", "examination-form"),
}
"""Each item, and the rules that it is met by when none of them finds anything."""

EXAM_ITEMS: Mapping[str, tuple[str, ...]] = {
    "all learning objectives of the module covered": ("exam-objectives",),
    "practical questions from scenarios of the real world": ("exam-context",),
    "practical questions from operational scenarios of the real world": ("exam-context",),
    "difficulty that grows from hard to very hard": ("exam-growth", "examination-form"),
    "code fit for production required": ("exam-code", "code-compiles", "code-question"),
    "implementation fit for production required": ("exam-code", "code-compiles", "code-question"),
    "advanced challenges of system design": ("exam-design",),
    "modern topics integrated": ("exam-topics",),
    "modern practices integrated": ("exam-topics",),
    "a comprehensive rubric with clear criteria": ("exam-rubric",),
    "a comprehensive rubric with clear technical and operational criteria": ("exam-rubric",),
    "guidance on time": ("exam-time-guide", "exam-minutes"),
    "reflection after the exam": ("exam-reflection",),
    "ethics and safety of automation considered": ("exam-ethics",),
    "ethics of automated control considered": ("exam-ethics",),
    "safety and ethics of automated operations considered": ("exam-ethics",),
    "business context in every question": ("exam-context",),
    "resources for deeper study and implementation": ("exam-resources",),
}


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """One item. It is met when all of ``rules`` were judged and found nothing; ``broken`` are
    those that did, ``unjudged`` those that nothing has judged."""

    item: str
    rules: tuple[str, ...]
    met: bool
    broken: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()


def quality_of(
    items: Sequence[Term],
    kind: Literal["module", "exam"],
    *,
    broken: Collection[str],
    judged: Collection[str],
) -> tuple[Quality, ...]:
    """Each item of a checklist against the rules that were broken, and those that were judged
    at all."""
    mapping = {"module": MODULE_ITEMS, "exam": EXAM_ITEMS}[kind]
    known = {same_words(name): rules for name, rules in mapping.items()}
    found = []
    for item in items:
        rules = known.get(same_words(item.name), ())
        at_fault = tuple(each for each in rules if each in broken)
        unjudged = tuple(each for each in rules if each not in judged and each not in broken)
        found.append(
            Quality(
                item=item.name,
                rules=rules,
                met=bool(rules) and not at_fault and not unjudged,
                broken=at_fault,
                unjudged=unjudged,
            )
        )
    return tuple(found)
