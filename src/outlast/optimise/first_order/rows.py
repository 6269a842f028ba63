"""Rows of parts in a tooth, and what feeds them. In: what is known of parts. Out: arrays of a tooth's rows.
One reason to exist: where a part can be short, and what may bring more of it by then.

What feeds a row is a piece: a source in a span of time, with an entry for each start option that opens it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import AT_EVENT, CombProblem, Tooth, whole_weeks
from outlast.optimise.first_order.assemblies import Bills, add_rows
from outlast.optimise.first_order.prices import ToothPrices
from outlast.optimise.first_order.short import Short

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SPANS = 4
"""Spans of time in which what alternatives bring is told apart; the first is a segment."""
ENTRY = ("option", "most_brought", "start", "rate", "ramp", "before")


class Normal(NamedTuple):
    """Normal running, up to each week; shape (week + 1, item) [weeks of cover]."""

    coming: Floats
    """What first sources bring."""
    used: Floats
    late: Floats
    """Of it, what markets wait for."""


class Rows:
    """Writes the rows of teeth."""

    def __init__(
        self,
        problem: CombProblem,
        bills: Bills,
        use: Floats,
        hold: Floats,
        first: Ints,
        waited: Flags,
        normal: Normal,
        closed: dict[int, Ints],
        last: dict[int, Floats],
    ) -> None:
        """
        Args:
            problem: the comb tree.
            bills: what is in what.
            use: a week of cover, shape (item) [units].
            hold: a week of cover held for a week, shape (item) [money].
            first: first source, -1 if made or there is none, shape (part).
            waited: some market waits for what a part goes into, shape (part).
            normal: normal running.
            closed: weeks from an event until sources close, shape (source), by restriction.
            last: weeks until what they brought before ends, of the same kind.
        """
        self.problem, self.arrays, self.bills, self.parts = problem, problem.arrays, bills, bills.parts
        self.use, self.hold, self.first, self.waited = use, hold, first, waited
        self.normal, self.closed, self.last = normal, closed, last
        options = self.problem.options
        self.option_source = np.array([option.source for option in options], dtype=np.int64)
        self.option_week = np.array([option.week for option in options], dtype=np.int64)
        part_of = np.full(len(self.arrays.item_ids), -1, dtype=np.int64)
        part_of[self.problem.items[self.parts]] = np.arange(len(self.parts))
        self.option_part = (
            part_of[self.arrays.source_item[self.option_source]] if len(options) else self.option_week
        )
        self.peak = self.arrays.usage.max(axis=0)
        none, never = np.zeros(0), np.zeros(0, dtype=np.int64)
        self._none = self._entry(never, never, never, none, none, none) | {"cost": none}
        self._none |= {"last": never, "soon": never, "ready": never}

    def of_tooth(
        self,
        tooth: Tooth,
        bounds: Floats,
        cut: Ints,
        kb: Ints,
        point_of: NDArray[np.int32],
        paid: ToothPrices,
        late: Short,
        until_late: Ints,
    ) -> dict[str, NDArray[Any]]:
        """Rows of parts that are cut, at the end, and a segment after the first alternative comes; where
        markets wait, when it comes as well; of parts that are short at the start, until new orders can come;
        and of assemblies above.

        Args:
            tooth: the tooth.
            bounds: of its segments [weeks after the event].
            cut: parts that the event cuts.
            kb: segments until each of them is supplied as usual.
            point_of: what supplies an item, shape (item).
            paid: prices beyond standard cost.
            late: parts that are short at the start.
            until_late: segments until each of them is not any longer.
        """
        used = kb > 0
        part, segments = cut[used], kb[used]
        options = self._alternatives(tooth, bounds, part, segments)
        soon, ready = np.zeros((2, len(part)), dtype=np.int64)
        soon[options["row"]], ready[options["row"]] = options["soon"], options["ready"]
        at_first = (ready > 0) & (ready < soon) & self.waited[part]
        extra = np.append(np.flatnonzero(soon > 0), np.flatnonzero(at_first))
        sooner = np.append(soon[soon > 0], ready[at_first])
        at_end = self._still_coming(tooth, bounds, part, segments)
        options["cost"] -= paid.use[self.parts[part[options["row"]]]]
        at_end["cost"] += paid.brought[self.parts[part[at_end["row"]]]]
        ahead = self._still_coming(tooth, bounds, part[extra], sooner)
        ahead["row"] += len(part)
        # What it costs is counted at the end of the cut, so that all of it is as good as one.
        ahead["cost"][:], ahead["source"][:] = 0.0, len(self.arrays.source_ids)
        known = self._known(tooth.week, bounds, late, until_late)
        known["row"] += len(part) + len(extra)
        others = self._alternatives(tooth, bounds, late.part, until_late)
        others["cost"] -= paid.use[self.parts[late.part[others["row"]]]]
        others["row"] += len(part) + len(extra)
        others["early"][:] = False
        part = np.concatenate([part, part[extra], late.part])
        segments = np.concatenate([segments, sooner, until_late])
        bought = len(part)
        feeds = add_rows(self.bills, part, segments)
        part, segments = feeds.part, feeds.segments
        point = point_of[self.parts[part]]
        point[bought - len(late.part) : bought] = late.point
        inside: Floats = np.bincount(feeds.parent - bought, feeds.share, len(part) - bought).astype(
            np.float64
        )
        made = self._making(np.arange(bought, len(part)), segments[bought:], inside)
        kinds = (options, at_end, ahead, known, others, made)
        entries = {name: np.concatenate([kind[name] for kind in kinds]) for name in made}
        order = np.argsort(part, kind="stable")
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        # A piece for each row and source.
        key = number[entries["row"]] * SPANS * self._kinds_of_supply(bounds) + entries["source"]
        _, first, piece_of = np.unique(key, return_index=True, return_inverse=True)
        place = np.argsort(piece_of, kind="stable")
        early, of_row = entries["early"][first], number[entries["row"][first]]
        shared = np.bincount(of_row[early] + 1, minlength=len(order))
        return {
            "row_part": part[order],
            "row_segments": segments[order],
            "row_fed": np.bincount(feeds.child, feeds.share, len(order))[order] + shared,
            "row_point": point[order],
            "pieces": np.bincount(of_row, minlength=len(order)),
            "piece_cost": entries["cost"][first],
            "piece_step": entries["size"][first] + early,
            "piece_early": early,
            "piece_last": entries["last"][first],
            "entries": np.bincount(piece_of, minlength=len(first)),
            **{name: entries[name][place] for name in ENTRY},
        }

    def _making(self, row: Ints, segments: Ints, inside: Floats) -> dict[str, NDArray[Any]]:
        """Making of assemblies, which only what goes into it limits."""
        none, full = np.zeros(len(row)), np.full(len(row), np.inf)
        found = self._entry(row, len(self.arrays.source_ids), len(self.option_part), none, full, none)
        return found | {"cost": none, "last": segments - 1, "size": 1.0 + inside}

    def _still_coming(
        self, tooth: Tooth, bounds: Floats, part: Ints, segments: Ints
    ) -> dict[str, NDArray[Any]]:
        """What the source of a part that is cut still brings by the end of a row: what is on order, what is
        ordered before it closes, and what it delivers while closed in part."""
        if not len(part):
            return self._none
        arrays, r, week = self.arrays, tooth.restriction, tooth.week
        source, place = self.first[part], self.parts[part]
        item, end = self.problem.items[place], bounds[segments]
        lead = arrays.source_lead[source].astype(np.float64)
        closed, last = self.closed[r][source], self.last[r][source]
        relief = max(int(arrays.notice_weeks[r]), 0) + float(self.problem.relief_weeks[tooth.draw, r])
        week_closed = np.minimum(week + closed, arrays.n_week - 1).astype(np.int64)
        rate = arrays.source_capacity[source] / self.use[place]
        # An unlimited source can bring all that is used until supply is back, in the time there is.
        open_weeks = np.maximum(np.minimum(last, end) - lead, 1e-9)
        pace = (self._used(week + end, place) - self.normal.used[week, place]) / open_weeks
        rate_before = np.where(closed > 0, np.where(np.isfinite(rate), rate, pace), 0.0)
        left = arrays.supply_left[r, source]
        rate_in_part = left * np.minimum(rate, arrays.usage[week_closed, item] / self.use[place])
        spans = [
            (lead, last, rate_before),
            (np.maximum(last, np.minimum(lead, 1.0)), relief + lead, rate_in_part),
        ]
        until = np.where(lead > 0, np.minimum(last, lead), 0.0)
        for k in range(len(bounds) - 1):
            if bounds[k] >= until.max(initial=0.0):
                break
            low, high = np.clip(bounds[k], 1.0, until), np.clip(bounds[k + 1], 1.0, until)
            amount = _at(self.normal.coming, week + high, place) - _at(self.normal.coming, week + low, place)
            spans.append((low, high, amount / np.maximum(high - low, 1e-9)))
        found = []
        for kind, (start, stop, speed) in enumerate(spans):
            stop = np.minimum(stop, end)
            row = np.flatnonzero((stop > start) & (speed > 0))
            final = np.minimum(np.searchsorted(bounds[1:], stop[row] - 1e-9), segments[row] - 1)
            number = len(arrays.source_ids) + kind
            found.append(
                self._entry(
                    row, number, len(self.option_part), start[row], speed[row], (speed * (stop - start))[row]
                )
                | {"cost": self._waits(bounds, segments[row], final) * self.hold[place[row]], "last": final}
            )
        return {name: np.concatenate([kind[name] for kind in found]) for name in found[0]}

    def _known(self, week: int, bounds: Floats, late: Short, until: Ints) -> dict[str, NDArray[Any]]:
        """What comes of parts that are short at the start, and what they use in the rest of the segment in
        which their sources bring what is used."""
        if not len(late.part):
            return self._none
        place, number = self.parts[late.part], len(self.arrays.source_ids)
        end = bounds[until]
        rest = self._used(week + end, place) - self._used(week + np.minimum(late.weeks, end), place)
        owed = _at(self.normal.late, week + end, place) - self.normal.late[week, place]
        span = np.maximum(end - late.weeks, 1e-9)
        most = self.flow_rate()[place] * span
        rest = np.where(owed > 0, np.minimum(rest + owed, most), rest)
        spans = [(np.minimum(late.weeks, end), end, rest)]
        for k in range(int(until.max(initial=0))):
            stop = np.minimum(late.weeks, end)
            low, high = np.clip(bounds[k], 1.0, stop), np.clip(bounds[k + 1], 1.0, stop)
            spans.append(
                (
                    low,
                    high,
                    _at(self.normal.coming, week + high, place) - _at(self.normal.coming, week + low, place),
                )
            )
        found = []
        for kind, (start, stop, amount) in enumerate(spans):
            row = np.flatnonzero((stop > start) & (amount > 0))
            speed = (amount / np.maximum(stop - start, 1e-9))[row]
            last = np.minimum(np.searchsorted(bounds[1:], stop[row] - 1e-9), until[row] - 1)
            found.append(
                self._entry(row, number + kind, len(self.option_part), start[row], speed, amount[row])
                | {"cost": np.zeros(len(row)), "last": last}
            )
        return {name: np.concatenate([kind[name] for kind in found]) for name in found[0]}

    def _used(self, weeks: Floats, place: Ints) -> Floats:
        """Normal use of items up to a week each [weeks of cover]."""
        return _at(self.normal.used, weeks, place)

    def _entry(
        self, row: Ints, source: Ints | int, option: Ints | int, start: Floats, rate: Floats, most: Floats
    ) -> dict[str, NDArray[Any]]:
        full = np.zeros(len(row), dtype=np.int64)
        return {
            "row": row,
            "source": full + source,
            "option": full + option,
            "start": start,
            "rate": rate,
            "most_brought": most,
            "ramp": np.zeros(len(row)),
            "before": np.zeros(len(row)),
            "size": np.full(len(row), 2.0),
            "early": np.zeros(len(row), dtype=np.bool_),
        }

    @staticmethod
    def _waits(bounds: Floats, segments: Ints, final: Ints) -> Floats:
        """Weeks that what comes in a segment is held until supply is back."""
        counted = np.append((bounds[:-1] + bounds[1:] - 1) / 2, bounds[-1])
        return counted[segments] - counted[final]

    def _alternatives(
        self, tooth: Tooth, bounds: Floats, row_part: Ints, row_segments: Ints
    ) -> dict[str, NDArray[Any]]:
        """Start options that can help a row: what they bring by its end, and what it costs."""
        problem, arrays, r = self.problem, self.arrays, tooth.restriction
        row_of = np.full(len(self.parts), -1, dtype=np.int64)
        row_of[row_part] = np.arange(len(row_part))
        source, week = self.option_source, self.option_week
        row = row_of[self.option_part]
        hit = arrays.hits_item[r, arrays.source_item[source]]
        early = (week != AT_EVENT) & (week < tooth.week)
        late = arrays.start_after[source] & hit
        open_ = (row >= 0) & (arrays.supply_left[r, source] >= 1) & (early | late)
        switch = whole_weeks(problem.switch_weeks[tooth.draw, source])
        ready = np.where(early, np.maximum(week + switch - tooth.week, 0.0), switch)
        lead = np.ceil(arrays.source_lead[source] * np.where(hit, arrays.lead_multiplier[r], 1.0) - 1e-9)
        start = ready + lead
        keep = np.flatnonzero(open_ & (start < bounds[-1]))
        keep = keep[start[keep] < bounds[row_segments[row[keep]]]]
        if not len(keep):
            return self._none
        source, row, start, week = source[keep], row[keep], start[keep], week[keep]
        hit = hit[keep]
        place = self.parts[row_part[row]]
        price = arrays.source_price[source] * np.where(hit, arrays.price_multiplier[r], 1.0)
        extra = price - arrays.standard_cost[arrays.source_item[source]]
        rate = arrays.source_capacity[source] / self.use[place]
        ramp = arrays.ramp_weeks[source].astype(np.float64)
        end = bounds[row_segments[row]]
        brought = _ramped(end - start, rate, ramp)
        useful = self._used(tooth.week + end, place) - self._used(tooth.week + start, place)
        useful += _at(self.normal.late, tooth.week + start, place) - self.normal.late[tooth.week, place]
        whole = rate >= self.peak[problem.items[place]] / self.use[place]
        brought = np.where(whole, np.minimum(brought, useful), brought)
        # What comes early is held until it is used: a piece for each of some spans of time. Not where more
        # could come than is of use, as it might all come late.
        first = np.full(len(row_part), len(bounds))
        np.minimum.at(first, row, np.searchsorted(bounds, start, side="right") - 1)
        # The first span ends where the earlier row does, so that it has come by then: not where some of it
        # could come at any time.
        wide = np.zeros(len(row_part), dtype=bool)
        wide[row[whole]] = True
        first, last = first[row], row_segments[row]
        soon = np.where(wide[row], first, np.minimum(first + 1, last - 1))
        spans = []
        for number in range(SPANS):
            low, high = (
                np.where(k > 0, soon - (soon - last) * (k - 1) // (SPANS - 1), first)
                for k in (number, number + 1)
            )
            low, high = np.where(whole, first, low), np.where(whole, last, high)
            before = np.where(whole, 0.0, _ramped(bounds[low] - start, rate, ramp))
            most = np.where(whole, brought, _ramped(bounds[high] - start, rate, ramp))
            mine = np.flatnonzero((most > before) & (~whole | (number == 0)))
            wait = self._waits(bounds, last, high - 1)
            kind = source + number * self._kinds_of_supply(bounds)
            entry = self._entry(row, kind, keep, start, rate, most - before)
            entry |= {
                "ramp": ramp,
                "before": before,
                "cost": self.use[place] * extra + self.hold[place] * wait,
                "last": high - 1,
                "early": np.full(len(row), number == 0) & (high <= soon) & ~whole,
                "soon": soon,
                "ready": first,
            }
            spans.append({name: values[mine] for name, values in entry.items()})
        return {name: np.concatenate([each[name] for each in spans]) for name in spans[0]}

    def _kinds_of_supply(self, bounds: Floats) -> int:
        """Numbers that pieces of a row may have: sources, spans of what is on order, and making."""
        return len(self.arrays.source_ids) + len(bounds) + 2

    def flow_rate(self) -> Floats:
        """Most that the first source brings, inf if made or there is none, shape (item) [weeks of cover a
        week]."""
        rate = np.full(len(self.problem.items), np.inf)
        found = self.parts[self.first >= 0]
        rate[found] = self.arrays.source_capacity[self.first[self.first >= 0]] / self.use[found]
        return rate


def _ramped(since: Floats, rate: Floats, ramp: Floats) -> Floats:
    """What a source has brought so many weeks after its start, which it raises to its rate within `ramp`."""
    since = np.maximum(since, 0.0)
    inside = np.minimum(since, ramp)
    full = since - inside + np.divide(inside**2, 2 * ramp, out=np.zeros_like(ramp), where=ramp > 0)
    return np.where(
        np.isinf(rate), np.where(full > 0, np.inf, 0.0), np.where(np.isinf(rate), 1.0, rate) * full
    )


def _at(total: Floats, weeks: Floats, place: Ints) -> Floats:
    """Running totals of items, each at a week of its own."""
    low = np.minimum(np.floor(weeks).astype(np.int64), len(total) - 2)
    return total[low, place] + (weeks - low) * (total[low + 1, place] - total[low, place])
