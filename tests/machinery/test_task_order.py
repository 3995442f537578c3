"""The order of tasks in tests: each name has one, and each number of `THESETD_ORDER` another."""

from itertools import product

import trio

from task_order import choose_order


def order_of(test: str, order: str) -> tuple[int, ...]:
    """Return the order in which trio runs six tasks that are runnable together."""
    arrived: list[int] = []

    async def arrive(number: int) -> None:
        await trio.lowlevel.checkpoint()
        arrived.append(number)

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(6):
                nursery.start_soon(arrive, number)

    choose_order(test, order)
    trio.run(run)
    return tuple(arrived)


def test_the_order_of_tasks_follows_from_the_name_of_the_test_and_a_number() -> None:
    """It is the same each time; other names and other numbers have others."""
    every = list(product((f"test_{n}" for n in range(5)), (f"{n}" for n in range(4))))
    orders = [order_of(test, order) for test, order in every]
    assert [order_of(test, order) for test, order in every] == orders
    assert len(set(orders)) > 10
