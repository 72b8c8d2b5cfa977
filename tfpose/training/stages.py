"""Training stages: which part of a model is trained in turn, and for how many epochs."""

STAGES = ("joint", "detector", "spatial")


def read(text: str, epochs: int) -> list[tuple[str, tuple[int, int]]]:
    """Reads `--stages`: `joint`, or `detector:30,spatial:10,joint:20`.

    Returns:
        Of each stage its name, first epoch and the epoch to stop before. A lone stage without number has all `epochs`.

    Raises:
        ValueError: If a stage is unknown, or one of several has no number of epochs.
    """
    found, start = [], 0
    parts = text.split(",")
    for part in parts:
        name, _, number = part.partition(":")
        if not number and len(parts) == 1:
            number = str(epochs)
        if name not in STAGES or not number.isdigit() or not int(number):
            raise ValueError(
                f"`stages` must be names with numbers of epochs, such as detector:30,spatial:10,joint:20. "
                f"Received: {part!r} in {text!r}. Known: {', '.join(STAGES)}."
            )
        found.append((name, (start, start + int(number))))
        start += int(number)
    return found


def numbered(text: str) -> bool:
    """Whether `--stages` gives numbers of epochs, so that `--n_epochs` is their sum."""
    return ":" in text


def share(text: str, epochs: int) -> str:
    """Shares a number of epochs over stages in proportion to theirs, at least one each.

    Fewer epochs than stages train everything at once, as stage `joint`.

    Args:
        text: Stages with numbers, as of `--stages`.
        epochs: Their new sum.

    Raises:
        ValueError: If that is not above 0.
    """
    if epochs < 1:
        raise ValueError(f"`n_epochs` must be above 0 to be shared over `stages={text}`. Received: {epochs}.")
    before = read(text, epochs)
    if epochs < len(before):
        return f"joint:{epochs}"
    weights = [end - start for _, (start, end) in before]
    shares = [1] * len(before)
    for _ in range(epochs - len(before)):  # The next epoch goes to the stage that is furthest behind its share.
        behind = [epochs * weight / sum(weights) - given for weight, given in zip(weights, shares, strict=True)]
        shares[behind.index(max(behind))] += 1
    return ",".join(f"{name}:{number}" for (name, _), number in zip(before, shares, strict=True))


def describe(stages) -> str:
    """The stages in words, from what `read` gave: `23 epochs: detector 1–19, spatial 20, joint 21–23`."""
    total = stages[-1][1][1]
    spans = [f"{name} {first + 1}" + (f"–{end}" if end > first + 1 else "") for name, (first, end) in stages]
    return f"{total} epoch{'s' * (total > 1)}: {', '.join(spans)}"
