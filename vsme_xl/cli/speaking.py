"""What the commands say to people: messages on standard error, and exceptions as one plain sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from vsme_xl import __version__
from vsme_xl.faults import place_of
from vsme_xl.stopping import Stopped

EXIT_ERRORS, EXIT_USAGE, EXIT_UNREADABLE, EXIT_FAULT = 1, 2, 3, 70
LANGUAGE = "vsme_xl.language"
VERBOSE = "vsme_xl.verbose"
P = ParamSpec("P")
R = TypeVar("R")


def friendly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's exceptions into one plain sentence and the documented exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from vsme_xl.cell_text import harmless
        from vsme_xl.cli.surplus import refuse_surplus
        from vsme_xl.not_written import not_written
        from vsme_xl.reading.mapping_error import MappingError
        from vsme_xl.reading.refusal import UnreadableWorkbook, refusal_text
        from vsme_xl.streams import forget_output

        try:
            refuse_surplus()
            result = command(*args, **kwargs)
            sys.stdout.flush()  # what is printed may be refused only now
            return result
        except UnreadableWorkbook as error:
            click.echo(refusal_text(error, spoken_language()), err=True)
            sys.exit(EXIT_UNREADABLE)
        except MappingError as error:
            click.echo(harmless(error.said(spoken_language())), err=True)
            sys.exit(EXIT_USAGE)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            click.echo(not_written(error, spoken_language()), err=True)
            if not error.filename:
                forget_output()
            sys.exit(EXIT_USAGE)
        except Stopped as stop:
            stop.say(lambda: complain("command.stopped"))
            raise
        except (click.ClickException, click.Abort, click.exceptions.Exit, MemoryError):
            raise
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of Rust code is no Exception
            # What the exception says may hold figures of the client: it is shown to those who ask for it.
            if is_verbose():
                raise
            complain("command.fault", kind=type(error).__name__, place=place_of(error), version=__version__)
            sys.exit(EXIT_FAULT)

    return run


def prepare() -> None:
    """Import all that saying something needs."""
    import vsme_xl.cell_text
    import vsme_xl.display
    import vsme_xl.language  # noqa: F401


def complain(path: str, **values: object) -> None:
    """Print the text at a path of the language files to standard error."""
    click.echo(say(path, **values), err=True)


def say(path: str, **values: object) -> str:
    """Return the text at a path of the language files, its placeholders filled in one line, in the command's language.

    That is the one asked for (--lang, VSME_XL_LANG), else that of the workbook once it is read, else English.
    """
    from vsme_xl.cell_text import one_line
    from vsme_xl.display import said
    from vsme_xl.language import load_language

    language = spoken_language()
    shown = {key: one_line(said(value, language)) for key, value in values.items()}
    return load_language(language).text(path, **{"part": "", "sheet": "", "cell": "", **shown})


def is_verbose() -> bool:
    """Return whether the user asked to see all, also what may hold figures of a workbook."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(VERBOSE))


def name_of(entity: str, otherwise: str) -> str:
    """Return a company's name as a log may hold it: a name with digits may be a figure that stands in the wrong cell.

    Where there is none to show, `otherwise` stands for it; those who asked to see all get every name.
    """
    shown = entity and (is_verbose() or not any(c.isdigit() for c in entity))
    return entity if shown else otherwise


def wrong_usage(option: str, path: str, **values: object) -> click.UsageError:
    """Return the refusal of an option or argument: its name and the text at a path of the language files."""
    return click.UsageError(f"{option}: {say(path, **values)}")


def speak(language: str) -> None:
    """Let the running command say what it has to say in a language."""
    click.get_current_context().meta[LANGUAGE] = language


def spoken_language() -> str:
    """Return the language in which the running command speaks."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(LANGUAGE, "en")) if context else "en"
