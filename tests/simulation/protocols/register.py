"""A register on three nodes: written to all that answer (a majority at least), and read from
one. While a node has not heard of a write, its reader sees an old value."""

NODES = 3
CLIENTS = 2
DURATION_S = 4.0
FAULTS = ("partition", "loss", "delay", "kill", "pause")


async def node(node):
    """Keep the value with the highest version."""

    async def answer(source, body):
        version, value = node.disk.read("value", (0, None))
        if body["do"] == "write" and body["version"] > version:
            version, value = body["version"], body["value"]
            node.disk.write("value", (version, value))
            await node.disk.sync()
        return (version, value)

    node.serve(answer)


async def client(client):
    """The first client writes, the other reads."""
    if client.name == "c1":
        await write(client)
    else:
        await read(client)


async def write(client):
    """Ever higher numbers, one at a time, each until a majority has it."""
    version = 0
    while client.running:
        version += 1
        operation = client.invoke("write", version)
        kept = set()
        while client.running and len(kept) < 2:
            for name in client.nodes:
                body = {"do": "write", "version": version, "value": version}
                try:
                    await client.rpc(name, body, timeout=0.1)
                    kept.add(name)
                except TimeoutError:
                    continue
        if len(kept) >= 2:
            operation.ok()
        await client.sleep(0.05)


async def read(client):
    """Ask one node, and believe it."""
    while client.running:
        operation = client.invoke("read")
        name = client.nodes[int(client.random.random() * len(client.nodes))]
        try:
            _, value = await client.rpc(name, {"do": "read"}, timeout=0.1)
            operation.ok(value or 0)
        except TimeoutError:
            operation.fail("no answer")
        await client.sleep(0.02)


def check_no_stale_read(history):
    """A read sees every write that had ended before it began."""
    written, begun = 0, {}
    for event in history.events:
        if event.kind == "write" and event.type == "ok":
            written = event.value
        elif event.kind == "read" and event.type == "invoke":
            begun[event.process] = written
        elif event.kind == "read" and event.type == "ok":
            before = begun[event.process]
            assert event.value >= before, f"read {event.value} after {before} had been written"
