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
    assert rows == ["| `b` | – | – |", "| `a` | 31.25 | 50.0% (23.7%–76.3%, n = 10) |"]
    assert "## Why?" in text
    assert "Some machine." in text


def test_a_table_without_any_of_its_models_is_left_out(tmp_path):
    assert "Why?" not in report_text({}, [TABLE], "")


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
