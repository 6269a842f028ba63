"""The parts of an XLSX file. In: bytes. Out: `Package`: sheets, shared strings, number formats.
One reason to exist: limits are checked on the directory of the zip archive before anything is unpacked,
XML is read without a tree and without entities, and a file that is no workbook is named.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from outlast.tables.content import describe_content

LARGEST_UNPACKED = 2**30
"""Workbooks that unpack to more are refused [bytes]."""
MOST_PARTS = 10_000
"""Workbooks of more files inside are refused."""
LONGEST_CELL = 1_000_000
"""Texts above this are refused [characters]; Excel holds 32,767."""
_CHUNK = 2**20
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")

Start = Callable[[str, Mapping[str, str]], None]


class NotAWorkbookError(Exception):
    """The bytes are no XLSX file; the text says what they look like, or which limit they exceed."""

    def __init__(self, code: str, message: str, remedy: str):
        super().__init__(message)
        self.code, self.remedy = code, remedy


@dataclass(frozen=True)
class SheetPart:
    """A sheet as the workbook lists it."""

    name: str
    path: str
    hidden: bool


@dataclass(frozen=True)
class Package:
    """What all sheets of a workbook share."""

    archive: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]
    strings: list[str]
    formats: list[str]
    """Number format of each cell style."""
    days_from_1904: bool
    uncalculated: bool
    """Whoever wrote it leaves the calculation of formulas to the program that opens it."""
    macros: bool
    links: bool
    """It refers to other workbooks."""


def open_package(data: bytes) -> Package:
    """The package in bytes of an XLSX file.

    Raises:
        NotAWorkbookError: they are none, or are above a limit.
        ValueError, KeyError, zipfile.BadZipFile, ExpatError and their like: it is broken.
    """
    if not data.startswith(b"PK\x03\x04"):
        raise _name_stranger(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    remedy = "Delete the sheets and rows that are not needed, or bring a folder of CSV or Parquet files."
    if len(parts) > MOST_PARTS:
        message = f"The workbook holds {len(parts):,} files; the limit is {MOST_PARTS:,}."
        raise NotAWorkbookError("file-too-large", message, remedy)
    if unpacked > LARGEST_UNPACKED:
        message = f"The workbook unpacks to {unpacked / 2**30:,.1f} GiB; the limit is "
        raise NotAWorkbookError("file-too-large", f"{message}{LARGEST_UNPACKED / 2**30:g} GiB.", remedy)
    names = {part.filename for part in parts}
    roots = _read_relations(archive, "")
    path = next((to for kind, to in roots.values() if kind == "officeDocument"), "xl/workbook.xml")
    if path not in names or not path.endswith(".xml") or "sheet" not in _list_types(archive):
        raise _name_archive(archive, names)
    return _read_workbook(archive, path, names)


def walk_xml(
    archive: zipfile.ZipFile,
    path: str,
    start: Start,
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Read an XML file of the archive, element by element; a document type is refused.

    Names come without their prefix.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    local: dict[str, str] = {}

    def begin(name: str, attributes: dict[str, str]) -> None:
        bare = local.get(name)
        if bare is None:
            bare = local[name] = name.rpartition(":")[2]
        start(bare, attributes)

    def refuse(*_: Any) -> None:
        raise ValueError(f"{path} declares a document type, which no workbook needs")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: end(local[name])
    parser.CharacterDataHandler = text
    part = archive.getinfo(path)
    if part.flag_bits & 1:
        raise ValueError(f"{path} is protected by a password")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{path} is packed in a way that no workbook is")
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


def unescape(text: str) -> str:
    """A text as it was typed: `_x000A_` stands for a character that XML cannot hold."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def is_true(text: str | None) -> bool:
    """Whether an attribute is set."""
    return text in ("1", "true", "on")


def _ignore(*_: Any) -> None:
    """Nothing to do at this event."""


def _list_types(archive: zipfile.ZipFile) -> str:
    """Which kinds of documents the archive says that it holds: `sheet` stands for a workbook."""
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if "spreadsheetml" in kind or "ms-excel" in kind:
            found.append("sheet")

    if "[Content_Types].xml" in archive.namelist():
        walk_xml(archive, "[Content_Types].xml", start, _ignore, _ignore)
    return found[0] if found else ""


