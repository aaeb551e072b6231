"""Who imports what, read from the source and never by importing: which services a replaced
module is part of, and which of its names others count on."""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator
from pathlib import Path

import practicum
from practicum.servers.plans import HOST_MODULE
from practicum.shop.manifest import MANIFEST

_ROOT = Path(practicum.__file__).parent


def source_of(module: str) -> Path | None:
    """The file of a module of ours; None if there is none."""
    package, *parts = module.split(".")
    if package != "practicum":
        return None
    place = _ROOT.joinpath(*parts)
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from _statements(node)


@functools.cache
def _tree(module: str) -> ast.Module:
    file = source_of(module)
    return ast.parse(file.read_text() if file else "")


@functools.cache
def names_taken(module: str) -> frozenset[tuple[str, str]]:
    """(module, name) for each name that it takes from another module of ours; the name is
    empty where the module itself is imported."""
    found: set[tuple[str, str]] = set()
    aliases: dict[str, str] = {}
    for node in _statements(_tree(module)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if source_of(alias.name):
                    found.add((alias.name, ""))
                    aliases[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and source_of(node.module):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if source_of(inner):
                    found.add((inner, ""))
                    aliases[alias.asname or alias.name] = inner
                else:
                    found.add((node.module, alias.name))
    for node in _statements(_tree(module)):
        if isinstance(node, ast.Attribute) and (used := aliases.get(ast.unparse(node.value))):
            found.add((used, node.attr))
    return frozenset(found)


@functools.cache
def reach(module: str) -> frozenset[str]:
    """The module and all modules of ours that are loaded with it."""
    found: set[str] = set()
    left = [module]
    while left:
        here = left.pop()
        if here not in found:
            found.add(here)
            left += [taken for taken, _ in names_taken(here)]
    return frozenset(found)


def is_of_every_service(module: str) -> bool:
    """Whether the process that any service runs in loads it, whatever the service is."""
    return module in reach(HOST_MODULE)


def services_of(module: str) -> tuple[str, ...]:
    """The services of the shop that have to start again when the module is replaced."""
    return tuple(
        spec.name
        for spec in MANIFEST.services
        if is_of_every_service(module) or module in reach(spec.module)
    )


def loaders_of(module: str) -> tuple[str, ...]:
    """The modules to import to see that everybody who needs ``module`` can load it."""
    hosts = (HOST_MODULE,) if is_of_every_service(module) else ()
    return (*hosts, *(spec.module for spec in MANIFEST.services if module in reach(spec.module)))


def loaded_before(modules: Collection[str]) -> tuple[str, ...]:
    """What these modules import of ours and that does not load any of them in turn."""
    taken = {inner for module in modules for inner, _ in names_taken(module)}
    return tuple(sorted(inner for inner in taken if reach(inner).isdisjoint(modules)))


def names_wanted(module: str) -> dict[str, list[str]]:
    """Each name that the services' code takes from a module, with the modules that take it."""
    wanted: dict[str, list[str]] = {}
    if any(spec.module == module for spec in MANIFEST.services):
        wanted["build"] = [HOST_MODULE]
    loaded = {inner for loader in loaders_of(module) for inner in reach(loader)}
    for other in sorted(loaded - {module}):
        for taken, name in names_taken(other):
            if taken == module and name:
                wanted.setdefault(name, []).append(other)
    return wanted


def names_defined(tree: ast.Module) -> frozenset[str] | None:
    """The names that a module has once it is loaded; None where reading cannot tell."""
    found: set[str] = set()
    left: list[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif node.id in ("globals", "exec", "setattr", "vars"):
                return None
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        left += ast.iter_child_nodes(node)
    return None if found & {"*", "__getattr__"} else frozenset(found)
