"""What first-order kernels see. In: nothing. Out: named tuples of arrays.
One reason to exist: steps, bounds and plans read the same teeth.

Stock of a part is in weeks of its use (cover), sales of a line in weeks of its mean demand. A part that is
cut has a row: what products use of it until it is supplied again is no more than its stock and what
alternatives bring. Use is a running total of making, so that a row is one gather a product. Every tooth
counts as if it were certain; odds enter where teeth meet.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Single = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Teeth(NamedTuple):
    """Compact teeth. `segment`: weeks after the event between two marks."""

    odds: Floats
    """Shape (tooth)."""
    first_segment: Ints
    """Into `ends`, shape (tooth + 1)."""
    ends: Floats
    """Of segments, all teeth [weeks after the event]."""
    cells: Ints
    """Into `most` and `worth`, segment by segment, line by line; shape (tooth + 1)."""
    most: Single
    """Lawful demand [weeks of mean demand], shape (cell)."""
    worth: Single
    """Contribution of a sale that is made from parts, and holding of parts that it saves before they are
    supplied again [money a week of mean demand], shape (cell)."""
    worth_stocked: Single
    """The same of a sale from finished goods; too little to sell where they do not count."""
    stocked_until: Small
    """Segments in which finished goods count, shape (tooth, product)."""
    open_segments: Small
    """Segments that some row or finished goods reach, shape (tooth); later all that is worth it is sold."""
    line_product: Small
    """Shape (line)."""
    rank_first: Ints
    """Lines come by rank, the first of every product, the second of those that have one, and so on, in the
    order of products; shape (rank + 1)."""
    line_share: Floats
    """Mean demand of a line over that of its product, shape (line)."""
    first_row: Ints
    """Shape (tooth + 1)."""
    row_part: Small
    row_segments: Small
    """Segments whose use counts, shape (row)."""
    row_point: Small
    """What supplies it, shape (row)."""
    row_brought: Floats
    """Of a row that ends once its part is supplied again: what its source brings from then on, at most; 0 of
    any other; shape (row) [weeks of cover]."""
    row_feeds: Small
    """So many of the rows that follow are of the same part; those of them with `row_brought` are fed by what
    feeds this row as well; shape (row)."""
    row_step: Floats
    """Sum of coefficients of use between the end of the row before and its own, shape (row)."""
    most_rows: int
    """Of a part in a tooth."""
    goods_step: Floats
    """The same of what is sold from finished goods, shape (tooth, product)."""
    first_piece: Ints
    """Alternatives that feed a row, shape (row + 1)."""
    piece_cost: Floats
    """Price beyond standard cost [money a week of cover]."""
    piece_step: Floats
    """Sum of coefficients of what it brings."""
    piece_most: Floats
    """What it can bring in any case, at most; inf if start options decide, which steps then have a price for.
    Of making of assemblies: most made since the end of the row before, inf without a limit and where no
    market waits; shape (piece) [weeks of cover]."""
    piece_last: Small
    """Segment in which it comes at the latest, at `piece_cost`; before it is held for longer."""
    piece_early: Flags
    """It feeds the next row as well, which is of the same part and ends earlier: by then it has come."""
    first_entry: Ints
    """Start options that open a piece, shape (piece + 1)."""
    entry_option: Small
    """Start option; their number for what comes in any case; shape (entry)."""
    entry_most: Floats
    """What it can bring [weeks of cover], shape (entry)."""
    part_first: Ints
    """What a part goes into, shape (part + 1)."""
    part_product: Small
    """A product, or the number of an assembly after all products."""
    part_share: Floats
    """Weeks of cover that a week of the product's demand, or of the assembly's cover, uses."""
    line_order: Small
    """Lines in the order in which what is left of parts goes to them, shape (line)."""
    product_first: Ints
    """Parts of a product that are bought, assemblies opened, in their order, shape (product + 1)."""
    product_part: Small
    product_share: Floats
    product_line_first: Ints
    """Lines of a product, shape (product + 1)."""
    product_line: Small
    user_first: Ints
    """Products that use a part that is bought, assemblies opened, shape (part + 1)."""
    user_product: Small
    user_share: Floats
    pace: Single
    """One over the sum of coefficients of making, segment by segment, product by product: `product_cells`."""
    product_cells: Ints
    """Shape (tooth + 1)."""
    waits: Flags
    """Lines whose market waits: what is not sold may be sold later, shape (line)."""
    late_from: int
    """First line of the first rank in which a market waits; the number of lines if none does."""
    late_cells: Ints
    """Into prices of demand that waits: segment by segment, line by line from `late_from`; shape (tooth +
    1)."""
    make_rate: Floats
    """Most made of a product for which markets wait [weeks of demand a week], else inf, as demand is within
    what can be made; shape (product)."""
    limited: bool
    """Some `make_rate` is finite."""
    n_line: int
    n_product: int
    n_assembly: int
    """The first parts are made and go into others, parents before what goes into them. Wherever something
    inside has a row, they have one of as many segments, with one piece, their making, which uses what those
    rows supply.
    """


class Rest(NamedTuple):
    """Holding once supply is back, as a plane below it: linear in use, stock and purchases."""

    column: Floats
    """What a unit of a trunk decision costs by coming after an event, odds counted, shape (z)."""
    saved: Single
    """What a week of a product's making or sale saves, by `product_cells` [money]."""
    row: Floats
    """What a week of cover that an alternative brings costs more, shape (row)."""
    point: Floats
    """What a week of cover at a point costs, odds counted, shape (point)."""
    stock: Floats
    """The same of stock that no event cuts, shape (epoch, item)."""
    goods: Floats
    """What a week of a product's demand sold from finished goods saves, shape (tooth, product)."""
    constant: Floats
    """Shape (tooth) [money]."""


