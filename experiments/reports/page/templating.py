"""The templates of the results page."""

from pathlib import Path

from fairtab.html.templating import renderer

render = renderer(Path(__file__).parent / "templates")
