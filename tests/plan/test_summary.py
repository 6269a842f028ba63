"""The sentence a manager repeats does not contradict the purchases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from outlast.plan.explain import bucket_words
from outlast.plan.summary import headline
from tests.plan.weeks import answer_of, plan_week, read_example


def test_protection_that_does_not_pay_is_named_and_not_called_nothing(tmp_path: Path) -> None:
    done = plan_week(read_example(tmp_path / "case"))
    restrictions = answer_of(done).restrictions
    assert headline(done, restrictions, 9.0, 9.0, 0.0).endswith("nothing extra is worth buying.")
    worse = headline(done, restrictions, 58_820.0, 66_981.0, 112_000.0)
    assert "EUR 112,000 of protection" in worse
    assert worse.endswith("does not lower the expected loss: EUR 58,820 without it, 66,981 with it.")
    assert "nothing extra" not in worse
    assert headline(done, restrictions, 9.0, 8.0, 5.0).endswith("cuts the expected loss from EUR 9 to 8.")


def test_another_item_that_stops_first_with_the_plan_is_named(tmp_path: Path) -> None:
    done = plan_week(read_example(tmp_path / "case"))
    (line,) = answer_of(done).restrictions
    assert line.first_item_out
    same = replace(line, time_to_survive_plan_weeks=40.0, first_item_out_plan=line.first_item_out)
    other = replace(same, first_item_out_plan="CHIP")
    assert "makes that 40 and cuts" in headline(done, [same], 9.0, 8.0, 5.0)
    assert "makes that 40 (CHIP then runs out first) and cuts" in headline(done, [other], 9.0, 8.0, 5.0)


def test_a_short_window_in_wide_buckets_says_what_they_blur(tmp_path: Path) -> None:
    problem = plan_week(read_example(tmp_path / "case")).problem
    assert (problem.bucket_weeks, problem.arrays.window_weeks) == (4.0, 104)
    assert bucket_words(problem) == ()
    (said,) = bucket_words(replace(problem, bucket_weeks=13.0))
    assert said.startswith("The 104 weeks after an event are planned in buckets of 13 weeks")
    short = replace(problem, arrays=replace(problem.arrays, window_weeks=26))
    assert bucket_words(short)
    assert bucket_words(replace(short, bucket_weeks=1.0)) == ()
