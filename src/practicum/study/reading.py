"""What a learner has begun and read, by her own word."""

from __future__ import annotations

import msgspec

from practicum.authoring.markdown.module_file import BYTES_MAX, parse_document
from practicum.curriculum.lesson import Block, Lesson
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.labs.module_id import MODULE_FILE
from practicum.labs.text_file import read_text
from practicum.learner.events import AnyEvent, BlockRead, ModuleStarted
from practicum.learner.memory.memory import Memory, MemoryView
from practicum.study.decks import module_files
from practicum.study.desk import Desk


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far she is in a module: its blocks (or timed parts) in order, with title and minutes,
    and which of them she has read. ``noted`` is what was recorded just now."""

    module: str
    title: str
    blocks: tuple[tuple[str, str, int], ...]
    read: tuple[str, ...]
    noted: tuple[str, ...] = ()


def progress(desk: Desk, module: str) -> Progress:
    """How far she is in a module (COURSE/MODULE). CannotBeUsed if it has no text."""
    lesson = _lesson(desk, module)
    memory: Memory = desk.record.folded(MemoryView(), desk.person).state
    return Progress(
        module=module,
        title=lesson.front.title,
        blocks=tuple((each.id, each.title, each.minutes) for each in _blocks(lesson)),
        read=tuple(memory.read.get(module, ())),
    )


def note_read(desk: Desk, module: str, blocks: tuple[str, ...] = ()) -> Progress:
    """Record that she began a module and has been through these blocks of it; what stands in
    the record is not recorded again. CannotBeUsed for a block that there is not."""
    before = progress(desk, module)
    known = [each for each, _, _ in before.blocks]
    for block in blocks:
        if block not in known:
            raise CannotBeUsed(f"{module} has no block {block!r}: {did_you_mean(block, known)}")
    memory: Memory = desk.record.folded(MemoryView(), desk.person).state
    new = [each for each in dict.fromkeys(blocks) if each not in before.read]
    events: list[AnyEvent] = [BlockRead(module=module, block=each) for each in new]
    if module not in memory.started:
        events.insert(0, ModuleStarted(module=module))
    if events:
        desk.note(*events)
    return msgspec.structs.replace(before, read=(*before.read, *new), noted=tuple(new))


def _blocks(lesson: Lesson) -> tuple[Block, ...]:
    return (*lesson.blocks, *lesson.timed)


def _lesson(desk: Desk, module: str) -> Lesson:
    files, _ = module_files(desk.folders, module)
    path = files.folder / MODULE_FILE if files else None
    if path is None or not path.exists():
        raise CannotBeUsed(
            f"{module} has no text yet: `practicum catalogue` tells which modules are written"
        )
    text, findings = read_text(path, bytes_max=BYTES_MAX, within=path.parent.parent)
    lesson = parse_document(text, str(path)).lesson if text is not None else None
    if lesson is None:
        raise CannotBeUsed(
            f"{path} cannot be read: `practicum author lint {module}` tells why",
            findings=findings,
        )
    return lesson
