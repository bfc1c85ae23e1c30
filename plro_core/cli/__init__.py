"""The command line: ``plro --help``, or ``python -m plro_core --help``. See ``docs/command-line.md``.

``process`` runs one command from its start to its exit code; ``root`` knows the commands by name and loads the module
of the one that is asked for. ``options`` and ``output`` are what they share; each other module is a family of commands,
declared with click. Nothing here needs the words of a registry before that registry is open.
"""
