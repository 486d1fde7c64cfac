"""The results page: its content, and that it works in a real browser."""

import itertools
import json
import re
import shutil
from urllib.parse import quote

import pandas as pd
import pytest
from markupsafe import Markup
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from experiments.figures import style
from experiments.reports.page.document import document
from experiments.reports.page.results import csv_table, described, shown
from experiments.reports.page.run import ceiling_of
from experiments.store.run import Run
from fairtab.html import charts
from fairtab.html.templating import table
from tests.browser import READABLE, chromium, contrasts, scheme
from tests.experiments import made_up
from tests.experiments.toy import ROOT, config, run_cell

HOSTILE = "<img src=x onerror='document.title=1'>\"&"
MAIN = "[id='table/main'] table"


@pytest.fixture(scope="module")
def results(toy_file, tmp_path_factory):
    """Five runs of the toy table, a table and a figure. One run has HTML in every name that a user can choose."""
    folder = tmp_path_factory.mktemp("results")
    for method in ("real", "resample"):
        run_cell(config(toy_file, folder, f"method={method}", small=False))
    run_cell(config(toy_file, folder, "method=resample", "seed=1", "balance=2.5", small=False))
    run = run_cell(config(toy_file, folder))
    counts = {"columns": {HOSTILE: {"values": [HOSTILE, "b"], "counts": [3, 1]}}}
    (run.folder / "marginals.json").write_text(json.dumps(counts))
    noted = folder / "runs/toy/dataset.json"
    noted.write_text(json.dumps({**json.loads(noted.read_text()), "marginals": counts}))

    hostile = folder / "runs/toy/fairtab/hostile/seed-0/balance-10"
    shutil.copytree(run.folder, hostile)
    content = json.loads((hostile / "metrics.json").read_text())
    content |= {"metrics": {**content["metrics"], f"fairness/dpr/{HOSTILE}": 0.25}, "notes": [HOSTILE]}
    (hostile / "metrics.json").write_text(json.dumps(content))
    (hostile.parent / "config.yaml").write_text(json.dumps({"dataset": {"target": HOSTILE}}))

    (folder / "tables").mkdir()
    pd.DataFrame({"method": ["b", "a", HOSTILE], "AUC": ["0.90 ± 0.01", "-", "0.912"]}).to_csv(
        folder / "tables/main.csv", index=False
    )
    figure, axes = style.grid(1, 1)
    axes[0, 0].plot([0, 1], [1, 0])
    style.save(figure, folder / "figures/trade-off")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def page(browser, results, tmp_path):
    """The page, opened from disk in light colours."""
    path = tmp_path / "index.html"
    path.write_text(document(results))
    scheme(browser, "light")
    browser.get("about:blank")  # else a reload keeps what was typed
    browser.get(path.as_uri())
    return browser


def column(page, table: str, heading: str) -> list[str]:
    """The cells shown under a heading."""
    headings = [cell.text for cell in page.find_elements(By.CSS_SELECTOR, f"{table} thead th")]
    rows = [row for row in page.find_elements(By.CSS_SELECTOR, f"{table} tbody tr") if row.is_displayed()]
    return [row.find_elements(By.CSS_SELECTOR, "th, td")[headings.index(heading)].text for row in rows]


def sort_button(page, table: str, heading: str):
    buttons = page.find_elements(By.CSS_SELECTOR, f"{table} thead button")
    return next(button for button in buttons if button.text == heading)


def open_run(page, results, variant: str = "default"):
    run = Run(results / "runs", "toy", "fairtab", variant, 0, "balance-10")
    page.execute_script("location.hash = arguments[0]", quote(f"run/{run}"))
    return page.find_element(By.CSS_SELECTOR, "article:target")


@pytest.mark.slow
def test_it_loads_from_disk_without_a_word_on_the_console_and_fetches_nothing(page):
    assert page.title == "FairTab: results"  # what came from outside did not run
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').map(e => e.name.slice(0, 5))") in (
        [],
        ["data:"],
    )
    assert page.execute_script("return [...document.images].every(image => image.naturalWidth > 0)")


