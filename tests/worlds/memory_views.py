"""Read models in memory: `practicum.service.views.ViewStore` for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from practicum.service.views import Document, Generation, ViewMoved

Place = tuple[str, int]


class MemoryViews:
    """Generations and documents in dictionaries."""

    def __init__(self) -> None:
        self._generations: dict[Place, Generation] = {}
        self._documents: dict[Place, dict[str, msgspec.Raw]] = {}

    async def generations(self, view: str) -> Sequence[Generation]:
        """See the port."""
        return [one for (name, _), one in sorted(self._generations.items()) if name == view]

    async def open_generation(self, view: str, schema: str) -> Generation:
        """See the port."""
        first = not await self.generations(view)
        number = max((g.number for g in await self.generations(view)), default=0) + 1
        opened = Generation(view=view, number=number, schema=schema, position=0, active=first)
        self._generations[view, number] = opened
        self._documents[view, number] = {}
        return opened

    async def project(
        self, generation: Generation, position: int, documents: Sequence[Document]
    ) -> Generation:
        """See the port."""
        place = (generation.view, generation.number)
        current = self._generations.get(place)
        if current is None or current.position != generation.position:
            raise ViewMoved(f"{generation.view}, generation {generation.number}, has moved")
        for document in documents:
            if document.body is None:
                self._documents[place].pop(document.key, None)
            else:
                self._documents[place][document.key] = document.body
        self._generations[place] = msgspec.structs.replace(current, position=position)
        return msgspec.structs.replace(generation, position=position)

    async def activate(self, generation: Generation) -> None:
        """See the port."""
        place = (generation.view, generation.number)
        if place not in self._generations:
            raise ViewMoved(f"{generation.view}, generation {generation.number}, is gone")
        for other in [other for other in self._generations if other[0] == generation.view]:
            if other != place:
                del self._generations[other], self._documents[other]
        self._generations[place] = msgspec.structs.replace(self._generations[place], active=True)

    async def read(self, generation: Generation, keys: Sequence[str]) -> Mapping[str, msgspec.Raw]:
        """See the port."""
        documents = self._documents.get((generation.view, generation.number), {})
        return {key: documents[key] for key in keys if key in documents}

    async def page(
        self, generation: Generation, *, after: str, limit: int
    ) -> Sequence[tuple[str, msgspec.Raw]]:
        """See the port."""
        documents = self._documents.get((generation.view, generation.number), {})
        return [(key, documents[key]) for key in sorted(documents) if key > after][:limit]