def _read_relations(archive: zipfile.ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """Kind and path of each part that a part refers to, by its id."""
    folder, name = posixpath.split(path)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

    if relations in archive.namelist():
        walk_xml(archive, relations, start, _ignore, _ignore)
    return found


def _read_workbook(archive: zipfile.ZipFile, path: str, names: set[str]) -> Package:
    """The package whose workbook is at a path."""
    relations = _read_relations(archive, path)
    sheets: list[SheetPart] = []
    facts = {"date1904": False, "fullCalcOnLoad": False}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            key = next((attributes[each] for each in attributes if each.endswith(":id")), "")
            kind, target = relations.get(key, ("", ""))
            if kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(SheetPart(attributes.get("name", ""), target, hidden))
        elif name in ("workbookPr", "calcPr"):
            for fact in facts:
                facts[fact] = facts[fact] or is_true(attributes.get(fact))

    walk_xml(archive, path, start, _ignore, _ignore)
    paths = dict(relations.values())
    return Package(
        archive=archive,
        sheets=tuple(sheets),
        strings=_read_strings(archive, paths["sharedStrings"]) if paths.get("sharedStrings") in names else [],
        formats=_read_formats(archive, paths["styles"]) if paths.get("styles") in names else [],
        days_from_1904=facts["date1904"],
        uncalculated=facts["fullCalcOnLoad"],
        macros=any(name.endswith("vbaProject.bin") for name in names),
        links=any("/externalLinks/" in name for name in names),
    )


def _read_strings(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Texts that cells refer to by number. Signs on how to speak them are left out."""
    strings: list[str] = []
    pieces: list[str] = []
    state = {"inside": False, "spoken": False, "length": 0}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            pieces.clear()
            state["length"] = 0
        elif name == "rPh":
            state["spoken"] = True
        elif name == "t":
            state["inside"] = not state["spoken"]

    def end(name: str) -> None:
        if name == "t":
            state["inside"] = False
        elif name == "rPh":
            state["spoken"] = False
        elif name == "si":
            strings.append(unescape("".join(pieces)))

    def text(piece: str) -> None:
        if state["inside"]:
            state["length"] += len(piece)
            if state["length"] > LONGEST_CELL:
                raise ValueError(f"a text has more than {LONGEST_CELL:,} characters")
            pieces.append(piece)

    walk_xml(archive, path, start, end, text)
    return strings


def _read_formats(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Number format of each cell style."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    own: dict[int, str] = {}
    used: list[int] = []
    state = {"styles": False}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and "numFmtId" in attributes:
            own[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")
        elif name == "cellXfs":
            state["styles"] = True
        elif name == "xf" and state["styles"]:
            used.append(int(attributes.get("numFmtId", "0")))

    def end(name: str) -> None:
        if name == "cellXfs":
            state["styles"] = False

    walk_xml(archive, path, start, end, _ignore)
    return [own.get(number) or str(BUILTIN_FORMATS.get(number, "General")) for number in used]


def _name_stranger(data: bytes) -> NotAWorkbookError:
    """What a file that is no zip archive looks like."""
    remedy = "Open it in Excel or LibreOffice and save it as .xlsx."
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            message = "The workbook is protected by a password."
            return NotAWorkbookError("protected-workbook", message, "Save it without a password.")
        what = "a workbook of an old Excel (.xls)"
    elif not data:
        return NotAWorkbookError("empty-file", "The file is empty.", remedy)
    else:
        what = describe_content(data)
        what = "text, such as a CSV file" if what == "text" else what
        if what.startswith("text"):
            remedy = "Rename it to .csv, or open it in Excel or LibreOffice and save it as .xlsx."
    return NotAWorkbookError("not-a-workbook", f"This is no XLSX workbook: it looks like {what}.", remedy)


def _name_archive(archive: zipfile.ZipFile, names: set[str]) -> NotAWorkbookError:
    """What a zip archive that is no workbook looks like."""
    remedy = "Open it in Excel or LibreOffice and save it as .xlsx."
    signs = {
        "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
        "content.xml": "an OpenDocument file (.ods)",
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a PowerPoint presentation",
        "Index/Document.iwa": "an Apple Numbers document",
    }
    what = next((words for sign, words in signs.items() if sign in names), "")
    if not what:
        shown = ", ".join(name.encode("ascii", "replace").decode()[:40] for name in sorted(names)[:3])
        what, remedy = f"a zip archive that holds {shown}", "Unpack it, and name the workbook or the folder."
    return NotAWorkbookError("not-a-workbook", f"This is no XLSX workbook: it looks like {what}.", remedy)
