"""Read a YAML file into a struct, with everything that is wrong told by file, line and field.

PyYAML's nodes know where they stand, msgspec's types what should stand there. msgspec alone
stops at the first mismatch and knows no lines, so the type is walked beside the document, and
msgspec judges the leaves.

libyaml reads it where PyYAML was built with it, which is eight times as fast.
"""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import yaml

from practicum.labs.finding import Finding, did_you_mean
from practicum.labs.text_file import read_text

BYTES_MAX = 1_000_000
DEPTH_MAX = 100
RETOLD_MAX = 100_000
KEPT_MAX, KEPT_CHARACTERS_MAX = 128, 50_000
"""So many documents are kept, by their text: commands, pages and rules read the same ones again."""
StructT = TypeVar("StructT", bound=msgspec.Struct)
Path_ = tuple[str | int, ...]
# libyaml composes by recursion in C, and its stack ends somewhere beyond 10,000.
_SAFE_DEPTH = 1_000
# What a line can open of nested blocks stands before its first word.
_INDENTS = re.compile("(?:^|[\r\x85\u2028\u2029])([ \t?:-]+)", re.MULTILINE)


# A date stays the text that was written.
_RESOLVERS = {
    first: [(tag, shape) for tag, shape in each if not tag.endswith(":timestamp")]
    for first, each in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class PlainLoader(yaml.SafeLoader):
    """The safe loader in Python."""

    yaml_implicit_resolvers = _RESOLVERS


Loader: TypeAlias = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
LOADER: Loader = PlainLoader
if yaml.__with_libyaml__:

    class FastLoader(yaml.CSafeLoader):
        """The same with libyaml's parser."""

        yaml_implicit_resolvers = _RESOLVERS

    LOADER = FastLoader


class _TooDeep(Exception):
    """A value stands within too many others; ``line`` is its own."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class YamlFile:
    """A document, and the line of each of its values. Files with the same text share them, so
    nobody may change a document."""

    def __init__(
        self,
        name: str,
        document: Any,
        lines: Mapping[Path_, int],
        structs: dict[type[msgspec.Struct], msgspec.Struct] | None = None,
    ) -> None:
        self.name = name
        self.document = document
        self.structs = {} if structs is None else structs
        self._lines = lines

    def finding(self, path: Path_, message: str, remedy: str) -> Finding:
        """A finding about the value at ``path``, or the nearest one around it that exists."""
        known = path
        while known and known not in self._lines:
            known = known[:-1]
        return Finding(
            file=self.name,
            line=self._lines.get(known, 1),
            field=_dotted(path),
            message=message,
            remedy=remedy,
        )


def read_yaml(path: Path, *, within: Path | None = None) -> tuple[YamlFile | None, list[Finding]]:
    """The document of a file; None with what is wrong if it cannot be read. A symbolic link
    must not lead out of ``within``."""
    text, findings = read_text(path, bytes_max=BYTES_MAX, within=within)
    return (None, findings) if text is None else parse_yaml(text, str(path))


def parse_yaml(
    text: str, name: str, loader: Loader = LOADER
) -> tuple[YamlFile | None, list[Finding]]:
    """The document of a text; see `read_yaml`."""
    try:
        return _parse(text, name, loader)
    except _TooDeep as error:
        said = f"this is nested more than {DEPTH_MAX} deep"
        return None, [_at(name, error.line, (), said, "write it flatter")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if loader is PlainLoader or len(text) > RETOLD_MAX:
            return None, [_unreadable(error, name)]
    # The loader in Python says better what it expected, and the same on every machine.
    return parse_yaml(text, name, PlainLoader)


class _Read(msgspec.Struct, frozen=True):
    """What a text holds, under whatever name: its document, or what is wrong with it."""

    document: Any = None
    lines: dict[Path_, int] = {}
    structs: dict[type[msgspec.Struct], msgspec.Struct] = {}
    findings: tuple[Finding, ...] = ()


def _parse(text: str, name: str, loader: Loader) -> tuple[YamlFile | None, list[Finding]]:
    again = loader is LOADER and len(text) <= KEPT_CHARACTERS_MAX
    read = _kept(text) if again else _read(text, loader)
    if read.findings:
        return None, [msgspec.structs.replace(each, file=name) for each in read.findings]
    return YamlFile(name, read.document, read.lines, read.structs), []


def _read(text: str, loader: Loader) -> _Read:
    _dive(text)
    reading = loader(text)
    try:
        node = reading.get_single_node()
        lines: dict[Path_, int] = {}
        findings = list(_note_lines(node, (), lines, "", set())) if node is not None else []
        if findings:
            return _Read(findings=tuple(findings))
        document = reading.construct_document(node) if node is not None else None
    finally:
        reading.dispose()
    return _Read(document, lines)


@functools.lru_cache(maxsize=KEPT_MAX)
def _kept(text: str) -> _Read:
    return _read(text, LOADER)


def _dive(text: str) -> None:
    """_TooDeep if the document is so deep that composing it might end the process. Few texts
    can be: what opens a level is counted first, and only then what really does."""
    indents = max(map(len, _INDENTS.findall(text)), default=0)
    if 2 * (text.count("[") + text.count("{") + indents) < _SAFE_DEPTH:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEPTH_MAX + 1:
                    raise _TooDeep(_line_of(event.start_mark) or 1)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.scanner.ScannerError as error:
        # A newer libyaml counts for itself, and reads ahead of its events.
        if "nesting depth" not in str(error.problem):
            raise
        raise _TooDeep(_line_of(error.problem_mark) or 1) from error


def _line_of(mark: Any) -> int | None:
    return None if mark is None else mark.line + 1


def _unreadable(error: Exception, name: str) -> Finding:
    said = str(getattr(error, "problem", None) or error).partition("\n")[0]
    return Finding(
        file=name,
        line=_line_of(getattr(error, "problem_mark", None)),
        message=f"this is not YAML: {said}",
        remedy="look at indentation, quotes and colons there",
    )


def _note_lines(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], name: str, seen: set[int]
) -> Iterator[Finding]:
    line = node.start_mark.line + 1
    if len(path) > DEPTH_MAX:
        raise _TooDeep(line)
    lines.setdefault(path, line)
    if id(node) in seen:
        yield _at(name, line, path, "aliases are not read here", "write the value out")
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _note_lines(child, (*path, index), lines, name, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            below = (*path, str(key.value))
            if below in lines:
                said = f"it stands here and in line {lines[below]}"
                yield _at(name, key.start_mark.line + 1, below, said, "keep one of the two")
                continue
            lines[below] = key.start_mark.line + 1
            yield from _note_lines(child, below, lines, name, seen)


def _at(name: str, line: int, path: Path_, message: str, remedy: str) -> Finding:
    return Finding(file=name, line=line, field=_dotted(path), message=message, remedy=remedy)


def _dotted(path: Path_) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def convert(file: YamlFile, struct: type[StructT]) -> tuple[StructT | None, list[Finding]]:
    """The document as a struct; None with everything that does not fit."""
    if isinstance(kept := file.structs.get(struct), struct):
        return kept, []
    findings = list(_misfits(file, file.document, struct, ()))
    if findings:
        return None, findings
    try:
        found = msgspec.convert(file.document, struct)
    except msgspec.ValidationError as error:
        return None, [file.finding((), str(error), "put that right")]
    if struct.__struct_config__.frozen:
        file.structs[struct] = found
    return found, []


def _misfits(file: YamlFile, value: Any, wanted: Any, path: Path_) -> Iterator[Finding]:
    bare = wanted.__origin__ if typing.get_origin(wanted) is typing.Annotated else wanted
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if origin in (types.UnionType, typing.Union):
        bare, told = _tagged(file, value, arguments, path)
        yield from told
        if bare is None:
            return
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        yield from _misfits_of_struct(file, value, bare, path)
    elif origin is dict and isinstance(value, dict):
        for key, each in value.items():
            below = (*path, str(key))
            yield from _leaf(file, key, arguments[0], below, "the name ")
            yield from _misfits(file, each, arguments[1], below)
    elif origin in (tuple, list) and isinstance(value, list):
        within = [
            finding
            for index, each in enumerate(value)
            for finding in _misfits(file, each, arguments[0], (*path, index))
        ]
        yield from within or _leaf(file, value, wanted, path)
    else:
        yield from _leaf(file, value, wanted, path)


@functools.cache
def _declared(
    struct: type[msgspec.Struct],
) -> tuple[Mapping[str, Any], Mapping[str, msgspec.structs.FieldInfo]]:
    """The types and fields of a struct, both by name."""
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    return typing.get_type_hints(struct, include_extras=True), fields


def _misfits_of_struct(
    file: YamlFile, value: Any, struct: type[msgspec.Struct], path: Path_
) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield file.finding(
            path, f"here stands {_kind(value)}, not a mapping", f"write {_example(struct)}"
        )
        return
    hints, fields = _declared(struct)
    tag = struct.__struct_config__.tag_field
    for key in value:
        if key not in fields and key != tag:
            names = [name for name in fields if name not in value]
            remedy = did_you_mean(str(key), names or list(fields))
            yield file.finding((*path, str(key)), "there is no such field", remedy)
    for name, field in fields.items():
        if name in value:
            yield from _misfits(file, value[name], hints[name], (*path, name))
        elif field.required:
            yield file.finding((*path, name), "the field is missing", f"add `{name}:`")


def _tagged(
    file: YamlFile, value: Any, arguments: tuple[Any, ...], path: Path_
) -> tuple[Any, list[Finding]]:
    """Which of the structs of a tagged union is meant; the union itself for other unions."""
    structs = {
        each.__struct_config__.tag: each
        for each in arguments
        if isinstance(each, type) and issubclass(each, msgspec.Struct)
    }
    if len(structs) < len(arguments):
        return typing.Union[arguments], []  # noqa: UP007 - made at run time
    field = next(iter(structs.values())).__struct_config__.tag_field or "type"
    if not isinstance(value, dict):
        remedy = f"write a mapping with `{field}:`"
        return None, [file.finding(path, f"here stands {_kind(value)}", remedy)]
    if field not in value:
        remedy = f"add `{field}:`, one of {', '.join(map(str, structs))}"
        return None, [file.finding((*path, field), "the field is missing", remedy)]
    if value[field] not in structs:
        remedy = did_you_mean(str(value[field]), map(str, structs))
        return None, [file.finding((*path, field), f"there is no {value[field]!r}", remedy)]
    return structs[value[field]], []


def _leaf(
    file: YamlFile, value: Any, wanted: Any, path: Path_, what: str = ""
) -> Iterator[Finding]:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        said = str(error).partition(" - at `")[0]
        said = said[:1].lower() + said[1:]
        yield file.finding(path, f"{what}{value!r:.80} does not fit", said)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value!r:.40}" if not isinstance(value, list) else "a list"


def _example(struct: type[msgspec.Struct]) -> str:
    names = [field.name for field in msgspec.structs.fields(struct)]
    return ", ".join(f"`{name}:`" for name in names[:4]) + (" ..." if len(names) > 4 else "")
