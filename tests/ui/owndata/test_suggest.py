"""What suggests itself can be learnt; what only names rows, is nearly empty or too wide is left out and said."""

import numpy as np
import pytest

from tests.ui.owndata.helpers import made
from ui.owndata.columns import columns, naming
from ui.owndata.sheet import read
from ui.owndata.suggest import suggested, why_not

RNG = np.random.default_rng(0)


def titanic(rows=90):
    """A table like the famous one: an id, names, tickets, gaps, and a text that tells something."""
    lines = ["PassengerId,Survived,Pclass,Name,Sex,Age,Ticket,Fare,Cabin,Embarked"]
    for i in range(1, rows + 1):
        age = "" if i % 9 == 0 else 20 + i % 40
        cabin = "" if i % 9 else f"C{i}"
        lines.append(
            f'{i},{i % 2},{i % 3 + 1},"Braund, Mr. {i}",{("male", "female")[i % 2]},{age},A/{i * 7},{7 + i % 50},'
            f"{cabin},{'SCQ'[i % 3]}"
        )
    return "\n".join(lines)


def taken(text):
    """Inputs and the column to predict, by name, and what is said of the others."""
    sheet = read(text)
    found = columns(sheet)
    choice = suggested(sheet, found)
    if choice is None:
        return None
    names = [found[k].name for k in choice.inputs], found[choice.target].name
    return *names, why_not(sheet, found, choice)


def test_the_table_of_the_titanic_can_use_sex():
    inputs, target, said = taken(titanic())
    assert (inputs, target) == (["Pclass", "Sex", "Age", "Fare", "Embarked"], "Survived")
    assert said == [
        "“PassengerId” only numbers the rows and was left out.",
        "“Name”, “Ticket” have another text in nearly every row and were left out.",
        "“Cabin” has many empty cells and was left out: it would cost these rows.",
    ]
    prepared = made(titanic())
    assert [str(each) for each in prepared.inputs if each.name in ("Sex", "Embarked")] == [
        "1 where Sex is “male”, 0 where it is “female”",
        "1 where Embarked is “C”", "1 where Embarked is “Q”", "1 where Embarked is “S”",
    ]  # fmt: skip
    x = prepared.experiment.points.array
    assert x[0].tolist()[1] == 0.0 and x[1].tolist()[1] == 1.0  # female, male
    assert x[:3, 4:7].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]  # C, Q, S
    assert prepared.cost == ((5, 10),)  # Age


@pytest.mark.parametrize(
    ("text", "inputs", "target"),
    [
        # identifiers, by name or because nothing but a row's number goes up by one
        ("Id,a,k\n" + "\n".join(f"{i},{i % 3},{'ab'[i % 2]}" for i in range(20)), ["a"], "k"),
        ("\n".join(f"{i},{1.5 + i % 3},{i % 7},{i % 2}" for i in range(1, 30)), ["column 2", "column 3"], "column 4"),
        ('"a" "k"\n' + "\n".join(f'"{i}" {i % 3} "{"xy"[i % 2]}"' for i in range(1, 12)), ["a"], "k"),
        ("\n".join(f"{1000025 + 7 * i},{i % 5},{i % 2 * 2 + 2}" for i in range(30)), ["column 2"], "column 3"),
        # no identifiers: all there is, or a column with a name that says something
        ("x,y\n" + "\n".join(f"{i},{i * i}" for i in range(12)), ["x"], "y"),
        ("t,a,k\n" + "\n".join(f"{i},{i % 3},{'ab'[i % 2]}" for i in range(20)), ["t", "a"], "k"),
        ("0,0\n1,1\n2,4\n3,9\n4,16", ["column 1"], "column 2"),
        # the column to predict is not free text, nearly empty, or always the same
        ("a,k,remark\n" + "\n".join(f"{i % 5},{'xy'[i % 2]},said {i}" for i in range(20)), ["a"], "k"),
        ("a,k,late\n" + "\n".join(f"{i % 5},{'xy'[i % 2]},{i if i > 17 else ''}" for i in range(20)), ["a"], "k"),
        ("a,k,unit\n" + "\n".join(f"{i % 5},{'xy'[i % 2]},cm" for i in range(20)), ["a"], "k"),
        ("species,a,b\n" + "\n".join(f"{'xyz'[i % 3]},{i % 5},{i / 3}" for i in range(20)), ["a", "b"], "species"),
        # classes before numbers, where a table without names begins with them
        ("\n".join(f"{i % 3 + 1},{i / 7 + 0.5},{i * 13 % 97 + 0.25}" for i in range(40)), ["column 2", "column 3"],
         "column 1"),
        ("a,b,c\n1,2,3.5\n2,4,4.5\n7,1,8.25", ["a", "b"], "c"),
    ],
)  # fmt: skip
def test_inputs_and_the_column_to_predict(text, inputs, target):
    assert taken(text)[:2] == (inputs, target)


@pytest.mark.parametrize("text", ["a,b\n,\n,x", "k,l\nx,x\nx,x", "a,b\nx1,y1\nx2,y2\nx3,y3\nx4,y4\nx5,y5"])
def test_a_table_with_nothing_to_learn_suggests_nothing_or_what_it_has(text):
    found = taken(text)
    assert found is None or found[0]


def test_what_does_not_fit_in_twenty_inputs_is_named():
    names = [f"n{k}" for k in range(19)]
    rows = "\n".join(",".join([*(f"{RNG.normal():.3f}" for _ in names), "uvw"[i % 3], f"{i}.5"]) for i in range(30))
    inputs, _, said = taken(",".join([*names, "c", "y"]) + "\n" + rows)
    assert inputs == names and said == ["“c” was left out: a network here has at most 20 inputs."]
    many = "c,y\n" + "\n".join(f"k{i % 9},{i}.5" for i in range(40)) + "\n"
    assert taken("x," + many.replace("\n", "\n1,", 40).rstrip("1,"))[2] == [
        "“c” was left out: each of its many texts would be an input (line 2: “k0”)."
    ]


def test_numbers_that_are_missing_now_and_then_number_no_rows():
    sheet = read("a,b,k\n" + "\n".join(f"{'' if i == 5 else i},{i % 3},{'ab'[i % 2]}" for i in range(20)))
    assert naming(sheet, columns(sheet)) == {}
    sampled = read("\n".join(f"{i},{i % 7},{i % 2}" for i in range(5000)))
    assert naming(sampled, columns(sampled)) == {0: "numbers"}
