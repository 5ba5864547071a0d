"""Which epochs stay when there are more than there is room for."""


def epochs_to_drop(epochs: list[int], limit: int, precious: set[int]) -> list[int]:
    """Which of the kept `epochs` (ascending) go, so that at most `limit` stay, about even on a log scale.

    The first two and the last two always stay (somebody may be looking at the one before the last), and so do the
    precious ones. One goes after the other: the one between whose neighbours the ratio is smallest.
    """
    kept = list(epochs)
    while len(kept) > limit:
        candidates = [i for i in range(2, len(kept) - 2) if kept[i] not in precious]
        if not candidates:
            break
        del kept[min(candidates, key=lambda i: kept[i + 1] / kept[i - 1])]
    return sorted(set(epochs) - set(kept))


def spread(epochs: list[int], limit: int) -> list[int]:
    """At most `limit` (2 or more) of the `epochs`, evenly by their rank, with the first and the last."""
    if len(epochs) <= limit:
        return list(epochs)
    return [epochs[round(i * (len(epochs) - 1) / (limit - 1))] for i in range(limit)]
