"""`python -m fairtab` is the command `fairtab`."""

from fairtab.cli import app

if __name__ == "__main__":
    app(prog_name="fairtab")
