"""Four places in asyncio where a set decides an order. Each answers with what it saw."""

import asyncio

COUNT = 8


async def task_group_aborts():
    """The order in which the tasks of a group that fails are cancelled."""
    seen = []

    async def waits(number):
        try:
            await asyncio.sleep(3600)
        finally:
            seen.append(number)

    async def fails():
        await asyncio.sleep(0.01)
        raise ValueError

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(COUNT):
                group.create_task(waits(number))
            group.create_task(fails())
    except* ValueError:
        pass
    return seen


async def wait():
    """The order of the tasks that are done when ``asyncio.wait`` comes back."""
    tasks = [asyncio.create_task(asyncio.sleep(0.01, number)) for number in range(COUNT)]
    done, _ = await asyncio.wait(tasks)
    return [task.result() for task in done]


async def as_completed():
    """The order in which coroutines that take the same time come to their end."""
    equal = [asyncio.sleep(0.01, number) for number in range(COUNT)]
    return [await each for each in asyncio.as_completed(equal)]


async def all_tasks():
    """The order of the tasks of a loop."""
    tasks = [
        asyncio.create_task(asyncio.sleep(0.01), name=f"sleeper {number}")
        for number in range(COUNT)
    ]
    seen = [task.get_name() for task in asyncio.all_tasks()]
    await asyncio.gather(*tasks)
    return [name for name in seen if name.startswith("sleeper")]


CONSTRUCTS = {
    "TaskGroup aborts": task_group_aborts,
    "asyncio.wait": wait,
    "as_completed": as_completed,
    "all_tasks": all_tasks,
}


async def see_all():
    """All four, one after the other: name and what was seen."""
    return {name: await construct() for name, construct in CONSTRUCTS.items()}
