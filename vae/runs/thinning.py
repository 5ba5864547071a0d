"""Choice of the epochs to keep when there are more than allowed."""


def epochs_to_drop(epochs: list[int], limit: int, precious: set[int]) -> list[int]:
    """The `epochs` (ascending) to drop so that at most `limit` stay, about evenly spaced on a log scale.

    The first two, the last two (somebody may be looking at the last but one) and the `precious` ones always stay. Drops
    one after the other, each time the one with the smallest ratio between its neighbours.
    """
    kept = list(epochs)
    while len(kept) > limit:
        candidates = [i for i in range(2, len(kept) - 2) if kept[i] not in precious]
        if not candidates:
            break
        del kept[min(candidates, key=lambda i: kept[i + 1] / kept[i - 1])]
    return sorted(set(epochs) - set(kept))


def spread(epochs: list[int], limit: int) -> list[int]:
    """At most `limit` (≥ 2) of the `epochs`, evenly spaced by rank, with the first and the last."""
    if len(epochs) <= limit:
        return list(epochs)
    return [epochs[round(i * (len(epochs) - 1) / (limit - 1))] for i in range(limit)]
