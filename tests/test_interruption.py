"""Ctrl-C keeps what there is: real processes, and interrupts as a terminal sends them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from outlast.interruption import EMPTY_HANDED, TOLD, Interruption
from outlast.plan.saved import read_answer
from tests.plan.edges import write_edge_case
from tests.test_cli import OUTLAST, valid


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A plan of some seconds."""
    return write_edge_case(tmp_path / "case", horizon=26, draws=16)


class Command:
    """A command in a group of its own, whose progress is read line by line."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen(
            [OUTLAST, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.told: list[str] = []

    def wait_for(self, words: str) -> None:
        """Reads on until a line of progress holds these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told.append(line)
            if words in line:
                return
        raise AssertionError(f"{words!r} was not told: {self.told}")

    def interrupt(self) -> None:
        """As a terminal does it: to all processes of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int, str, str]:
        out, errors = self.process.communicate(timeout=120)
        return self.process.returncode, out, "".join(self.told) + errors


@contextmanager
def command(*words: object) -> Iterator[Command]:
    running = Command(*words)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()


@pytest.mark.parametrize(
    ("moment", "most_batches"),
    [
        ("loss ", 0),
        pytest.param("certificate: batch 3", 4, marks=pytest.mark.slow),
        pytest.param("making whole lots", 0, marks=pytest.mark.slow),
        pytest.param("simulating the cut", 20, marks=pytest.mark.slow),
    ],
)
def test_a_plan_that_is_there_is_kept(case: Path, tmp_path: Path, moment: str, most_batches: int) -> None:
    out = tmp_path / "out"
    with command("plan", case, "--out", out, "--json") as running:
        running.wait_for(moment)
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 0, errors
    assert re.search(r"^loss [\d,]+, at best -?[\d,]+, gap [\d.]+%$", errors, re.MULTILINE)
    assert TOLD in errors
    assert "Traceback" not in errors
    proof = valid(answered, "plan")["certificate"]
    assert proof["stopped_early"] is True
    assert proof["gap_batches"] <= most_batches
    assert (proof["gap_upper_95"] is None) == (proof["gap_batches"] < 2)
    assert json.loads(answered) == json.loads((out / "plan.json").read_text("utf-8"))
    assert {path.name for path in out.iterdir()} == {"plan.json", "plan.xlsx", "report.html", "inputs.zip"}
    assert "Stopped early" in (out / "report.html").read_text("utf-8")
    # The bound is as honest as that of a plan that was left to finish.
    assert proof["objective_nothing"] - 1e-6 <= proof["objective"] <= proof["bound"] + 1e-6
    again = read_answer(out / "plan.json").certificate
    assert again.stopped_early
    assert again.gap == pytest.approx(
        (proof["bound"] - proof["objective"]) / (proof["bound"] - proof["objective_nothing"])
    )


@pytest.mark.slow
def test_what_was_stopped_early_claims_no_more_than_what_was_not(case: Path, tmp_path: Path) -> None:
    with command("plan", case, "--out", tmp_path / "whole", "--json") as whole:
        _, answered, _ = whole.end()
    with command("plan", case, "--out", tmp_path / "early", "--json") as early:
        early.wait_for("solving")
        early.interrupt()
        status, stopped, errors = early.end()
    assert status == 0, errors
    done, left = (json.loads(text)["certificate"] for text in (answered, stopped))
    assert done["stopped_early"] is False
    slack = 1e-6 * abs(done["bound"])
    assert left["bound"] >= done["objective"] - slack
    assert done["bound"] >= left["objective"] - slack


@pytest.mark.parametrize("moment", ["step 500:", pytest.param("making whole lots", marks=pytest.mark.slow)])
def test_a_plan_of_the_fast_way_is_kept(case: Path, tmp_path: Path, moment: str) -> None:
    """Steps end at once; what was found is made whole, settled, simulated and written with its gap."""
    out = tmp_path / "out"
    with command("plan", case, "--method", "fast", "--out", out, "--json") as running:
        running.wait_for(moment)
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 0, errors
    assert TOLD in errors
    assert "Traceback" not in errors
    after = errors[errors.index(TOLD) :]
    steps = [int(step) for step in re.findall(r"^step (\d+):", after, re.MULTILINE)]
    assert max(steps, default=500) < 1000  # 2,400 where nobody interrupts
    answer = valid(answered, "plan")
    proof = answer["certificate"]
    assert answer["way"]["used"] == "fast"
    assert proof["stopped_early"] is True
    assert proof["checked"] is (proof["status"] != "unproven")  # the second program may be stopped as well
    assert json.loads(answered) == json.loads((out / "plan.json").read_text("utf-8"))
    assert {path.name for path in out.iterdir()} == {"plan.json", "plan.xlsx", "report.html", "inputs.zip"}
    assert "Stopped early" in (out / "report.html").read_text("utf-8")
    assert proof["objective"] <= proof["bound"] + 1e-6


def test_before_the_fast_way_has_a_plan_nothing_is_written(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with command("plan", case, "--method", "fast", "--out", out) as running:
        running.wait_for("working out what buying nothing extra would cost")
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 130, errors
    assert errors.splitlines()[-1] == EMPTY_HANDED
    assert answered == ""
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.slow
def test_the_hazards_of_a_regret_do_with_what_is_known_of_them(case: Path, tmp_path: Path) -> None:
    """Interrupted while the least losses are worked out: buying nothing is there, and bounds of them all."""
    out, regret = tmp_path / "out", "case.plan.objective=regret"
    with command("plan", case, "--what-if", regret, "--out", out, "--json") as running:
        running.wait_for("hazards x")
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 0, errors
    assert TOLD in errors
    proof = valid(answered, "plan")["certificate"]
    assert proof["stopped_early"] is True
    assert len(proof["regret"]) == 11
    assert all(line["least_loss"] <= line["loss"] + 1e-6 for line in proof["regret"])
    largest = max(line["regret"] for line in proof["regret"])
    assert -proof["objective"] == pytest.approx(largest)
    assert proof["objective_nothing"] - 1e-6 <= proof["objective"] <= proof["bound"] + 1e-6
    assert proof["checked"] is True
    assert (out / "plan.json").is_file()


@pytest.mark.slow
def test_a_plan_of_least_cash_that_is_enough_is_kept(case: Path, tmp_path: Path) -> None:
    """Interrupted once cash is known that is enough on the planning scenarios."""
    asked = ("objective=least_cash", "survive_weeks=20", "survive_probability=0.5")
    words = [word for one in asked for word in ("--what-if", f"case.plan.{one}")]
    with command("plan", case, *words, "--out", tmp_path / "out", "--json") as running:
        running.wait_for("cash ")
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 0, errors
    assert TOLD in errors
    assert "more demand" not in errors  # no room to spare is looked for
    answer = valid(answered, "plan")
    found = answer["requirement"]
    assert answer["certificate"]["stopped_early"] is True
    assert found["planned"] >= 0.5 - 1e-9
    assert 0 <= found["bound"] <= found["least_cash"] <= found["cash"] + 1e-6
    assert found["status"] == (
        "optimal" if found["gap"] <= 1e-3 else "unproven" if found["bound"] <= 0 else "gap"
    )
    assert found["met"] == (found["simulated_low"] >= 0.5)


def test_a_second_interrupt_leaves_at_once(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with command("plan", case, "--out", out) as running:
        running.wait_for("solving")
        running.interrupt()
        running.wait_for(TOLD)
        began = time.monotonic()
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 130
    assert time.monotonic() - began < 5
    assert answered == ""
    assert "Traceback" not in errors
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.parametrize("name", ["plan", pytest.param("frontier", marks=pytest.mark.slow)])
def test_before_there_is_a_plan_nothing_is_written(case: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    with command(name, case, "--out", out) as running:
        running.wait_for("writing the planning model")
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 130, errors
    assert errors.splitlines()[-1] == EMPTY_HANDED
    assert answered == ""
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.slow
def test_a_frontier_keeps_the_budgets_that_have_a_plan(case: Path, tmp_path: Path) -> None:
    with command("frontier", case, "--points", 6, "--json", "--out", tmp_path / "out") as running:
        running.wait_for("budget 3 of 7")
        running.interrupt()
        status, answered, errors = running.end()
    assert status == 0, errors
    frontier = valid(answered, "frontier")
    assert frontier["stopped_early"] is True
    assert len(frontier["points"]) < 7
    budgets = [point["budget"] for point in frontier["points"]]
    assert budgets[0] == 0.0
    assert frontier["ample_budget"] in budgets  # it was there first
    assert "Stopped early" in (tmp_path / "out/frontier.html").read_text("utf-8")


def test_only_the_main_thread_hears() -> None:
    """Elsewhere, and where interrupts are ignored, a run goes on as if nobody listened."""
    heard: list[bool] = []

    def work() -> None:
        with Interruption().listens() as interruption:
            heard.append(interruption())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [False]
    code = (
        "import os, signal\nfrom outlast.interruption import Interruption\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with Interruption().listens() as one:\n"
        "    one.keep()\n    os.kill(os.getpid(), signal.SIGINT)\n    print(one.asked)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"


def test_the_handler_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption().listens() as interruption:
        interruption.keep()
        signal.raise_signal(signal.SIGINT)
        assert interruption()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
