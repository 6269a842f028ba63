"""Paths of watch states that a plan tells apart. In: `NetworkArrays`. Out: `WatchTree`.
One reason to exist: what is known when something is decided, and how likely that is, before any algebra.

The trunk of the comb becomes a tree: wherever the state is looked at and has changed, it branches. A change
beyond those that are followed is not acted on, but counts: hazards are averaged over what the state may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.odds import epoch_odds, moved, now

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class WatchTree:
    """Nodes in the order of their epochs; the first is the first epoch."""

    epoch: Ints
    """Shape (node)."""
    parent: Ints
    """Node of the epoch before, -1 for the first; shape (node)."""
    state: Ints
    """Watch state that was seen last, shape (node)."""
    changed: Bools
    """It is not the state of the parent, shape (node)."""
    alive: Floats
    """Odds to be here, and of no event up to and including the epoch; shape (node)."""
    falls: Floats
    """Odds to be here and that the first event falls in the next epoch, shape (node, restriction)."""
    falls_first: Floats
    """Odds that it falls in the first epoch, shape (restriction)."""
    most_changes: int
    """Changes on a path that are followed."""
    review_epochs: int
    """Epochs from one look at the state to the next."""

    def at(self, epoch: int) -> Ints:
        """Nodes of an epoch; -1: the last one."""
        return np.flatnonzero(self.epoch == (self.epoch.max() if epoch < 0 else epoch))

    def path(self, node: int) -> list[int]:
        """Nodes from the first to this one."""
        out = []
        while node >= 0:
            out.append(node)
            node = int(self.parent[node])
        return out[::-1]

    def follow(self, states: Ints) -> Ints:
        """The node in every epoch of those who see these states, shape (scenario, epoch).

        Args:
            states: watch state of each epoch, shape (scenario, epoch or more).
        """
        leads = self.leads_to(1 + int(max(states.max(initial=0), self.state.max())))
        out = np.zeros((len(states), int(self.epoch.max()) + 1), dtype=np.int64)
        for epoch in range(1, out.shape[1]):
            out[:, epoch] = leads[out[:, epoch - 1], states[:, epoch]]
        return out

    def leads_to(self, states: int) -> Ints:
        """The node of the next epoch where a state is seen there, shape (node, state); -1 at the end.

        A change that is not followed leads where no change leads.
        """
        leads = np.full((len(self.epoch), states), -1, dtype=np.int64)
        for node, parent in enumerate(self.parent):
            if parent >= 0 and not self.changed[node]:
                leads[parent] = node
        for node, parent in enumerate(self.parent):
            if self.changed[node]:
                leads[parent, self.state[node]] = node
                leads[parent][leads[parent] < 0] = node
        return leads


def grow_tree(arrays: NetworkArrays, most_changes: int, review_epochs: int = 1) -> WatchTree:
    """The tree of all paths with at most so many changes, as seen every so many epochs.

    With no changes it is the trunk of a plan that does not look at the state.
    """
    first, at = epoch_odds(arrays, 0), now(arrays)
    rows = [(0, -1, arrays.watch_now, False, 0)]
    beliefs, falls = [at * first.alive], []
    epochs = -(-arrays.horizon_weeks // arrays.epoch_weeks)
    for node, (epoch, _, state, _, changes) in enumerate(rows):  # rows grow as nodes get their children
        if epoch + 1 == epochs:
            falls.append(np.zeros(first.falls.shape[1]))
            continue
        later, odds = moved(arrays, beliefs[node]), epoch_odds(arrays, epoch + 1)
        falls.append(later @ odds.falls)
        stays = later * odds.alive
        if changes < most_changes and (epoch + 1) % review_epochs == 0:
            for other in np.flatnonzero(stays > 0):
                if other != state:
                    rows.append((epoch + 1, node, int(other), True, changes + 1))
                    beliefs.append(np.where(np.arange(len(stays)) == other, stays, 0.0))
                    stays = np.where(np.arange(len(stays)) == other, 0.0, stays)
        if stays.any() or rows[-1][1] != node:
            rows.append((epoch + 1, node, state, False, changes))
            beliefs.append(stays)
    return WatchTree(
        epoch=np.array([row[0] for row in rows], dtype=np.int64),
        parent=np.array([row[1] for row in rows], dtype=np.int64),
        state=np.array([row[2] for row in rows], dtype=np.int64),
        changed=np.array([row[3] for row in rows], dtype=np.bool_),
        alive=np.array([belief.sum() for belief in beliefs]),
        falls=np.array(falls),
        falls_first=np.asarray(at @ first.falls),
        most_changes=most_changes,
        review_epochs=review_epochs,
    )


def odds_of_more(arrays: NetworkArrays, changes: int) -> float:
    """Odds that the state changes more often than this within the horizon, before any event."""
    epochs = -(-arrays.horizon_weeks // arrays.epoch_weeks)
    at = now(arrays)
    counted = np.zeros((changes + 1, len(at)))
    counted[0] = at * epoch_odds(arrays, 0).alive
    stay = np.diag(np.diag(arrays.watch_step)) if arrays.watch_ids else np.eye(len(at))
    leave = arrays.watch_step - stay if arrays.watch_ids else np.zeros_like(stay)
    more = 0.0
    for epoch in range(1, epochs):
        more += float((counted[-1] @ leave).sum())
        counted = counted @ stay + np.vstack([np.zeros(len(at)), counted[:-1] @ leave])
        counted = counted * epoch_odds(arrays, epoch).alive
    return more