def test_sorting_sorts_numbers_and_words_with_dashes_last(page):
    button = sort_button(page, "#all-runs", "AUC ↑")
    for direction, reverse in (("ascending", False), ("descending", True)):
        button.click()
        values = [float(text) for text in column(page, "#all-runs", "AUC ↑")]
        assert values == sorted(values, reverse=reverse)
        assert len(values) == 5
        heading = button.find_element(By.XPATH, "..")
        assert heading.get_attribute("aria-sort") == direction
    sort_button(page, "#all-runs", "level").click()
    assert column(page, "#all-runs", "level")[:2] == ["balance-2.5", "balance-10"]
    assert [cell.get_attribute("aria-sort") for cell in page.find_elements(By.CSS_SELECTOR, "[aria-sort]")] == [
        "ascending"
    ]
    for _ in range(2):
        sort_button(page, MAIN, "AUC").click()
        assert column(page, MAIN, "AUC")[-1] == "-"
    assert column(page, MAIN, "AUC") == ["0.912", "0.90 ± 0.01", "-"]


def test_filtering_filters_and_says_how_many_are_left(page):
    count = page.find_element(By.CSS_SELECTOR, "#runs .count")
    assert count.text == "5 runs"
    Select(page.find_element(By.CSS_SELECTOR, "select[data-column='1']")).select_by_visible_text("resample")
    assert column(page, "#all-runs", "method") == ["resample", "resample"]
    assert count.text == "2 of 5 runs"
    page.find_element(By.CSS_SELECTOR, "#runs input").send_keys("2.5 RESAMPLE")
    assert column(page, "#all-runs", "level") == ["balance-2.5"]
    page.find_element(By.CSS_SELECTOR, "#runs input").send_keys(Keys.ENTER)
    assert column(page, "#all-runs", "level") == ["balance-2.5"]


def test_one_field_filters_the_rows_of_every_results_table(page):
    page.find_element(By.CSS_SELECTOR, "#tables input").send_keys("fairtab")
    rows = [row for row in page.find_elements(By.CSS_SELECTOR, "#tables tbody tr") if row.is_displayed()]
    assert len(rows) > 5
    assert all("fairtab" in row.text.lower() for row in rows)
    assert re.fullmatch(rf"{len(rows)} of \d+ rows", page.find_element(By.CSS_SELECTOR, "#tables .count").text)
    assert page.find_element(By.CSS_SELECTOR, "#runs .count").text == "5 runs"


def test_results_of_a_table_of_ones_own_have_tables_of_their_own(page, results):
    ours = Run(results / "runs", "toy", "fairtab", "default", 0, "balance-10").recorded()["metrics"]
    expected = {
        "others": ("column error ↓", "fidelity/column_error"),
        "attributes-toy": ("AUC ↑", "utility/auc"),
    }
    for name, (first, metric) in expected.items():
        table = page.find_element(By.ID, f"table/{name}")
        assert first in table.find_element(By.CSS_SELECTOR, "thead").text
        row = next(row for row in table.find_elements(By.CSS_SELECTOR, "tbody tr") if row.text.startswith("FairTab"))
        assert row.find_element(By.CSS_SELECTOR, "td strong").text == f"{ours[metric]:.3f}"  # the only one with a place
        assert "adult" not in table.text  # nothing of the benchmark was run
    assert not page.find_elements(By.ID, "table/table4")  # the paper's


def test_numbers_of_the_paper_stand_beside_and_are_sorted_by_where_there_is_no_other(browser, tmp_path):
    for seed in (0, 1):
        values = made_up.metrics("adult", **{"utility/auc": 0.9 + seed / 100})
        made_up.write(tmp_path / "runs", "adult", "fairtab", seed, "balance-10", values=values)
    (tmp_path / "index.html").write_text(document(tmp_path))
    browser.get((tmp_path / "index.html").as_uri())
    table = browser.find_element(By.ID, "table/table3")
    button = table.find_element(By.CSS_SELECTOR, "thead tr:last-child th:nth-child(2) button")
    assert button.text == "adult"
    for reverse in (False, True):
        button.click()
        rows = {
            row.find_element(By.TAG_NAME, "th").text: row for row in table.find_elements(By.CSS_SELECTOR, "tbody tr")
        }
        cells = {name: row.find_elements(By.TAG_NAME, "td")[0].text for name, row in rows.items()}
        assert cells["FairTab"] == "0.905 ± 0.007 (n=2) [0.893, +0.012]"
        assert cells["SMOTE"] == "- [0.914]"
        shown = [re.search(r"0\.\d+", text) for text in cells.values()]
        known = [float(found[0]) for found in shown if found]
        assert known == sorted(known, reverse=reverse)
        assert 0.858 in known  # CoDi, which only the paper has
        assert all(found is None for found in shown[len(known) :])
    assert rows["FairTab"].find_element(By.TAG_NAME, "strong").text == "0.905 ± 0.007 (n=2)"
    assert rows["FairTab"].find_element(By.CLASS_NAME, "published").text == "[0.893, +0.012]"


