"""Makes a site of the docs by MkDocs, with the demo's report and dbt's docs; no link in it leads nowhere.

make site
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
LAID_OUT, SITE = REPOSITORY / "target/site_docs", REPOSITORY / "target/site"
DAYS = REPOSITORY / "demo/target/days"
DOCS = REPOSITORY / "demo/target/docs"
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)((?:#[^)]*)?)\)")
TARGET = re.compile(r'(?:href|src)="(?!https?:|data:|mailto:|#)([^"#?]+)')
PICTURES = "pictures"
LIVING = {"report_of_the_demo.html": DAYS / "aam_report.html", "dbt_docs.html": DOCS / "static_index.html"}
LED = """
## To look at

- [the report of the demo's three days](report_of_the_demo.html), which `make demo-days` makes
- [dbt's docs of the demo and the package](dbt_docs.html): every model, column and test, and their lineage
"""


def lay_out() -> None:
    """Pages with links that lead to pages; what is a file of the repository is named, and no link."""
    shutil.rmtree(LAID_OUT, ignore_errors=True)
    LAID_OUT.mkdir(parents=True)
    pages = {page: page.name for page in (REPOSITORY / "docs").glob("*.md")}
    pages[REPOSITORY / "README.md"] = "index.md"
    for page, name in pages.items():

        def led(found: re.Match[str], page: Path = page) -> str:
            if found[2].startswith(PICTURES):
                return found[0]
            target = pages.get((page.parent / found[2]).resolve())
            return f"[{found[1]}]({target}{found[3]})" if target else found[1]

        text = LINK.sub(led, page.read_text(encoding="utf-8"))
        (LAID_OUT / name).write_text(text + (LED if name == "index.md" else ""), encoding="utf-8")
    shutil.copytree(REPOSITORY / "docs" / PICTURES, LAID_OUT / PICTURES)
    for name, file in LIVING.items():
        shutil.copy(file, LAID_OUT / name)


def dead_links() -> list[str]:
    """Links of the site's pages to a file of the site that is not there."""
    dead = []
    for page in SITE.glob("*.html"):
        if page.name in LIVING:
            continue
        for target in TARGET.findall(page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                dead.append(f"{page.name}: {target}")
    return dead


def main() -> int:
    lacking = [str(file.relative_to(REPOSITORY)) for file in LIVING.values() if not file.is_file()]
    if lacking:
        print(f"{', '.join(lacking)} is not there: run `make demo-days` first", file=sys.stderr)
        return 2
    lay_out()
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"], cwd=REPOSITORY, check=True)
    dead = dead_links()
    print("\n".join(dead) or f"file://{SITE}/index.html")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
