"""Random damage to an export, for the short fuzz here and the long one in `verification/`."""

from __future__ import annotations

from pathlib import Path
from random import Random

from outlast.errors import OutlastError
from outlast.intake.erp.adventureworks import import_adventureworks
from outlast.intake.erp.assumptions import NO_ASSUMPTIONS, read_assumptions
from outlast.intake.erp.raw_rows import ROW_TYPES
from outlast.intake.erp.told import describe_import, tell_import
from outlast.intake.erp.written import write_import
from tests.intake.erp.small import RULES, tables, write_source
from tests.intake.erp.test_assumptions import ASSUMED

CELLS = (
    *("", " ", "0", "1", "2.0", "3.5", "-1", "1e308", "1e-7", "nan", "inf", "NA", "TRUE", "#N/A", "9" * 20),
    *("2014-06-30", "2014-02-30", "9999-12-31", "0001-01-01", "30.06.2014", "EA", "CTN", "XX", "=1+1", "1,5"),
    *('"', "\ufeff", "\x00", "\u00e9", "\U0001f6b2", "x" * 300, "a|b", "a/b", "BIKE", "EAST1", "Canada", "*"),
)
"""What a damaged cell may hold."""


def damage(random: Random) -> dict[str, str | None]:
    """Some tables of the small export with cells, rows or columns changed, or another table's text."""
    changed: dict[str, str | None] = {}
    for _ in range(random.randint(1, 3)):
        name = random.choice(list(ROW_TYPES))
        changed[name] = _damage_text(changed.get(name) or tables()[name], random)
    return changed


def _damage_text(text: str, random: Random) -> str | None:
    lines = [line.split(",") for line in text.splitlines()] or [[""]]
    row, other = random.randrange(len(lines)), random.randrange(len(lines))
    column = random.randrange(len(lines[row]))
    match random.randrange(30):
        case 0:
            return random.choice([None, "", *tables().values()])
        case 1:
            lines.append(list(lines[row]))
        case 2:
            lines = [cells[:column] + cells[column + 1 :] for cells in lines]
        case 3 | 4 | 5:
            del lines[row]
        case 6 | 7:
            lines[row], lines[other] = lines[other], lines[row]
        case 8 | 9 | 10 | 11:
            lines[row][column] = random.choice(CELLS)
        case _:
            # What stands elsewhere in the column is of the right kind, and may still make no sense.
            if row and len(lines[other]) > column and other:
                lines[row][column] = lines[other][column]
    return "\n".join(map(",".join, lines)) + "\n"


def damage_assumptions(random: Random) -> str:
    """The small assumptions with a line changed, twice or gone."""
    lines = ASSUMED.splitlines()
    at = random.randrange(len(lines))
    key = lines[at].partition("=")[0]
    value = random.choice(
        ["1", "-5", "1e400", "nan", '""', '"x"', "true", "[]", "{}", "2014-06-30", "1979-05-27T07:32:00Z"]
    )
    lines[at : at + 1] = random.choice([[], [lines[at]] * 2, [f"{key}= {value}"], [random.choice(CELLS)]])
    return "\n".join(lines)


def bring(folder: Path, random: Random, cut: bytes = b"") -> bool:
    """Import a damaged export; True where it became a case. Anything but an OutlastError is a fault."""
    source = write_source(
        folder / "source", damage(random), packed=tuple(random.choices(list(ROW_TYPES), k=2))
    )
    if cut:
        path = random.choice(sorted(source.iterdir()))
        data = path.read_bytes()
        at = random.randrange(len(data) + 1)
        path.write_bytes(data[:at] + cut + data[at + random.randrange(4) :])
    assumptions = NO_ASSUMPTIONS
    try:
        if random.random() < 0.5:
            file = folder / "assumptions.toml"
            file.write_text(damage_assumptions(random), encoding="utf-8")
            assumptions = read_assumptions(file)
        imported = import_adventureworks(source, assumptions, rules=RULES)
        assert imported.account.holds, imported.account.balances
        assert tell_import(imported)
        assert describe_import(imported)
        write_import(imported, folder / "case")
    except OutlastError as error:
        words = str(error).strip()
    else:
        return True
    assert words, "an error without a word"
    assert not (folder / "case").exists(), "something was written all the same"
    return False
