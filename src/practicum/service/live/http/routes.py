"""Which operation a method and a path mean, and the nearest path when they mean none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Generic, TypeVar
from urllib.parse import unquote

from practicum.service.errors import OperationError

TargetT = TypeVar("TargetT")
_FIELD = re.compile(r"{(\w+)}")


class MethodNotAllowed(OperationError):
    """The path is known, the method is not; ``allowed`` goes into the Allow header."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        self.allowed = ", ".join(allowed)
        super().__init__("method_not_allowed", f"{path} takes {self.allowed}, not {method}")


class Routes(Generic[TargetT]):
    """A table of (method, path template) to targets. A path without fields wins over one
    with; a field matches one segment that is not empty."""

    def __init__(self) -> None:
        self._plain: dict[str, dict[str, TargetT]] = {}
        self._fields: dict[int, list[tuple[tuple[str, ...], dict[str, TargetT]]]] = {}
        self._templates: list[str] = []

    def add(self, method: str, template: str, target: TargetT) -> None:
        """ValueError when another target answers the same requests."""
        methods = self._methods(template)
        if method in methods:
            raise ValueError(f"two operations answer {method} {template}: change one's path")
        methods[method] = target
        if template not in self._templates:
            self._templates.append(template)

    def find(self, method: str, raw_path: str) -> tuple[TargetT, dict[str, str]]:
        """The target, and the path's fields unquoted.

        HEAD finds what GET does. Raises ``malformed``, ``not_found`` or `MethodNotAllowed`.
        """
        methods = self._plain.get(raw_path)
        if methods is not None:
            return self._pick(methods, method, raw_path), {}
        segments = raw_path.split("/")
        for template, methods in self._fields.get(len(segments), ()):
            if all(t == s or (t[:1] == "{" and s) for t, s in zip(template, segments, strict=True)):
                target = self._pick(methods, method, raw_path)
                pairs = zip(template, segments, strict=True)
                return target, {t[1:-1]: _unquote(s) for t, s in pairs if t[:1] == "{"}
        raise OperationError(
            "not_found", f"no such path: {raw_path[:200]}; the nearest is {self._nearest(segments)}"
        )

    def _nearest(self, segments: list[str]) -> str:
        def likeness(template: str) -> float:
            # A field is as good as whatever stands in its place.
            parts = template.split("/")
            filled = [
                segments[i] if part[:1] == "{" and i < len(segments) else part
                for i, part in enumerate(parts)
            ]
            path = "/".join(segments)[:200]
            return difflib.SequenceMatcher(None, path, "/".join(filled)[:200]).ratio()

        return max(self._templates, key=likeness)

    def _methods(self, template: str) -> dict[str, TargetT]:
        if not _FIELD.search(template):
            return self._plain.setdefault(template, {})
        segments = tuple(template.split("/"))
        shape = _FIELD.sub("{}", template)
        same_length = self._fields.setdefault(len(segments), [])
        for other, methods in same_length:
            if other == segments:
                return methods
            if _FIELD.sub("{}", "/".join(other)) == shape:
                raise ValueError(
                    f"{template} and {'/'.join(other)} are one path: name its fields alike"
                )
        same_length.append((segments, {}))
        return same_length[-1][1]

    @staticmethod
    def _pick(methods: dict[str, TargetT], method: str, path: str) -> TargetT:
        wanted = "GET" if method == "HEAD" else method
        if wanted not in methods:
            allowed = sorted(methods) + (["HEAD"] if "GET" in methods else [])
            raise MethodNotAllowed(method, path[:200], allowed)
        return methods[wanted]


def _unquote(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise OperationError("malformed", "the path is not UTF-8") from None
