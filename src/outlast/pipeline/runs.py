"""Each command's whole run, readable on one screen. In: paths and options. Out: `Outcome`.
One reason to exist: the command line says what to run and shows what came out; what happens in
between is here and in the layers below. A run imports what it needs, so that a check does not
wait for compiler, solver and charts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from outlast.errors import UsageError
from outlast.intake.assemble import check_case, list_defaults
from outlast.intake.template import write_template, write_template_workbook
from outlast.interruption import Interruption
from outlast.network.network import TABLES, Network
from outlast.pipeline.options import choose_executor, choose_seed, read_sound
from outlast.pipeline.outcome import Outcome, Progress, write_answer
from outlast.provenance import trace_run
from outlast.report.stored import describe
from outlast.report.terminal import tell_findings, tell_outlook, tell_survival, tell_what_if

if TYPE_CHECKING:
    from outlast.intake.mapping.dialogue import Terminal
    from outlast.plan.placing import Chosen
    from outlast.survive.answer import SurviveAnswer

DEMO_CASE = Path(__file__).parents[1] / "demo_case"
OUT = Path("out")
"""Where plans are written if the user does not say; each case has a folder in it."""


def run_init(folder: Path, *, seed: int | None = None) -> Outcome:
    """Write the example case into a new folder, or as one workbook if the name ends in .xlsx."""
    if folder.suffix.lower() == ".xlsx":
        write_template_workbook(folder, seed)
        text = (
            f"{folder} holds an example case; its first sheet says what to do, then: outlast check {folder}"
        )
        return Outcome(text, {"written": [str(folder)]}, (folder,))
    write_template(folder)
    settings = folder / "case.toml"
    if seed is not None:
        settings.write_text(settings.read_text("utf-8").replace("# seed = 1\n", f"seed = {seed}\n"), "utf-8")
    written = tuple(sorted(folder.iterdir()))
    text = f"{folder} holds an example case; change its rows, then: outlast check {folder}"
    return Outcome(text, {"written": [str(path) for path in written]}, written)


def run_check(
    case: Path, out: Path | None = None, *, seed: int | None = None, what_if: Sequence[str] = ()
) -> Outcome:
    """Everything that is wrong with a case. Nothing is written where there is an error."""
    network, findings = check_case(case, what_if)
    document = {
        "ok": network is not None,
        "case_name": network.settings.name if network else None,
        "seed": choose_seed(network, seed) if network else None,
        "tables": {name: len(network.table(name)) for name in TABLES} if network else {},
        "what_if": list(network.what_if) if network else [],
        "findings": describe(findings),
    }
    written = write_answer(out, "check.json", document) if network else ()
    text = tell_what_if(network.what_if if network else ()) + tell_findings(findings, str(case))
    return Outcome(text, document, written, ok=network is not None)


def run_survive(
    case: Path,
    out: Path | None = None,
    *,
    seed: int | None = None,
    what_if: Sequence[str] = (),
    recover: int | None = None,
    progress: Progress,
) -> Outcome:
    """How long stock lasts if supply is cut today, what that costs, and what more stock would save."""
    network, warnings = read_sound(case, what_if)
    progress("working out times to survive and losses")
    answer = survive_case(network, seed=seed, recover_weeks=recover)
    document = {
        "provenance": describe(trace_run(network.hashes, choose_seed(network, seed))),
        "case_name": network.settings.name,
        "currency": network.settings.currency,
        "what_if": list(network.what_if),
        **describe(answer),
    }
    written = write_answer(out, "survive.json", document)
    text = tell_what_if(network.what_if) + tell_survival(answer, network.settings.currency)
    return Outcome(text, document, written, warnings=warnings)


def run_simulate(
    case: Path,
    out: Path | None = None,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    on: str = "auto",
    what_if: Sequence[str] = (),
    policy: str = "normal",
    progress: Progress,
) -> Outcome:
    """What happens if nothing is changed, or under a policy in words."""
    network, warnings = read_sound(case, what_if)
    from outlast.plan.outlook import simulate_case

    with choose_executor(on) as executor:
        outlook = simulate_case(
            network,
            seed=seed,
            scenarios=scenarios,
            progress=progress,
            executor=executor,
            policy=policy,
        )
    document = {**describe(outlook), "what_if": list(network.what_if)}
    written = write_answer(out, "simulate.json", document)
    text = tell_what_if(network.what_if) + tell_outlook(outlook)
    return Outcome(text, document, written, warnings=warnings)


def run_plan(
    case: Path,
    out: Path | None = None,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    time_limit: float | None = None,
    on: str = "auto",
    what_if: Sequence[str] = (),
    start: date | None = None,
    previous: Path | None = None,
    method: str | None = None,
    check: str = "auto",
    progress: Progress,
) -> Outcome:
    """Decide, certify, explain; write plan.json, plan.xlsx, report.html, and the files it was made from.
    An interrupt ends the search and keeps what was found."""
    network, warnings = read_sound(case, what_if, start)
    from outlast.plan.decide import plan_case
    from outlast.plan.inputs import keep_inputs
    from outlast.plan.previous import read_previous
    from outlast.plan.record import read_record
    from outlast.report.document import write_report
    from outlast.report.tables import short_answer

    with choose_executor(on) as executor, Interruption().listens() as interruption:
        answer = plan_case(
            network,
            seed=seed,
            scenarios=scenarios,
            time_limit=time_limit,
            progress=progress,
            executor=executor,
            defaults=list_defaults(case),
            record=read_record(case),
            previous=read_previous(previous) if previous else None,
            interruption=interruption,
            method=method,
            check=check,
        )
    progress("writing the report")
    folder = out or OUT / (case.resolve().stem if case.is_file() else case.resolve().name)
    kept = keep_inputs(case, network.hashes, folder)
    written = (*write_report(answer, folder), kept)
    document = json.loads((folder / "plan.json").read_text("utf-8"))
    return Outcome(short_answer(answer), document, written, warnings=warnings)


def run_frontier(
    case: Path,
    out: Path | None = None,
    *,
    points: int,
    seed: int | None = None,
    scenarios: int | None = None,
    time_limit: float | None = None,
    on: str = "this",
    what_if: Sequence[str] = (),
    progress: Progress,
) -> Outcome:
    """The plan of every budget; write frontier.json, frontier.xlsx and frontier.html if there is a folder.
    An interrupt keeps the budgets that have a plan."""
    network, warnings = read_sound(case, what_if)
    from outlast.plan.frontier import trace_frontier
    from outlast.report.frontier import tell_frontier, write_frontier

    with choose_executor(on) as executor, Interruption().listens() as interruption:
        frontier = trace_frontier(
            network,
            seed=seed,
            scenarios=scenarios,
            points=points,
            time_limit=time_limit,
            progress=progress,
            executor=executor,
            interruption=interruption,
        )
    written = tuple(write_frontier(frontier, out, network.settings.start)) if out else ()
    text = tell_what_if(network.what_if) + tell_frontier(frontier)
    return Outcome(text, describe(frontier), written, warnings=warnings)


def run_regret(
    case: Path,
    out: Path | None = None,
    *,
    points: int,
    factors: int,
    seed: int | None = None,
    scenarios: int | None = None,
    time_limit: float | None = None,
    on: str = "this",
    what_if: Sequence[str] = (),
    progress: Progress,
) -> Outcome:
    """The plan of least regret of every budget, and the break-even hazard of every item; write regret.json,
    regret.xlsx and regret.html if there is a folder."""
    network, warnings = read_sound(case, what_if)
    from outlast.plan.regret_map import map_regret
    from outlast.report.regret import tell_regret, write_regret

    with choose_executor(on) as executor, Interruption().listens() as interruption:
        answer = map_regret(
            network,
            seed=seed,
            scenarios=scenarios,
            points=points,
            factors=factors,
            time_limit=time_limit,
            progress=progress,
            executor=executor,
            interruption=interruption,
        )
    written = tuple(write_regret(answer, out, network.settings.start)) if out else ()
    text = tell_what_if(network.what_if) + tell_regret(answer)
    return Outcome(text, describe(answer), written, warnings=warnings)


def run_diff(before: Path, after: Path) -> Outcome:
    """What is different between two cases, row by row and cell by cell."""
    from outlast.intake.conversion import ReadCase
    from outlast.network.compare import compare_networks
    from outlast.report.case_changes import describe_changes, tell_changes

    old, new = ReadCase.read(before), ReadCase.read(after)
    changes = compare_networks(old.network, new.network)
    sides = (old.network, old.files), (new.network, new.files)
    document = {
        "before": str(before),
        "after": str(after),
        "same": not changes,
        "tables": describe_changes(changes, *sides),
    }
    return Outcome(tell_changes(changes, *sides), document)


def run_convert(
    source: Path, target: Path, terminal: Terminal | None, *, parquet: bool = False, yes: bool = False
) -> Outcome:
    """Bring a case into another form; of a case that is there already, show what changes and ask."""
    from outlast.intake.conversion import carry_out, prepare_conversion
    from outlast.report.case_changes import describe_changes, tell_changes

    ready = prepare_conversion(source, target, parquet=parquet)
    before, given = ready.before, ready.source
    told: list[str] = []
    tables: list[dict[str, Any]] = []
    if before is not None and ready.changes:
        sides = (before.network, before.files), (given.network, given.files)
        told = [f"{target} changes:", tell_changes(ready.changes, *sides)]
        tables = describe_changes(ready.changes, *sides)
    agreed = yes or before is None or not ready.files
    if not agreed and terminal is not None:
        terminal.show("\n".join([*told, *ready.notes]))
        told = []
        agreed = terminal.ask(f"Write this to {target}? yes or no", "no").strip().lower() in ("y", "yes")
    written = carry_out(ready) if agreed and ready.files else ()
    if not agreed:
        told.append(f"Nothing was written. To write this to {target}, add --yes.")
    elif written:
        told.append(f"{target} holds the case of {source}; it was read again and is the same.")
    document = {
        "source": str(source),
        "target": str(target),
        "new": before is None,
        "tables": tables,
        "notes": list(ready.notes),
        "done": agreed,
        "written": [str(path) for path in written],
    }
    text = "\n".join([*told, *(ready.notes if agreed else ())])
    return Outcome(text, document, written, ok=agreed, warnings=len(given.findings))


def run_sensitivity(
    case: Path,
    out: Path | None = None,
    *,
    question: str = "loss",
    plan: Path | None = None,
    ranges: Sequence[str] = (),
    weeks: int | None = None,
    seed: int | None = None,
    scenarios: int | None = None,
    samples: int | None = None,
    on: str = "auto",
    what_if: Sequence[str] = (),
    progress: Progress,
) -> Outcome:
    """What moves the answer most; write sensitivity.json, .xlsx and .html if there is a folder."""
    network, warnings = read_sound(case, what_if)
    from outlast.report.sensitivity import tell_sensitivity, write_sensitivity
    from outlast.sensitivity.factors import read_range
    from outlast.sensitivity.study import SAMPLES, SCENARIOS, analyse_sensitivity

    if question not in ("loss", "cvar", "survival"):
        raise UsageError(f"there is no answer {question!r}: choose loss, cvar or survival")
    if weeks is not None and question != "survival":
        raise UsageError("--weeks goes with --answer survival only")
    with choose_executor(on) as executor:
        answer = analyse_sensitivity(
            network,
            question=cast(Any, question),
            plan=plan,
            ranges=dict(map(read_range, ranges)),
            survive_weeks=weeks,
            scenarios=scenarios or SCENARIOS,
            samples=SAMPLES if samples is None else samples,
            seed=seed,
            progress=progress,
            executor=executor,
        )
    written = tuple(write_sensitivity(answer, out, network.settings.start)) if out else ()
    text = tell_what_if(network.what_if) + tell_sensitivity(answer)
    return Outcome(text, describe(answer), written, warnings=warnings)


def run_placed(plan: Path, case: Path, chosen: Chosen, *, pipeline: bool = False) -> Outcome:
    """Mark purchases of a plan as placed: they stand in open_orders of the case from now on."""
    from outlast.plan.placing import mark_placed
    from outlast.report.weekly import tell_placed

    network, warnings = read_sound(case)
    placed = mark_placed(plan, case, network, chosen, pipeline=pipeline)
    document = {
        "plan_id": placed.plan_id,
        "placed": [
            {
                "order_id": call.order_id,
                "source_id": line.source_id,
                "item_id": line.item_id,
                "quantity": call.quantity,
                "order_date": call.order_date.isoformat(),
                "arrival_date": call.arrival_date.isoformat(),
            }
            for line, call in placed.orders
        ],
        "placed_before": list(placed.before),
        "assumed_orders_written": placed.assumed,
        "changed": list(placed.changed),
        "written": [str(placed.path)],
    }
    return Outcome(tell_placed(placed, plan, case), document, (placed.path,), warnings=warnings)


def run_why(
    case: Path,
    item_id: str,
    *,
    plan: Path | None = None,
    seed: int | None = None,
    scenarios: int | None = None,
    what_if: Sequence[str] = (),
    progress: Progress,
) -> Outcome:
    """Why a plan buys as much of an item as it does, and not more."""
    network, warnings = read_sound(case, what_if)
    from outlast.plan.decide import decide
    from outlast.plan.following import follow_plan
    from outlast.plan.why import explain_item
    from outlast.report.weekly import tell_why

    if plan is not None:
        done = follow_plan(plan, network, seed=seed, scenarios=scenarios, progress=progress)
    else:
        draws = scenarios or network.settings.scenarios
        chosen = choose_seed(network, seed)
        done = decide(network, seed=chosen, draws=draws, time_limit=None, progress=progress)
    answer = explain_item(done, item_id, progress)
    document = {**describe(answer), "what_if": list(network.what_if)}
    text = tell_what_if(network.what_if) + tell_why(answer)
    return Outcome(text, document, warnings=warnings)


def run_demo(out: Path | None = None, **options: Any) -> Outcome:
    """Plan the example case; options as for `run_plan`."""
    return run_plan(DEMO_CASE, out or OUT / "demo", **options)


def run_report(plan_json: Path, out: Path | None = None) -> Outcome:
    """Write the report of a plan again, beside its plan.json unless told otherwise."""
    from outlast.plan.saved import read_answer
    from outlast.report.document import write_report
    from outlast.report.tables import short_answer

    answer = read_answer(plan_json)
    written = tuple(write_report(answer, out or plan_json.parent))
    return Outcome(short_answer(answer), {"written": [str(path) for path in written]}, written)


def choose(due: bool, every: bool, items: Iterable[str], purchases: Iterable[str]) -> Chosen:
    """Options of `run_placed` as one object."""
    from outlast.plan.placing import Chosen

    return Chosen(due, every, tuple(items), tuple(purchases))


def survive_case(
    network: Network, *, seed: int | None = None, recover_weeks: int | None = None
) -> SurviveAnswer:
    """Times, losses and exposure of everything in a case; arguments as of `outlast.survive.survive`."""
    from outlast.network.numbering import number
    from outlast.survive import survive

    chosen = choose_seed(network, seed)
    return survive(number(network), network, recover_weeks=recover_weeks, seed=chosen)
