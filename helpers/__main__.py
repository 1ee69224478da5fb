"""The command line: ``alexnet data|train|evaluate|explain|predict|shapes|record``.

``python -m helpers`` is the same, and works in a checkout without installing anything.

Exit status 0: done; 1: failed while running; 2: bad input, told in one line on stderr; 130 and 143:
asked to stop, by Ctrl-C or SIGTERM.
Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

import argparse
import contextlib
import glob
import itertools
import logging
import os
import re
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from helpers import environment
from helpers.errors import UserError
from helpers.files import (
    CODES,
    DRAWN,
    as_named,
    refuse_all_missing,
    refuse_inside,
    refuse_missing,
    refused_by_windows,
    shown,
)
from helpers.training import run_files, stopping
from helpers.training.crossed import is_crossed
from helpers.training.recipe import MNIST, Recipe


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the whole usage text."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit status 2."""
        dash = re.match(r"argument ([^ /:]+).*expected (?:at least )?one argument", message)
        if dash:  # argparse takes such a value for an option
            message += f"; a value that begins with two dashes is written {dash[1]}=--like-this"
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def _parse_optional(self, arg_string: str):
        """Take a word with one dash for a value: of such options there is -h alone."""
        one_dash = arg_string.startswith("-") and not arg_string.startswith("--")
        if one_dash and arg_string not in self._option_string_actions:
            return None
        return super()._parse_optional(arg_string)


class Once(argparse.Action):
    """An option that is refused when it is given twice: only one of the two could count."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        options: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Keep the value."""
        if getattr(options, self.dest) is not None:
            parser.error(f"{option_string} is given twice; name one")
        setattr(options, self.dest, values)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    _any_terminal()
    options = _parsed(arguments)
    try:
        with stopping.heard(), _read_or_not(options):
            return options.command(options) or 0
    except UserError as error:
        print(f"error: {as_named(error)}", file=sys.stderr)
        return 2
    except stopping.ASKED as asked:
        _say_stopped(options, asked)
        return stopping.status(asked)
    except BrokenPipeError:
        # The reader of our output, `head` say, has left: nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        lines = str(error).strip().splitlines() or ["no message"]
        print(f"failed: {type(error).__name__}: {lines[0]}{_logged(options)}", file=sys.stderr)
        return 1


def _parsed(arguments: list[str] | None):
    """Return the options; pictures may also stand behind options (argparse takes one group)."""
    parser = _parser()
    options, more = parser.parse_known_args(arguments)
    flags = [word for word in more if word.startswith("-")]
    if more and not flags and options.command in (_data, _train, _evaluate):
        parser.error(
            f"unrecognized arguments: {shlex.join(more)}; one folder or archive is read at a time: "
            "put the class folders of all into one folder, and write a name with blanks in quotes"
        )
    if unknown := [word for word in flags if word.startswith("--") or "images" not in options]:
        several = getattr(options, "classes", None)  # took what stands before it
        remedy = f"; a class of that name is written --classes={unknown[0]}" if several else ""
        parser.error(f"unrecognized arguments: {shlex.join(unknown)}{remedy}")
    if more:
        options.images += more
    return options


def _any_terminal() -> None:
    """Let letters that the terminal or a redirected file cannot show come as their codes."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError):  # a notebook's stream knows all letters
            stream.reconfigure(errors=CODES)  # type: ignore[union-attr]


class _Unread:
    """A stream that takes more when its reader has left: what is written to files goes on."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, or not."""
        with self._reader_may_leave():
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        with self._reader_may_leave():
            self.stream.flush()

    @contextlib.contextmanager
    def _reader_may_leave(self):
        try:
            yield
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())


@contextlib.contextmanager
def _read_or_not(options):
    """Let a command that writes files write them also where ``head`` has read enough of it."""
    stream = sys.stdout
    if any(getattr(options, place, None) for place in ("csv", "out")):
        sys.stdout = _Unread(stream)
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stdout = stream


def _say_stopped(options, asked: BaseException) -> None:
    """Say where things stand, unless the training has said so itself."""
    if getattr(asked, "said", False):
        return
    from helpers.training import folds, progress, runs

    rest = ""
    if options.command is _train and options.hosts is None:
        if options.folds is None:
            rest = f"; {runs.standing(runs.worked_in(options.out, options.epochs))}"
        else:
            rest = f"; {folds.standing(options.out)}"
    progress.say_stopped(f"{stopping.word(asked)}{rest or '.'}")


