"""The report: every figure stands where its card has it, and what no card holds stays a dash."""

from dataclasses import replace

import pytest

from app.evaluation.evaluate import evaluate_model
from app.evaluation.generation import FEWEST
from app.evaluation.report import DASH, Column, Table, markdown_table, report_text, shown
from app.evaluation.report_grades import GRADES, GradeTable
from app.evaluation.report_tables import TABLES, UNEQUAL
from app.store.catalogue import open_catalogue
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, TRAINING, make_refiner, make_vae, make_zoo

RATE = {"rate": 0.5, "n": 10, "low": 0.2366, "high": 0.7634}
TABLE = Table(
    "Why?", "Because.", ("b", "a", "gone"), (Column("PSNR (dB)", "group.psnr_db"), Column("right", "group.rate"))
)


def cards(tmp_path):
    return {
        "a": replace(make_vae(tmp_path, "a", 4, 4), metrics={"group": {"psnr_db": 31.25, "rate": RATE}}),
        "b": make_vae(tmp_path, "b", 4, 4),
    }


def test_a_table_shows_its_models_in_its_own_order_with_their_figures(tmp_path):
    text = report_text(cards(tmp_path), [TABLE], "Some machine.")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == ["| `b` | – | – |", "| `a` | 31.25 | 50.0% (23.7%–76.3%, n = 10) |", "| `gone` | – | – |"]
    assert "Not here: `gone`." in text
    assert "## Why?" in text
    assert "Some machine." in text


def test_a_table_without_any_of_its_models_says_which_are_missing():
    text = report_text({}, [TABLE], "")
    assert "## Why?" in text
    assert "Not measured. Not here: `b`, `a`, `gone`." in text
    assert "| `" not in text


def test_every_table_of_the_report_can_be_shown_of_an_empty_zoo_and_of_every_subset(tmp_path):
    some = cards(tmp_path)
    for found in ({}, some, dict.fromkeys(("f4c4", "f8c4"), some["a"])):
        text = report_text(found, TABLES, "")
        assert all(f"## {table.question}" in text for table in TABLES)


def test_the_judges_confusions_are_tables_in_which_mistakes_stand_out(tmp_path):
    tables = {"n": 5, "size": [[3, 0], [2, 0]], "size_classes": ["small", "large"]}
    judge = replace(make_vae(tmp_path, "judge", 4, 4), metrics={"confusion": tables})
    text = report_text({"judge": judge}, [], "")
    assert "## What does `judge` take for what?" in text
    assert "n = 5" in text
    assert text.splitlines()[-4:] == [
        "| drawn | small | large |",
        "| :-- | --: | --: |",
        "| small | 3 | · |",
        "| large | 2 | · |",
    ]


