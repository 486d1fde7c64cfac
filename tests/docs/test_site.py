"""The manual as a site: it builds without a warning, is complete, and needs no network."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest
from markdown_it import MarkdownIt
from selenium.webdriver.support.ui import WebDriverWait

import fairtab
from tests.browser import chromium

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "form": "action"}


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_a_page_without_a_place_and_a_link_to_nowhere_are_errors(tmp_path: Path) -> None:
    for path in ROOT.iterdir():
        if path.name not in {"docs", "mkdocs.yml", ".git", ".venv"}:
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n")
    with (tmp_path / "docs" / "limits.md").open("a") as page:
        page.write("[a](nowhere.md) [b](../fairtab/nowhere.py) [c](results.md#nowhere) [d](../README.md#nowhere)\n")
    done = build(tmp_path, tmp_path / "out")
    assert done.returncode != 0
    for fault in ("lost.md", "'nowhere.md'", "nowhere.py'", "results.md#nowhere'", "README.md#nowhere'"):
        assert fault in done.stderr, fault


class Fetched(HTMLParser):
    """Collects the addresses that a browser fetches by itself, and formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = FETCHED.get(tag, "href" if tag == "link" else "")
        self.addresses += [given[name]] if name in given else []


@pytest.mark.slow
def test_nothing_in_it_is_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        found = Fetched()
        found.feed(path.read_text())
        assert found.addresses, path
        assert not [address for address in found.addresses if re.match(r"(\w+:)?//", address)], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(\w+:)?//", path.read_text()), path


def test_everything_public_is_in_it(site: Path) -> None:
    library = (site / "api" / "library.html").read_text()
    assert [name for name in fairtab.__all__ if f'id="fairtab.{name}"' not in library] == []


def test_files_outside_docs_are_in_it(site: Path) -> None:
    assert "def q_sample" in re.sub("<[^>]+>", "", (site / "repository/fairtab/diffusion/gaussian.py.html").read_text())
    assert '"repository/results/figures/gains-adult.png"' in (site / "index.html").read_text()
    assert (site / "repository/results/figures/gains-adult.png").read_bytes()[:4] == b"\x89PNG"
    assert '"repository/benchmarks/index.html#judges"' in (site / "differences.html").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_the_same_on_a_code_host(page: Path) -> None:
    """Code hosts read CommonMark, which ends and nests lists by other rules."""
    text = page.read_text()
    there = MarkdownIt("commonmark").enable("table").render(text)
    here = markdown.markdown(text, extensions=["tables", "pymdownx.superfences"])
    for tag in ("li", "tr", "pre", "h2"):
        assert here.count(f"<{tag}") == there.count(f"<{tag}"), tag
    links = re.findall(r'(?:href|src)="([^":#]+)[#"]', there)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_a_browser_shows_it_from_disk(site: Path, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as driver:
        for width in (390, 1280):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            for page in ("index", "mathematics", "results", "api/library"):
                driver.get((site / f"{page}.html").as_uri())
                assert driver.execute_script("return document.documentElement.scrollWidth") <= width, page
                assert driver.get_log("browser") == [], (
                    page
                )  # an address that is not on this disk would be an error here
        driver.get((site / "mathematics.html").as_uri())
        formula = driver.find_element("css selector", "div.formula msqrt")
        assert formula.size["height"] > 10
        assert "\\" not in driver.find_element("tag name", "article").text


def test_the_search_works_from_disk(site: Path, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as driver:
        driver.get((site / "api" / "library.html").as_uri())
        driver.execute_script("document.querySelector('#__search').click()")
        box = driver.find_element("css selector", "input.md-search__input")
        WebDriverWait(driver, 60).until(lambda _: box.is_displayed())
        box.send_keys("distance correlation")
        found = ".md-search-result__item a"
        WebDriverWait(driver, 60).until(lambda _: driver.find_elements("css selector", found))
        links = [link.get_attribute("href") for link in driver.find_elements("css selector", found)]
        assert any("tasks.html" in link for link in links)
        assert driver.get_log("browser") == []