class Light(NamedTuple):
    """What steps read of teeth, in single precision."""

    most: Single
    worth: Single
    worth_stocked: Single
    """Too little to sell where finished goods do not count."""
    pace: Single
    """One over the sum of coefficients of making, by `product_cells`."""
    saved: Single
    """Of `Rest`, by `product_cells`."""
    line_share: Single
    part_share: Single
    make_rate: Single


class Iterate(NamedTuple):
    """Where the method stands. What is large is kept in single precision: steps are bound by memory, and
    bounds hold at any iterate."""

    made: Single
    """Sales made from parts, shape (cell)."""
    stocked: Single
    """Sales from finished goods, shape (cell)."""
    bought: Floats
    """From alternatives, shape (piece) [weeks of cover]."""
    price: Floats
    """Of rows [money a week of cover], shape (row)."""
    price_piece: Floats
    """Of what options open, shape (piece)."""
    price_stocked: Floats
    """Of finished goods, shape (tooth, product)."""
    late: Single
    """Of demand that waits: what a sale takes from later ones, shape (late cell) [money a week of mean
    demand]."""
    limit: Single
    """Of limits on making, by `product_cells` [money a week of demand]; none where nothing is `limited`."""


class After(NamedTuple):
    """What holding after an event needs."""

    supplied: Small
    """Segments until an item is supplied as usual, shape (tooth, item): all, if never."""
    waited: Floats
    """Weeks for which holding of finished goods that are sold is counted as saved beyond the end of the cut:
    to the middle of the segment that follows, or until parts that were short at the start are there; shape
    (tooth, product)."""
    group: Small
    """Event of an epoch and restriction, shape (tooth)."""
    point: Small
    """What supplies a part that is cut, -1 if it is not; shape (group, item)."""
    beyond: Floats
    """Normal stock at the event above working stock [weeks of cover], shape (group, item)."""
    epoch: Small
    """Shape (group)."""
    working: Floats
    """Working stock, shape (item) [weeks of cover]."""
    holding: Floats
    """Shape (item) [money a week of cover a week]."""
    end_loss: Floats
    """Of what is left at the end of an item that is supplied again, shape (item) [money a week of cover]."""
    end_loss_cut: Floats
    """Of one that is not."""
    least_end_loss: Floats
    """`end_loss`, at most that of what it can be made into."""
    least_end_loss_cut: Floats
    brief: Ints
    """Parts that do not keep until the end of the window, shape (brief part)."""
    brief_of: Ints
    """Place among them, -1 if it keeps; shape (part)."""
    life: Floats
    """Shelf life, shape (item) [weeks]."""
    scrap: Floats
    """Standard cost, lost of what is thrown away, shape (item) [money a week of cover]."""
    paid: Floats
    """Paid beyond standard cost for what is left or thrown of an item that is supplied again, shape (item)
    [money a week of cover]."""
    paid_cut: Floats
    """Of one that is not."""
    due_first: Ints
    """Purchases on order that come to points after the event, shape (point + 1)."""
    due_week: Floats
    """Weeks after the event, shape (due)."""
    lead: Floats
    """Lead time of the first source, 0 if made, shape (item) [weeks]."""
    part_item: Small
    """Shape (part)."""
    product_scale: Floats
    """Weeks of cover of a product in a week of its demand, shape (product)."""
    product_item: Small
    """-1: sold as it is bought; shape (product)."""
    inside: Floats
    """Holding of what assemblies contain that is counted as linear, shape (tooth, segment, assembly) [money a
    week of cover a week]."""
    entry_start: Floats
    """From when an alternative delivers, shape (entry) [weeks after the event]."""
    entry_rate: Floats
    """Shape (entry) [weeks of cover a week]; inf: what is used, from the next segment on."""
    entry_ramp: Floats
    """Shape (entry) [weeks]."""
    flow_rate: Floats
    """Most that the first source of an item brings, shape (item) [weeks of cover a week]."""
    product_rate: Floats
    """Most that is made of a product, shape (product) [weeks of demand a week]; inf if it is bought."""
    assembly_rate: Floats
    """Most that is made of an assembly, shape (assembly) [weeks of cover a week]."""
    nested_first: Ints
    """Assemblies inside a product, at every level, shape (product + 1)."""
    nested_assembly: Small
    nested_share: Floats
    """Weeks of cover that a week of the product's demand uses."""
    entry_before: Floats
    """What it has brought before the span that the entry stands for, shape (entry) [weeks of cover]."""
    always: int
    """Option of what comes in any case."""
