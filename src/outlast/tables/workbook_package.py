"""The parts of an XLSX file. In: bytes. Out: `Package`: sheets, shared strings, number formats.
One reason to exist: limits are checked before openpyxl unpacks a part, and a file that is no workbook is
named. What the parts mean is left to openpyxl (decision 22).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from openpyxl.packaging.relationship import RelationshipList, get_rels_path
from openpyxl.packaging.workbook import WorkbookPackage
from openpyxl.styles.cell_style import CellStyleList
from openpyxl.styles.numbers import BUILTIN_FORMATS, NumberFormatList
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from outlast.tables.content import describe_content

LARGEST_UNPACKED = 2**30
"""Workbooks that unpack to more are refused [bytes]."""
MOST_PARTS = 10_000
"""Workbooks of more files inside are refused."""
LARGEST_PIECE = 32 * 2**20
"""What is held as a tree at once: a part, or of sheets and shared strings all between two rows [bytes]."""
MOST_STRINGS = 5_000_000
"""Workbooks with more different texts are refused."""
LONGEST_CELL = 1_000_000
"""Texts above this are refused [characters]; Excel holds 32,767."""
_STRICT = "{http://purl.oclc.org/ooxml/"
_DROP = "Delete the sheets and rows that are not needed, or bring a folder of CSV or Parquet files."


class NotAWorkbookError(Exception):
    """No XLSX file that is read; the text says what it looks like, or which limit it exceeds."""

    def __init__(self, code: str, message: str, remedy: str):
        super().__init__(message)
        self.code, self.remedy = code, remedy


class TooManyCellsError(Exception):
    """A sheet is above a limit; the others may be read."""


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
    strings_path: str
    formats: list[str]
    """Number format of each cell style."""
    days_from_1904: bool
    uncalculated: bool
    """Whoever wrote it leaves the calculation of formulas to the program that opens it."""
    macros: bool
    links: bool
    """It refers to other workbooks."""

    @cached_property
    def strings(self) -> dict[int, str]:
        """Texts that cells refer to by number. Signs on how to speak them are left out."""
        return _read_strings(self.archive, self.strings_path) if self.strings_path else {}


class PartStream:
    """A part that is unpacked piece by piece, so that it never fills the memory."""

    def __init__(self, archive: zipfile.ZipFile, path: str):
        self._stream = archive.open(path)
        self._path = path
        self._pending = 0

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        piece = self._stream.read(size)
        self._pending += len(piece)
        if self._pending > LARGEST_PIECE:
            _refuse_size(self._path)
        return piece

    def let_go(self) -> None:
        """What was read so far is not held any more."""
        self._pending = 0


def open_package(data: bytes) -> Package:
    """The package in bytes of an XLSX file.

    Raises:
        NotAWorkbookError: they are none, are above a limit, or are broken.
    """
    if not data.startswith(b"PK\x03\x04"):
        raise _name_stranger(data)
    with naming_faults():
        # Counted before the directory is read, for each entry of it takes memory.
        parts = data.count(b"PK\x01\x02")
        if parts > MOST_PARTS:
            message = f"The workbook holds {parts:,} files; the limit is {MOST_PARTS:,}."
            raise NotAWorkbookError("file-too-large", message, _DROP)
        archive = zipfile.ZipFile(io.BytesIO(data))
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            message = f"The workbook unpacks to {unpacked / 2**30:,.1f} GiB; the limit is "
            raise NotAWorkbookError("file-too-large", f"{message}{LARGEST_UNPACKED / 2**30:g} GiB.", _DROP)
        # Some programs write names of parts otherwise than what refers to them: capitals do not count.
        names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        roots = _read_relations(archive, "", names)
        path = next((to for kind, to in roots.values() if kind == "officeDocument"), "xl/workbook.xml")
        strange = not path.lower().endswith(".xml") or path.lower().startswith(("word/", "ppt/"))
        if strange or path not in names.values():
            raise _name_archive(names.values())
        return _read_workbook(archive, path, names)


@contextmanager
def naming_faults(place: str = "") -> Iterator[None]:
    """Whatever openpyxl and its parser raise on a broken file becomes one error that says what is broken."""
    try:
        yield
    except (NotAWorkbookError, TooManyCellsError):
        raise
    except Exception as error:
        what = str(error).strip("'\" ").partition("\n")[0][:200].rstrip(".") or type(error).__name__
        if isinstance(error, DefusedXmlException):
            what = "it declares a document type with entities, which no workbook needs"
        elif isinstance(error, ParseError):
            what = f"its XML is damaged ({what})"
        message = f"The workbook is broken{place}: {what}."
        remedy = "Open it in Excel or LibreOffice and save it again; copy it as binary."
        raise NotAWorkbookError("broken-workbook", message, remedy) from error


def is_true(text: str | None) -> bool:
    """Whether an attribute is set."""
    return text in ("1", "true", "on")


def _refuse_size(path: str) -> None:
    message = f"{path[:60]} holds more than {LARGEST_PIECE / 2**20:g} MiB in one piece, the limit."
    raise NotAWorkbookError("file-too-large", message, _DROP)


def _read_tree(archive: zipfile.ZipFile, path: str) -> Element:
    """A part, small in any sound workbook, as a tree."""
    if archive.getinfo(path).file_size > LARGEST_PIECE:
        _refuse_size(path)
    tree: Element = fromstring(archive.read(path))
    return tree


def _read_relations(
    archive: zipfile.ZipFile, path: str, names: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Kind and path of each part that a part refers to, by its id."""
    path = path.replace("\\", "/")
    stored = names.get(get_rels_path(path).lower())
    if stored is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for each in RelationshipList.from_tree(_read_tree(archive, stored)):
        if each.TargetMode != "External":
            target = posixpath.join("/", posixpath.dirname(path), each.Target)
            target = posixpath.normpath(target).lstrip("/")
            found[each.Id] = (each.Type.rpartition("/")[2], names.get(target.lower(), target))
    return found


