"""The report: every figure stands where its card has it, and what no card holds stays a dash."""

from dataclasses import replace

from app.evaluation.report import Column, Table, markdown_table, report_text, shown
from app.evaluation.report_tables import TABLES
from app.training.recipes import RECIPES
from tests.checkpoints import make_vae

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