def _logged(options) -> str:
    """Write the traceback of the current error to a file; return where it is, in brackets.

    It lies in the folder of the run that the command names, otherwise in ``home()/logs``.
    """
    from helpers import files

    name = f"failed-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    text = f"{shlex.join(sys.argv)}\n\n{traceback.format_exc()}"
    try:
        folders = [getattr(options, place, None) for place in ("run", "out")]
        runs = [folder for folder in folders if folder and (folder / "recipe.json").is_file()]
        path = (runs[0] if runs else files.home() / "logs") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", errors=CODES)
    except (OSError, UserError):  # the error itself must be told all the same
        return ""
    return f" (the whole report: {path})"


# ---------------------------------------------------------------------------------------------
# What can be asked for
# ---------------------------------------------------------------------------------------------


EQUALISE = "bring all pictures to one size and JPEG quality, where these tell the classes apart"
SKIP = "leave out pictures that cannot be read, instead of stopping at them"

#: Options by command and topic: what is typed, and what it does. A word in capitals says what an
#: option takes (``TAKEN``), dots that it may take several; an option without such a word is on or
#: off.
DATA = {
    "--classes NAME…": "only these classes, as in bike,ship",
    "--skip-unreadable": SKIP,
    "--equalise": EQUALISE,
    "--out DIR": "folder for embedded, drawn or imagenet-download",
    "--seed INT": "of the drawn pictures (default: 0)",
    "--accept-imagenet-terms": "you have read and accept the terms of access at image-net.org",
}
TRAIN = {
    "pictures and place": {
        "--data SOURCE": "a folder that holds one of pictures for each class (or train/, val/ and "
        "test/ of such), or a zip or tar of it (unpacked once below ~/.cache/alexnet-book/archives "
        "or $ALEXNET_HOME/archives; these copies may be deleted); embedded; drawn; flowers; "
        "imagenet:DIR; or mnist, with its own defaults and without --from",
        "--out DIR": "folder of the run: network, predictions, figures, model card (1 GB, 2.4 "
        "meanwhile)",
        "--classes NAME…": "only these, as in bike,ship, or all (default: all; of ImageNet the two "
        "of the book)",
        "--skip-unreadable": SKIP,
        "--equalise": EQUALISE,
        "--restart": "train anew: delete the run in --out",
    },
    "the network and how it learns": {
        "--arch NAME": "architecture (default: paper, or that of --from); see the command shapes",
        "--from RUN|FILE|torchvision": "start from weights that have learnt: of a finished run, of "
        "a .keras, .pth, .pt or .npz file, or torchvision's of ImageNet (244 MB, with "
        "ALEXNET_PRETRAINED=1); the last layer is drawn anew for other classes; --arch is theirs",
        "--freeze LAYER|features": "layers that stay as they are: up to this one, or features, all "
        "but the last one (default: none)",
        "--initial NAME": "initial weights: glorot, paper or spec",
        "--epochs INT": "passes through the pictures (default: until 5000 are shown; 20 at least); "
        "with more than a finished run has, that one goes on in a folder beside it",
        "--batch-size INT": "pictures per update (default: 16; 32, 64, 128 with more pictures)",
        "--learning-rate FLOAT": "at the start (default: what suits the initial weights; a tenth "
        "with --from)",
        "--patience INT": "epochs without progress before the rate falls (default: a quarter, 5 at "
        "least)",
        "--early-stop INT": "epochs without progress before the end (default: never)",
        "--keep best|last": "which epoch's weights are the result: the best on the validation "
        "pictures, or the last (default: best)",
        "--seed INT": "of weights, order and crops (default: 0)",
    },
    "pictures that are few or uneven": {
        "--augment LIST": "how each epoch's pictures are made to differ: crop,flip,colour, some of "
        "them, or none (default: all; where left and right matter, name crop,colour)",
        "--no-augmentation": "the same as --augment none; with --data mnist: learn from its own "
        "pictures alone",
        "--colour-noise FLOAT": "strength of colour (default: 0.1)",
        "--class-weights": "let each class count alike, however many pictures it has: in the loss, "
        "and in choosing the best epoch",
        "--folds INT": "cross-validation for few pictures: so many runs, 3 or more, in fold-1, …; "
        "each picture is judged once, by a network that had not seen it: one part of so many "
        "judges, one steers, the others teach, so that 5 teach with three fifths and 3 with one "
        "third",
    },
    "machines": {
        "--precision NAME": "auto, float32, mixed_float16 or mixed_bfloat16 (default: auto, for "
        "the device)",
        "--devices N": "GPUs that share each batch, or all (default: 1)",
        "--tensorboard": "write logs for TensorBoard",
        "--hosts LIST": "train on several machines: all of them, the first with a port, like "
        "ada:1234,grace; or local:N for N processes on this one; the port is open to everybody, so "
        "on a trusted network only",
        "--host-index INT": "which of them this is: 0, …",
        "--host-timeout SECONDS": "how long to wait for a host that does not come or falls silent "
        "(default: 120)",
    },
}
EVALUATE = {
    "--data SOURCE": "other pictures, a folder or archive with one folder per class of the network",
    "--split train|val|test|all": "judge this part only: with --data the folder train, val or test "
    "in it, otherwise that part of the run's own pictures (default: test if there is one; else all "
    "with --data, val without)",
    "--skip-unreadable": SKIP,
    "--views 1|10": "crops a picture: the centre, or the mean over the paper's ten (default: 1)",
    "--out DIR|FILE.csv": "also write the predictions into this CSV file, or with figures into "
    "this folder; files of this command that are there are replaced, others never",
}
EXPLAIN = {
    "--method NAME…": "gradcam (default), gradcam++, scorecam, layercam, gradcam-scratch; several "
    "with commas",
    "--layer NAME": "convolution to look at (default: the last)",
    "--class-name NAME": "class to explain (default: the predicted one)",
    "--out DIR": "folder for the PNG files, FOLDER-PICTURE-METHOD.png (default: the current "
    "folder)",
}
PREDICT = {
    "--top INT": "how many classes to show (default: 2)",
    "--csv FILE": "also write a table: path, prediction, probability, then of each class (UTF-8; "
    "in Excel: Data, From Text/CSV); an older table of this command is replaced",
}
SHAPES = {"--input-size PIXELS": "side of the pictures, in place of the architecture's own"}
RECORD = {
    "--seeds INT": "how many runs of each kind (default: as many as the book has)",
    "--out DIR": "folder of the record (default: results/NAME)",
    "--data SOURCE": "a source of pictures, where the experiment needs one",
}
#: What a word in capitals is read as; all others are texts. Words that are not are the choices.
TAKEN = {
    "INT": int,
    "PIXELS": int,
    "SECONDS": int,
    "FLOAT": float,
    "DIR": Path,
    "FILE": Path,
    "DIR|FILE.csv": Path,
}


