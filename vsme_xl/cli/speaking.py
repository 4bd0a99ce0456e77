"""What the commands say to people: messages on standard error, and exceptions as one plain sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

EXIT_ERRORS, EXIT_USAGE, EXIT_UNREADABLE = 1, 2, 3
LANGUAGE = "vsme_xl.language"
P = ParamSpec("P")
R = TypeVar("R")


def friendly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's exceptions into one plain sentence and the documented exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from vsme_xl.reading.mapping import MappingError
        from vsme_xl.reading.workbook_file import UnreadableWorkbook

        try:
            return command(*args, **kwargs)
        except UnreadableWorkbook as error:
            complain(f"unreadable.{error.code}", **error.params)
            sys.exit(EXIT_UNREADABLE)
        except MappingError as error:
            click.echo(str(error), err=True)
            sys.exit(EXIT_USAGE)
        except FileExistsError as error:
            complain("command.exists", file=error.filename or str(error))
            sys.exit(EXIT_USAGE)
        except PermissionError as error:
            complain("command.no_permission", file=error.filename or str(error))
            sys.exit(EXIT_USAGE)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            complain("command.cannot_write", file=error.filename or "", reason=error.strerror or str(error))
            sys.exit(EXIT_USAGE)

    return run


def complain(path: str, **values: str) -> None:
    """Print the text at a path of the language files to standard error."""
    click.echo(say(path, **values), err=True)


def say(path: str, **values: object) -> str:
    """Return the text at a path of the language files, with its placeholders filled, in the language of the command.

    That is the one asked for (--lang, VSME_XL_LANG), else that of the workbook once it is read, else English.
    """
    from vsme_xl.display import said
    from vsme_xl.language import load_language

    language = spoken_language()
    shown = {key: said(value, language) for key, value in values.items()}
    return load_language(language).text(path, **{"part": "", "sheet": "", "cell": "", **shown})


def speak(language: str) -> None:
    """Let the running command say what it has to say in a language."""
    click.get_current_context().meta[LANGUAGE] = language


def spoken_language() -> str:
    """Return the language in which the running command speaks."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(LANGUAGE, "en")) if context else "en"