def test_how_far_the_judge_agrees_with_reconstructions_is_in_the_report(tmp_path):
    vae = replace(make_vae(tmp_path, "f4c4", 4, 4), metrics={"judge_agrees": {"all_attributes": RATE}})
    section = report_text({"f4c4": vae}, TABLES, "").split("as it reads the original?")[1].split("##")[0]
    assert "50.0% (23.7%–76.3%, n = 10)" in section


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The cards of one toy of each kind of model and of the digits, with everything that is measured of it."""
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    make_vae(root, "digits", 16, 2, training=replace(TRAINING, data="digits", side=16))
    make_refiner(root, "refiner", open_catalogue(root, RUNTIME).cards["f4c4"])
    catalogue = open_catalogue(root, RUNTIME)
    names = {"vae": "f4c4", "denoiser": "generator", "judge": "judge", "refiner": "refiner", "digits": "digits"}
    metrics = {kind: evaluate_model(catalogue, name, FEWEST, write=False) for kind, name in names.items()}
    return {kind: replace(catalogue.cards[name], metrics=metrics[kind]) for kind, name in names.items()}


def test_every_column_of_the_report_shows_a_figure_that_is_measured(measured):
    """So a misspelt path is no silent dash."""
    for table in [table for table in TABLES if isinstance(table, Table)]:
        for name in table.models:
            card = measured.get(name) or measured[RECIPES[name].kind]
            dashes = [column.heading for column in table.columns if column.cell(card) == DASH]
            assert dashes == [], (table.question, name)
            unknown = [c.heading for c in table.columns if c.count and "n = " not in c.cell(card)]
            assert unknown == [], (table.question, name)


@pytest.mark.parametrize("table", GRADES, ids=lambda table: table.group)
def test_every_attribute_stands_with_its_ceiling_and_all_that_are_measured_are_there(measured, table):
    rows = [line.strip("| ").split(" | ") for line in table.body({"generator": measured["denoiser"]}).splitlines()[2:]]
    assert [row[0] for row in rows] == [name.replace("_", " ") for name in table.attributes]
    assert {row[0] for row in rows} == {name.replace("_", " ") for name in measured["denoiser"].metrics[table.group]}
    assert all(DASH not in row[1:3] for row in rows)


def test_a_grade_stands_beside_its_ceiling_and_its_target(tmp_path):
    ceiling = RATE | {"rate": 0.9}
    metrics = {"one_thing": {"texture": RATE, "size": RATE}, "ceiling_one_thing": {"texture": ceiling}}
    card = replace(make_vae(tmp_path, "generator", 4, 4), metrics=metrics)
    table = GradeTable("?", "", "one_thing", ("texture", "size", "kind"))
    assert table.body({"generator": card}).splitlines()[2:] == [
        "| texture | 50.0% (23.7%–76.3%, n = 10) | 90.0% (23.7%–76.3%, n = 10) | ≥ 85 % |",
        "| size | 50.0% (23.7%–76.3%, n = 10) | – | ≥ 99 % |",
        "| kind | – | – | ≥ 90 % |",
    ]
    assert table.body({}) == "Not measured. Not here: `generator`."


def test_a_figure_that_is_no_rate_says_its_n(tmp_path):
    card = replace(make_vae(tmp_path, "a", 4, 4), metrics={"frechet": {"n": 500, "floor": 30.62}})
    assert Column("", "frechet.floor", count="frechet.n").cell(card) == "30.62 (n = 500)"
    assert Column("", "frechet.gone", count="frechet.n").cell(card) == DASH


def test_what_the_notes_say_of_unequal_rungs_is_so():
    rungs = {name: RECIPES[name] for name in ("f2c4", "f8c4", "f8c16", "f16c4", "f16c16", "f4c4")}
    odd = rungs.pop("f4c4")
    grown = {name: recipe.train.steps for name, recipe in rungs.items() if recipe.start_from == "f8c4"}
    assert grown == {"f8c16": 1200, "f16c4": 1000, "f16c16": 1000}
    assert {rungs[name].train.steps for name in rungs.keys() - grown.keys()} == {3000}
    assert {recipe.model.widths[:2] for name, recipe in rungs.items() if name != "f2c4"} == {(48, 96)}
    assert (odd.model.widths, odd.train.steps) == ((48, 128), 2600)
    numbers = ("3,000", "1,000", "1,200", "2,600", "48 and 128", "48 and 96")
    assert all(said in UNEQUAL for said in (*numbers, "begin with"))
    for table in TABLES:
        compared = {name.removeprefix("race_") for name in table.models} & RECIPES.keys()
        if "f4c4" in compared and compared & rungs.keys():
            assert UNEQUAL in table.note, table.question


def test_figures_are_readable():
    assert shown(12288) == "12,288"
    assert shown(0.123456) == "0.1235"
    assert shown([0.5, 1.25]) == "0.5, 1.25"
    assert shown(None) == "–"
    assert shown({"rate": None, "n": 0, "low": None, "high": None}) == "–"


def test_markdown_has_a_rule_below_its_headings():
    assert markdown_table(["a", "b"], [["1", "2"]]).splitlines() == ["| a | b |", "| :-- | --: |", "| 1 | 2 |"]


def test_the_tables_name_only_models_that_a_recipe_makes():
    assert {name for table in TABLES for name in table.models} <= set(RECIPES)
