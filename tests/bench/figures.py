"""Percentiles and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print `rows` in columns, the first one aligned to the left."""
    cells = [heads, *[[_text(cell) for cell in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
    for row in cells:
        first, *rest = (
            cell.ljust(w) if at == 0 else cell.rjust(w)
            for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *rest]), flush=True)


def met(value: float, aim: float | None, *, at_least: bool = False) -> str:
    """Say whether `value` meets `aim`."""
    if aim is None:
        return ""
    good = value >= aim if at_least else value <= aim
    return f"{'ok' if good else 'MISSED'} ({'≥' if at_least else '≤'} {aim:g})"


def _text(cell: object) -> str:
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)
