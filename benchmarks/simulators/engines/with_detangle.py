"""detangle: a mailbox on each host; hosts crash and come back. A seed is one random schedule."""

from __future__ import annotations

from typing import Any

import detangle

from benchmarks.simulators.programs import LATENCY_S_MAX, LATENCY_S_MIN, Life, Main, Port, Work

_PORT = 7000
_STEPS_MAX = 10_000_000


def _host(number: int) -> str:
    return f"n{number}"


class _Cluster:
    def __init__(self, work: Work) -> None:
        self._net = detangle.network()
        self._addresses = [(_host(number), _PORT + number) for number in range(work.nodes)]

    def start(self, number: int, life: Life) -> None:
        host = _host(number)
        self._net.restart(host)
        box = self._net.mailbox(_PORT + number, host=host)

        async def send(to: int, body: Any) -> None:
            box.send(self._addresses[to], body)

        async def receive() -> tuple[int, Any]:
            body, address = await box.recv()
            return address[1] - _PORT, body

        detangle.spawn(life(Port(number, send, receive)), host=host)

    def crash(self, number: int) -> None:
        self._net.crash(_host(number))

    def split(self, left: list[int], right: list[int]) -> None:
        self._net.partition(map(_host, left), map(_host, right))

    def heal(self) -> None:
        self._net.heal()


def run(main: Main, seed: int, work: Work) -> Any:
    """One seed."""

    async def whole() -> Any:
        return await main(_Cluster(work))

    net = {"latency": (LATENCY_S_MIN, LATENCY_S_MAX), "drop": work.loss}
    return detangle.run(whole, seed=seed, net=net, max_steps=_STEPS_MAX)
