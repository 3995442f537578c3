"""Solves the one-to-one assignment with the highest total weight."""

import math
from collections.abc import Mapping, Sequence


def best_pairs(left: Sequence[str], right: Sequence[str], weights: Mapping[tuple[str, str], float]) -> dict[str, str]:
    """Pair each left item with at most one right item so that the sum of weights is highest.

    Pairs without a positive weight are never made. Kuhn's method with potentials, O(n³); only a handful of an act's
    nights and shows depend on each other.
    """
    size = max(len(left), len(right))
    cost = [
        [
            -max(weights.get((left[i], right[j]), 0.0), 0.0) if i < len(left) and j < len(right) else 0.0
            for j in range(size)
        ]
        for i in range(size)
    ]
    rows = _solve(cost)
    return {
        left[row]: right[column]
        for column, row in enumerate(rows)
        if row < len(left) and column < len(right) and weights.get((left[row], right[column]), 0.0) > 0
    }


def _solve(cost: Sequence[Sequence[float]]) -> list[int]:
    """Return the row of each column. Rows are added one by one along the cheapest augmenting path."""
    size = len(cost)
    row_potential, column_potential = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of = [size] * (size + 1)  # the last column is a placeholder for the row being added
    for row in range(size):
        row_of[size] = row
        column, least, way = size, [math.inf] * size, [size] * size
        used: set[int] = set()
        while row_of[column] != size:
            used.add(column)
            here = row_of[column]
            open_columns = [other for other in range(size) if other not in used]
            for other in open_columns:
                reduced = cost[here][other] - row_potential[here] - column_potential[other]
                if reduced < least[other]:
                    least[other], way[other] = reduced, column
            following = min(open_columns, key=lambda other: least[other])
            step = least[following]
            for other in used:
                row_potential[row_of[other]] += step
                column_potential[other] -= step
            for other in open_columns:
                least[other] -= step
            column = following
        while column != size:
            row_of[column] = row_of[way[column]]
            column = way[column]
    return row_of[:size]