#: Of two of these only one could count.
ONCE = ("--run", "--data")


def _parser() -> Parser:
    parser = Parser(
        prog=environment.program(),
        description="AlexNet, from photos to heat maps.",
        epilog="Each command has its own --help, with an example.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    pictures, runs = (_add_data, _add_train), (_add_evaluate, _add_explain, _add_predict)
    for add in (*pictures, *runs, _add_shapes, _add_record):
        add(commands)
    return parser


def _command(commands, function, text: str, example: str) -> Parser:
    """Add the command that a function carries out, and return its parser."""
    parser = commands.add_parser(function.__name__.removeprefix("_"), help=text, description=text)
    parser.set_defaults(command=function)
    parser.epilog = f"example: {parser.prog} {example}"
    return parser


def _add_options(parser, options: dict[str, str], required: tuple[str, ...] = ()) -> None:
    """Add options as they stand in a table above."""
    for usage, text in options.items():
        name, _, taken = usage.partition(" ")
        if not taken:
            parser.add_argument(name, action="store_true", help=text)
        elif taken.endswith("…"):  # with commas, with spaces, or given several times
            several: dict[str, Any] = {"nargs": "+", "action": "append", "default": []}
            parser.add_argument(name, metavar=taken[:-1], help=text, **several)
        else:
            more: dict[str, Any] = {"metavar": taken, "required": name in required, "help": text}
            if taken == taken.lower():
                kind: Callable = int if taken[0].isdigit() else str
                more["choices"] = [kind(choice) for choice in taken.split("|")]
            else:
                kind = TAKEN.get(taken, str)
            action = Once if name in ONCE else "store"
            parser.add_argument(name, type=kind, action=action, **more)


def _add_data(commands) -> None:
    text = "Say what is in a source of pictures, or write the drawn ones, or download ImageNet's."
    parser = _command(commands, _data, text, "photos")
    parser.add_argument(
        "source",
        nargs="?",
        help="embedded, drawn, flowers, a folder, a zip or tar, imagenet:DIR, or "
        "imagenet-download (default: $ALEXNET_DATA, else embedded)",
    )
    _add_options(parser, DATA)


def _add_train(commands) -> None:
    text = "Train a network on a source of pictures; repeat the command to resume."
    parser = _command(commands, _train, text, "--data photos --out runs/mine")
    parser.epilog = f"{parser.epilog}" + (
        ". Ctrl-C and kill keep every epoch whose line was printed (with --hosts the last "
        "checkpoint, up to a minute old). Exit status: 0 done, 1 failed while running, 2 bad "
        "input, 130 or 143 stopped by Ctrl-C or kill."
    )
    for topic, options in TRAIN.items():
        _add_options(parser.add_argument_group(topic), options, required=("--data", "--out"))
    parser.set_defaults(host_timeout=120)


def _add_evaluate(commands) -> None:
    text = "Report how good a trained network is."
    parser = _command(commands, _evaluate, text, "--run runs/mine --data more_photos")
    _add_run(parser)
    _add_options(parser, EVALUATE)
    parser.set_defaults(views=1)


def _add_explain(commands) -> None:
    text = "Draw heat maps that show which part of a picture spoke for its class."
    parser = _command(commands, _explain, text, "--run runs/mine new.jpg --method layercam")
    _add_run(parser, "folder of a finished run; of several folds name one")
    _add_pictures(parser)
    _add_options(parser, EXPLAIN)
    parser.set_defaults(out=Path("."))


def _add_predict(commands) -> None:
    text = "Say what is in pictures."
    parser = _command(commands, _predict, text, "--run runs/mine new.jpg more_photos")
    _add_run(parser)
    _add_pictures(parser)
    _add_options(parser, PREDICT)
    parser.set_defaults(top=2)


def _add_shapes(commands) -> None:
    parser = _command(commands, _shapes, "Show the layers of an architecture.", "paper")
    parser.add_argument("name", nargs="?", help="architecture; without it, all names")
    _add_options(parser, SHAPES)


def _add_record(commands) -> None:
    text = "Make or continue a record of many runs, at low priority; from a checkout of the book."
    parser = _command(commands, _record, text, "ablations --out runs/ablations")
    parser.add_argument("name", help="experiment: a folder of results/ with a make.py")
    _add_options(parser, RECORD)


def _add_pictures(parser: Parser) -> None:
    text = "a picture, or a folder, zip or tar: all pictures in it and in its sub-folders"
    parser.add_argument("images", nargs="*", metavar="PATH", help=text)


def _add_run(parser: Parser, text: str = "folder of a finished run, or of all its folds") -> None:
    parser.add_argument("--run", type=Path, action=Once, required=True, metavar="DIR", help=text)


# ---------------------------------------------------------------------------------------------
# What is done
# ---------------------------------------------------------------------------------------------


def _data(options) -> None:
    options.source, options.classes = _source_and_classes(options)
    if options.seed is not None and options.source not in DRAWN:
        raise UserError("--seed goes with embedded and drawn, the drawn pictures; leave it out.")
    if options.out is not None and options.source not in (*DRAWN, "imagenet-download"):
        words = ", ".join(DRAWN)
        raise UserError(f"--out goes with {words} or imagenet-download, which write pictures.")
    refuse_missing(options.source)
    from helpers import datasets
    from helpers.datasets import archives, checks

    source = options.source if options.out is None else _make_data(options)
    if options.seed is not None and options.out is None:
        from helpers.datasets.drawn import files as drawn

        source = drawn.ensure(seed=options.seed, style=DRAWN[options.source])
    data = datasets.load(
        source,
        classes=options.classes,
        skip_unreadable=options.skip_unreadable,
        equalise=options.equalise,
    )
    print(datasets.describe(data), flush=True)
    if place := archives.place_note(data.location):
        print(f"  {place}")
    print(checks.examine(data))


def _source_and_classes(options) -> tuple[str, list[str] | None]:
    """Return the source and the classes, also where ``--classes a b SOURCE`` took the source."""
    source, last = options.source, options.classes[-1] if options.classes else []
    words = ("auto", *DRAWN, "flowers", "imagenet-download")
    if source is None and len(last) > 1:
        named = last[-1] in words or last[-1].startswith("imagenet:") or Path(last[-1]).exists()
        source = last.pop() if named else None
    source = "auto" if source is None else source
    return source, _class_names(options.classes, source)


def _class_names(given: list[list[str]], source: str) -> list[str] | None:
    """Return the classes that ``--classes`` names; a comma separates, unless a class has one."""
    words = [word for words in given for word in words]
    whole = [word for word in words if "," not in word or _is_class(word, source)]
    split = [part.strip() for word in words if word not in whole for part in word.split(",")]
    return [name for name in (*whole, *split) if name] or None


def _is_class(name: str, source: str) -> bool:
    """Whether a folder of this name, however it is stored, lies in the source or a part of it."""
    from helpers.datasets import archives, tree

    place = archives.unpacked(source) if archives.is_archive(source) else Path(source)
    folders = itertools.chain(place.glob("*/"), place.glob("*/*/"))
    return any(tree.readable(folder.name) == tree.readable(name) for folder in folders)


def _make_data(options) -> Path:
    """Write pictures and return their folder, absolute: its name may be that of a source."""
    from helpers import datasets

    if options.source in DRAWN:
        from helpers.datasets.drawn import files as drawn

        style = DRAWN[options.source]
        return drawn.make(options.out.absolute(), seed=options.seed or 0, style=style)
    return datasets.download(
        options.out.absolute(),
        classes=options.classes,
        accept_terms=options.accept_imagenet_terms,
    )


def _train(options) -> None:
    if options.data in MNIST:
        _train_digits(options)
        return
    # Checked before TensorFlow is loaded: a slip of the pen is answered at once.
    names = "data arch epochs batch_size learning_rate initial colour_noise patience early_stop"
    names = f"{names} precision keep seed freeze from"
    settings = {name: getattr(options, name) for name in names.split()}
    settings["start"] = settings.pop("from")
    if options.freeze is not None and settings["start"] is None:
        raise UserError(
            "--freeze goes with --from, which names the weights that stay: without it they would "
            "be random and never learn. Name a run, a file or torchvision, or leave --freeze out."
        )
    settings = {name: value for name, value in settings.items() if value is not None}
    classes = _class_names(options.classes, options.data)
    if classes:
        settings["classes"] = tuple(classes)
    flags = {
        "augment": _augment(options),
        "class_weights": options.class_weights,
        "equalise": options.equalise,
        "skip_unreadable": options.skip_unreadable,
    }
    recipe, devices = _recipe(settings | flags), _devices(options.devices)
    refuse_missing(recipe.data)
    if recipe.start not in (None, "torchvision"):
        from helpers.training import start

        start.found(recipe.start)
    refuse_inside(options.out, recipe.data)
    if why := refused_by_windows(options.out.name):
        print(f"note: --out {options.out.name} {why}: Windows takes no folder of such a name")
    if options.folds is not None:
        _train_folds(recipe, options, devices)
        return
    run = _train_here(recipe, options, options.out, devices)
    if run is not None:
        _tell(run)


def _recipe(values: dict) -> Recipe:
    """Return the recipe; what is wrong with a value is told with the option as it was typed."""
    try:
        return Recipe(**values)
    except UserError as error:
        name, *rest = str(error).split(" ", 1)
        typed = f"--{name.replace('_', '-')}" if name in values else name
        raise UserError(" ".join([typed, *rest])) from None


def _augment(options) -> tuple[str, ...]:
    """Return the augmentations that are asked for."""
    if options.augment is None:
        return () if options.no_augmentation else Recipe.augment
    if options.no_augmentation:
        raise UserError(
            "--augment and --no-augmentation exclude each other; leave one of them out."
        )
    if options.augment == "none":
        return ()
    return tuple(name.strip() for name in options.augment.split(","))


def _devices(wanted: str | None) -> int | str | None:
    if wanted is None or wanted == "all":
        return wanted
    if not wanted.isdigit() or int(wanted) < 1:
        raise UserError(
            f"--devices must be a number of devices, 1 or more, or all, got {wanted!r}."
        )
    return int(wanted)


def _tell(run) -> None:
    """Print how good a run is, and leave figures and a model card in its folder."""
    from helpers import evaluation
    from helpers.evaluation import card

    judgement = card.Judgement.of(run)
    card.write(run, run.path, judgement)
    print(evaluation.report(judgement.predictions))
    for sentence in judgement.sentences():
        print(sentence)
    print(f"figures, model card and predictions: {run.path}")


def _train_folds(recipe: Recipe, options, devices: int | str | None) -> None:
    """Train one run for each fold, and judge all pictures by the runs that had not seen them."""
    if options.hosts is not None:
        raise UserError("--folds does not go with --hosts; leave one of them out.")
    if options.folds < 3:
        raise UserError(
            f"--folds must be at least 3, got {options.folds}: one fold judges, one steers, the "
            "others are learned from; 5 is usual."
        )
    environment.load_keras()
    from helpers import evaluation, files
    from helpers.evaluation import answers, card
    from helpers.training import folds

    done = folds.run_all(
        recipe,
        options.folds,
        options.out,
        lambda recipe, folder: _train_here(recipe, options, folder, devices),
        anew=options.restart,
    )
    judgements = [card.Judgement.of(run) for run in done]
    for run, judgement in zip(done, judgements, strict=True):
        card.write(run, run.path, judgement)
    table = folds.pooled(done)
    together = card.Judgement.pooled(judgements, table)
    stored = evaluation.named(table, answers.names_of(done[0]))
    files.write_csv(options.out / "predictions.csv", stored)
    card.write_folds(done, options.out, together)
    print(
        f"{len(table)} pictures, each judged by the one run of {options.folds} that had not seen it"
    )
    if len(table) >= folds.FEW:
        print(f"With {folds.FEW} pictures or more a single run, without --folds, says as much.")
    print(folds.spread(table))
    print(evaluation.report(table))
    for sentence in together.sentences():
        print(sentence)
    print(f"figures, model card and predictions of all folds together: {options.out}")


def _train_here(recipe, options, folder: Path, devices: int | str | None):
    """Train on this machine, or as one of several hosts, and return the run if it is ours."""
    if options.hosts is not None:
        from helpers.training.hosts import launch

        if options.tensorboard:
            raise UserError("--tensorboard does not go with --hosts; leave one of them out.")
        if devices is not None:
            raise UserError("--devices does not go with --hosts; leave one of them out.")
        if recipe.start is not None or recipe.freeze is not None:
            raise UserError("--hosts goes with neither --from nor --freeze; leave it out.")
        hosts, timeout = (options.hosts, options.host_index), options.host_timeout
        resume = not options.restart
        return launch.train(recipe, options.out, *hosts, resume=resume, timeout=timeout)
    if options.host_index is not None:
        raise UserError("--host-index goes with --hosts, which names all hosts.")
    environment.load_keras()
    from helpers import training

    return training.train(
        recipe,
        folder,
        resume=not options.restart,
        tensorboard=options.tensorboard,
        devices=devices,
    )


#: Options of train that mean nothing for digits.
PHOTOGRAPHS = (
    "classes initial colour_noise patience early_stop precision augment keep "
    "class_weights equalise folds skip_unreadable hosts freeze from"
).split()


def _train_digits(options) -> None:
    if options.arch not in (None, "mnist"):
        raise UserError("--data mnist goes with --arch mnist: other networks take photographs.")
    for name in PHOTOGRAPHS:
        if getattr(options, name) not in (None, False, []):
            flag = f"--{name.replace('_', '-')}"
            raise UserError(f"{flag} does not go with --data mnist; leave it out.")
    devices = _devices(options.devices)
    names = ("epochs", "batch_size", "learning_rate", "seed")
    settings = {name: getattr(options, name) for name in names}
    settings = {name: value for name, value in settings.items() if value is not None}
    environment.load_keras()
    from helpers.digits import lessons

    make = lessons.standard_recipe if options.no_augmentation else lessons.broad_recipe
    run = _train_here(make(data=options.data, **settings), options, options.out, devices)
    print(f"digits from {run.recipe.data.removeprefix('mnist:')}")
    _tell(run)
    if run.recipe.broad:
        print(lessons.refusals(run))


def _evaluate(options) -> None:
    refuse_missing(options.data or "")
    run = _run(options)
    from helpers import evaluation
    from helpers.evaluation import answers, card, judging, results

    if run.recipe.of_digits and (options.data, options.views) != (None, 1):
        option = "--views" if options.data is None else "--data"
        raise UserError(
            f"{options.run} is a run on digits, judged by its own pictures as they are; leave "
            f"{option} out, or name a part of them with --split."
        )
    table = folder = None
    if options.out is not None:
        table, folder = results.result_files(options.out, run)
        for source in filter(None, (str(run.recipe.data), options.data)):
            if folder is not None:
                refuse_inside(folder, source)
    choice = {"views": options.views, "skip_unreadable": options.skip_unreadable}
    judged = judging.judge(run, options.data, options.split, **choice)
    print(as_named("\n".join(judged.said)))
    print(evaluation.report(judged.predictions))
    for sentence in card.Judgement.told(judged, answers.names_of(run)).sentences():
        print(sentence)
    if table is not None:
        from helpers.files import write_csv

        write_csv(table, evaluation.named(judged.predictions, answers.names_of(run)))
        print(table)
    if folder is not None:
        for path in results.write_results(run, judged, folder):
            print(path)


def _predict(options) -> None:
    if options.top < 1:
        raise UserError(f"--top must be at least 1, got {options.top}.")
    run = _run(options, pictures=options.images)
    from helpers.evaluation import answers, inputs
    from helpers.training.crossed import Crossed

    found, names, bad = inputs.find(options.images), answers.names_of(run), []
    empty: list[Path] = []
    with _table(options.csv, run, names) as table:
        if isinstance(run, Crossed):
            print(f"note: the mean of the {len(run.runs)} folds in {run.path}", file=sys.stderr)
        for answer in answers.answers(run, found.files):
            if answer.error:
                bad.append(answer)
                continue
            if table is not None:
                table.add([as_named(answer.path), *answers.row(answer, names)[1:]])
            empty += _empty(answer, run)
            best = answer.shares.argsort(kind="stable")[::-1][: options.top]
            said = ", ".join(f"{shown(names[i])} {100 * answer.shares[i]:.1f} %" for i in best)
            print(f"{shown(answer.path)}: {said}", flush=True)
    _finish(found, bad, run, empty)


@contextlib.contextmanager
def _table(path: Path | None, run, names):
    """Give out the table that ``--csv`` names, None without, and say in the end where it is."""
    from helpers import evaluation
    from helpers.evaluation import outputs

    if path is None:
        yield None
        return
    outputs.refuse_run_files(path, run)
    outputs.refuse_foreign(path)
    replaced = " (the older one there is replaced)" if path.exists() else ""
    classes = [f"{evaluation.OF_CLASS}{name}" for name in names]  # as in predictions.csv
    with outputs.Table(path, ["path", "prediction", "probability", *classes]) as table:
        yield table
    print(f"note: the table is in {shown(path)}{replaced}", file=sys.stderr)


def _explain(options) -> None:
    methods = _methods(options)
    run = _run(options, one=True, pictures=options.images)
    from helpers.evaluation import answers, inputs, outputs
    from helpers.explain import maps

    if run.recipe.of_digits:
        raise UserError(f"{options.run} is a run on digits; explain takes one on photographs.")
    asked = None if options.class_name is None else _class_index(run, options.class_name)
    for folder in (str(run.recipe.data), *map(str, options.images)):
        refuse_inside(options.out, folder)
    found = inputs.find(options.images)
    found.files = list(dict.fromkeys(found.files))  # named twice, one picture is drawn once
    targets = outputs.map_files(found.files, options.out, methods)
    bad, titles, empty = [], run.environment["titles"], []
    for item in maps.heat_maps(run, found.files, methods, options.layer, asked):
        if isinstance(item, answers.Answer):
            bad.append(item)
            continue
        empty += _empty(item, run)
        maps.draw_maps(item, titles, targets[item.path])
        # A bare name a line, for programs that read it; the share stands over the map.
        said = f": {', '.join(maps.mapped(item, titles))}" if item.asked else ""
        print(f"{shown(targets[item.path])}{said}", flush=True)
        if item.empty:
            print(maps.empty_note(item, titles[item.label]), file=sys.stderr, flush=True)
    _finish(found, bad, run, empty)


def _methods(options) -> list[str]:
    """Return the methods that ``--method`` names; paths behind them become pictures.

    Raises
    ------
    UserError
        When a word is neither.
    """
    from helpers.explain import METHODS

    found = []
    for place, word in (pair for words in options.method for pair in enumerate(words)):
        names = [name.strip() for name in word.split(",") if name.strip()]
        if place > 0 and not set(names) <= set(METHODS) and _looks_like_path(word):
            options.images.append(word)
        else:
            found += names
    for name in found:
        if name not in METHODS:
            raise UserError(f"There is no method {name!r}; choose from {', '.join(METHODS)}.")
    return list(dict.fromkeys(found)) or ["gradcam"]


def _looks_like_path(word: str) -> bool:
    return os.path.exists(word) or Path(word).name != word or "." in word or glob.has_magic(word)


def _empty(answer, run) -> list[Path]:
    """Return the picture's path where it shows nothing; a page of digits is refused elsewhere."""
    from helpers.datasets import oddities

    alone = not run.recipe.of_digits and oddities.shows_nothing(answer.pixels)
    return [answer.path] if alone else []


def _finish(found, bad: list, run, empty: Sequence[Path]) -> None:
    """Say what was left out in folders and in pictures, and name the files that cannot be read."""
    from helpers.datasets import oddities
    from helpers.evaluation import answers

    unread = {answer.path for answer in bad}
    read = dict.fromkeys(path for path in found.files if path not in unread)
    odd = oddities.of_new(read, empty, whole=run.recipe.of_digits)
    for note in filter(None, [str(found), *odd]):
        print(f"note: {shown(note)}", file=sys.stderr)
    if bad:
        raise UserError(answers.complaint(bad, len(found.files)))


def _class_index(run, wanted: str) -> int:
    for names in (list(run.classes), run.environment["titles"]):
        if wanted in names:
            return names.index(wanted)
    from helpers.datasets.folder import some
    from helpers.evaluation import answers

    pairs = zip(run.classes, answers.names_of(run), strict=True)
    known = some([name if name == title else f"{title} ({name})" for name, title in pairs])
    raise UserError(f"There is no class {wanted!r}; the run knows {known}.")


def _run(options, one: bool = False, pictures: Sequence[str] | None = None):
    """Return the run or, unless ``one``, the folds that ``--run`` names, without chatter.

    What can be known without Keras is told at once: no such run, none of the ``pictures`` there.
    """
    if one or not is_crossed(options.run):
        run_files.check_finished(options.run)
        if pictures is not None:
            run_files.check_network(options.run)
    if pictures is not None:
        refuse_all_missing(pictures)
    from helpers.training import Run, runs

    run = (Run.load if one else runs.load)(options.run)
    environment.load_keras()
    # TensorFlow warns of retracing where several networks, or batches of two sizes, are asked.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return run


def _record(options) -> None:
    from helpers.book import records

    records.make(options.name, out=options.out, seeds=options.seeds, data=options.data)


def _shapes(options) -> None:
    from helpers import architectures, shapes

    if options.name is None:
        for name in architectures.names():
            print(f"{name:<16} {architectures.get(name).title}")
        return
    sums = shapes.totals(options.name, options.input_size)  # complains before pandas is loaded
    print(shapes.table(options.name, options.input_size).to_string())
    print(f"{sums.parameters:,} parameters, {sums.macs:,} multiply-adds, {sums.neurons:,} neurons")


if __name__ == "__main__":
    sys.exit(main())
