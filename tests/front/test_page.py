"""The report's page in a real browser: phone and desk, light and dark, and from the keyboard."""

import itertools

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from fairtab import FairTab, make
from tests.browser import READABLE, chromium, contrasts, scheme
from tests.conftest import toy_frame
from tests.front.conftest import ROLES, SMALL

HOSTILE = "<img src=x onerror='document.title=1'>\"&"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report on a goal. One column and one value have HTML in their names."""
    frame = toy_frame(800).rename(columns={"job": HOSTILE}).replace({HOSTILE: {"nurse": HOSTILE}})
    made = make(frame, **ROLES, dpr=0.5, nearest=True, rounds=2, model=FairTab(**SMALL))
    folder = tmp_path_factory.mktemp("report")
    made.report.save(folder / "report.html")
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def page(browser, report):
    scheme(browser, "light")
    browser.set_window_size(1280, 900)
    browser.get("about:blank")
    browser.get(report.as_uri())
    return browser


@pytest.mark.slow
def test_it_says_nothing_on_the_console_and_fetches_nothing(page):
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_names_from_the_table_are_shown_as_text(page):
    assert page.title == "Report on a synthetic table"
    assert not page.find_elements(By.CSS_SELECTOR, "img[src=x]")
    assert HOSTILE in page.find_element(By.TAG_NAME, "body").text


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_a_phone_and_a_desk(page, width):
    page.set_window_size(width, 800)
    assert page.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_all_text_is_readable(page, name):
    scheme(page, name)
    worst = contrasts(page)
    assert {"P", "TD", "TH", "text"} <= set(worst)
    assert min(worst.values()) >= READABLE


def test_pictures_have_words(page):
    drawings = page.find_elements(By.TAG_NAME, "svg")
    assert len(drawings) > 5
    assert all(drawing.get_attribute("role") == "img" and drawing.get_attribute("aria-label") for drawing in drawings)


def test_headings_skip_no_level(page):
    levels = [int(heading.tag_name[1]) for heading in page.find_elements(By.CSS_SELECTOR, "h1, h2, h3, h4")]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_keyboard_reaches_every_section_and_table(page):
    reachable = page.find_elements(By.CSS_SELECTOR, "a[href], [tabindex='0']")
    reached = set()
    for _ in range(len(reachable) + 1):
        page.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(page.switch_to.active_element.id)
    assert {element.id for element in reachable} <= reached


def test_every_link_leads_to_a_section(page):
    links = [link.get_attribute("href").partition("#")[2] for link in page.find_elements(By.CSS_SELECTOR, "a[href]")]
    assert len(links) > 5
    assert all(page.find_elements(By.ID, target) for target in links)


def test_what_was_asked_and_reached_comes_first(page):
    summary = page.find_element(By.ID, "summary").text
    assert "Asked for: DPR at least 0.5, then the most of AUC." in summary
    assert "95% interval" in summary