def test_a_page_of_a_goal_shows_the_joints_that_it_was_chosen_among(tmp_path):
    run = made_up.write(tmp_path / "runs", "adult", "fairtab", 0, "goal-dpr-0.8-sex")
    reached = {"utility/auc": 0.9, "fairness/dpr/sex": 0.82, "fairness/eor/sex": 0.6}
    found = {"asked": "DPR at least 0.8", "attributes": ["sex"], "bounds": {"dpr": 0.8}, "met": True}
    found |= {"validation": reached, "label_rate": {"sex": {"Female": [0.1, 0.3]}}}
    candidates = pd.DataFrame(
        {
            "utility/auc": [0.92, 0.9, 0.88, 0.5],
            "fairness/dpr/sex": [0.5, 0.82, 0.9, None],
            "fairness/eor/sex": [0.3, 0.6, 0.7, 0.1],
            "met": [False, True, True, False],
            "chosen": [False, True, False, False],
        }
    )
    run.write_search(candidates, pd.DataFrame(), found)
    run.finish({**run.recorded(), "goal": found})
    text = document(tmp_path)
    assert "AUC against DPR sex: 3 joints, 2 meet the goal; chosen: DPR sex 0.820, AUC 0.900" in text
    assert "AUC against EOR sex: 4 joints, 2 meet the goal; chosen: EOR sex 0.600, AUC 0.900" in text
    assert text.count('class="bound"') == 1  # of DPR: there is none of EOR
    assert re.search(r'<th scope="row">DPR ↑ sex</th><td>0.800</td><td>0.820</td><td>0.500</td>', text)


def test_every_link_leads_somewhere(page):
    links = page.find_elements(By.TAG_NAME, "a")
    assert len(links) >= 5 * 2 + 3
    broken = page.execute_script(
        "return [...document.links].filter(a => !a.getAttribute('href').startsWith('#')"
        " || !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.href)"
    )
    assert broken == []


def test_ids_are_of_one_element_each_and_headings_skip_no_level(page):
    ids = page.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    levels = page.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_keyboard_reaches_what_the_mouse_does(page):
    page.switch_to.active_element.send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to content"
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.tag_name == "main"
    for _ in range(20):
        page.switch_to.active_element.send_keys(Keys.TAB)
        focused = page.switch_to.active_element
        if focused.tag_name == "button":
            break
    assert focused.text == "dataset"
    style = focused.value_of_css_property("outline-style"), focused.value_of_css_property("outline-width")
    assert style == ("solid", "3px")
    focused.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys(Keys.SPACE)
    methods = column(page, "#all-runs", "method")
    assert methods == sorted(methods)
    assert page.switch_to.active_element.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"


def test_a_run_is_a_page_of_its_own(page, results):
    assert not any(article.is_displayed() for article in page.find_elements(By.TAG_NAME, "article"))
    page.find_element(By.LINK_TEXT, "fairtab").send_keys(Keys.ENTER)
    article = page.find_element(By.CSS_SELECTOR, "article:target")
    assert not page.find_element(By.ID, "runs").is_displayed()
    titles = [heading.text for heading in article.find_elements(By.TAG_NAME, "h3")]
    assert titles == ["Metrics", "Cost", "Losses", "Marginals", "Configuration", "Provenance"]
    run, ceiling = (
        Run(results / "runs", "toy", *rest, 0, level).recorded()["metrics"]["utility/auc"]
        for *rest, level in (("fairtab", "default", "balance-10"), ("real", "default", "native"))
    )
    first = article.find_element(By.CSS_SELECTOR, "tbody tr").text
    assert first == f"AUC ↑ {run:.3f} {ceiling:.3f} -"
    article.find_element(By.LINK_TEXT, "All runs").click()
    assert page.find_element(By.ID, "runs").is_displayed()
    assert not article.is_displayed()


def test_names_from_outside_are_shown_as_text(page, results):
    article = open_run(page, results, "hostile")
    assert article.text.count(HOSTILE) >= 4  # a metric's attribute, a note, the configuration, a column
    assert article.find_elements(By.TAG_NAME, "img") == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_all_text_is_readable_in_light_and_in_dark(page, results, name):
    scheme(page, name)
    overview = contrasts(page)
    open_run(page, results)
    run = contrasts(page)
    assert {"A", "TH", "TD", "LABEL", "BUTTON"} <= set(overview)
    assert {"text", "PRE", "SPAN"} <= set(run)
    assert min(*overview.values(), *run.values()) >= READABLE
    light = page.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (name == "light")


def test_the_same_results_give_the_same_page(results):
    assert document(results) == document(results)


