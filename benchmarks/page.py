"""The measured part of docs/benchmarks.md. In: the record of `reach.py`. Out: tables, and what is reached.
One reason to exist: what the page says is what one run measured: `python -m benchmarks.page`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[1] / "docs"
PAGE, RECORD = DOCS / "benchmarks.md", DOCS / "benchmarks" / "simulator.json"
BEGIN = "<!-- made of docs/benchmarks/simulator.json by python -m benchmarks.page -->"
END = "<!-- end of what is made -->"

SPEED, TIMES, ROOF = 50e6, 10_000, 3.0
STREAM_SECONDS, STREAM_GIB, SURVIVE_SECONDS, NODES = 60.0, 2.0, 10.0, 1700
IDLE, LOADED = 0.5, " (**something else ran on it too, so that figures by the clock are too low**)"
BESIDE = 0.5
"""Load beyond its cores that a measurement leaves behind which had the machine to itself."""
MATTERS = 1e-6
"""Share of a figure by which it must differ without a feature: far above rounding."""


class Goal(NamedTuple):
    """What is asked, what was measured."""

    what: str
    value: str
    reached: bool


def changed(feature: dict[str, Any]) -> bool:
    """Whether a figure differs without a feature."""
    on, off = feature["on"], feature["off"]
    return bool(abs(on - off) > MATTERS * max(abs(on), abs(off)))


def roof(record: dict[str, Any], row: dict[str, Any]) -> tuple[float, float]:
    """Times by which memory would be faster than one process and than two workers, for the bytes needed."""
    band = record["bandwidth"]
    one = band["one_core_memory"] / (row["bytes"] * row["one_process"])
    return one, band["two_cores_memory"] / (row["bytes"] * row["two_workers"])


def goals(record: dict[str, Any]) -> list[Goal]:
    """Every figure of the issue."""
    assembly = [row for row in record["speed"] if row["network"] == "one parent each"]
    slowest = min(row["two_workers"] for row in assembly)
    times = [
        row["ours"] / row["theirs"]
        for row in record["peers"]
        if row["peer"] == "stockpyl" and row["nodes"] == 101
    ]
    roofs = [roof(record, row)[1] for row in assembly]
    many, survive, compiling = record["stream"], record["survive"], record["compiling"]
    features = [*record["features"], *record["everything"]["features"]]
    without = [feature["name"] for feature in features if not changed(feature)]
    return [
        Goal(
            f"{assembly[0]['items']:,}-item assembly network, fan-in 20, cuts, lost sales, lead times on, 2 "
            "workers, by the clock: 50 million item-weeks a second",
            f"{slowest / 1e6:.1f} million",
            slowest >= SPEED,
        ),
        Goal(
            "101-node assembly: 10,000 times stockpyl",
            f"{min(times):,.0f} times",
            min(times) >= TIMES,
        ),
        Goal(
            "within 3 times of what memory moves, for the bytes that must be touched, 2 workers",
            f"{max(roofs):.1f} times",
            max(roofs) <= ROOF,
        ),
        Goal(
            f"{many['items']:,} items, 104 weeks, {many['scenarios']:,} scenarios, streamed: under 60 s, "
            "under 2 GiB",
            f"{many['seconds']:.0f} s, {many['gib']:.2f} GiB",
            many["seconds"] < STREAM_SECONDS and many["gib"] < STREAM_GIB,
        ),
        Goal(
            "all times to survive and recover of a network of 1,700 nodes in three tiers: under 10 s",
            f"{survive['nodes']:,} nodes, {survive['cuts']:,} times to survive, {survive['recover']:,} to "
            f"recover, losses besides: {survive['seconds']:.1f} s",
            survive["seconds"] < SURVIVE_SECONDS and survive["nodes"] >= NODES,
        ),
        Goal(
            "first compile apart, cached afterwards",
            f"{compiling['compiled_now']:.0f} s, then {compiling['from_the_cache']:.1f} s",
            compiling["from_the_cache"] < compiling["compiled_now"],
        ),
        Goal(
            "every feature on: switched off, the result changes",
            f"{len(features) - len(without)} of {len(features)}"
            + "".join(f"; not {name}" for name in without),
            not without,
        ),
    ]


def shared(record: dict[str, Any]) -> bool:
    """Whether something else ran on the machine: before, or more at the end than its cores can do."""
    cores = record["machine"]["cores"]
    return bool(record["load_before"] > IDLE or record["load_after"] > cores + BESIDE)


def render(record: dict[str, Any]) -> str:
    """The measured part of the page."""
    about = record["machine"]
    one_run = (
        f"One run of {record['seconds']:.0f} s on {record['measured']}: {about['processor']}, "
        f"{about['cores']} cores, Python {about['python']}, numpy {about['numpy']}, numba {about['numba']}; "
        f"load of the machine {record['load_before']:g} before and {record['load_after']:g} after"
        f"{LOADED if shared(record) else ''}."
    )
    lines = [one_run, "", "| asked | measured | reached |", "|---|---|---|"]
    lines += [f"| {what} | {value} | {'yes' if good else 'no'} |" for what, value, good in goals(record)]
    lines += ["", *speeds(record), "", *beside_peers(record), "", *everything(record)]
    return "\n".join(lines)


def speeds(record: dict[str, Any]) -> Iterator[str]:
    """Speeds of all networks, and the roofline."""
    band, on = record["bandwidth"], record["everything"]
    yield "### Speed, and what memory allows"
    yield ""
    yield (
        "Million item-weeks a second by the clock, best of three runs; in brackets by processor time. Bytes: "
        "fields that a week reads, and those that it writes, for each item, not what lies beside them in "
        "memory. Roofline: what a triad (STREAM) moves in memory, over bytes times speed."
    )
    yield ""
    yield (
        "| network | links | lines | parts cut | served | 2 workers | 1 process | bytes | "
        "roofline, 2 workers | 1 process |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in [*record["speed"], on]:
        cut = f"{row['cut']:.0%}" if "cut" in row else "by draw"
        one, two = roof(record, row)
        alone = f"{row['one_process'] / 1e6:.1f} ({row['one_process_by_cpu'] / 1e6:.1f})"
        yield (
            f"| {row['network']} | {row['links']:,} | {row['lines']} | {cut} | {row['served']:.0%} | "
            f"{row['two_workers'] / 1e6:.1f} | {alone} | {row['bytes']:.0f} | {two:.1f} | {one:.1f} |"
        )
    yield ""
    yield (
        f"A triad moves {band['one_core_memory'] / 1e9:.0f} GB/s in memory on one core, "
        f"{band['two_cores_memory'] / 1e9:.0f} on two, {band['one_core_cache'] / 1e9:.0f} in the cache of "
        "one. Workers and one process give the same bytes; the run stops if they do not. Drawing is not in "
        f"these speeds: with everything on it takes {1e3 * on['drawing_seconds_a_scenario']:.0f} ms each."
    )


def beside_peers(record: dict[str, Any]) -> Iterator[str]:
    """The same networks in each program."""
    yield "### Beside stockpyl and SupplyNetPy"
    yield ""
    yield "| network | peer | its node-periods a second | ours | times |"
    yield "|---|---|---:|---:|---:|"
    for row in record["peers"]:
        speeds = f"{row['theirs']:,.0f} | {row['ours']:,.0f} | {row['ours'] / row['theirs']:,.0f}"
        yield f"| {row['network']} | {row['peer']} | {speeds} |"


def everything(record: dict[str, Any]) -> Iterator[str]:
    """What each feature does."""
    on = record["everything"]
    yield "### Every feature, switched off by itself"
    yield ""
    yield "In the instance of the speeds, a tenth of its parts cut, value of a week (mean, money):"
    yield ""
    yield "| feature | with it | without |"
    yield "|---|---:|---:|"
    for feature in record["features"]:
        yield f"| {feature['name']} | {number(feature['on'])} | {number(feature['off'])} |"
    yield ""
    yield (
        f"With everything on at once (`benchmarks/everything.py`; {on['items']:,} items, {on['sources']:,} "
        f"sources, {on['lines']} lines, five restrictions): {on['speed'] / 1e6:.1f} million item-weeks a "
        "second of processor time; the last column is the speed without the feature. In brackets: "
        "what takes its place."
    )
    yield ""
    yield "| feature | figure | with it | without | million item-weeks a second without |"
    yield "|---|---|---:|---:|---:|"
    for feature in on["features"]:
        figures = f"{number(feature['on'])} | {number(feature['off'])}"
        words = WORDS[feature["figure"]]
        yield f"| {feature['name']} | {words} | {figures} | {feature['speed_without'] / 1e6:.1f} |"


WORDS = {"value": "value of a week", "cash_low": "lowest cash", "cash_weeks": "weeks until cash runs out"}


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def shorten(value: Any) -> Any:
    """Figures to nine digits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: shorten(part) for key, part in value.items()}
    return [shorten(part) for part in value] if isinstance(value, list) else value


def insert(text: str, made: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with what stands between two marks replaced."""
    before, after = text.split(begin)[0], text.split(end)[1]
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def write(record: dict[str, Any]) -> None:
    """Keep the record and make the page of it."""
    keep(record, RECORD, insert(PAGE.read_text(encoding="utf-8"), render(record)))


def keep(record: dict[str, Any], path: Path, text: str) -> None:
    """Write a record and the page that has its tables."""
    path.parent.mkdir(exist_ok=True)
    for target, content in ((path, json.dumps(record, indent=1) + "\n"), (PAGE, text)):
        new = target.with_suffix(".new")
        new.write_text(content, encoding="utf-8")
        os.replace(new, target)


if __name__ == "__main__":
    write(json.loads(RECORD.read_text(encoding="utf-8")))
    print(PAGE)