def _read_workbook(archive: zipfile.ZipFile, path: str, names: Mapping[str, str]) -> Package:
    """The package whose workbook is at a path."""
    root = _read_tree(archive, path)
    if root.tag.startswith(_STRICT):
        message = "The workbook is saved as Strict Open XML, which is not read."
        remedy = 'Save it in Excel as "Excel Workbook (.xlsx)".'
        raise NotAWorkbookError("strict-workbook", message, remedy)
    book = WorkbookPackage.from_tree(root)
    # Where nothing is said, openpyxl takes it that formulas are to be calculated.
    calculation = root.find(f"{{{SHEET_MAIN_NS}}}calcPr")
    relations = _read_relations(archive, path, names)
    sheets = []
    for sheet in book.sheets:
        kind, target = relations.get(sheet.id, ("", ""))
        if kind == "worksheet":
            sheets.append(SheetPart(sheet.name or "", target, sheet.state not in (None, "visible")))
    if not sheets:
        raise ValueError("it lists no sheet")
    paths = {kind: target for kind, target in relations.values() if target in names.values()}
    return Package(
        archive=archive,
        sheets=tuple(sheets),
        strings_path=paths.get("sharedStrings", ""),
        formats=_read_formats(archive, paths["styles"]) if "styles" in paths else [],
        days_from_1904=bool(book.workbookPr and book.workbookPr.date1904),
        uncalculated=calculation is not None and is_true(calculation.get("fullCalcOnLoad")),
        macros=any(name.endswith("vbaproject.bin") for name in names),
        links=any("/externallinks/" in name for name in names),
    )


def _read_strings(archive: zipfile.ZipFile, path: str) -> dict[int, str]:
    """The shared strings by number.

    openpyxl's own reading of them would drop `x005F_` wherever it stands (an identifier x005F_1 becomes 1)
    and leave other escapes, after which the two cannot be told apart.
    """
    strings: dict[int, str] = {}
    stream = PartStream(archive, path)
    for _, element in iterparse(stream):
        if element.tag == f"{{{SHEET_MAIN_NS}}}si":
            strings[len(strings)] = restore("".join(_list_pieces(element)))
            element.clear()
            stream.let_go()
            if len(strings) > MOST_STRINGS:
                message = f"The workbook holds more than {MOST_STRINGS:,} different texts, the limit."
                raise NotAWorkbookError("file-too-large", message, _DROP)
    return strings


def _list_pieces(element: Element) -> Iterator[str]:
    """Pieces of a text, whatever each looks like."""
    for child in element:
        if child.tag == f"{{{SHEET_MAIN_NS}}}t":
            yield child.text or ""
        elif child.tag == f"{{{SHEET_MAIN_NS}}}r":
            yield from (piece.text or "" for piece in child.iterfind(f"{{{SHEET_MAIN_NS}}}t"))


def restore(text: str) -> str:
    """A text as it was typed: `_x000A_` stands for a character that XML cannot hold."""
    if len(text) > LONGEST_CELL:
        raise ValueError(f"a text has more than {LONGEST_CELL:,} characters")
    if "_x" not in text:
        return text
    # Halves of a character that were escaped one by one are joined; a lone one is an error.
    return str(unescape(text)).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _read_formats(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Number format of each cell style; fonts and colours are not looked at, for there openpyxl is strict."""
    root = _read_tree(archive, path)

    def read_list(tag: str, kind: Any) -> Any:
        element = root.find(f"{{{SHEET_MAIN_NS}}}{tag}")
        return () if element is None else kind.from_tree(element)

    formats = read_list("numFmts", NumberFormatList)
    own = {each.numFmtId: each.formatCode for each in (formats.numFmt if formats else ())}
    styles = read_list("cellXfs", CellStyleList)
    used = [each.numFmtId or 0 for each in (styles.xf if styles else ())]
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


def _name_archive(names: Collection[str]) -> NotAWorkbookError:
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
