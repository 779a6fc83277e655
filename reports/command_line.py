"""The command line: parses, calls, prints. Exit status by ``reports.verdicts.ExitStatus``.

With ``--json`` standard output is exactly one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from typer.exceptions import TyperException

from fixtures.catalogue.load import CatalogueError, load_catalogue
from fixtures.effort import EFFORTS
from fixtures.outcome import BenchError, UsageError
from reports import ics_commands, tables
from reports.campaign import Interrupted, RunOptions, suite_identity
from reports.collect_commands import collect_app
from reports.cut_commands import cuts
from reports.judge_commands import judge_app
from reports.ledger import canonical
from reports.options import EffortName, Faults, Ics, Json, Seed, Select, Target
from reports.verdicts import ExitStatus

if TYPE_CHECKING:
    from reports.judgement import CampaignResult

STOPPED_BY_TYPER = 130  # what typer makes of Ctrl-C
CORES = os.cpu_count() or 1

app = typer.Typer(no_args_is_help=False, add_completion=False, rich_markup_mode=None)
serve_app = typer.Typer(no_args_is_help=False, help="Serve the target to the outside world.")
app.add_typer(serve_app, name="serve")
ics_app = typer.Typer(no_args_is_help=False, help="Make or check a capability statement.")
app.add_typer(ics_app, name="ics")
app.add_typer(judge_app, name="judge")
app.add_typer(collect_app, name="collect")
app.command()(cuts)


@app.command()
def run(  # noqa: PLR0917  options of a command line, all named
    target: Target = "reference",
    ics: Ics = None,
    select: Select = None,
    seed: Seed = 1,
    effort: EffortName = "quick",
    fault: Faults = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the campaign.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Finish an interrupted campaign.")] = None,
    destructive: Annotated[bool, typer.Option(help="Allow what wears or blocks.")] = False,
    workers: Annotated[int, typer.Option("-n", min=1, help="Processes; reference only.")] = 1,
    as_json: Json = False,
    japanese: Annotated[bool, typer.Option("--japanese", help="表題を日本語で示す")] = False,
) -> None:
    """Certify a target: run the suite and leave a campaign."""
    from reports import run as campaign  # noqa: PLC0415  loads pytest; not for every command

    _known_effort(effort)
    if resume is not None:
        if target != "reference" or ics or select or fault or out:
            raise UsageError("--resume goes on with the options of its campaign; drop the others")
        result = campaign.resume(resume)
    else:
        options = RunOptions(
            target,
            str(ics.resolve()) if ics else None,
            tuple(select or ()),
            seed,
            effort,
            tuple(fault or ()),
            destructive,
            workers,
            str(Path.cwd()),
        )
        result = campaign.start(options, out)
    _show(result, as_json=as_json, japanese=japanese)


def _show(result: CampaignResult, *, as_json: bool, japanese: bool) -> None:
    if as_json:
        print(canonical(result.to_json()))
    else:
        tables.print_campaign(Console(), result, japanese=japanese)
    raise typer.Exit(result.status)


@app.command()
def verify(
    campaign: Annotated[Path, typer.Argument(help="Folder of a campaign.")],
    rejudge: Annotated[bool, typer.Option(help="Judge its transcripts again.")] = False,
    seal: Annotated[str | None, typer.Option(help="The seal noted when it ended.")] = None,
    as_json: Json = False,
) -> None:
    """Check that a campaign is what was sealed, and on request judge it again."""
    from reports import verification  # noqa: PLC0415  loads pytest

    found = verification.verify(campaign, again=rejudge, seal=seal)
    if as_json:
        print(canonical(found.to_json()))
    else:
        verification.print_verification(Console(), found)
    raise typer.Exit(found.status)


@app.command()
def replay(
    campaign: Annotated[Path, typer.Argument(help="Folder of a campaign.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the new campaign.")] = None,
    as_json: Json = False,
    japanese: Annotated[bool, typer.Option("--japanese", help="表題を日本語で示す")] = False,
) -> None:
    """Run the suite on the transcripts of a campaign, without its device."""
    from reports import rejudge  # noqa: PLC0415  loads pytest

    _show(rejudge.replay(campaign, out), as_json=as_json, japanese=japanese)


@app.command()
def targets(as_json: Json = False) -> None:
    """List what can be tested, and the readers with what is in them."""
    from reports import doctor  # noqa: PLC0415  numpy takes its time

    if as_json:
        print(canonical(doctor.targets_json()))
    else:
        doctor.print_targets(Console())


@app.command("doctor")
def examine_bench(
    reader: Annotated[
        str | None, typer.Argument(help="Reader, as in pcsc:READER; or FILE.toml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at reader, driver, latency, clock and disk, or at a statement's services."""
    from reports import doctor, service_signs  # noqa: PLC0415  numpy takes its time

    if reader is not None and reader.endswith(".toml"):
        signs = service_signs.examine_statement(Path(reader))
    else:
        signs = doctor.examine(reader)
    if as_json:
        print(canonical(doctor.signs_json(signs)))
    else:
        doctor.print_signs(Console(), signs)
    raise typer.Exit(doctor.status_of(signs))


