"""Files outside docs/ that pages link to are part of the site, under repository/.

So a link such as ../benchmarks/README.md works on a code host and on the site. Markdown files become pages, and so do
sources, as one block of code. Images are copied.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PREFIX = "repository/"
LANGUAGES = {".py": "python", ".yaml": "yaml"}
LINK = re.compile(r"(?<=\]\()[^)\s#:]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages link to, and what those pages link to."""
    waiting = [f"docs/{file.src_uri}" for file in files.documentation_pages()]
    while waiting:
        page = waiting.pop()
        for link in LINK.findall((ROOT / page).read_text()):
            path = target(page, link)
            if is_outside(path) and in_site(path) not in files:
                files.append(added(path, config))
                waiting += [path] if path.endswith(".md") else []
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the links of a page lead to the files as they lie on the site."""
    uri = page.file.src_uri
    source = uri.removeprefix(PREFIX) if uri.startswith(PREFIX) else f"docs/{uri}"

    def moved(link: re.Match[str]) -> str:
        place = in_site(target(source, link[0]))
        return posixpath.relpath(place, posixpath.dirname(uri)) if place in files else link[0]

    return LINK.sub(moved, markdown)


def target(page: str, link: str) -> str:
    """Return the path in the repository that a page's link leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def is_outside(path: str) -> bool:
    """Return whether this is a file of the repository that MkDocs does not find by itself."""
    return not path.startswith(("docs/", "..")) and (ROOT / path).is_file()


def in_site(path: str) -> str:
    """Return where a file of the repository is among the site's sources."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return PREFIX + path + (".md" if Path(path).suffix in LANGUAGES else "")


def added(path: str, config: MkDocsConfig) -> File:
    """Make a file of the site from one of the repository."""
    place, source = in_site(path), ROOT / path
    if language := LANGUAGES.get(source.suffix):
        content = f"# `{path}`\n\n```{language}\n{source.read_text()}\n```\n"
        return File.generated(config, place, content=content, inclusion=InclusionLevel.NOT_IN_NAV)
    return File.generated(config, place, abs_src_path=str(source), inclusion=InclusionLevel.NOT_IN_NAV)
