"""What is printed: the figures of interleaved rounds, and the ratios within each round.

The speed of a machine swings by two and more from one second to the next. So what is compared is
measured in turns, each round gives one ratio, and the median of the rounds counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median


def interleaved(
    rounds: int, measurements: Mapping[str, Callable[[], float]]
) -> dict[str, list[float]]:
    """Take each measurement once a round, every other round in the opposite order."""
    figures: dict[str, list[float]] = {name: [] for name in measurements}
    for turn in range(rounds):
        order = list(measurements.items())
        for name, measure in reversed(order) if turn % 2 else order:
            figures[name].append(measure())
    return figures


def ratios(figures: Sequence[float], floor: Sequence[float]) -> list[float]:
    """Return each round's ratio."""
    return [figure / least for figure, least in zip(figures, floor, strict=True)]


def heading(words: str) -> None:
    """Begin a part."""
    print(f"\n{words}\n{'':<46}{'min':>9}{'median':>9}{'max':>9}", flush=True)


def line(name: str, figures: Sequence[float], unit: str = "", digits: int = 2) -> None:
    """Print what one row of figures came to."""
    numbers = (min(figures), median(figures), max(figures))
    print(f"  {name:<44}" + "".join(f"{each:>9,.{digits}f}" for each in numbers) + f" {unit}")


def verdict(name: str, value: float, most: float, unit: str) -> bool:
    """Print whether a target is met, and return it."""
    is_met = value <= most
    print(f"  {name}: {value:.2f} {unit}, target at most {most:g}: {'met' if is_met else 'MISSED'}")
    return is_met