@app.command()
def matrix(
    campaigns: Annotated[list[Path], typer.Argument(help="Folders of campaigns, a model each.")],
    as_json: Json = False,
    japanese: Annotated[bool, typer.Option("--japanese", help="見出しを日本語で示す")] = False,
) -> None:
    """Lay the campaigns of several models side by side: maker by OS version."""
    from reports import models  # noqa: PLC0415  loads pytest

    runs = [models.read_model_run(folder) for folder in campaigns]
    found = models.judge_models(runs, models.needed_for_issue_and_use())
    if as_json:
        print(canonical(models.to_json(found, runs)))
    else:
        models.print_models(Console(), found, japanese=japanese)
    raise typer.Exit(found.status)


@ics_app.command("new")
def ics_new(
    out: Annotated[
        Path | None, typer.Option(help="File to write; standard output if none.")
    ] = None,
    profile: Annotated[str, typer.Option(help="gpse | card")] = "gpse",
) -> None:
    """A statement to be filled in."""
    if out is None:
        print(ics_commands.new_statement(profile), end="")
    else:
        ics_commands.write_new(out, profile)
        print(f"fill in {out}, then: jpki-conformance ics check {out}", file=sys.stderr)


@ics_app.command("check")
def ics_check(
    file: Annotated[Path, typer.Argument(help="Capability statement (TOML).")],
    as_json: Json = False,
) -> None:
    """Find everything that is wrong with a statement."""
    checked = ics_commands.check(file)
    if as_json:
        print(canonical(checked.to_json()))
    else:
        ics_commands.print_checked(Console(), checked)
    raise typer.Exit(checked.status)


@app.command()
def requirements(
    select: Select = None,
    as_json: Json = False,
    japanese: Annotated[bool, typer.Option("--japanese", help="表題を日本語で示す")] = False,
) -> None:
    """Show the catalogue and how much of it the suite judges."""
    catalogue = load_catalogue()
    chosen = tables.matching(catalogue, tuple(select or ()))
    if as_json:
        print(canonical(tables.coverage_json(catalogue, chosen)))
    else:
        tables.print_coverage(Console(), catalogue, chosen, japanese=japanese)


@app.command()
def faults(  # noqa: PLR0917
    name: Annotated[list[str] | None, typer.Argument(help="Faults to run; all by default.")] = None,
    effort: EffortName = "distilled",
    workers: Annotated[int, typer.Option("-n", min=1, help="Processes at a time.")] = CORES,
    clean_seeds: Annotated[int, typer.Option(min=0, help="Seeds of the clean reference.")] = 20,
    list_only: Annotated[bool, typer.Option("--list", help="Only name them.")] = False,
    distil: Annotated[bool, typer.Option(help="Print the distilled dialogues anew.")] = False,
    as_json: Json = False,
) -> None:
    """Prove that the suite finds faults: every named fault, and no false alarm."""
    from reports import fault_run  # noqa: PLC0415  loads the reference

    _known_effort(effort)
    if list_only:
        fault_run.print_list(Console())
        return
    if distil:
        fault_run.print_distilled(workers)
        return
    outcome = fault_run.run(tuple(name or ()), effort, workers, clean_seeds)
    if as_json:
        print(canonical(fault_run.to_json(outcome)))
    else:
        fault_run.print_outcome(Console(), outcome)
    raise typer.Exit(outcome.status)


