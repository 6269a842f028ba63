"""The example case with one thing broken, and what must be said of it.

`BROKEN` has one entry at least for every finding of a case. `old` is replaced by `new` in `file`; the
finding stands on the line where the change begins, plus `below`.
"""

from __future__ import annotations

from dataclasses import dataclass

from outlast.intake.template import compose_template


@dataclass(frozen=True)
class Broken:
    code: str
    file: str
    old: str
    new: str
    column: str | None
    level: str = "error"
    below: int | None = 0
    """None: the finding has no line."""
    also: tuple[str, ...] = ()
    """Findings that follow of necessity."""
    at: str = ""
    """File of the finding where it is another one; the line is then that of `mark`."""
    mark: str = ""
    beside: tuple[tuple[str, str, str], ...] = ()
    """(file, old, new) of further changes that the broken thing needs."""

    def files(self) -> dict[str, bytes]:
        files = compose_template()
        for file, old, new in ((self.file, self.old, self.new), *self.beside):
            assert files[file].count(old) == 1, f"{old!r} is not there once"
            files[file] = files[file].replace(old, new)
        return {name: text.encode() for name, text in files.items()}

    def place(self) -> tuple[str, int | None, str | None]:
        files = self.files()
        file = self.at or self.file
        text = files[file].decode()
        if self.below is None:
            return file, None, self.column
        original = compose_template()[self.file]
        start = text.index(self.mark) if self.mark else original.index(self.old)
        return file, text[:start].count("\n") + 1 + self.below, self.column


def warn(code: str, file: str, old: str, new: str, column: str | None, **more) -> Broken:
    return Broken(code, file, old, new, column, level="warning", **more)


NORDIC = "SENSOR-NORDIC,SENSOR,NORDIC,24.00,10,alternative,EUR,200,100,NO,both,40000,16,26,42,4\n"
ACME = "SENSOR-ACME,SENSOR,ACME,22.00,12,qualified,USD,200,100,US,,,,,,\n"
SOURCES = (
    "source_id,item_id,supplier_id,unit_price,lead_time_weeks,status,currency,minimum_order,order_multiple,"
    "origin_country,start_allowed,switch_cost,switch_weeks_p10,switch_weeks_p50,switch_weeks_p90,ramp_weeks\n"
)
LISTING = "US-LISTING,closes_sources,0.3,0.1,0.6,US BIS,0,released,0.3,20,52,130\n"
RESTRICTIONS = (
    "restriction_id,effect,hazard_per_year,hazard_low,hazard_high,authority,notice_weeks,in_transit,"
    "relief_probability,relief_weeks_p10,relief_weeks_p50,relief_weeks_p90\n"
)
SUPPLIERS = (
    "supplier_id,name,country\nACME,Acme Sensors Inc,US\nNORDIC,Nordic Imaging AS,NO\n"
    "GLAS,Glaswerk GmbH,DE\nFORM,Formteile GmbH,DE\n"
)
ORDERS = (
    "source_id,quantity,arrival_date,shipped\nSENSOR-ACME,400,2027-01-18,true\nSENSOR-ACME,400,2027-02-15,false\n"
    "SENSOR-ACME,400,2027-03-15,false\nLENS-GLAS,400,2027-01-11,true\nLENS-GLAS,400,2027-02-08,false\n"
    "HOUSING-FORM,300,2027-01-18,false\n"
)
SUBSTITUTIONS = "source_id,product_id,old_child,new_child,quantity\n"
SENSORS = SOURCES + ACME + NORDIC


def sensors(column: str, acme: str, nordic: str = "") -> str:
    """SENSORS with another last column and its two values."""
    return (
        SENSORS.replace("ramp_weeks", column)
        .replace(",,,,,,\n", f",,,,,,{acme}\n")
        .replace(",42,4\n", f",42,{nordic}\n")
    )


SCOPE = "US-LISTING,sources,origin_country,US\n"


WITH_ROWS = RESTRICTIONS + LISTING

OVERRIDES = "kind,source_id,item_id,from_date,to_date,quantity,reason,author,set_on\n"


def override(code: str, rows: str, column: str, **more) -> Broken:
    """Rows decided by hand, below the heading of an empty table."""
    return Broken(code, "overrides.csv", OVERRIDES, OVERRIDES + rows, column, **{"below": 1, **more})


HEADINGS = {
    "watch_states": "state_id,now,meaning\n",
    "watch_transitions": "from_state,to_state,probability\n",
    "watch_hazards": "restriction_id,state_id,hazard_per_year\n",
}
STATES = "CALM,true,\nTENSE,,\n"
MOVES = "CALM,CALM,0.9\nCALM,TENSE,0.1\nTENSE,TENSE,1\n"
HAZARDS = "US-LISTING,TENSE,2\n"
FOLLOWED = RESTRICTIONS.replace("90\n", "90,triggered_by\n") + LISTING.replace("130\n", "130,\n")
FOLLOWED += "LATER,closes_sources,,,,,,,,,,,US-LISTING\n"
FOLLOWS = "LATER,sources,origin_country,US\n"


