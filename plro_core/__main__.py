"""``python -m plro_core``: the command line. See ``docs/command-line.md``."""

from plro_core.cli.process import main, run

__all__ = ["main"]

if __name__ == "__main__":
    run()
