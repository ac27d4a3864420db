"""Takes pictures of the report of demo-days, at 360 and 1440 pixels, light and dark, with Debian's Chromium.

make screenshots
"""

from __future__ import annotations

import base64
import contextlib
import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "demo/target/days"
KEPT = REPOSITORY / "docs/pictures"
WIDTHS = (360, 1440)
BEGINNING = 1600
"""Pixels of the page's height that the pictures in the docs show."""
CHROMIUM, DRIVER = "chromium", "chromedriver"


def lacking() -> str:
    """What a browser needs and this machine has not; empty where nothing."""
    missing = [program for program in (CHROMIUM, DRIVER) if shutil.which(program) is None]
    return f"no {' and no '.join(missing)} (Debian: chromium, chromium-driver)" if missing else ""


@contextlib.contextmanager
def browser(*, javascript: bool = True) -> Iterator[Chrome]:
    """Chromium without a window, which keeps all that a page logs and all that it asks of the network."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which(CHROMIUM))
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = Chrome(options, Service(executable_path=shutil.which(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def look(driver: Chrome, page: Path, width: int, *, dark: bool = False) -> None:
    """Open a page on a screen of that width."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.get(page.absolute().as_uri())


def picture(driver: Chrome, height: float = math.inf) -> bytes:
    """The page as PNG, however long it is, or its beginning."""
    whole = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    clip = {**whole, "height": min(whole["height"], height), "scale": 1}
    options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", options)
    return base64.b64decode(taken["data"])


def main() -> int:
    page = FOLDER / "aam_report.html"
    if not page.is_file():
        print("there is no report to look at: run `make demo-days` first", file=sys.stderr)
        return 2
    if lacking():
        print(lacking(), file=sys.stderr)
        return 2
    with browser() as driver:
        for width in WIDTHS:
            for dark in (False, True):
                look(driver, page, width, dark=dark)
                file = FOLDER / f"report_{width}{'_dark' if dark else ''}.png"
                file.write_bytes(picture(driver))
                print(file)
                if not dark:
                    kept = KEPT / file.name
                    kept.parent.mkdir(exist_ok=True)
                    kept.write_bytes(picture(driver, BEGINNING))
                    print(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
