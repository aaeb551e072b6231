"""What to write next: by what it builds on, and by what waits for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.graph import Graph
from practicum.curriculum.planning import plan_path
from practicum.curriculum.term import Term, short_name


class Priority(msgspec.Struct, frozen=True, kw_only=True):
    """A module that is not complete: the ``unmet`` modules that it builds on, the steps and
    roles that wait for it, and all that in words."""

    id: str
    title: str
    unmet: tuple[str, ...]
    waiting: tuple[str, ...]
    roles: tuple[str, ...]
    is_begun: bool
    is_stated: bool
    why: tuple[str, ...]


def priorities(
    catalogue: Catalogue, *, complete: Collection[str], begun: Collection[str]
) -> tuple[Priority, ...]:
    """All modules that are not complete, the next one first: what is begun, then what builds on
    nothing that is missing, then what most waits for, then what the course itself states."""
    graph = graph_of(catalogue)
    after = _after(graph)
    roles: dict[str, list[str]] = {}
    for path in catalogue.paths.paths:
        for step in plan_path(catalogue, path).steps:
            roles.setdefault(step.id, []).append(path.role)
    stated = {
        f"{course_id}/{each.name}": each
        for course_id, course in catalogue.courses.items()
        for each in course.next_priority
    }
    modules = dict(catalogue.modules())
    found = []
    for module_id, module in modules.items():
        if module_id in complete:
            continue
        needs = [e.before for e in graph.needed_by(module_id) if not e.order_only]
        priority = Priority(
            id=module_id,
            title=module.title,
            unmet=tuple(dict.fromkeys(x for x in needs if x in modules and x not in complete)),
            waiting=tuple(after.get(module_id, ())),
            roles=tuple(roles.get(module_id, ())),
            is_begun=module_id in begun,
            is_stated=module_id in stated,
            why=(),
        )
        why = tuple(_why(priority, stated.get(module_id), bool(needs)))
        found.append(msgspec.structs.replace(priority, why=why))
    return tuple(sorted(found, key=_rank))


def _rank(each: Priority) -> tuple[bool, bool, int, bool]:
    impact = len(each.waiting) + len(each.roles)
    return not each.is_begun, bool(each.unmet), -impact, not each.is_stated


def _after(graph: Graph) -> Mapping[str, list[str]]:
    """All that builds on each node, near and far."""
    direct: dict[str, list[str]] = {}
    for edge in graph.edges:
        if not edge.order_only:
            direct.setdefault(edge.before, []).append(edge.after)
    found: dict[str, list[str]] = {}
    for node in direct:
        seen: dict[str, None] = {}
        waiting = list(reversed(direct[node]))
        while waiting:
            step = waiting.pop()
            if step not in seen:
                seen[step] = None
                waiting.extend(reversed(direct.get(step, ())))
        found[node] = [each for each in seen if each != node]
    return found


def _why(each: Priority, stated: Term | None, has_needs: bool) -> list[str]:
    said = []
    if each.unmet:
        names = ", ".join(map(short_name, each.unmet))
        said.append(f"what it builds on is not complete: {names}")
    else:
        said.append("all it builds on is complete" if has_needs else "it builds on nothing else")
    if each.is_begun:
        said.append("it is begun")
    if each.waiting:
        names = ", ".join(short_name(x) for x in each.waiting[:5])
        more = ", ..." if len(each.waiting) > 5 else ""
        said.append(f"{len(each.waiting)} wait for it: {names}{more}")
    if each.roles:
        said.append(f"on the path of {', '.join(each.roles)}")
    if stated is not None:
        said.append(f"stated: {'; '.join((stated.means, *stated.points))}")
    return said
