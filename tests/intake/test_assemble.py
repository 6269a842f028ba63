"""Everything that is wrong with a case is said at once, at its place, and never by a traceback."""

import ast
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outlast
from outlast.errors import MOST_ALIKE, CaseError
from outlast.intake.assemble import check_case, list_defaults, read_case
from outlast.intake.template import compose_template, write_template
from outlast.network.network import TABLES
from outlast.network.numbering import number
from tests.intake.broken import BROKEN


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def example() -> dict[str, bytes]:
    return {name: text.encode() for name, text in compose_template().items()}


def change(files: dict[str, bytes], file: str, old: str, new: str) -> None:
    assert old.encode() in files[file]
    files[file] = files[file].replace(old.encode(), new.encode())


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: f"{b.code}-{b.file}-{b.column}")
def test_one_broken_thing_gives_its_finding_at_its_place(broken, tmp_path):
    network, findings = check_case(write(tmp_path, broken.files()))
    told = {(f.level, f.code, (f.place.file, f.place.line, f.place.column)) for f in findings}
    assert (broken.level, broken.code, broken.place()) in told
    assert sorted(f.code for f in findings) == sorted([broken.code, *broken.also])
    assert (network is None) == any(f.level == "error" for f in findings)
    assert all(f.message and f.remedy for f in findings)


@pytest.mark.parametrize("broken", [b for b in BROKEN if b.level == "warning"], ids=lambda b: b.code)
def test_a_case_with_warnings_only_can_be_numbered(broken, tmp_path):
    network, _ = check_case(write(tmp_path, broken.files()))
    assert network is None or number(network).n_week == 208


def test_every_finding_of_the_code_is_in_the_table_of_broken_cases():
    elsewhere = {"file-too-large", "unreadable-file", "not-text", "not-utf-8", "empty-file"}  # tests/tables
    elsewhere |= {"missing-file", "unknown-file", "table-twice", "encoding-contradicted", "encoding-doubtful"}
    elsewhere |= {
        "table-too-large",
        "not-parquet",
        "broken-parquet",
        "lost-in-type",
        "column-unread",
    }  # test_parquet
    elsewhere |= {"no-such-case", "not-a-folder"}
    elsewhere |= {"bad-key", "key-twice", "sheet-name", "unknown-sheet"}  # test_case_sheet
    elsewhere |= {"broken-workbook", "macros-ignored", "links-ignored"}  # test_workbook
    root = Path(outlast.__file__).parent
    modules = [path for part in ("tables", "intake", "network/checks") for path in (root / part).glob("*.py")]
    codes = set()
    for module in [*modules, root / "network" / "units.py"]:
        for call in ast.walk(ast.parse(module.read_text())):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                places = {"Finding": 1, "Problem": 1, "add": 1, "error": 0, "warning": 0, "report": 0}
                position = {**places, "UnitProblemError": 0}.get(name)
                if position is not None and len(call.args) > position:
                    constants = [c for c in ast.walk(call.args[position]) if isinstance(c, ast.Constant)]
                    codes |= {c.value for c in constants if isinstance(c.value, str)}
    assert len(codes) > 60
    assert codes - elsewhere == {broken.code for broken in BROKEN}


def test_ten_broken_things_are_all_told_at_once_and_nothing_else(tmp_path):
    """Broken rows neither hide the others nor make up further faults."""
    files = example()
    change(files, "case.toml", "budget = 250000", "budget = -5")
    change(files, "items.csv", "LENS,part,9.00", "LENS,prt,nine")  # the kind and the cost are unknown ...
    change(files, "bom.csv", "CAMERA,HOUSING,1\n", "CAMERA,HOUSING,1\nCAMERA,LENZ,1\n")  # ... LENS is not
    change(
        files, "suppliers.csv", "FORM,Formteile GmbH,DE", "FORM,Formteile GmbH,DE,x"
    )  # ragged, FORM is known
    change(files, "sources.csv", "HOUSING-FORM,HOUSING,FORM,7.00,4", "HOUSING-FORM,HOUSING,FORM,7.00,")
    change(files, "sources.csv", "40000,16,26,42,4", "40000,16,26,12,4")
    change(files, "stock.csv", "HOUSING,250", "HOUSING,1e99")
    change(files, "demand.csv", "CAMERA,ABROAD,2027-01-04", "CAMERA,ABROAD,4/1/2027")
    change(files, "restrictions.csv", "0.3,0.1,0.6", "0.3,0.5,0.6")
    network, findings = check_case(write(tmp_path, files))
    assert network is None
    assert [(f.code, f.place.file, f.place.column) for f in findings] == [
        ("out-of-range", "case.toml", "plan.budget"),
        ("unknown-choice", "items.csv", "kind"),
        ("not-a-number", "items.csv", "unit_cost"),
        ("unknown-reference", "bom.csv", "child_id"),
        ("ragged-row", "suppliers.csv", None),
        ("quantiles-out-of-order", "sources.csv", "switch_weeks_p90"),
        ("empty-cell", "sources.csv", "lead_time_weeks"),
        ("out-of-range", "stock.csv", "on_hand"),
        ("ambiguous-date", "demand.csv", "from_date"),
        ("hazard-out-of-order", "restrictions.csv", "hazard_low"),
    ]


