"""From the bytes of a file to its text; and what is no table is named as what it is, with what to do about it."""

import codecs
import json
import re

from ui.owndata.encodings import guessed, label
from ui.owndata.errors import TableError

BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
LOOKED_AT = 4096  # characters
MOST_PARSED = 2**20  # of JSON
AS_CSV = "In it, choose “Save as” and CSV UTF-8, and bring that file."
# The first bytes of a file -> what it is, and what to do.
MAGIC = (
    (b"\xd0\xcf\x11\xe0", f"an Excel spreadsheet (.xls). {AS_CSV}"),
    (b"%PDF", "a PDF file. Copy the table out of it, or look for the data as CSV."),
    (b"\x89PNG", "a picture. Type the numbers, or look for the data as CSV."),
    (b"\xff\xd8\xff", "a picture. Type the numbers, or look for the data as CSV."),
    (b"\x1f\x8b", "a compressed file (.gz). Unpack it first."),
    (b"BZh", "a compressed file (.bz2). Unpack it first."),
    (b"\x93NUMPY", "a NumPy file (.npy). In Python: numpy.savetxt(\"table.csv\", numpy.load(FILE), delimiter=\",\")."),
    (b"PAR1", "a Parquet file. In Python: pandas.read_parquet(FILE).to_csv(\"table.csv\", index=False)."),
    (b"SQLite format 3", "a database (SQLite). Export the table as CSV."),
)  # fmt: skip
ZIPPED = (
    (b"xl/", f"an Excel spreadsheet (.xlsx). {AS_CSV}"),
    (b"opendocument.spreadsheet", f"a spreadsheet (.ods). {AS_CSV}"),
    (b".npy", "a NumPy archive (.npz). In Python, save its arrays with numpy.savetxt."),
)
HTML = re.compile(r"<(!doctype\s+html|html|head|body|table|\?xml|svg)\b", re.IGNORECASE)
ARFF = re.compile(r"(\s*(%[^\n]*)?\n)*\s*@relation\b", re.IGNORECASE)
LIBSVM = re.compile(r"[+-]?\d+(\.\d+)?(\s+\d+:[-+.\deE]+)+\s*")
NUMPY = re.compile(r"(array\(\s*)?\[\s*\[?\s*[-+.\d]")
UNICODE = (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")


def decoded(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and the encoding that was guessed for it, "" where it says itself that it is Unicode.

    With an `encoding`, it is read in that one. ``TableError`` for what is no text.
    """
    refuse_binary(content)
    if encoding is not None:
        return content.decode(encoding, errors="replace"), encoding
    if content.startswith(UNICODE[1][0]) or content.startswith(UNICODE[2][0]):
        return content.decode("utf-16", errors="replace"), ""
    start = content[:200]
    for wide, zeros, others in (("utf-16-le", start[1::2], start[::2]), ("utf-16-be", start[::2], start[1::2])):
        if len(zeros) > 1 and 2 * zeros.count(0) > len(zeros) and others.count(0) < zeros.count(0) / 4:
            return content.decode(wide, errors="replace"), ""
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        if 0 in start:  # bytes that are no text in any of them
            return content.decode("latin-1"), ""
        encoding = guessed(content)
        return content.decode(encoding, errors="replace"), encoding


def encoding_note(encoding: str) -> str:
    """What is said about a guess."""
    return f"The file does not say in which alphabet it was saved; it was read as {label(encoding)}. Check its letters."


def refuse_binary(content: bytes) -> None:
    """``TableError`` for the usual files that hold no text."""
    if content.startswith(b"PK\x03\x04"):
        what = next((what for part, what in ZIPPED if part in content), "an archive (.zip). Unpack it first.")
        raise TableError(f"Expected a table as text, got {what}")
    for magic, what in MAGIC:
        if content.startswith(magic):
            raise TableError(f"Expected a table as text, got {what}")


def refuse_formats(text: str) -> None:
    """``TableError`` for text that is something else than rows with separators."""
    if BINARY.search(text):
        raise TableError("Expected a table as text, got bytes that are no text; save it as CSV and load that.")
    start = text.lstrip()[:LOOKED_AT]
    what = None
    if HTML.match(start):
        what = "a web page (HTML). Use its button for the raw file, or copy the table itself and paste it."
    elif ARFF.match(start):
        what = "an ARFF file. Take away everything down to the line @DATA, and bring the rest."
    elif start[:1] in ("{", "[") and _is_json(text):
        what = 'JSON. In Python: pandas.read_json(FILE).to_csv("table.csv", index=False).'
    elif NUMPY.match(start) and ("]" in start or len(text) > LOOKED_AT):
        what = 'a NumPy array as it is printed. In Python: numpy.savetxt("table.csv", a, delimiter=",").'
    elif start and all(LIBSVM.fullmatch(line) for line in start.splitlines()[:3]):
        what = "the format of LIBSVM (index:value). In Python: sklearn.datasets.load_svmlight_file, then numpy.savetxt."
    if what:
        raise TableError(f"Expected rows of a table, got {what}")


def _is_json(text: str) -> bool:
    """Whether it is JSON: the whole text, or its first line, a record in each; of a long text, how it begins."""
    if len(text) > MOST_PARSED:
        return re.match(r"\s*[\[{]\s*[\"\[{]", text) is not None
    for part in (text, text.strip().split("\n", 1)[0]):
        try:
            json.loads(part)
        except (ValueError, RecursionError):
            continue
        return True
    return False
