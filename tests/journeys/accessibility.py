"""axe-core over the page that a browser shows, in light and in dark."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def expect_nothing_in_the_way(page: Page) -> None:
    """Fail with axe's report if it finds anything that keeps somebody from using the page."""
    if not page.evaluate("() => typeof htmx !== 'undefined'"):
        return  # axe is a script too; the same page is looked at by the windows that run scripts.
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} ({scheme})\n{found.generate_report()}"
    page.emulate_media(color_scheme="light")