@pytest.mark.parametrize("missing", ["items", "suppliers", "sources", "stock", "markets", "demand"])
def test_a_missing_table_is_named_without_a_flood(missing, tmp_path):
    files = example()
    del files[f"{missing}.csv"]
    _, findings = check_case(write(tmp_path, files))
    assert [(f.code, f.place.file) for f in findings] == [("missing-file", f"{missing}.csv")]


def test_a_missing_case_file_is_named_without_a_flood(tmp_path):
    files = example()
    del files["case.toml"]
    _, findings = check_case(write(tmp_path, files))
    assert [(f.code, f.place.file) for f in findings] == [("missing-file", "case.toml")]


def test_the_unit_cost_column_may_be_missing_while_the_rest_is_checked(tmp_path):
    files = example()
    change(files, "items.csv", "item_id,kind,unit_cost,name", "item_id,kind,cost,name")
    change(files, "stock.csv", "LENS,300", "LENZ,300")
    _, findings = check_case(write(tmp_path, files))
    codes = [f.code for f in findings]
    assert codes == ["missing-column", "unknown-reference", "unknown-column"]
    assert findings[1].remedy == "Did you mean LENS?"


def test_optional_tables_may_be_missing(tmp_path):
    files = example()
    for name in ("substitutions", "owners", "price_breaks", "disruptions", "open_orders", "cash", "evidence"):
        del files[f"{name}.csv"]
    network, findings = check_case(write(tmp_path, files))
    assert findings == ()
    assert network.open_orders is None
    assert network.cash == ()


def test_files_of_another_name_are_named_and_readme_and_licence_are_not(tmp_path):
    files = example()
    files |= {"Bom.csv": b"a,b\n", "notes.xlsx": b"PK", "LICENCE": b"x", "notes.md": b"x", "case.tml": b""}
    network, findings = check_case(write(tmp_path, files))
    assert network is not None
    assert [(f.level, f.code, f.place.file) for f in findings] == [
        ("warning", "unknown-file", "Bom.csv"),
        ("warning", "unknown-file", "notes.xlsx"),
    ]
    assert findings[0].remedy == "Did you mean bom.csv?"


def test_odd_identifiers_stay_as_they_are_written(tmp_path):
    files = example()
    for old, new in (("SENSOR-ACME", "1E5"), ("HOUSING", "00123"), ("LENS", "TRUE"), ("GLAS", "NA")):
        files = {name: data.replace(old.encode(), new.encode()) for name, data in files.items()}
    files["items.csv"] = b"\xef\xbb\xbf" + files["items.csv"].replace(b"\n", b"\r\n")
    network, findings = check_case(write(tmp_path, files))
    assert findings == ()
    assert {"00123", "TRUE"} <= set(network.item)
    assert {"1E5", "TRUE-NA"} <= set(network.source)


def test_every_file_is_hashed(tmp_path):
    folder = write(tmp_path, example())
    network = read_case(folder)
    assert set(network.hashes) == {"case.toml", *(f"{table}.csv" for table in TABLES)}
    assert network.hashes["bom.csv"] == hashlib.sha256((folder / "bom.csv").read_bytes()).hexdigest()