@app.command()
def bench(
    as_json: Json = False,
) -> None:
    """Measure speed, as ratios against public tools in the same run."""
    from suites.timing import bench as measured  # noqa: PLC0415

    figures = measured.measure()
    if as_json:
        print(canonical(measured.to_json(figures) | {"suite": suite_identity()}))
    else:
        Console().print(measured.table(figures))


@serve_app.command("card")
def serve_card(  # noqa: PLR0917
    target: Target = "reference",
    ics: Ics = None,
    profile: Annotated[str, typer.Option(help="gpse | card, of the reference")] = "gpse",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the vpcd driver.")] = 0x8C7B,
    state: Annotated[Path | None, typer.Option(help="File the card lives in.")] = None,
    seed: Seed = 1,
    fault: Faults = None,
) -> None:
    """A virtual card for a running pcscd with the vpcd driver; ends when the reader goes."""
    from reports import serving  # noqa: PLC0415

    serving.serve_card(target, ics, profile, port, state, seed, tuple(fault or ()))


@serve_app.command("bridge")
def serve_bridge(
    ics: Ics = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On loopback; 0: a free one.")] = 7816,
    seed: Seed = 1,
) -> None:
    """The reference as an app on a phone, for whoever writes such an app; until interrupted."""
    from reports import serving  # noqa: PLC0415

    serving.serve_bridge(ics, port, seed)


@serve_app.command("services")
def serve_services(
    state: Annotated[Path, typer.Option(help="Folder the services live in; made when new.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the JPKI system; 0: any.")] = 0,
    fault: Faults = None,
) -> None:
    """JPKI system, TSMs, push and a business server on the loopback; prints a statement's lines."""
    from reports import serving  # noqa: PLC0415

    serving.serve_services(state, port, tuple(fault or ()))


@serve_app.command("program")
def serve_program(
    target: Target = "reference", ics: Ics = None, seed: Seed = 1, fault: Faults = None
) -> None:
    """A target on standard input and output, as `--target exec:` asks one."""
    from reports import serving  # noqa: PLC0415

    serving.serve_program(target, ics, seed, tuple(fault or ()))


def main(argv: list[str] | None = None) -> int:
    """Entry point; maps every ending to an exit status and one line."""
    try:
        ending = app(args=argv, standalone_mode=False)
    except TyperException as error:
        return _say(f"{_place(error)}{str(error).rstrip('.')}; see --help", ExitStatus.USAGE)
    except Interrupted as stopped:
        return _say(str(stopped), ExitStatus.INCONCLUSIVE)
    except (UsageError, CatalogueError) as error:
        return _say(str(error), ExitStatus.USAGE)
    except BenchError as error:
        return _say(str(error), ExitStatus.ERROR)
    except (KeyboardInterrupt, typer.Abort):
        ending = STOPPED_BY_TYPER
    if ending == STOPPED_BY_TYPER:
        return _say("interrupted", ExitStatus.INCONCLUSIVE)
    return ending if isinstance(ending, int) else ExitStatus.PASS


def _place(error: TyperException) -> str:
    """The option a value was meant for, when the parser knows it."""
    parameter = getattr(error, "param", None)
    return f"{'/'.join(parameter.opts)}: " if parameter is not None else ""


def _known_effort(name: str) -> None:
    if name not in EFFORTS:
        raise UsageError(f"--effort {name!r} is not known; use {' | '.join(EFFORTS)}")


def _say(line: str, status: ExitStatus) -> int:
    print(f"jpki-conformance: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