def watched(code: str, table: str, rows: str, column: str, **more) -> Broken:
    """Rows below the heading of an empty table of watch states, with sound rows in the two others."""
    sound = {"watch_states": STATES, "watch_transitions": MOVES, "watch_hazards": HAZARDS}
    sound |= {name: more.pop(name) for name in HEADINGS if name in more}
    others = tuple((f"{n}.csv", HEADINGS[n], HEADINGS[n] + sound[n]) for n in HEADINGS if n != table)
    beside = (*others, *more.pop("beside", ()))
    new = HEADINGS[table] + rows
    return Broken(code, f"{table}.csv", HEADINGS[table], new, column, beside=beside, **{"below": 1, **more})


BROKEN = (
    # --- form of the files and headings
    Broken(
        "missing-column",
        "items.csv",
        "item_id,kind,unit_cost",
        "item_id,kind,cost",
        "unit_cost",
        also=("unknown-column",),
    ),
    warn("unknown-column", "items.csv", "unit_cost,name,make", "unit_cost,nmae,make", "nmae"),
    warn("blanks-around", "items.csv", "LENS,part", "LENS ,part", "item_id"),
    warn("blanks-around", "stock.csv", "item_id,on_hand\n", "item_id, on_hand\n", "on_hand"),
    Broken(
        "empty-heading",
        "stock.csv",
        "item_id,on_hand\nCAMERA,200\nSENSOR,500\nLENS,300\nHOUSING,250\n",
        "item_id,on_hand,\nCAMERA,200,x\n",
        None,
    ),
    Broken(
        "duplicate-heading",
        "stock.csv",
        "item_id,on_hand\n",
        "item_id,item_id\n",
        "item_id",
        also=("missing-column",),
    ),
    Broken("no-heading", "stock.csv", "item_id,on_hand\n", "", None),
    Broken("ragged-row", "stock.csv", "LENS,300", "LENS,300,1", None),
    Broken("broken-quotes", "stock.csv", "LENS,300", '"LENS"x,300', None),
    Broken("wrong-separator", "stock.csv", "item_id,on_hand\n", "item_id;on_hand,x\n", None),
    warn("heading-repeated", "stock.csv", "LENS,300\n", "LENS,300\nitem_id,on_hand\n", None, below=1),
    warn("mark-inside", "stock.csv", "LENS,300\n", "LENS,300\n\ufeffHOUSING,0\n", None, below=1),
    Broken("nul-byte", "stock.csv", "LENS,300", "LENS,300\0", None),
    warn("comment-among-rows", "demand.csv", "CAMERA,ABROAD", "#CAMERA,ABROAD", "product_id"),
    # --- cells
    Broken("empty-cell", "items.csv", "LENS,part,9.00", "LENS,part,", "unit_cost"),
    Broken("not-a-number", "items.csv", "LENS,part,9.00", "LENS,part,nine", "unit_cost"),
    Broken("number-format", "items.csv", "LENS,part,9.00", 'LENS,part,"9,00"', "unit_cost"),
    Broken("not-finite", "items.csv", "LENS,part,9.00", "LENS,part,NaN", "unit_cost"),
    Broken("not-finite", "stock.csv", "LENS,300", "LENS,inf", "on_hand"),
    Broken("out-of-range", "stock.csv", "LENS,300", "LENS,-300", "on_hand"),
    Broken("out-of-range", "bom.csv", "CAMERA,LENS,1", "CAMERA,LENS,2e9", "quantity"),
    Broken("spreadsheet-error", "stock.csv", "LENS,300", "LENS,#REF!", "on_hand"),
    Broken("bad-date", "demand.csv", "HOME,2027-01-04", "HOME,2027-02-30", "from_date"),
    Broken("ambiguous-date", "demand.csv", "HOME,2027-01-04", "HOME,04/01/2027", "from_date"),
    warn("time-left-out", "demand.csv", "HOME,2027-01-04", "HOME,2027-01-04 08:30", "from_date"),
    Broken("date-out-of-range", "demand.csv", "HOME,2027-01-04", "HOME,0202-01-04", "from_date"),
    Broken("unknown-choice", "items.csv", "LENS,part", "LENS,prt", "kind"),
    Broken("unknown-choice", "scopes.csv", "US-LISTING,sources", "US-LISTING,sorces", "table"),
    Broken("unknown-choice", "restrictions.csv", "US-LISTING,closes_sources", "US-LISTING,closes", "effect"),
    Broken("empty-cell", "scopes.csv", "origin_country,US", "origin_country,", "value"),
    Broken("not-true-false", "open_orders.csv", "2027-01-11,true", "2027-01-11,perhaps", "shipped"),
    # --- case.toml
    Broken("bad-toml", "case.toml", "start = 2027-01-04", "start = 2027-13-04", None),
    Broken("missing-key", "case.toml", "start = 2027-01-04", "", "start", below=None),
    Broken("wrong-type", "case.toml", "budget = 250000", 'budget = "250000"', "plan.budget"),
    Broken("out-of-range", "case.toml", "budget = 250000", "budget = -1", "plan.budget"),
    Broken(
        "bad-currency",
        "case.toml",
        'currency = "EUR"',
        'currency = "euro"',
        "currency",
        also=("exchange-rate-missing",),
    ),
    warn("unknown-key", "case.toml", "# horizon_weeks = 104", "horizon = 104", "horizon"),
    warn("start-not-monday", "case.toml", "start = 2027-01-04", "start = 2027-01-05", "start"),
    Broken("target-incomplete", "case.toml", "survive_weeks = 26", "", "plan.survive_weeks", below=None),
    Broken(
        "target-incomplete",
        "case.toml",
        "survive_weeks = 26\n",
        'objective = "least_cash"\n',
        "plan.survive_weeks",
        below=None,
    ),
    Broken(
        "target-beyond-window", "case.toml", "survive_weeks = 26", "survive_weeks = 260", "plan.survive_weeks"
    ),
    Broken(
        "hazard-factors-out-of-order",
        "case.toml",
        "survive_weeks = 26",
        "hazard_factor_low = 2\nhazard_factor_high = 0.5\nsurvive_weeks = 26",
        "plan.hazard_factor_low",
    ),
    # --- keys, references, codes
    Broken(
        "duplicate-id",
        "items.csv",
        "HOUSING,part,7.00",
        "LENS,part,7.00",
        "item_id",
        also=("unknown-reference",) * 3,
    ),
    Broken(
        "duplicate-row",
        "bom.csv",
        "CAMERA,HOUSING,1\n",
        "CAMERA,HOUSING,1\nCAMERA,HOUSING,2\n",
        "child_id",
        below=1,
        also=("costs-do-not-add-up",),
    ),
    Broken(
        "duplicate-row",
        "demand.csv",
        "CAMERA,ABROAD,2027-01-04,30,110.00,0.3\n",
        "CAMERA,ABROAD,2027-01-04,30,110.00,0.3\nCAMERA,HOME,2027-01-04,7,95,0.1\n",
        "from_date",
        below=1,
    ),
    Broken(
        "duplicate-row",
        "exchange.csv",
        "USD,2026-12-31,1.10\n",
        "USD,2026-12-31,1.10\nUSD,2026-12-31,1.20\n",
        "date",
        below=1,
    ),
    warn("identical-row", "stock.csv", "LENS,300\n", "LENS,300\nLENS,300\n", "item_id", below=1),
    Broken("unknown-reference", "stock.csv", "LENS,300", "LENZ,300", "item_id"),
    Broken("unknown-reference", "sources.csv", "LENS-GLAS,LENS,GLAS", "LENS-GLAS,LENS,GLASS", "supplier_id"),
    Broken(
        "bad-currency",
        "markets.csv",
        "HOME,DE,EUR",
        "HOME,DE,Euro",
        "currency",
        also=("exchange-rate-missing",),
    ),
    Broken("bad-country", "sources.csv", "100,NO,both", "100,Norway,both", "origin_country"),
    Broken(
        "quantiles-out-of-order", "sources.csv", "40000,16,26,42,4", "40000,36,26,42,4", "switch_weeks_p10"
    ),
    Broken("quantiles-out-of-order", "restrictions.csv", "20,52,130", "20,52,30", "relief_weeks_p90"),
    Broken("quantiles-incomplete", "sources.csv", "40000,16,26,42,4", "40000,16,26,,4", "switch_weeks_p90"),
    Broken(
        "quantiles-incomplete",
        "suppliers.csv",
        SUPPLIERS,
        SUPPLIERS.replace("country", "recovery_weeks_p50")
        .replace(",US", ",4")
        .replace(",NO", ",")
        .replace(",DE", ","),
        "recovery_weeks_p10",
        below=1,
    ),
    Broken("quantile-zero", "sources.csv", "40000,16,26,42,4", "40000,0,26,42,4", "switch_weeks_p10"),
    warn("absurd-quantity", "stock.csv", "LENS,300", "LENS,3e10", "on_hand"),
    warn("evidence-unknown", "evidence.csv", "sources,SENSOR-NORDIC,*", "source,SENSOR-NORDIC,*", "table"),
    warn("evidence-unknown", "evidence.csv", "sources,SENSOR-NORDIC,*", "sources,SENSOR-NORDIK,*", "row"),
    warn(
        "evidence-unknown", "evidence.csv", "sources,SENSOR-NORDIC,*", "sources,SENSOR-NORDIC,price", "column"
    ),
    # --- structure
    Broken(
        "no-product",
        "items.csv",
        "CAMERA,product",
        "CAMERA,assembly",
        "kind",
        below=None,
        also=("demand-for-non-product", "demand-for-non-product", "item-unused"),
    ),
    Broken(
        "bom-self-reference",
        "bom.csv",
        "CAMERA,HOUSING,1\n",
        "CAMERA,HOUSING,1\nCAMERA,CAMERA,1\n",
        "child_id",
        below=1,
        also=("materials-above-cost",),
    ),
    Broken(
        "bom-cycle",
        "bom.csv",
        "CAMERA,HOUSING,1\n",
        "CAMERA,HOUSING,1\nHOUSING,CAMERA,0.1\n",
        "child_id",
        below=1,
        also=("part-with-bom", "made-and-bought"),
    ),
    Broken(
        "dates-reversed",
        "bom.csv",
        "parent_id,child_id,quantity\nCAMERA,SENSOR,1\nCAMERA,LENS,1\nCAMERA,HOUSING,1\n",
        "parent_id,child_id,quantity,valid_from,valid_to\nCAMERA,SENSOR,1,,\nCAMERA,LENS,1,,\nCAMERA,HOUSING,1,,\n"
        "CAMERA,LENS,2,2026-05-01,2026-04-01\n",
        "valid_from",
        below=4,
    ),
    warn(
        "bom-changes",
        "bom.csv",
        "parent_id,child_id,quantity\nCAMERA,SENSOR,1\nCAMERA,LENS,1\nCAMERA,HOUSING,1\n",
        "parent_id,child_id,quantity,valid_from\nCAMERA,SENSOR,1,\nCAMERA,LENS,1,\nCAMERA,HOUSING,1,\n"
        "HOUSING,LENS,1,2027-06-01\n",
        "valid_from",
        below=4,
    ),
    warn(
        "bom-changes",
        "bom.csv",
        "parent_id,child_id,quantity\nCAMERA,SENSOR,1\nCAMERA,LENS,1\nCAMERA,HOUSING,1\n",
        "parent_id,child_id,quantity,valid_to\nCAMERA,SENSOR,1,\nCAMERA,LENS,1,2027-06-01\nCAMERA,HOUSING,1,\n",
        "valid_to",
        below=2,
    ),
    Broken(
        "part-with-bom",
        "bom.csv",
        "CAMERA,HOUSING,1\n",
        "CAMERA,HOUSING,1\nHOUSING,LENS,0.1\n",
        "kind",
        at="items.csv",
        mark="HOUSING,part",
        also=("made-and-bought",),
    ),
    Broken(
        "part-without-source",
        "sources.csv",
        "LENS-GLAS,LENS,GLAS,9.00,8,qualified,EUR,100,50,DE,,,,,,\n",
        "",
        "item_id",
        at="items.csv",
        mark="LENS,part",
        also=("unknown-reference", "unknown-reference"),
    ),
    Broken(
        "assembly-without-bom",
        "items.csv",
        "HOUSING,part,7.00,Housing,,,0.2\n",
        "HOUSING,part,7.00,Housing,,,0.2\nMODULE,assembly,5,,,,\n",
        "item_id",
        below=1,
        also=("item-unused",),
    ),
    warn("assembly-bought", "items.csv", "LENS,part", "LENS,assembly", "kind"),
    Broken(
        "product-without-supply",
        "items.csv",
        "HOUSING,part,7.00,Housing,,,0.2\n",
        "HOUSING,part,7.00,Housing,,,0.2\nMODULE,product,5,,,,\n",
        "item_id",
        below=1,
        also=("product-without-demand",),
    ),
    Broken(
        "product-without-demand",
        "demand.csv",
        "CAMERA,HOME,2027-01-04,70,95.00,0.2\nCAMERA,ABROAD,2027-01-04,30,110.00,0.3\n",
        "",
        "item_id",
        at="items.csv",
        mark="CAMERA,product",
    ),
    warn("product-without-demand", "items.csv", "LENS,part", "LENS,product", "item_id"),
    warn(
        "item-unused",
        "bom.csv",
        "CAMERA,LENS,1\n",
        "",
        "item_id",
        at="items.csv",
        mark="LENS,part",
        also=("costs-do-not-add-up",),
    ),
    warn(
        "made-and-bought",
        "sources.csv",
        "HOUSING-FORM,HOUSING,FORM,7.00,4,qualified,EUR,100,100,DE,,,,,,\n",
        "HOUSING-FORM,HOUSING,FORM,7.00,4,qualified,EUR,100,100,DE,,,,,,\nREADY,CAMERA,FORM,60,4,qualified,,,,DE,,,,,,\n",
        "item_id",
        at="items.csv",
        mark="CAMERA,product",
    ),
    warn(
        "materials-above-cost",
        "bom.csv",
        "CAMERA,LENS,1",
        "CAMERA,LENS,10",
        "unit_cost",
        at="items.csv",
        mark="CAMERA,product",
        also=("price-below-cost",),
    ),
    Broken(
        "redesign-without-substitution",
        "sources.csv",
        SENSORS,
        sensors("mode", "", "redesign"),
        "mode",
        below=2,
    ),
    Broken(
        "substitution-without-redesign",
        "substitutions.csv",
        "source_id,product_id,old_child,new_child,quantity\n",
        "source_id,product_id,old_child,new_child,quantity\nSENSOR-NORDIC,CAMERA,SENSOR,LENS,1\n",
        "source_id",
        below=1,
    ),
    Broken(
        "substitution-of-other-item",
        "substitutions.csv",
        SUBSTITUTIONS,
        SUBSTITUTIONS + "SENSOR-NORDIC,CAMERA,SENSOR,LENS,1\n",
        "new_child",
        below=1,
        beside=(("sources.csv", SENSORS, sensors("mode", "", "redesign")),),
    ),
    Broken(
        "redesign-of-several",
        "sources.csv",
        SENSORS,
        sensors("mode", "", "redesign"),
        "mode",
        below=2,
        beside=(
            (
                "substitutions.csv",
                SUBSTITUTIONS,
                SUBSTITUTIONS + "SENSOR-NORDIC,CAMERA,LENS,SENSOR,1\nSENSOR-NORDIC,CAMERA,HOUSING,SENSOR,1\n",
            ),
        ),
    ),
    warn(
        "customer-mode-off",
        "sources.csv",
        SENSORS,
        sensors("mode", "", "customer"),
        "mode",
        below=2,
    ),
    warn(
        "zero-cost",
        "items.csv",
        "HOUSING,part,7.00",
        "HOUSING,part,0",
        "unit_cost",
        also=("costs-do-not-add-up",),
    ),
    warn("costs-do-not-add-up", "items.csv", "camera,12.00", "camera,15.00", "make_cost"),
    warn(
        "look-alike-ids",
        "suppliers.csv",
        "FORM,Formteile GmbH,DE\n",
        "FORM,Formteile GmbH,DE\nForm,Formteile GmbH,DE\n",
        "supplier_id",
        below=1,
    ),
    warn("invisible-characters", "suppliers.csv", "Glaswerk GmbH", "Glaswerk\u200b GmbH", "name"),
    Broken(
        "substitution-not-in-bom",
        "substitutions.csv",
        "source_id,product_id,old_child,new_child,quantity\n",
        "source_id,product_id,old_child,new_child,quantity\nSENSOR-NORDIC,LENS,SENSOR,HOUSING,1\n",
        "old_child",
        below=1,
        also=("substitution-without-redesign",),
    ),
    # --- supply
    Broken(
        "alternative-without-switch-time", "sources.csv", "40000,16,26,42,4", "40000,,,,4", "switch_weeks_p50"
    ),
    warn(
        "no-qualified-source",
        "sources.csv",
        "9.00,8,qualified,EUR,100,50,DE,,,,,,",
        "9.00,8,alternative,EUR,100,50,DE,,,1,2,3,",
        "status",
        also=("open-order-on-alternative", "open-order-on-alternative"),
    ),
    Broken(
        "order-impossible",
        "sources.csv",
        SENSORS,
        sensors("maximum_order", "150"),
        "minimum_order",
        below=1,
    ),
    Broken(
        "order-impossible",
        "sources.csv",
        SENSORS,
        sensors("maximum_order", "250").replace("USD,200,100", "USD,200,150"),
        "order_multiple",
        below=1,
    ),
    warn("minimum-not-multiple", "sources.csv", "USD,200,100,US", "USD,250,100,US", "minimum_order"),
    Broken(
        "expedite-incomplete",
        "sources.csv",
        SENSORS,
        sensors("expedite_price", "30"),
        "expedite_weeks",
        below=1,
    ),
    warn(
        "expedite-not-faster",
        "sources.csv",
        SENSORS,
        SENSORS.replace("start_allowed,switch_cost", "expedite_price,expedite_weeks")
        .replace("US,,,,,,", "US,30,12,,,,")
        .replace("NO,both,40000", "NO,,"),
        "expedite_weeks",
        below=1,
    ),
    Broken(
        "split-shares-not-one",
        "sources.csv",
        SENSORS,
        sensors("split_share", "0.7"),
        "split_share",
        below=1,
    ),
    Broken(
        "yield-sd-impossible",
        "sources.csv",
        SENSORS,
        SENSORS.replace("start_allowed,switch_cost", "yield_mean,yield_sd")
        .replace("US,,,,,,", "US,0.9,0.4,,,,")
        .replace("NO,both,40000", "NO,,"),
        "yield_sd",
        below=1,
    ),
    warn(
        "lead-time-zero-varies",
        "sources.csv",
        SENSORS,
        sensors("lead_time_sd_weeks", "2").replace("22.00,12,", "22.00,0,"),
        "lead_time_sd_weeks",
        below=1,
    ),
    warn(
        "split-not-planned",
        "sources.csv",
        SENSORS,
        sensors("split_share", "0.7", "0.3").replace(
            "alternative,EUR,200,100,NO,both,40000,16,26,42", "qualified,EUR,200,100,NO,,,,,"
        ),
        "split_share",
        below=1,
    ),
    warn(
        "supplier-capacity-apart",
        "suppliers.csv",
        SUPPLIERS,
        SUPPLIERS.replace("country", "capacity_per_week")
        .replace(",US\n", ",\n")
        .replace(",NO\n", ",\n")
        .replace(",DE\n", ",500\n", 1)
        .replace(",DE\n", ",\n"),
        "capacity_per_week",
        below=3,
        beside=(("sources.csv", "HOUSING,FORM", "HOUSING,GLAS"),),
    ),
    warn(
        "capacity-use-unused",
        "sources.csv",
        SENSORS,
        sensors("capacity_use", "2"),
        "capacity_use",
        below=1,
    ),
    warn(
        "capacity-zero",
        "sources.csv",
        SENSORS,
        sensors("capacity_per_week", "0"),
        "capacity_per_week",
        below=1,
    ),
    warn(
        "lot-above-capacity",
        "sources.csv",
        SENSORS,
        sensors("capacity_per_week", "150"),
        "minimum_order",
        below=1,
    ),
    warn(
        "maintenance-not-planned",
        "restrictions.csv",
        RESTRICTIONS + LISTING,
        RESTRICTIONS.replace("authority,notice_weeks", "grace_scope,grace_weeks")
        + LISTING.replace("US BIS,0", "maintenance,13"),
        "grace_scope",
        below=1,
    ),
    warn(
        "maintenance-of-markets",
        "restrictions.csv",
        RESTRICTIONS + LISTING,
        RESTRICTIONS.replace("authority,notice_weeks", "grace_scope,grace_weeks")
        + LISTING.replace("US BIS,0", "maintenance,13").replace("closes_sources", "closes_markets"),
        "grace_scope",
        below=1,
        beside=(("scopes.csv", SCOPE, "US-LISTING,markets,market_id,ABROAD\n"),),
    ),
    warn("price-far-from-cost", "sources.csv", "GLAS,9.00,8", "GLAS,900,8", "unit_price"),
    warn(
        "price-break-rises",
        "price_breaks.csv",
        "source_id,from_quantity,unit_price\n",
        "source_id,from_quantity,unit_price\nLENS-GLAS,1000,8\nLENS-GLAS,2000,8.5\n",
        "unit_price",
        below=2,
    ),
    Broken(
        "shares-above-one",
        "owners.csv",
        "party_id,owner_name,share\n",
        "party_id,owner_name,share\nACME,Alpha,0.6\nACME,Beta,0.5\n",
        "share",
        below=2,
    ),
    Broken(
        "stock-overpromised",
        "stock.csv",
        "item_id,on_hand\nCAMERA,200\nSENSOR,500\nLENS,300\nHOUSING,250\n",
        "item_id,on_hand,allocated,quarantined\nCAMERA,200,150,100\n",
        "on_hand",
        below=1,
    ),
    warn(
        "stock-expired",
        "stock.csv",
        "item_id,on_hand\nCAMERA,200\nSENSOR,500\nLENS,300\nHOUSING,250\n",
        "item_id,on_hand,expires\nLENS,300,2026-12-31\n",
        "expires",
        below=1,
    ),
    warn(
        "open-order-overdue",
        "open_orders.csv",
        "LENS-GLAS,400,2027-01-11",
        "LENS-GLAS,400,2026-01-11",
        "arrival_date",
    ),
    warn(
        "shipped-cancellable",
        "open_orders.csv",
        ORDERS,
        "source_id,quantity,arrival_date,shipped,cancellable\nSENSOR-ACME,400,2027-01-18,true,true\n",
        "cancellable",
        below=1,
    ),
    warn(
        "open-order-on-alternative",
        "open_orders.csv",
        "LENS-GLAS,400,2027-01-11",
        "SENSOR-NORDIC,400,2027-01-11",
        "source_id",
    ),
    # --- demand and money
    Broken("demand-for-non-product", "demand.csv", "CAMERA,ABROAD", "LENS,ABROAD", "product_id"),
    warn("demand-starts-late", "demand.csv", "ABROAD,2027-01-04", "ABROAD,2027-02-01", "from_date"),
    warn("price-below-cost", "demand.csv", "30,110.00", "30,50.00", "unit_price"),
    Broken(
        "exchange-rate-missing",
        "exchange.csv",
        "USD,2026-12-31,1.10\n",
        "",
        "currency",
        at="sources.csv",
        mark="SENSOR-ACME,SENSOR",
    ),
    Broken(
        "exchange-rate-missing",
        "exchange.csv",
        "USD,2026-12-31",
        "USD,2027-01-05",
        "currency",
        at="sources.csv",
        mark="SENSOR-ACME,SENSOR",
    ),
    warn(
        "exchange-rate-old",
        "exchange.csv",
        "USD,2026-12-31",
        "USD,2025-12-31",
        "currency",
        at="sources.csv",
        mark="SENSOR-ACME,SENSOR",
    ),
    Broken(
        "exchange-rate-not-one",
        "exchange.csv",
        "USD,2026-12-31,1.10\n",
        "USD,2026-12-31,1.10\nEUR,2026-12-31,1.1\n",
        "units_per_case_currency",
        below=1,
    ),
    warn(
        "cash-not-in-order",
        "cash.csv",
        "2027-01-04,150000,500000\n2027-07-05,250000,\n",
        "2027-07-05,250000,\n2027-01-04,150000,500000\n",
        "from_date",
        below=1,
    ),
    warn("cash-limit-falls", "cash.csv", "2027-07-05,250000", "2027-07-05,100000", "limit"),
    warn("cash-starts-late", "cash.csv", "2027-01-04,150000", "2027-02-01,150000", "from_date"),
    Broken("cash-conflict", "cash.csv", "2027-07-05,250000,", "2027-07-05,250000,1", "opening_cash"),
    # --- units and codes
    Broken(
        "purchase-unit-missing", "sources.csv", SENSORS, sensors("pack_size", "12"), "purchase_unit", below=1
    ),
    Broken(
        "unit-factor-missing", "sources.csv", SENSORS, sensors("purchase_unit", "CTN"), "pack_size", below=1
    ),
    Broken(
        "pack-size-contradicted",
        "sources.csv",
        SENSORS,
        SENSORS.replace("switch_cost,switch_weeks_p10", "purchase_unit,pack_size")
        .replace("US,,,,,,", "US,,DZN,10,,,")
        .replace("40000,16", ","),
        "pack_size",
        below=1,
        also=("quantiles-incomplete",),
    ),
    Broken("bad-country", "suppliers.csv", "Nordic Imaging AS,NO", "Nordic Imaging AS,UK", "country"),
    warn(
        "currency-withdrawn",
        "sources.csv",
        "8,qualified,EUR,100,50,DE",
        "8,qualified,HRK,100,50,DE",
        "currency",
        beside=(("exchange.csv", "USD,2026-12-31,1.10\n", "USD,2026-12-31,1.10\nHRK,2026-12-31,7.5345\n"),),
        also=("currency-withdrawn", "price-far-from-cost"),
    ),
    warn(
        "exchange-rate-jump",
        "exchange.csv",
        "USD,2026-12-31,1.10\n",
        "USD,2026-12-01,11.0\nUSD,2026-12-31,1.10\n",
        "units_per_case_currency",
        below=1,
    ),
    warn(
        "exchange-rate-inverse",
        "exchange.csv",
        "USD,2026-12-31,1.10\n",
        "USD,2026-12-01,0.91\nUSD,2026-12-31,1.10\n",
        "units_per_case_currency",
        below=1,
    ),
    # --- restrictions
    Broken(
        "restriction-without-cause",
        "restrictions.csv",
        "closes_sources,0.3,0.1,0.6",
        "closes_sources,,,",
        "hazard_per_year",
    ),
    Broken(
        "restriction-with-two-causes",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "effective_date") + LISTING.replace("US BIS", "2027-06-07"),
        "effective_date",
        below=1,
    ),
    warn(
        "hazard-interval-unused",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "effective_date")
        + LISTING.replace("0.3,0.1,0.6,US BIS", ",0.1,0.6,2027-06-07"),
        "hazard_low",
        below=1,
    ),
    Broken("hazard-out-of-order", "restrictions.csv", "0.3,0.1,0.6", "0.3,0.4,0.6", "hazard_low"),
    Broken("hazard-out-of-order", "restrictions.csv", "0.3,0.1,0.6", "0.3,0.1,0.2", "hazard_high"),
    Broken(
        "trigger-cycle",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "triggered_by")
        + LISTING.replace("0.3,0.1,0.6,US BIS", ",,,SECOND")
        + LISTING.replace("0.3,0.1,0.6,US BIS", ",,,US-LISTING").replace(
            "US-LISTING,closes", "SECOND,closes"
        ),
        "triggered_by",
        below=2,
        also=("restriction-without-scope",),
    ),
    Broken("relief-without-times", "restrictions.csv", "0.3,20,52,130", "0.3,,,", "relief_weeks_p50"),
    warn("relief-never", "restrictions.csv", "0.3,20,52,130", "0,20,52,130", "relief_probability"),
    warn(
        "grace-without-scope",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "grace_weeks") + LISTING.replace("US BIS", "12"),
        "grace_scope",
        below=1,
    ),
    warn(
        "scope-without-grace",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "grace_scope") + LISTING.replace("US BIS", "maintenance"),
        "grace_weeks",
        below=1,
    ),
    warn(
        "restriction-before-start",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "effective_date")
        + LISTING.replace("0.3,0.1,0.6,US BIS", ",,,2026-06-01"),
        "effective_date",
        below=1,
    ),
    warn(
        "restriction-after-horizon",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "earliest_date") + LISTING.replace("US BIS", "2030-06-03"),
        "earliest_date",
        below=1,
    ),
    Broken(
        "restriction-without-scope",
        "scopes.csv",
        SCOPE,
        "",
        "restriction_id",
        at="restrictions.csv",
        mark=LISTING,
    ),
    warn(
        "no-restriction",
        "restrictions.csv",
        LISTING,
        "",
        "restriction_id",
        below=None,
        also=("unknown-reference", "evidence-unknown"),
    ),
    Broken("scope-unknown-column", "scopes.csv", SCOPE, "US-LISTING,sources,origin,US\n", "column"),
    Broken("scope-not-comparable", "scopes.csv", SCOPE, "US-LISTING,sources,unit_price,cheap\n", "value"),
    Broken("scope-not-comparable", "scopes.csv", SCOPE, "US-LISTING,sources,origin_country,>=1\n", "value"),
    Broken("scope-not-comparable", "scopes.csv", SCOPE, "US-LISTING,items,kind,prt\n", "value"),
    Broken("scope-not-comparable", "scopes.csv", SCOPE, "US-LISTING,sources,unit_price,>=nan\n", "value"),
    Broken("scope-wrong-table", "scopes.csv", SCOPE, "US-LISTING,markets,country,US\n", "table"),
    warn("scope-hits-nothing", "scopes.csv", SCOPE, "US-LISTING,sources,origin_country,us\n", "value"),
    warn(
        "scope-on-unknown",
        "scopes.csv",
        SCOPE,
        "US-LISTING,items,eccn,5A002\n",
        "column",
        also=("scope-hits-nothing",),
    ),
    warn(
        "restriction-without-effect",
        "restrictions.csv",
        "US-LISTING,closes_sources",
        "US-LISTING,reduces_supplier",
        "effect",
    ),
    warn(
        "restriction-without-effect",
        "restrictions.csv",
        WITH_ROWS,
        RESTRICTIONS.replace("authority", "licence_share") + LISTING.replace("US BIS", "1"),
        "licence_share",
        below=1,
    ),
    # --- watch states
    watched("watch-now", "watch_states", "CALM,,\nTENSE,,\n", "now"),
    watched("watch-now", "watch_states", "CALM,true,\nTENSE,true,\n", "now", below=2),
    watched(
        "watch-state-unreachable",
        "watch_states",
        STATES + "SOON,,\n",
        "state_id",
        level="warning",
        watch_transitions=MOVES + "SOON,SOON,1\n",
        below=3,
    ),
    watched(
        "watch-state-without-row",
        "watch_states",
        STATES + "SOON,,\n",
        "state_id",
        below=3,
        also=("watch-state-unreachable",),
    ),
    watched("watch-odds", "watch_transitions", MOVES.replace("0.9", "0.8"), "probability", below=2),
    watched("watch-odds", "watch_transitions", MOVES + "TENSE,CALM,0.2\n", "probability", below=4),
    watched(
        "watch-hazard-unused",
        "watch_hazards",
        "LATER,TENSE,2\n" + HAZARDS,
        "restriction_id",
        beside=(("restrictions.csv", WITH_ROWS, FOLLOWED), ("scopes.csv", SCOPE, SCOPE + FOLLOWS)),
    ),
    watched(
        "watch-without-effect",
        "watch_states",
        STATES,
        "state_id",
        level="warning",
        watch_hazards="US-LISTING,TENSE,0.3\n",
    ),
    # --- what people decide by hand
    override("override-target", "buy_at_most,,,,,5,,,\n", "source_id"),
    override("override-target", "buy_at_most,SENSOR-ACME,SENSOR,,,5,,,\n", "source_id"),
    override("override-target", "start_switch,,SENSOR,,,,,,\n", "item_id"),
    override("override-quantity", "buy_at_least,SENSOR-ACME,,,,,,,\n", "quantity"),
    override("override-quantity", "never_buy,SENSOR-ACME,,,,7,,,\n", "quantity"),
    override("override-quantity", "start_switch,SENSOR-NORDIC,,,2027-02-01,,,,\n", "to_date"),
    override("override-on-alternative", "buy_at_least,SENSOR-NORDIC,,,,500,,,\n", "source_id"),
    override("override-on-qualified", "start_switch,SENSOR-ACME,,,,,,,\n", "source_id"),
    override("override-dates", "never_buy,SENSOR-ACME,,2027-02-01,2027-01-25,,,,\n", "to_date"),
    override("override-over", "never_buy,SENSOR-ACME,,,2026-12-28,,,,\n", "to_date", level="warning"),
    override("override-over", "start_switch,SENSOR-NORDIC,,2026-12-28,,,,,\n", "from_date", level="warning"),
    override("override-late", "never_buy,SENSOR-ACME,,2099-01-04,,,,,\n", "from_date", level="warning"),
    override("override-late", "start_switch,SENSOR-NORDIC,,2099-01-04,,,,,\n", "from_date", level="warning"),
    override(
        "override-start",
        "start_switch,SENSOR-NORDIC,,,,,,,\n",
        "kind",
        beside=(("sources.csv", "NO,both,40000", "NO,after,40000"),),
    ),
    override(
        "override-conflict",
        "never_buy,,SENSOR,,,,,,\nbuy_at_least,SENSOR-ACME,,2027-02-01,2027-03-01,200,,,\n",
        "kind",
        below=2,
    ),
    override(
        "override-conflict",
        "start_switch,SENSOR-NORDIC,,,,,,,\nnever_switch,SENSOR-NORDIC,,,,,,,\n",
        "kind",
        below=2,
    ),
)
