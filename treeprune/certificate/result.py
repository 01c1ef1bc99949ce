"""What a certificate says."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

from treeprune.domain.domain import Domain

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Extreme:
    """The largest change of one output in one direction.

    Parameters
    ----------
    bound : float
        No input of the domain changes the output by more.
    reached : float
        Change, by the models' own arithmetic, at `row`.
    row : tuple of float
        An input of the domain, as the trees see it.
    exact : bool
        Whether the whole domain was searched: `bound` and `reached` then differ by rounding alone.
    nodes : int
        Boxes of inputs that were bounded.
    seconds : float
    """

    bound: float
    reached: float
    row: tuple[float, ...]
    exact: bool
    nodes: int
    seconds: float


@dataclass(frozen=True)
class OutputChange:
    """By how much one output may change.

    Parameters
    ----------
    name : str
    rise : Extreme
        Largest value of after - before.
    fall : Extreme
        Least value of after - before; `bound` is not above `reached`.
    """

    name: str
    rise: Extreme
    fall: Extreme

    @property
    def bound(self) -> float:
        """No input changes this output by more, up or down."""
        return max(self.rise.bound, -self.fall.bound)

    @property
    def largest(self) -> Extreme:
        """The direction in which an input was found that changes the output most."""
        return self.rise if abs(self.rise.reached) >= abs(self.fall.reached) else self.fall

    @property
    def exact(self) -> bool:
        """Whether the largest change up or down is known but for rounding."""
        return (self.rise.exact and self.fall.exact) or (
            self.rise.exact and self.rise.reached >= -self.fall.bound
        ) or (self.fall.exact and -self.fall.reached >= self.rise.bound)  # fmt: skip


@dataclass(frozen=True)
class Certificate:
    """By how much a model may differ from another one, over all inputs of a domain.

    Parameters
    ----------
    outputs : tuple of OutputChange
    on : {"raw", "probability", "answer"}
        What was compared.
    domain : Domain
    seconds : float
        Time spent.
    time_limit : float
    trivial : bool
        Whether no time was given: bounds are then sums of what small groups of trees may change at most.
    coarse : bool
        Whether models had so many thresholds that neighbouring ones were taken for one; bounds hold, but
        cannot become exact.
    """

    outputs: tuple[OutputChange, ...]
    on: str
    domain: Domain
    seconds: float
    time_limit: float
    trivial: bool = False
    coarse: bool = False

    @property
    def bound(self) -> float:
        """No input of the domain changes any output by more."""
        return max(output.bound for output in self.outputs)

    @property
    def reached(self) -> float:
        """Size of the change at `witness`."""
        return abs(self._worst.largest.reached)

    @property
    def _worst(self) -> OutputChange:
        return max(self.outputs, key=lambda output: abs(output.largest.reached))

    @property
    def witness(self) -> dict[str, str]:
        """The input that changes most, column by column, in words."""
        return self._shown(self._worst.largest)

    @property
    def witness_row(self) -> tuple[float, ...]:
        """The input that changes most, as the trees see it."""
        return self._worst.largest.row

    @property
    def gap(self) -> float:
        """How far the bound is above the change that is reached, as a part of that change.

        As solvers of integer programs count it. Infinite where no change was found and one is possible.
        """
        above = self.bound - self.reached
        if self.reached > 0:
            return above / self.reached
        return math.inf if above > 0 and not self.exact else 0.0

    @property
    def exact(self) -> bool:
        """Whether the largest change of every output is known, but for rounding."""
        return all(output.exact for output in self.outputs)

    @property
    def nodes(self) -> int:
        """Boxes of inputs that were bounded."""
        return sum(output.rise.nodes + output.fall.nodes for output in self.outputs)

    def _shown(self, extreme: Extreme) -> dict[str, str]:
        return {c.name: c.show(x) for c, x in zip(self.domain.columns, extreme.row, strict=True)}

    def _what(self, output: OutputChange) -> str:
        kinds = {"raw": "the raw output", "probability": "the risk", "answer": "the answer"}
        return f"{kinds[self.on]} ({output.name})" if output.name else kinds[self.on]

    def _sentences(self, output: OutputChange) -> list[str]:
        what, lines = self._what(output), []
        for word, sign, extreme in (("up", 1, output.rise), ("down", -1, output.fall)):
            bound, reached = sign * extreme.bound, sign * extreme.reached
            if bound <= 0:
                lines.append(
                    f"Every input in this domain moves {what} {_other(word)} by {-bound:.4g} or more."
                )
                continue
            claim = f"No input in this domain moves {what} {word} by more than {bound:.4g}"
            if reached <= 0:
                lines.append(f"{claim}; none was found that moves it {word}.")
            else:
                lines.append(f"{claim}; one moves it by {reached:.4g}{' (exact)' * extreme.exact}.")
        return lines

    def _remarks(self) -> list[str]:
        spent = f"{self.seconds:.1f} s spent, {self.nodes:,} boxes bounded."
        lines = [spent]
        if self.trivial:
            lines.append(
                "The time limit was 0: the bounds are sums of what small groups of trees may change at "
                "most, and the input is the first that came."
            )
        elif self.exact:
            lines.append("The whole domain was searched: the largest change is exact but for rounding.")
        else:
            if math.isfinite(self.gap):
                left = f"the largest change is at most {100 * self.gap:.1f}% above the one that was found."
            else:
                left = "no change was found; the bounds hold all the same."
            lines.append(f"{'Not exact' if self.coarse else 'Stopped early'}: {left}")
        if self.coarse:
            lines.append("The models have so many thresholds that neighbouring ones were taken for one.")
        if self.domain.unbounded:
            shown = ", ".join(self.domain.unbounded[:_MOST_SHOWN]) + ", ..." * (
                len(self.domain.unbounded) > _MOST_SHOWN
            )
            lines.append(
                f"Without a least or greatest value: {shown}; the bounds hold for any number there."
            )
        return lines

    def __str__(self) -> str:
        lines = [line for output in self.outputs for line in self._sentences(output)]
        worst = self._worst
        lines.append(f"Here {self._what(worst)} moves by {worst.largest.reached:.4g}:")
        width = max(map(len, self.domain.names), default=0)
        lines += [f"    {name:<{width}}  {value}" for name, value in self.witness.items()]
        return "\n".join([*lines, *self._remarks()])

    def _repr_html_(self) -> str:
        said = "".join(
            f"<li>{html.escape(x)}</li>" for output in self.outputs for x in self._sentences(output)
        )
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f"<td>{html.escape(value)}</td></tr>"
            for name, value in self.witness.items()
        )
        worst = self._worst
        moved = html.escape(f"{self._what(worst)} moves by {worst.largest.reached:.4g} here")
        remarks = html.escape(" ".join(self._remarks()))
        return f"<ul>{said}</ul><table><caption>{moved}</caption>{rows}</table><p>{remarks}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python objects, fit for JSON but for missing values, which are None."""

        def extreme(x: Extreme) -> dict[str, Any]:
            row = {
                column.name: None if math.isnan(value) else value
                for column, value in zip(self.domain.columns, x.row, strict=True)
            }
            return {
                "bound": x.bound,
                "reached": x.reached,
                "row": row,
                "shown": self._shown(x),
                "exact": x.exact,
                "nodes": x.nodes,
                "seconds": x.seconds,
            }

        return {
            "version": 1,
            "on": self.on,
            "bound": self.bound,
            "reached": self.reached,
            "exact": self.exact,
            "seconds": self.seconds,
            "time_limit": self.time_limit,
            "trivial": self.trivial,
            "coarse": self.coarse,
            "outputs": [
                {"name": o.name, "rise": extreme(o.rise), "fall": extreme(o.fall)} for o in self.outputs
            ],
            "domain": self.domain.to_dict(),
        }


def _other(word: str) -> str:
    return "down" if word == "up" else "up"
