"""Write ``docs/reference/`` from the registries: errors, crash points, operations, commands,
containers, and the JSON Schemas of all files that authors write.

``python docs/reference.py`` writes; a test fails when what is written is not what is there.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer.main
from typer.core import TyperGroup

from practicum.authoring.judging.surroundings import Terms
from practicum.authoring.loading import CATALOGUE_FILES
from practicum.authoring.markdown.grammar import KINDS, Kind
from practicum.authoring.rules import RULES
from practicum.authoring.written import MODULE_FILES
from practicum.cli.main import app
from practicum.curriculum.lesson import Front
from practicum.curriculum.meanings import FIELDS, meaning
from practicum.curriculum.question import AnyQuestion
from practicum.labs.lab import LabSpec
from practicum.service.crash import crash_points
from practicum.service.errors import ERRORS
from practicum.service.operations import Operation
from practicum.shop.manifest import MANIFEST

FOLDER = Path(__file__).parent / "reference"
PROFILES = {"blocks": "focus blocks", "parts": "timed parts"}
HEAD = "<!-- Written by docs/reference.py; do not edit. -->\n"


def pages() -> Iterator[tuple[str, str]]:
    """Each page's file name and text."""
    yield "errors.md", errors()
    yield "crash-points.md", points()
    yield "operations.md", operations()
    yield "commands.md", commands()
    yield "lab.schema.json", schema("lab.yaml", LabSpec)
    for name, struct in CATALOGUE_FILES.items():
        yield f"{name}.schema.json", schema(f"{name}.yaml", struct)
    yield "module.schema.json", schema("the front matter of module.md", Front)
    for name, struct in MODULE_FILES.items():
        yield f"{Path(name).stem}.schema.json", schema(name, struct)
    yield "containers.md", all_containers()
    yield "rules.md", rules()
    yield "terms.schema.json", schema("terms.yaml", Terms)


def errors() -> str:
    """The table of errors."""
    lines = [
        "# Errors of operations",
        "",
        "| code | status | surely not done | transient | meaning |",
    ]
    lines.append("|---|---|---|---|---|")
    for kind in ERRORS.values():
        answers = ["yes" if value else "no" for value in (kind.definite, kind.transient)]
        row = [f"`{kind.code}`", str(kind.status), *answers, kind.meaning]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join([HEAD, *lines, ""])


def points() -> str:
    """The declared crash points."""
    for spec in MANIFEST.services:
        importlib.import_module(spec.module)
    for runtime in ("practicum.service.running", "practicum.archive.sql"):
        importlib.import_module(runtime)
    lines = ["# Crash points", "", "| point | what is and is not done there |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in crash_points().items()]
    return "\n".join([HEAD, *lines, ""])


def operations() -> str:
    """What the shop's services can be asked."""
    lines = [
        "# Operations of the shop",
        "",
        "| service | operation | | summary |",
        "|---|---|---|---|",
    ]
    for spec in MANIFEST.services:
        messages = importlib.import_module(spec.module.replace(".service", ".messages"))
        for value in vars(messages).values():
            if isinstance(value, Operation) and value.service == spec.name:
                call = f"`{value.method} {value.path}`"
                lines.append(f"| {spec.name} | `{value.name}` | {call} | {value.summary} |")
    return "\n".join([HEAD, *lines, ""])


def schema(name: str, struct: type[msgspec.Struct]) -> str:
    """What an editor checks a file with while it is written."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name} of Practicum",
        **msgspec.json.schema(struct),
    }
    for each in explained(struct):
        properties = schema["$defs"][each.__name__]["properties"]
        for field in msgspec.structs.fields(each):
            properties[field.encode_name].setdefault("description", meaning(each, field.name))
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def explained(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The structs of a module's file that are in its schema."""
    _, components = msgspec.json.schema_components([struct])
    bases = (*FIELDS, *AnyQuestion.__args__)
    for each in dict.fromkeys(bases):
        if each.__name__ in components and each.__module__ == struct.__module__:
            yield each


def all_containers() -> str:
    """What may stand between colons in ``module.md``."""
    lines = [
        "# Containers of module.md",
        "",
        "| container | stands in | attributes |",
        "|---|---|---|",
    ]
    for name, kind in KINDS.items():
        lines.append(f"| `{name}` | {_place(kind)} | {_attributes(kind)} |")
    lines += ["", "Attributes in brackets may be left out.", ""]
    return "\n".join([HEAD, *lines])


def _place(kind: Kind) -> str:
    if kind.within is None:
        return "anything"
    return f"`{kind.within}`" if kind.within else "the module"


def _attributes(kind: Kind) -> str:
    words = ["NAME"] * kind.words
    required = [f"`{each}=`" for each in kind.required]
    return ", ".join([*words, *required, *(f"[`{each}=`]" for each in kind.optional)])


def rules() -> str:
    """What is demanded of modules and exams."""
    told = "`practicum author lint` and `verify` judge by these rules; `explain RULE` says one."
    lines = [HEAD, "# Rules", "", told, ""]
    for rule in sorted(RULES.values(), key=lambda each: each.id):
        for said in (rule.demands, rule.why, rule.remedy):
            assert said.strip(), f"rule {rule.id} is not documented"
        since = f"since {rule.since}"
        if rule.error_from is not None:
            since += f", an error from {rule.error_from}"
        of = " and ".join(PROFILES[each] for each in rule.profiles)
        lines += [f"## {rule.id}", "", rule.demands, ""]
        lines += [f"- {rule.severity}, of modules of {of}, found by `{rule.judge}`, {since}"]
        lines += [f"- why: {rule.why}", f"- remedy: {rule.remedy}", ""]
    return "\n".join(lines)


def commands() -> str:
    """Every command with its options."""
    return "\n".join([HEAD, "# Commands", "", *_command(typer.main.get_command(app), "practicum")])


def _command(command: object, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word in command.list_commands(typer.Context(command)):
            yield from _command(command.get_command(typer.Context(command), word), f"{name} {word}")
        return
    yield f"## {name}\n"
    yield f"{command.help}\n"  # type: ignore[attr-defined]
    for parameter in command.params:  # type: ignore[attr-defined]
        if parameter.name != "help":
            words = ", ".join(parameter.opts) if parameter.param_type_name == "option" else ""
            yield f"- `{words or parameter.name.upper()}`: {getattr(parameter, 'help', '') or ''}"
    yield ""


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
