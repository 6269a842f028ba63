"""A made-up plan of a camera maker with everything a report must cope with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outlast.plan import answer as say
from outlast.provenance import Provenance

START = date(2026, 11, 23)
CUT, WINDOW, HORIZON = 26, 104, 104
ISP = "Image signal processor with integrated neural accelerator, 12 nm, automotive grade"
ITEMS = [
    # item_id, name, kind, on hand, use a week, unit cost, cover target, at risk
    ("IC-ISP-7721", ISP, "part", 21_400, 4_100, 61.5, 39.4, True),
    ("IC-CMOS-4K", "图像传感器 4K 背照式 1/1.8 英寸", "part", 38_250, 4_100, 88.0, 31.0, True),
    ("IC-FPGA", "FPGA 85k logic cells", "part", 2_150, 310, 412.0, 26.5, True),
    ("PMIC-03", "Power management IC", "part", 61_000, 8_700, 3.2, 44.0, True),
    ("ADC-16", "16-bit A/D converter", "part", 9_900, 1_240, 14.9, 35.0, True),
    ("FLASH-8G", "NAND flash 8 GB", "part", 88_000, 9_650, 7.85, 22.0, True),
    ("DDR4-2G", "DDR4 memory 2 GB", "part", 104_500, 9_650, 11.4, 18.0, True),
    ("HDD-8T", "监控级硬盘 8 TB", "part", 12_300, 1_020, 742.0, 14.0, True),
    ("GPU-EDGE", "Edge inference module", "part", 1_480, 92, 5_150.0, 19.0, True),
    ("LENS-4MM", "Lens 4 mm F1.6", "part", 55_000, 4_100, 24.0, 13.4, False),
    ("HOUSING-A", "Die-cast housing A", "part", 31_000, 4_100, 38.0, 7.6, False),
    ("PCB-MAIN", "Main board, assembled", "assembly", 5_200, 4_100, 236.0, 1.3, True),
    ("CAM-4K", "Network camera 4K", "product", 18_600, 4_100, 402.0, 8.0, True),
    ("NVR-64", "Network video recorder, 64 channels", "product", 1_210, 125, 9_870.0, 12.0, True),
]  # fmt: skip


def share(p: float) -> say.Share:
    return say.Share(p, max(0.0, p - 0.06), min(1.0, p + 0.06))


def survival() -> tuple[say.SurvivalLine, ...]:
    def alive(week: int, half: int) -> float:
        return 1.0 if week < half // 2 else max(0.0, min(1.0, 1.0 / (1.0 + (week / half) ** 5)))

    return tuple(
        say.SurvivalLine(week, share(alive(week, 11)), share(alive(week, 43))) for week in range(WINDOW + 1)
    )


def stock_path(item_id: str, name: str, on_hand: float, use: float, weeks_held: float) -> say.StockPath:
    weeks = tuple(range(HORIZON + WINDOW))

    def path(high: float) -> tuple[float, ...]:
        return tuple(
            min(high, on_hand + (high - on_hand) * week / 20)
            if week < CUT
            else max(0.0, high - use * (week - CUT), (week - CUT - 60) * use * 0.2)
            for week in weeks
        )

    held = path(use * weeks_held)
    low, high = tuple(0.8 * value for value in held), tuple(1.15 * value for value in held)
    return say.StockPath(item_id, name, weeks, path(on_hand), held, low, high)


def items() -> tuple[say.ItemLine, ...]:
    return tuple(
        say.ItemLine(
            item_id=item_id,
            name=name,
            kind=kind,
            on_hand=float(on_hand),
            target=cover * use,
            usage_per_week=float(use),
            cover_weeks_now=on_hand / use,
            cover_weeks_target=cover,
            unit_cost=cost,
            binding=("budget", "capacity", "nothing")[place % 3],
            at_risk=at_risk,
        )
        for place, (item_id, name, kind, on_hand, use, cost, cover, at_risk) in enumerate(ITEMS)
    )


def purchases() -> tuple[say.PurchaseLine, ...]:
    suppliers = (
        "Ambarella Inc.",
        "豪威科技（上海）有限公司",
        "Xilinx via Avnet Asia Pte. Ltd.",
        "Texas Instruments",
    )
    lines = []
    for place, (item_id, name, kind, on_hand, use, cost, cover, at_risk) in enumerate(ITEMS):
        if kind != "part":
            continue
        start = START + timedelta(weeks=4 * (place // 3))
        build = at_risk and cover * use - on_hand
        for what, quantity in (("build-up", build), ("replenishment", 4.0 * use)):
            if quantity:
                lines.append(
                    say.PurchaseLine(
                        item_id=item_id,
                        name=name,
                        source_id=f"SRC-{item_id}-1",
                        supplier=suppliers[place % 4],
                        kind="build-up" if what == "build-up" else "replenishment",
                        order_date=start if what == "build-up" else START,
                        arrival_date=start + timedelta(weeks=8 + place),
                        quantity=float(round(quantity)),
                        cost=round(quantity) * cost,
                        reason=f"covers {cover:.0f} of the 46 weeks it takes to switch to Novatek; "
                        f"today the part that stops 2 products {place + 1}th"
                        if what == "build-up"
                        else "normal use of the next 4 weeks' orders, working stock kept",
                        order_quantity=float(round(quantity)),
                        order_unit="piece",
                        purchase_id=f"0123abcd-{len(lines) + 1:03d}",
                        calls=(
                            say.Call(
                                f"0123abcd-{len(lines) + 1:03d}",
                                start,
                                start + timedelta(weeks=8 + place),
                                float(round(quantity)),
                            ),
                        ),
                    )
                )
    return tuple(sorted(lines, key=lambda line: line.kind))


def qualifications() -> tuple[say.QualificationLine, ...]:
    def line(
        source: str, place: int, decision: str, weeks: tuple[int, int] | None, mode: str
    ) -> say.QualificationLine:
        begin, ready = (None, None) if weeks is None else [START + timedelta(weeks=w) for w in weeks]
        return say.QualificationLine(
            source_id=source,
            item_id=ITEMS[place][0],
            name=ITEMS[place][1],
            supplier={0: "Novatek Microelectronics", 1: "思特威（上海）电子科技"}.get(
                place, "Gowin Semiconductor"
            ),
            mode=mode,
            decision=decision,  # type: ignore[arg-type]
            start_date=begin,
            ready_date_p50=ready,
            cost=2_450_000.0,
            reason=f"shortens a cut of {ITEMS[place][1]}: the switch takes 46 weeks, stock covers 39",
        )

    return (
        line("ISP-NOVATEK", 0, "start now", (0, 38), "redesign"),
        line("CMOS-SMARTSENS", 1, "start later", (13, 39), "direct"),
        line("FPGA-GOWIN", 2, "start at event", None, "redesign"),
        line("GPU-CUSTOMER", 8, "do not start", None, "customer"),
    )


def restrictions() -> tuple[say.RestrictionLine, ...]:
    def line(name: str, authority: str, **given: object) -> say.RestrictionLine:
        base = say.RestrictionLine(
            restriction_id=name,
            authority=authority,
            effect="closes_sources",
            hazard_per_year=0.21,
            hazard_low=0.04,
            hazard_high=0.55,
            time_to_survive_weeks=5.0,
            time_to_survive_plan_weeks=26.0,
            exceeds_window=False,
            time_to_switch_p50_weeks=46.0,
            first_item_out=ITEMS[0][1],
            first_product_out="Network camera 4K",
            first_item_out_plan="Lens 4 mm F1.6",
            first_product_out_plan="Network camera 4K",
            loss_if_now=2.41e9,
            loss_if_plan=6.32e8,
        )
        return replace(base, **given)  # type: ignore[arg-type]

    return (
        line("US-ENTITY-LIST", "US BIS, Entity List: the company is listed"),
        line(
            "MOFCOM-GA-GE",
            "中国商务部 gallium and germanium licences",
            hazard_per_year=0.08,
            time_to_survive_weeks=9.0,
            time_to_survive_plan_weeks=104.0,
            time_to_switch_p50_weeks=None,
            loss_if_now=4.4e7,
            loss_if_plan=1_250_000.0,
            first_item_out="Lens 4 mm F1.6",
            first_item_out_plan="",
            first_product_out_plan="",
        ),
        line(
            "SEC889-B",
            "United States Congress, section 889(a)(1)(B): contractors that use the equipment",
            effect="closes_markets",
            hazard_per_year=None,
            hazard_low=None,
            hazard_high=None,
            time_to_survive_weeks=104.0,
            time_to_survive_plan_weeks=104.0,
            exceeds_window=True,
            time_to_switch_p50_weeks=None,
            first_item_out="",
            first_product_out="",
            first_item_out_plan="",
            first_product_out_plan="",
            loss_if_now=9.1e6,
            loss_if_plan=9.1e6,
        ),
    )


def certificate() -> say.Certificate:
    return say.Certificate(
        model="832 planning scenarios (epoch x restriction x draw), 12 items at risk, 48,211 rows",
        measure="expected loss",
        status="gap",
        objective=-2.31e8,
        bound=-2.27e8,
        later_starts=1.2e6,
        objective_nothing=-7.94e8,
        gap=0.00705,
        gap_of_objective=0.0173,
        simulated=say.Interval(-2.47e8, -2.63e8, -2.31e8),
        simulated_nothing=say.Interval(-8.12e8, -8.55e8, -7.69e8),
        simulated_cover=say.Interval(-3.05e8, -3.22e8, -2.88e8),
        cover_rule_weeks=26.0,
        beats_cover_rule=True,
        simulated_scenarios=8_320,
        clairvoyance_gap=1.6e7,
        gap_upper_95=7.2e6,
        gap_batches=20,
        checked=True,
        checked_to=1e-12,
        check="rows, bounds and sums",
        stopped_early=False,
    )


def cash() -> tuple[say.CashLine, ...]:
    steps = [0, 11.2, 34.8, 59.1, 71.0, 88.4, 88.4]
    weeks = [0, 6, 12, 17, 26, 38, 103]
    return tuple(
        say.CashLine(START + timedelta(weeks=week), spend * 1e6, 60e6 if week < 20 else 95e6)
        for week, spend in zip(weeks, steps, strict=True)
    )


def summary() -> say.Summary:
    return say.Summary(
        currency="CNY",
        start=START,
        horizon_weeks=HORIZON,
        window_weeks=WINDOW,
        event_week=CUT,
        probability_of_event=0.4372,
        expected_loss_now=say.Interval(8.12e8, 7.69e8, 8.55e8),
        expected_loss_plan=say.Interval(2.47e8, 2.31e8, 2.63e8),
        cvar_now=3.31e9,
        cvar_plan=1.02e9,
        cvar_level=0.95,
        spend_on_buildup=8.35e7,
        spend_on_qualification=4.9e6,
        peak_cash=8.84e7,
        peak_cash_date=START + timedelta(weeks=38),
        cost_if_nothing_happens=2.19e7,
        survive_half_now_weeks=11,
        survive_half_plan_weeks=43,
        headline="We outlast US-ENTITY-LIST for 11 weeks today (Image signal processor runs out first); "
        "CNY 88,400,000 of protection brings that to 43 weeks.",
        buy_first=(
            "Start the switch of the ISP to Novatek on 2026-11-23: it takes 46 weeks.",
            "Order 140,140 ISP from Ambarella Inc. on 2026-11-23: covers 39 of the 46 weeks.",
            "Order 88,850 图像传感器 from 豪威科技 on 2026-11-23: covers 31 of the 46 weeks.",
        ),
    )


def watch() -> say.Watch:
    """Three states; what is done where one is left for another, and one change that changes nothing."""
    part, source = "IC-FPGA", "SRC-IC-FPGA-1"

    def trigger(weeks: int, states: tuple[str, ...], actions: tuple[say.TriggerAction, ...]) -> say.Trigger:
        changes = (say.StateChange(START + timedelta(weeks=weeks + 4 * k), s) for k, s in enumerate(states))
        return say.Trigger(tuple(changes), 0.031, actions)

    def act(kind: str, quantity: float, otherwise: float, cost: float) -> say.TriggerAction:
        named = kind in ("order", "start switch")
        return say.TriggerAction(
            kind,  # type: ignore[arg-type]
            part,
            "FPGA 85k logic cells",
            source if named else "",
            "Xilinx via Avnet Asia Pte. Ltd." if named else "",
            START + timedelta(weeks=4),
            quantity,
            otherwise,
            cost,
        )

    states = (("CALM", "", 0.62, 0.1), ("TENSE", "Named by officials", 0.3, 0.5), ("SOON", "", 0.08, 2.0))
    return say.Watch(
        states=tuple(
            say.WatchStateLine(
                name, meaning, name == "CALM", share, (say.StateHazard("US-ENTITY-LIST", hazard),)
            )
            for name, meaning, share, hazard in states
        ),
        changes_followed=2,
        odds_of_more_changes=0.29,
        review_weeks=4,
        ahead_weeks=13,
        situations=351,
        objective_without=-9.1e6,
        simulated_without=say.Interval(-9.3e6, -9.9e6, -8.7e6),
        gain=say.Interval(210_000.0, 90_000.0, 330_000.0),
        triggers=(
            trigger(
                4,
                ("TENSE",),
                (
                    act("start switch", 1.0, 0.0, 400_000.0),
                    act("order", 12_000.0, 2_000.0, 2_472_000.0),
                    act("run down", 0.0, 900.0, 0.0),
                ),
            ),
            trigger(30, ("TENSE",), ()),
            trigger(4, ("SOON",), (act("order", 0.0, 2_000.0, 0.0), act("make", 40.0, 0.0, 90_000.0))),
            trigger(4, ("TENSE", "SOON"), (act("order", 9_000.0, 4_000.0, 1_854_000.0),)),
        ),
    )


@pytest.fixture(scope="session")
def answer() -> say.PlanAnswer:
    """A plan with something in every part but the comparison with what was done."""
    at_risk = [item for item in ITEMS if item[7] and item[2] == "part"]
    weeks = tuple(range(0, HORIZON + 1, 4))
    return say.PlanAnswer(
        provenance=Provenance(
            "0.1.0", "3.11.2", "1.15.0", "2.4.0", 7, {"case.toml": "0" * 64, "items.csv": "ab" * 32}
        ),
        plan_id="0123abcd",
        case_name="Camera maker 海康 (made up)",
        what_if=(),
        summary=summary(),
        requirement=None,
        way=say.Way("exact", "auto", 4_000, "4,000 rows: small enough to be solved exactly"),
        certificate=certificate(),
        restrictions=restrictions(),
        items=items(),
        purchases=purchases(),
        production=(
            say.ProductionLine(
                "NVR-64",
                ITEMS[13][1],
                START + timedelta(weeks=8),
                290.0,
                2_862_300.0,
                "brings stock to 12 weeks of sales: saleable at once when parts stop",
            ),
        ),
        qualifications=qualifications(),
        options=tuple(
            say.OptionLine(
                item_id="IC-SENSOR",
                name=ISP,
                option=kind,
                source_id=source,
                supplier="Nordic AS" if source else "",
                mode="redesign" if source else "",
                start_date=START if kind == "start now" else None,
                loss=loss,
                floor=loss,
                stock_cost=1_000.0 if loss else None,
                switch_cost=90_000.0 if source else 0.0,
                chosen=kind == "start now",
                remark="" if loss else "not possible with the cash limits and what is decided by hand",
            )
            for kind, source, loss in (
                ("nothing", "", 9.1e6),
                ("stock only", "", 8.2e6),
                ("start now", "SRC-2", 7.5e6),
                ("start at event", "SRC-2", None),
            )
        ),
        watch=watch(),
        overrides=(
            say.OverrideLine(
                row=1,
                kind="buy_at_least",
                source_id="SRC-IC-FPGA-1",
                item_id="",
                from_date=START,
                to_date=None,
                quantity=3000.0,
                reason="=HYPERLINK(price rises in May)",
                author="Li Wei 李伟",
                set_on=START,
                kept="3,000 bought in these days",
                cost=12_500.0,
            ),
        ),
        since=say.Since(
            plan_id="fedc9876",
            start=START - timedelta(weeks=1),
            inputs=("stock of IC-FPGA is 2,150: 40 below what last stock, use and arrivals come to",),
            kept=12,
            changed=2,
            moved_share=0.04,
            moved_share_free=0.21,
            change_cost_share=0.02,
            cost=8_400.0,
        ),
        changes=(
            say.ChangeLine(
                kind="resized",
                item_id="IC-FPGA",
                name="FPGA 85k logic cells",
                source_id="SRC-IC-FPGA-1",
                supplier="Xilinx via Avnet Asia Pte. Ltd.",
                date_before=START,
                date_after=START,
                quantity_before=2_000.0,
                quantity_after=3_000.0,
                money=412_000.0,
                reason="stock of IC-FPGA is 2,150: 40 below what last stock, use and arrivals come to; "
                "with that put back the plan is as before",
                found_by="planned again",
            ),
            say.ChangeLine(
                kind="target",
                item_id="ADC-16",
                name="16-bit A/D converter",
                source_id="",
                supplier="",
                date_before=None,
                date_after=None,
                quantity_before=40_000.0,
                quantity_after=43_400.0,
                money=50_660.0,
                reason="nothing changed but the week: unexplained by any single input",
                found_by="none",
            ),
        ),
        cash=cash(),
        survival=survival(),
        stock_paths=tuple(
            stock_path(item_id, name, float(on_hand), float(use), cover)
            for item_id, name, _, on_hand, use, _, cover, _ in (*at_risk, ITEMS[12])
        ),
        cover=tuple(
            say.CoverRow(
                item_id,
                name,
                weeks,
                tuple(min(cover, on_hand / use + (cover - on_hand / use) * week / 24) for week in weeks),
            )
            for item_id, name, _, on_hand, use, _, cover, _ in at_risk
        ),
        comparison=(
            say.Comparison(
                "components",
                26,
                1.12,
                0.9,
                "growth in 26 weeks",
                "the plan adds only to what a restriction can stop",
                "SCMP 2019-07-22",
            ),
        ),
        assumptions=(
            say.Assumption("case", "stock.on_hand of 2 items missing: taken as 0", "default"),
            say.Assumption("restrictions.hazard_per_year", "rate of comparable firms, 2018-2025", "assumed"),
            say.Assumption("sources.switch_weeks_p50", "from the engineers' estimate (4 rows)", "assumed"),
            say.Assumption("model", "The planning model knows the first event only.", "model"),
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def thrifty(answer: say.PlanAnswer) -> say.PlanAnswer:
    """The same as a plan of least cash."""
    requirement = say.Requirement(
        weeks=26,
        probability=0.8,
        fill_target=0.95,
        status="gap",
        least_cash=8.1e7,
        bound=7.95e7,
        gap=0.018,
        cash=8.84e7,
        planned=0.861,
        planned_nothing=0.04,
        room_events=0.83,
        room_demand=0.05,
        simulated_events=2_013,
        simulated=0.842,
        simulated_low=0.828,
        simulated_nothing=0.02,
        met=True,
        roomiest_cash=None,
        roomiest=None,
    )
    return replace(answer, requirement=requirement)


@pytest.fixture(scope="session")
def calm(answer: say.PlanAnswer) -> say.PlanAnswer:
    """Nothing at risk, nothing to buy, nothing that can fall."""
    flat = say.Interval(0.0, 0.0, 0.0)
    return replace(
        answer,
        case_name="Nothing at risk",
        summary=replace(
            answer.summary,
            probability_of_event=0.0,
            expected_loss_now=flat,
            expected_loss_plan=flat,
            cvar_now=0.0,
            cvar_plan=0.0,
            spend_on_buildup=0.0,
            spend_on_qualification=0.0,
            peak_cash=0.0,
            peak_cash_date=START,
            cost_if_nothing_happens=0.0,
            survive_half_now_weeks=WINDOW,
            survive_half_plan_weeks=WINDOW,
            headline="No restriction in this case can stop supply: nothing to buy.",
            buy_first=(),
        ),
        certificate=replace(
            answer.certificate,
            status="optimal",
            objective=0.0,
            bound=0.0,
            objective_nothing=0.0,
            gap=0.0,
            gap_of_objective=0.0,
            simulated=flat,
            simulated_nothing=flat,
            simulated_cover=flat,
            beats_cover_rule=False,
            clairvoyance_gap=0.0,
            gap_upper_95=0.0,
        ),
        items=tuple(replace(line, at_risk=False) for line in answer.items),
        restrictions=(),
        purchases=(),
        production=(),
        qualifications=(),
        options=(),
        cash=(),
        survival=(),
        stock_paths=(),
        cover=(),
        comparison=(),
        assumptions=(),
    )
