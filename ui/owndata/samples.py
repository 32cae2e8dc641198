"""Small tables to try, which come with the program: measurements, with who took them."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """A table to try: its file, what its button says, and where the measurements are from."""

    name: str
    label: str
    source: str

    def content(self) -> bytes:
        """The file."""
        return (FOLDER / f"{self.name}.csv").read_bytes()


SAMPLES = (
    Sample(
        "iris",
        "Iris",
        "150 iris flowers of three species. Measured by E. Anderson, published by R. A. Fisher in 1936 (Annals of "
        "Eugenics 7, 179–188).",
    ),
    Sample(
        "penguins",
        "Penguins",
        "344 penguins of three species, with gaps as they are. Measured by K. B. Gorman and others at Palmer Station, "
        "Antarctica, 2007 to 2009 (PLoS ONE 9(3), e90081; palmerpenguins, CC0).",
    ),
)