def test_read_case_raises_with_all_findings(tmp_path):
    files = example()
    change(files, "stock.csv", "LENS,300", "LENZ,300")
    change(files, "demand.csv", "30,110.00", "30,11.00")
    with pytest.raises(CaseError) as caught:
        read_case(write(tmp_path, files))
    assert [f.code for f in caught.value.findings] == ["unknown-reference", "price-below-cost"]
    assert "stock.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nowhere", None, "no-such-case"),
        ("case.xlsx", b"PK\x03\x04", "broken-workbook"),
        ("case.toml", b"", "not-a-folder"),
        ("a\0b", None, "no-such-case"),
    ],
)
def test_a_path_that_is_no_folder_is_refused(name, content, code, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    network, findings = check_case(tmp_path / name)
    assert network is None
    assert [f.code for f in findings] == [code]
    with pytest.raises(CaseError):
        list_defaults(tmp_path / name)


def test_many_findings_of_a_kind_are_counted(tmp_path):
    files = example()
    files["stock.csv"] = b"item_id,on_hand\n" + b"".join(b"X%d,1\n" % i for i in range(MOST_ALIKE + 7))
    _, findings = check_case(write(tmp_path, files))
    assert len(findings) == MOST_ALIKE + 1
    assert any(f.message.startswith("7 more of these") for f in findings)


def test_defaults_are_listed_by_table(tmp_path):
    defaults = list_defaults(write(tmp_path, example()))
    assert "sources.capacity_per_week = unlimited" in defaults
    assert "markets.unmet = lost" in defaults
    assert not any(line.startswith(("sources.currency", "price_breaks.")) for line in defaults)


EXAMPLE = example()
CELLS = st.sampled_from(
    [
        "",
        " ",
        "nan",
        "-1",
        "1e400",
        "0",
        "1e-320",
        "#N/A",
        "2027-01-04",
        "x",
        '"',
        "\0",
        "é",
        "1,5",
        "SENSOR",
        "CAMERA",
        "\n",
    ]
) | st.text(max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("case") / "example", EXAMPLE)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_cell_and_any_bytes_give_findings_never_a_traceback(folder, data):
    """Cells of two files are overwritten, or a file by any bytes; what is told is told with a remedy."""
    changed = data.draw(st.lists(st.sampled_from(sorted(EXAMPLE)), min_size=1, max_size=2, unique=True))
    for name in changed:
        content = EXAMPLE[name]
        if data.draw(st.integers(0, 4)) == 0:
            content = data.draw(st.binary(max_size=200))
        else:
            lines = content.decode().split("\n")
            line = data.draw(st.integers(0, len(lines) - 1))
            cells = lines[line].split(",")
            cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(CELLS)
            lines[line] = ",".join(cells)
            content = "\n".join(lines).encode("utf-8", "surrogatepass")
        (folder / name).write_bytes(content)
    network, findings = check_case(folder)
    write(folder, {name: EXAMPLE[name] for name in changed})
    assert (network is None) == any(f.level == "error" for f in findings)
    assert all(f.code and f.message and f.remedy and f.place.file for f in findings)


def test_the_example_is_sound(tmp_path):
    write_template(tmp_path / "case")
    assert check_case(tmp_path / "case")[1] == ()


def test_a_folder_without_any_file_of_a_case_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    assert [f.code for f in check_case(tmp_path)[1]] == ["no-such-case"]


def test_a_broken_day_of_a_rate_hides_nothing_and_ends_in_no_traceback(tmp_path):
    files = example()
    change(files, "exchange.csv", "USD,2026-12-31,1.10\n", "USD,2026-12-31,1.10\nUSD,never,1.12\n")
    network, findings = check_case(write(tmp_path, files))
    assert network is None
    assert [(f.code, f.place.file, f.place.line) for f in findings if f.level == "error"] == [
        ("bad-date", "exchange.csv", files["exchange.csv"].count(b"\n"))
    ]


def test_rows_with_broken_cells_are_not_said_to_be_the_same(tmp_path):
    """Both hold a stand-in, but not what their owner wrote."""
    files = compose_template()
    files["stock.csv"] = "item_id,on_hand\nLENS,#N/A\nLENS,x\nSENSOR,5\nSENSOR,5\n"
    folder = write(tmp_path, {name: text.encode() for name, text in files.items()})
    _, findings = check_case(folder)
    same = [finding.place.line for finding in findings if finding.code == "identical-row"]
    assert same == [5]
