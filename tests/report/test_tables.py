"""Rows of the report: what is in them, what is marked, what stands where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from outlast.plan.answer import Interval, PlanAnswer
from outlast.report.buying import (
    BUILD_UP,
    EVERYTHING,
    MAKE,
    buying_table,
    dearest_first,
    items_table,
    merge_orders,
    shown_words,
    sources_table,
)
from outlast.report.cells import Table
from outlast.report.figures import show_money
from outlast.report.grounds import assumptions_table, merge_assumptions
from outlast.report.page import page_tables
from outlast.report.tables import (
    PLAIN,
    key_figures,
    peak_words,
    restrictions_table,
    short_answer,
    survival_table,
)
from outlast.report.verdict import certificate_table, certificate_words


def column(table: Table, heading: str) -> list[str]:
    place = [entry.heading for entry in table.columns].index(heading)
    return [row[place].show().replace("\u00a0", " ") for row in table.rows]


@pytest.mark.parametrize("which", ["answer", "calm"])
def test_every_row_has_a_cell_for_each_column(which: str, request: pytest.FixtureRequest) -> None:
    answer = request.getfixturevalue(which)
    tables = (
        buying_table(answer, EVERYTHING),
        sources_table(answer),
        items_table(answer),
        restrictions_table(answer),
        survival_table(answer),
        certificate_table(answer),
    )
    assert sum(bool(table.rows) for table in tables) >= (6 if which == "answer" else 2)
    for table in tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}


def test_buy_list_has_everything_once_and_build_up_first(answer: PlanAnswer) -> None:
    kinds = column(buying_table(answer, EVERYTHING), "Kind")
    assert len(kinds) == len(answer.purchases) + len(answer.production)
    assert kinds == sorted(kinds, key=["build-up", "make for stock", "replenishment"].index)
    assert set(column(buying_table(answer, BUILD_UP), "Kind")) == {"build-up"}
    assert column(buying_table(answer, MAKE), "Item id") == ["NVR-64"]


def test_orders_of_one_part_are_one_row_of_the_page(answer: PlanAnswer) -> None:
    line = answer.purchases[0]
    later = replace(line, order_date=line.order_date + timedelta(weeks=8), quantity=10.0, cost=615.0)
    table = merge_orders(buying_table(replace(answer, purchases=(later, *answer.purchases))))
    assert len(table.rows) == sum(line.kind == "build-up" for line in answer.purchases)
    assert column(table, "Quantity")[0] == f"{line.quantity + 10:,.0f}"
    assert column(table, "Cost, CNY")[0] == f"{line.cost + 615:,.0f}"
    assert table.rows[0][0].value == line.order_date
    assert table.rows[0][0].below == "2 orders to 18 Jan 2027"
    assert column(table, "Order date")[1:] == column(buying_table(answer), "Order date")[1:]


def test_assumptions_with_one_reason_are_one_row_of_the_page(answer: PlanAnswer) -> None:
    first = answer.assumptions[1]
    plan = replace(answer, assumptions=(first, replace(first, about="items.unit_cost"), *answer.assumptions))
    table = merge_assumptions(assumptions_table(plan))
    assert len(table.rows) == len(answer.assumptions)
    assert column(table, "About")[0] == "restrictions.hazard_per_year, items.unit_cost"


def test_nothing_to_buy_is_said_with_its_reason(answer: PlanAnswer, calm: PlanAnswer) -> None:
    assert "no restriction in this case closes a source" in buying_table(calm).empty
    assert "worth its cost" in buying_table(replace(answer, purchases=())).empty
    assert not buying_table(calm).rows


def test_assumed_columns_are_marked(answer: PlanAnswer, calm: PlanAnswer) -> None:
    def marked(plan: PlanAnswer) -> set[str]:
        return {entry.heading for entry in restrictions_table(plan).columns if entry.assumed}

    assert marked(answer) == {"Events a year", "Low", "High", "Switch takes, weeks"}
    assert marked(calm) == set()


def test_what_exceeds_the_window_says_so(answer: PlanAnswer) -> None:
    table = restrictions_table(answer)
    assert column(table, "Lasts today, weeks") == ["5", "9", "> 104"]
    assert column(table, "Lasts with the plan, weeks") == ["26", "> 104", "> 104"]
    assert column(table, "Events a year") == ["0.21", "0.08", "fixed date"]


def test_what_stops_first_is_told_for_today_and_for_the_plan(answer: PlanAnswer) -> None:
    """The plan holds more of the first one, so another stops first; later none stops within the window."""
    first = answer.restrictions[0].first_item_out
    table = restrictions_table(answer)
    assert column(table, "Stops first today") == [first, "Lens 4 mm F1.6", "nothing"]
    assert column(table, "Stops first with the plan") == ["Lens 4 mm F1.6", "nothing", "nothing"]
    rows = [line.split() for line in short_answer(answer).splitlines()]
    at = next(place for place, words in enumerate(rows) if words[:1] == ["US-ENTITY-LIST,"])
    assert rows[at] == ["US-ENTITY-LIST,", "today", "5", *first.split()]
    assert (
        " ".join(rows[at + 1])
        == "with the plan 26 Lens 4 mm F1.6; all items have another source after 46 weeks"
    )
    assert " ".join(rows[at + 3]) == "with the plan > 104 nothing"


def test_cover_of_what_is_not_used_is_not_nought(answer: PlanAnswer) -> None:
    unused = replace(answer.items[0], usage_per_week=0.0, cover_weeks_now=0.0)
    table = items_table(replace(answer, items=(unused,)))
    assert column(table, "Cover now, weeks") == ["–"]


def test_key_figures(answer: PlanAnswer, calm: PlanAnswer) -> None:
    figures = {figure.label: figure for figure in key_figures(answer)}
    assert len(figures) == 6
    loss = figures["Expected loss"]
    assert loss.now is not None
    assert loss.now.show("CNY", noun=True).replace("\u00a0", " ") == "CNY 812 m"
    assert loss.intervals is not None
    assert figures["Mean loss of the worst 5%"].plan.value == answer.summary.cvar_plan
    first = key_figures(calm)[0]
    assert first.now is None
    assert first.plan.show() == "no cut possible"


def test_peak_cash_stands_beside_the_limit_of_its_day(answer: PlanAnswer) -> None:
    assert "limit CNY 95.0 m" in peak_words(answer).replace("\u00a0", " ")
    early = replace(answer.summary, peak_cash_date=answer.summary.start + timedelta(weeks=12))
    assert "limit CNY 60.0 m" in peak_words(replace(answer, summary=early)).replace("\u00a0", " ")
    assert "no limit" in peak_words(replace(answer, cash=()))


def test_certificate_in_words(answer: PlanAnswer) -> None:
    value, rule, gap = (text.replace("\u00a0", " ") for text in certificate_words(answer))
    assert "CNY 247 m" in value
    assert "avoids CNY 565 m, 70% of the loss" in value
    assert "beats the best cover rule (26 weeks of cover" in rule
    assert "at most 0.7%" in gap
    table = certificate_table(answer)
    assert column(table, "Figure")[0] == "Gap of the improvement"
    simulated = column(table, "Figure").index("Simulated loss, plan, CNY")
    low, mean, high = (column(table, name)[simulated] for name in ("Low", "Value", "High"))
    assert (low, mean, high) == ("231 m", "247 m", "263 m")


def test_certificate_does_not_flatter(answer: PlanAnswer) -> None:
    worse = replace(answer.certificate, simulated=Interval(-9e8, -9.5e8, -8.5e8), beats_cover_rule=False)
    value, rule, _ = certificate_words(replace(answer, certificate=worse))
    assert "does not lower the expected loss" in value
    assert "does not beat" in rule
    unproven = replace(answer, certificate=replace(worse, status="unproven", cover_rule_weeks=0.0))
    assert "not proven" in certificate_words(unproven)[2]
    assert "no extra cover" in certificate_words(unproven)[1]


def test_short_answer_is_ranked(answer: PlanAnswer) -> None:
    turned = replace(answer, restrictions=answer.restrictions[::-1])
    text = short_answer(turned)
    places = [text.index(f"{name}, today") for name in ("US-ENTITY-LIST", "MOFCOM-GA-GE", "SEC889-B")]
    assert places == sorted(places)
    week = text[text.index("This week:") :]
    assert "1. start the switch" in week
    assert "2. order 140,140" in week
    assert "DDR4" not in week
    assert "No match is not clearance." in text
    assert "\u00a0" not in text


def test_short_answer_of_a_calm_case(answer: PlanAnswer, calm: PlanAnswer) -> None:
    assert "Nothing to buy this week beyond normal replenishment." in short_answer(calm)
    later = tuple(replace(line, order_date=line.order_date + timedelta(weeks=6)) for line in answer.purchases)
    waiting = replace(answer, purchases=later, qualifications=())
    assert "the first order is due on 4 Jan 2027" in short_answer(waiting)


def long_answer(answer: PlanAnswer, count: int) -> PlanAnswer:
    """The same with so many orders of build-up, one an item, two of three in the first week."""
    (line, *_) = (line for line in answer.purchases if line.kind == "build-up")
    start = answer.summary.start
    orders = tuple(
        replace(
            line,
            purchase_id=f"{k}",
            item_id=f"ITEM-{k}",
            name=f"Item {k}",
            source_id=f"SOURCE-{k}",
            order_date=start + timedelta(weeks=0 if k % 3 else 2),
            cost=100.0 + 37 * (k * 7 % count),
        )
        for k in range(count)
    )
    return replace(answer, purchases=orders)


def test_a_long_buy_list_shows_what_is_due_first_and_dearest_with_sums_of_all(answer: PlanAnswer) -> None:
    long = long_answer(answer, 90)
    whole = merge_orders(buying_table(long, BUILD_UP))
    ranked = dearest_first(whole)
    assert sorted(map(str, ranked.rows)) == sorted(map(str, whole.rows))  # nothing is lost
    currency = long.summary.currency
    kept = [(line.order_date, -line.cost) for line in long.purchases]
    cost = [float(str(row[7].value)) for row in ranked.rows]
    assert [(row[0].value, -c) for row, c in zip(ranked.rows, cost, strict=True)] == sorted(kept)
    words = shown_words(ranked, 40, 90, currency)
    assert (
        f"40 of 90 lines, {show_money(sum(cost[:40]), currency)} of {show_money(sum(cost), currency)}"
        in words
    )
    assert "All 90 orders are in plan.xlsx and plan.json." in words
    assert shown_words(ranked, 90, 90, currency) == ""
    page = page_tables(long)["buildup"]
    assert (len(page.shown.rows), page.more, page.words) == (40, 50, words)


def test_a_long_week_tells_the_dearest_switches_and_orders_and_the_sum_of_all(answer: PlanAnswer) -> None:
    long = long_answer(answer, 90)
    (switch, *_) = answer.qualifications
    started = tuple(
        replace(switch, decision="start now", start_date=long.summary.start, name=f"Part {k}", cost=10.0 * k)
        for k in range(12)
    )
    text = short_answer(replace(long, qualifications=started))
    week = text[text.index("This week, the dearest first:") :].splitlines()
    assert [line.split(" to ")[0] for line in week[1:5]] == [
        f"  {k}. start the switch of Part {12 - k}" for k in range(1, 5)
    ]
    orders = [line for line in long.purchases if line.order_date == long.summary.start]
    dearest = sorted(orders, key=lambda line: -line.cost)[:4]
    for line, told in zip(dearest, week[5:9], strict=True):
        assert line.name in told
    currency = long.summary.currency
    spent, switches = sum(line.cost for line in orders), sum(line.cost for line in started)
    assert week[9].translate(PLAIN) == (
        f"  and {len(orders) + 4} more; in all 12 switches for {show_money(switches, currency)} and "
        f"{len(orders)} orders for {show_money(spent, currency)}: see the buy list"
    ).translate(PLAIN)


def test_cuts_that_are_not_outlasted_while_stock_lasts_say_why(answer: PlanAnswer) -> None:
    """Where most of them fall below the fill in the first week, and in no other case."""
    assert "demand swings" not in key_figures(answer)[0].note
    first = replace(answer.survival[1], now=replace(answer.survival[1].now, p=0.16))
    short = replace(
        answer,
        survival=(answer.survival[0], first, *answer.survival[2:]),
        summary=replace(answer.summary, survive_half_now_weeks=0),
    )
    stock = min(line.time_to_survive_weeks for line in short.restrictions)
    assert stock >= 2
    note = key_figures(short)[0].note.replace("\u00a0", " ")
    assert f"Stock lasts {stock:.0f} weeks today at mean demand, but demand swings: in 84% of" in note
