"""A headless Chromium for tests of what a reader sees. Debian: apt-get install chromium chromium-driver."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

FLAGS = (
    "--headless",
    "--no-sandbox",  # as root, in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page that needs the network is found out
    "--window-size=1280,900",
)

READABLE = 4.5  # WCAG 2.2, contrast (minimum) of text
CONTRAST = """
const channels = color => color.match(/[\\d.]+/g).map(Number);
const luminance = color => channels(color).slice(0, 3).map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const opaque = color => channels(color)[3] !== 0;
const back = e => { while (e && !opaque(getComputedStyle(e).backgroundColor)) e = e.parentElement;
  return e ? getComputedStyle(e).backgroundColor : "rgb(255, 255, 255)"; };
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const worst = {};
while (texts.nextNode()) {
  const e = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || !e.getClientRects().length || e.tagName === "SCRIPT") continue;
  const color = getComputedStyle(e)[e.tagName === "text" ? "fill" : "color"];
  const [a, b] = [luminance(color), luminance(back(e))];
  worst[e.tagName] = Math.min(worst[e.tagName] ?? 99, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
}
return worst;
"""


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a new profile. Without a browser the test is skipped."""
    paths = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if missing := [name for name, path in paths.items() if path is None]:
        pytest.skip(f"no {' and no '.join(missing)} here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = paths["chromium"]
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(paths["chromedriver"]))
    try:
        yield driver
    finally:
        driver.quit()


def scheme(browser: webdriver.Chrome, name: str) -> None:
    """Let the page be light or dark."""
    features = [{"name": "prefers-color-scheme", "value": name}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def contrasts(browser: webdriver.Chrome) -> dict[str, float]:
    """The lowest contrast of text with what is behind it, by element."""
    return browser.execute_script(CONTRAST)
