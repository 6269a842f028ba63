"""Rows of parts in a tooth, and what feeds them. In: what is known of parts. Out: arrays of a tooth's rows.
One reason to exist: where a part can be short, and what may bring more of it by then.

What feeds a row is a piece: a source in a span of time, with an entry for each start option that opens it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from outlast.optimise.comb import AT_EVENT, CombProblem, Tooth, whole_weeks
from outlast.optimise.first_order.assemblies import Bills, add_rows
from outlast.optimise.first_order.prices import ToothPrices
from outlast.optimise.first_order.ranges import binned, places
from outlast.optimise.first_order.short import Short

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SPANS = 4
"""Spans of time in which what alternatives bring is told apart; the first is a segment."""
LATER = 5
"""Rows of a part after it is supplied again, where markets wait and its source has a limit: soon after it,
and ever more rarely."""
ENTRY = ("option", "most_brought", "start", "rate", "ramp", "before")


class Opened(NamedTuple):
    """Start options that open a source once an event has come; shape (option that can)."""

    number: Ints
    """Of the option."""
    part: Ints
    start: Floats
    """From when it delivers [weeks after the event]."""
    rate: Floats
    """[weeks of cover a week]."""
    ramp: Floats
    """Until it does at its rate [weeks]."""
    extra: Floats
    """Price beyond standard cost [money a week of cover]."""
    whole: Flags
    """It brings all that is used."""


class Normal(NamedTuple):
    """Normal running, up to each week; shape (week + 1, item) [weeks of cover]."""

    coming: Floats
    """What first sources bring."""
    used: Floats
    late: Floats
    """Of it, what markets wait for."""


class Sizes(NamedTuple):
    """What steps need of a tooth."""

    row: Floats
    """Sum of coefficients, shape (row)."""
    row_last: Flags
    """It ends last of the rows of its part."""
    piece: Floats
    """Sum of coefficients, shape (piece)."""
    piece_most: Floats
    """Of making of assemblies: most made since the end of the row before; else inf."""


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
        made = self.problem.items[self.parts[: bills.count]]
        self.make_rate = self.arrays.make_capacity[made] / use[self.parts[: bills.count]]
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
    ) -> dict[str, Any]:
        """Rows of parts that are cut, at the end, and a segment after the first alternative comes; where
        markets wait, when it comes as well, and some times after the end; of parts that are short at the
        start, until new orders can come; and of assemblies above.

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
        opened = self._opened(tooth, bounds)
        options = self._alternatives(tooth, bounds, opened, part, segments)
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
        n_main, n_before = len(part), len(part) + len(extra)
        again, since, until = self._later_ends(tooth, bounds, opened, part, segments)
        after = self._afterwards(tooth, bounds, opened, part[again], since, until)
        after["cost"] -= paid.use[self.parts[part[again[after["row"]]]]]
        after["row"] += n_before
        n_before += len(again)
        brought = self.flow_rate[self.parts[part[again]]] * (bounds[until] - bounds[segments[again]])
        known = self._known(tooth.week, bounds, late, until_late)
        known["row"] += n_before
        others = self._alternatives(tooth, bounds, opened, late.part, until_late)
        others["cost"] -= paid.use[self.parts[late.part[others["row"]]]]
        others["row"] += n_before
        others["early"][:] = False
        fed = np.bincount(again, minlength=n_main) > 0
        part = np.concatenate([part, part[extra], part[again], late.part])
        segments = np.concatenate([segments, sooner, until, until_late])
        bought = len(part)
        part, segments = add_rows(self.bills, part, segments)
        point = point_of[self.parts[part]]
        point[bought - len(late.part) : bought] = late.point
        made = self._making(np.arange(bought, len(part)), segments[bought:])
        kinds = (options, at_end, ahead, after, known, others, made)
        entries = {name: np.concatenate([kind[name] for kind in kinds]) for name in made}
        order = np.argsort(part, kind="stable")
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        # A piece for each row and source.
        key = number[entries["row"]] * SPANS * self._kinds_of_supply(bounds) + entries["source"]
        _, first, piece_of = np.unique(key, return_index=True, return_inverse=True)
        place = np.argsort(piece_of, kind="stable")
        early, of_row = entries["early"][first], number[entries["row"][first]]
        sooner_row = np.zeros(len(order), dtype=bool)
        sooner_row[number[n_main : n_main + len(extra)]] = True
        flows = np.zeros(len(part))
        flows[n_before - len(again) : n_before] = brought
        feeding = np.zeros(len(part), dtype=bool)
        feeding[:n_main] = fed
        feeding[n_before - len(again) : n_before] = True
        part, segments, flows = part[order], segments[order], flows[order]
        sizes = self._sizes(bounds, part, segments, of_row, early, sooner_row, entries["size"][first])
        return {
            "row_part": part,
            "row_segments": segments,
            "row_step": sizes.row,
            "row_point": point[order],
            "row_brought": flows,
            "row_feeds": _fed_later(part, feeding[order]),
            "row_last": sizes.row_last,
            "most_rows": int(np.bincount(part).max(initial=0)),
            "pieces": np.bincount(of_row, minlength=len(order)),
            "piece_cost": entries["cost"][first],
            "piece_step": sizes.piece,
            "piece_most": sizes.piece_most,
            "piece_early": early,
            "piece_last": entries["last"][first],
            "entries": np.bincount(piece_of, minlength=len(first)),
            **{name: entries[name][place] for name in ENTRY},
        }

    def _sizes(
        self,
        bounds: Floats,
        part: Ints,
        segments: Ints,
        of_row: Ints,
        early: Flags,
        sooner: Flags,
        own: Floats,
    ) -> Sizes:
        """Sums of coefficients, those of the trunk apart. Of the rows of a part, each counts use between the
        end of the one before and its own: see `steps`. What feeds a row feeds those that end later as well,
        but for what is still coming by a sooner one, which has to be taken off the next.

        Args:
            bounds: of segments [weeks after the event].
            part: of rows, in their order.
            segments: of the same shape.
            of_row: row of each piece.
            early: the piece feeds the row after its own as well.
            sooner: the row ends before supply is back, shape (row).
            own: of pieces, in the row that they feed and that of their price.
        """
        pieces = np.bincount(of_row, minlength=len(part))
        by_end = np.lexsort((segments, part))
        opens = np.append(True, part[1:] != part[:-1])[: len(part)]
        since, step = np.empty((2, len(part)), dtype=np.int64)
        last = np.empty(len(part), dtype=bool)
        since[by_end] = np.where(opens, 0, np.roll(segments[by_end], 1))
        step[by_end] = np.where(opens, 0, np.roll((pieces * sooner)[by_end], 1))
        last[by_end] = np.roll(opens, -1)
        step += segments - since + pieces + np.bincount(of_row[early] + 1, minlength=len(part))
        inside, built = self._inside(part, segments, by_end)
        above = len(inside)  # rows of assemblies, which come first, have one piece each
        size, most = own + sooner[of_row], np.full(len(of_row), np.inf)
        size[:above] = 1.0 + inside
        most[:above] = self._most_made(bounds, part[:above], since[:above], segments[:above])
        return Sizes(step + built, last, size, most)

    def _making(self, row: Ints, segments: Ints) -> dict[str, NDArray[Any]]:
        """Making of assemblies between the ends of their rows, limited by what goes into it."""
        none, full = np.zeros(len(row)), np.full(len(row), np.inf)
        found = self._entry(row, len(self.arrays.source_ids), len(self.option_part), none, full, none)
        return found | {"cost": none, "last": segments - 1, "size": full}

    def _most_made(self, bounds: Floats, part: Ints, since: Ints, segments: Ints) -> Floats:
        """Most made of assemblies in some segments, where markets wait; else inf; shape (row)."""
        if not self.waited.any():
            return np.full(len(part), np.inf)
        return self.make_rate[part] * (bounds[segments] - bounds[since])

    def _inside(self, part: Ints, segments: Ints, by_end: Ints) -> tuple[Floats, Floats]:
        """Sums of coefficients of making of assemblies: of each row of one, in rows of what goes into it; and
        of all of it in the row of a content that is the first to end no sooner; shapes (row of an assembly),
        (row)."""
        above = int(np.searchsorted(part, self.bills.count))
        content = self.content
        row, entry = places(content.indptr[part[:above]], np.diff(content.indptr)[part[:above]])
        inside, most = content.indices[entry], int(segments.max(initial=0)) + 1
        keys = (part * most + segments)[by_end]
        place = np.searchsorted(keys, inside * most + segments[row])
        counted = np.append(part[by_end], -1)[place] == inside
        share = content.data[entry][counted]
        of_above, of_content = row[counted], by_end[place[counted]]
        return binned(of_above, share, above), binned(of_content, share, len(part))

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
        most = self.flow_rate[place] * span
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

    def _opened(self, tooth: Tooth, bounds: Floats) -> Opened:
        """Start options that can open a source within the window after an event."""
        problem, arrays, r = self.problem, self.arrays, tooth.restriction
        source, week = self.option_source, self.option_week
        hit = arrays.hits_item[r, arrays.source_item[source]]
        early = (week != AT_EVENT) & (week < tooth.week)
        late = arrays.start_after[source] & hit
        switch = whole_weeks(problem.switch_weeks[tooth.draw, source])
        ready = np.where(early, np.maximum(week + switch - tooth.week, 0.0), switch)
        lead = np.ceil(arrays.source_lead[source] * np.where(hit, arrays.lead_multiplier[r], 1.0) - 1e-9)
        start = ready + lead
        open_ = (self.option_part >= 0) & (arrays.supply_left[r, source] >= 1) & (early | late)
        keep = np.flatnonzero(open_ & (start < bounds[-1]))
        source, part, hit = source[keep], self.option_part[keep], hit[keep]
        place = self.parts[part]
        price = arrays.source_price[source] * np.where(hit, arrays.price_multiplier[r], 1.0)
        rate = arrays.source_capacity[source] / self.use[place]
        return Opened(
            number=keep,
            part=part,
            start=start[keep],
            rate=rate,
            ramp=arrays.ramp_weeks[source].astype(np.float64),
            extra=self.use[place] * (price - arrays.standard_cost[arrays.source_item[source]]),
            whole=rate >= self.peak[problem.items[place]] / self.use[place],
        )

    def _later_ends(
        self, tooth: Tooth, bounds: Floats, opened: Opened, part: Ints, segments: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Rows that end once a part is supplied again: which part's they are, the segment after which they
        follow the row before, and theirs. Of parts for which no market waits, whose source has no limit, or
        of which an alternative brings all that is used, there are none."""
        if not self.waited.any():
            return (np.zeros(0, dtype=np.int64),) * 3
        wide = np.zeros(len(self.parts), dtype=bool)
        wide[opened.part[opened.whole]] = True
        n, rate = len(bounds) - 1, self.flow_rate[self.parts[part]]
        mine = np.flatnonzero(
            self.waited[part] & np.isfinite(rate) & (rate > 0) & ~wide[part] & (segments < n)
        )
        # What was ordered before a source closed would come beside it.
        last = self.last[tooth.restriction][self.first[part[mine]]]
        mine = mine[last <= bounds[segments[mine]]]
        steps = (n - segments[mine]) ** (np.arange(LATER)[:, None] / max(LATER - 1, 1))
        until = segments[mine] + np.ceil(steps - 1e-9).astype(np.int64)
        since = np.concatenate([segments[mine][None], until[:-1]])
        which = np.broadcast_to(mine, until.shape)
        kept = until > since
        return which[kept], since[kept], until[kept]

    def _afterwards(
        self, tooth: Tooth, bounds: Floats, opened: Opened, part: Ints, since: Ints, until: Ints
    ) -> dict[str, NDArray[Any]]:
        """What alternatives bring once a part is supplied again, between two ends of segments each."""
        if not len(part):
            return self._none
        # A pair for each row and option of its part.
        order = np.argsort(opened.part, kind="stable")
        first = np.searchsorted(opened.part[order], part)
        row, place = places(first, np.searchsorted(opened.part[order], part, side="right") - first)
        which = order[place]
        start, rate, ramp = opened.start[which], opened.rate[which], opened.ramp[which]
        before = _ramped(bounds[since[row]] - start, rate, ramp)
        most = _ramped(bounds[until[row]] - start, rate, ramp) - before
        kept = np.flatnonzero(most > 0)
        row, which = row[kept], which[kept]
        source = self.option_source[opened.number[which]]
        found = self._entry(row, source, opened.number[which], start[kept], rate[kept], most[kept])
        return found | {
            "ramp": ramp[kept],
            "before": before[kept],
            "cost": opened.extra[which],
            "last": until[row] - 1,
        }

    def _alternatives(
        self, tooth: Tooth, bounds: Floats, opened: Opened, row_part: Ints, row_segments: Ints
    ) -> dict[str, NDArray[Any]]:
        """Start options that can help a row: what they bring by its end, and what it costs."""
        row_of = np.full(len(self.parts), -1, dtype=np.int64)
        row_of[row_part] = np.arange(len(row_part))
        row = row_of[opened.part]
        mine = np.flatnonzero((row >= 0) & (opened.start < bounds[np.append(row_segments, 0)[row]]))
        if not len(mine):
            return self._none
        keep, start, rate = opened.number[mine], opened.start[mine], opened.rate[mine]
        ramp, extra, whole = opened.ramp[mine], opened.extra[mine], opened.whole[mine]
        row = row[mine]
        place, source = self.parts[row_part[row]], self.option_source[keep]
        end = bounds[row_segments[row]]
        brought = _ramped(end - start, rate, ramp)
        useful = self._used(tooth.week + end, place) - self._used(tooth.week + start, place)
        useful += _at(self.normal.late, tooth.week + start, place) - self.normal.late[tooth.week, place]
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
                "cost": extra + self.hold[place] * wait,
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

    @cached_property
    def content(self) -> csc_matrix:
        """See `Bills.content`; by columns."""
        return csc_matrix(self.bills.content)

    @cached_property
    def flow_rate(self) -> Floats:
        """Most that the first source brings, inf if made or there is none, shape (item) [weeks of cover a
        week]."""
        rate = np.full(len(self.problem.items), np.inf)
        found = self.parts[self.first >= 0]
        rate[found] = self.arrays.source_capacity[self.first[self.first >= 0]] / self.use[found]
        return rate


def _fed_later(part: Ints, feeding: Flags) -> Ints:
    """Of rows in order of parts: how many of the part follow, if what feeds them feeds later ones."""
    if not feeding.any():
        return np.zeros(len(part), dtype=np.int64)
    return np.where(feeding, np.searchsorted(part, part, side="right") - np.arange(len(part)) - 1, 0)


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