def test_a_folder_without_tables_and_figures_has_a_page_too(results, tmp_path):
    shutil.copytree(results / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("fit", "provenance.json"))
    text = document(tmp_path)
    assert "#figures" not in text
    assert "main.csv" not in text
    assert "Losses" not in text


def test_every_figure_is_described_in_a_sentence(results):
    committed = {path.stem for path in (ROOT / "results" / "figures").glob("*.png")}
    assert [stem for stem in sorted(committed) if described(stem).startswith("figure:")] == []
    assert 'alt="figure: trade off"' in document(results)  # a figure of somebody else's has its name


def test_text_is_escaped_and_markup_is_not():
    marked = Markup('<b class="x" title="{}">{}</b>').format('"', "<&>")
    text = table('a "caption"', ["<h>", "n"], [["1 < 2", marked]])
    assert 'aria-label="a &#34;caption&#34;"' in text
    assert ">&lt;h&gt;</th>" in text
    assert '<th scope="row">1 &lt; 2</th>' in text
    assert '<b class="x" title="&#34;">&lt;&amp;&gt;</b></td>' in text


def test_the_ceiling_is_of_the_same_evaluation(tmp_path):
    run = Run(tmp_path, "toy", "fairtab", "mine", 0, "balance-10")
    default, own, other_seed = (
        Run(tmp_path, "toy", "real", variant, seed, "native")
        for variant, seed in (("default", 0), ("mine", 0), ("mine", 1))
    )
    here, elsewhere = {"evaluation": {"min_group_rows": 1}}, {"evaluation": {"min_group_rows": 15}}
    assert ceiling_of(run, {run: here, default: here, own: here}) == default
    assert ceiling_of(run, {run: here, default: elsewhere, own: here}) == own
    assert ceiling_of(run, {run: here, other_seed: here}) is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [("0.925047", "0.925"), ("10.000000", "10"), ("0.000012", "1.2e-05"), ("0.91", "0.91"), ("12", "12"), ("a", "a")],
)
def test_numbers_of_tables_are_shown_short(cell, text):
    assert shown(cell) == text


def test_headers_of_several_rows_become_one(tmp_path):
    frame = pd.DataFrame({("auc", "mean"): [0.5], ("auc", "std"): [0.25]}, index=pd.Index(["a"], name="method"))
    frame.to_csv(tmp_path / "levels.csv")
    pd.DataFrame({"auc": [0.5]}, index=["a"]).to_csv(tmp_path / "unnamed.csv")
    (tmp_path / "empty.csv").write_text("")
    for name, header in (("levels", ["method", "auc, mean", "auc, std"]), ("unnamed", ["", "auc"]), ("empty", [])):
        text = csv_table(tmp_path / f"{name}.csv")
        assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', text) == header


def test_marginals_are_aligned_by_value():
    real = {"columns": {"job": {"values": ["a", "b"], "counts": [3, 1]}}}
    synthetic = {
        "columns": {
            "job": {"values": ["b", "c"], "counts": [1, 1]},
            "age": {"edges": [0.0, 1.0, 2.5], "counts": [1, 2], "missing": 1},
        }
    }
    legend, job, age = charts.marginals(synthetic, real)
    assert legend.index("real") < legend.index("synthetic")
    assert "job: a 75% 0%, b 25% 50%, c 0% 50%" in job
    assert "a, b, c; highest bar 75%; total variation 75%" in job
    assert "age: 0 to 1 25%, 1 to 2.5 50%, missing 25%" in age
    assert 'd="M1 0v50M3 0v100M5 0v50"' in age


def test_marginals_by_other_bins_are_not_compared():
    real, synthetic = (
        {"columns": {"age": {"edges": edges, "counts": [1, 2], "missing": 0}}} for edges in ([0, 1, 2], [0, 1, 3])
    )
    _, age = charts.marginals(synthetic, real)
    assert "bar s1" in age  # synthetic, in its own colour
    assert "bar s0" not in age
    assert "total variation" not in age


@pytest.mark.slow
def test_losses_of_one_quantity_share_a_figure_and_gaps_are_left_out():
    logged = pd.DataFrame(
        {
            "epoch": [0, 0, 1],
            "step": [1, 2, 3],
            "train/loss": [2.0, None, 1.0],
            "validation/loss": [None, 3.0, None],
            "critic": [float("inf"), 1.0, 1.0],
            "empty": [None, None, None],
        }
    )
    loss, critic = charts.losses(logged)
    assert "loss: train/loss from 2 to 1; validation/loss from 3 to 3" in loss
    assert "critic from 1 to 1" in critic
