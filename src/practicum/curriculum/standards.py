"""What every module, focus block, examination and tracker must have."""

from __future__ import annotations

from practicum.curriculum.term import Count, Key, Minutes, Span, Term, Words, Written


class BlockStandard(Written, frozen=True, kw_only=True):
    """How many focus blocks a module has, and how long they are."""

    count: Span
    minutes: Span


class CaseStandard(Written, frozen=True, kw_only=True):
    """From how many companies a module's cases come."""

    companies_min: Count


class ModuleStandard(Written, frozen=True, kw_only=True):
    """What a module must have."""

    learner_protocol: bool
    focus_blocks: BlockStandard
    blueprint: bool
    mental_models_and_analogies: bool
    mermaid_diagram_per_concept: bool
    integration_challenge: bool
    cross_law_analysis: bool
    exercises_with_code: bool
    retrieval_gauntlet_tiers: Count
    spaced_repetition_schedule: bool
    pitfalls_with_mitigations: bool
    case_studies: CaseStandard


class HardStandard(Written, frozen=True, kw_only=True):
    """So many hard questions, of so many minutes each."""

    count: Count
    minutes: Minutes


class VeryHardStandard(Written, frozen=True, kw_only=True):
    """So many very hard questions, of so many minutes each."""

    count: Count
    minutes: Span


class ExaminationStandard(Written, frozen=True, kw_only=True):
    """What a long examination must have."""

    minutes: Minutes
    hard: HardStandard
    very_hard: VeryHardStandard
    rubric: bool
    time_management_guide: bool
    reflection: bool
    resources: bool


class TrackerStandard(Written, frozen=True, kw_only=True):
    """What the tracker of a course shows."""

    per_module: tuple[Words, ...]
    statistics: tuple[Words, ...]
    next_priority: Words


class Standards(Written, frozen=True, kw_only=True):
    """``standards.yaml``: what is required, what the learner's protocol is, the tiers of a
    gauntlet, and what a module or an examination is checked for before it is published."""

    module: ModuleStandard
    focus_block: tuple[Term, ...]
    examination: ExaminationStandard
    tracker: TrackerStandard
    protocol: tuple[Term, ...]
    gauntlet: tuple[Term, ...]
    quality: dict[Key, tuple[Term, ...]]
