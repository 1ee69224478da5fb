"""The command line as a user meets it: exit status, one line for bad input, files that appear."""

import ast
import functools
import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny
from bookfiles import ROOT
from PIL import Image
from tiny import call

from helpers import datasets, environment, evaluation, training
from helpers.errors import UserError
from helpers.files import root
from helpers.training import Recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.make_folder(tmp_path_factory.mktemp("data") / "zwei Farben")


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    return training.train(tiny.recipe(folder), path, verbose=False)


@pytest.mark.parametrize(
    "command", ["data", "train", "evaluate", "explain", "predict", "shapes", "record", None]
)
def test_help_on_each_command(command, capsys):
    arguments = [command] if command else []
    assert call(*arguments, "--help") == 0
    said = capsys.readouterr().out
    assert "usage: python -m helpers" in said
    assert command is None or f"example: python -m helpers {command} " in said


def test_messages_advise_the_command_as_it_was_called(monkeypatch, tmp_path, capsys):
    for called, program in (("/usr/bin/alexnet", "alexnet"), ("-c", "python -m helpers")):
        monkeypatch.setattr(sys, "argv", [called])
        assert call("train") == 2
        assert capsys.readouterr().err.startswith(f"{program} train: ")
        assert call("predict", "--help") == 0
        assert f"example: {program} predict --run" in capsys.readouterr().out
        with pytest.raises(UserError, match=f": {program} data imagenet-download"):
            datasets.load("imagenet-download")
        (tmp_path / "table.csv").write_text("a,b\n1,2\n")
        with pytest.raises(UserError, match=f"with {program} evaluate "):
            evaluation.read_predictions(tmp_path / "table.csv")


def test_no_message_has_the_name_of_the_command_typed_into_it():
    typed = []
    for path in (*(ROOT / "helpers").rglob("*.py"), *(ROOT / "results").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "args", None), list):
                texts = [one for one in ast.walk(node) if isinstance(one, ast.Constant)]
                typed += [path for one in texts if COMMAND.search(str(one.value))]
    assert not typed


COMMAND = re.compile(
    r"(python -m helpers|alexnet) (data|train|evaluate|explain|predict|shapes|record)"
)
BAD = [
    (["train", "--data", "nowhere", "--out", "RUN", "--epochs", "0"], "--epochs"),
    (["train", "--data", "nowhere", "--out", "RUN", "--batch-size", "-1"], "--batch-size"),
    (["train", "--data", "nowhere", "--out", "RUN", "--learning-rate", "0"], "--learning-rate"),
    (["train", "--data", "nowhere", "--out", "RUN", "--arch", "alexnet9"], "alexnet9"),
    (["train", "--data", "nowhere", "--out", "RUN", "--initial", "zero"], "--initial"),
    (["train", "--data", "nowhere", "--out", "RUN"], "nowhere"),
    (["train", "--data", "nowhere", "--out", "RUN", "--epochs", "many"], "--epochs"),
    (["train", "--out", "RUN"], "--data"),
    (["evaluate", "--run", "nowhere"], "nowhere"),
    (["predict", "--run", "nowhere", "a.jpg"], "nowhere"),
    (["explain", "--run", "nowhere", "a.jpg"], "nowhere"),
    (["data", "nowhere"], "nowhere"),
    (["data", "nowhere", "--out", "RUN"], "--out"),
    (["data", "imagenet-download", "--out", "RUN"], "accept"),
    (["shapes", "alexnet9"], "alexnet9"),
    (["shapes", "paper", "--input-size", "3"], "3"),
    (["dance"], "dance"),
    ([], "COMMAND"),
]


@pytest.mark.parametrize(("arguments", "word"), BAD)
def test_bad_input_is_one_line_and_status_2(arguments, word, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert word in told.err
    assert len(told.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())  # nothing half-written


RECORDED = str(root() / "results" / "photos_two_class" / "seed-0")
AT_ONCE = [
    *(arguments for arguments, _ in BAD if "imagenet-download" not in arguments),
    ["--help"],
    ["train", "--help"],
    ["predict", "--run", RECORDED, "a.jpg"],
    ["explain", "--run", RECORDED, "a.jpg", "--method", "magic"],
    ["evaluate", "--run", RECORDED, "--data", "nowhere"],
]


def test_help_and_bad_input_are_answered_in_a_second_and_without_keras(tmp_path):
    """Seconds of the processor: other tests run beside this one."""
    code = f"""
import sys, time
start = time.process_time()
import helpers.__main__ as cli
took = [time.process_time() - start]
for arguments in {AT_ONCE!r}:
    start = time.process_time()
    try:
        assert cli.main(arguments) == 2
    except SystemExit:
        pass
    took.append(time.process_time() - start)
assert sum(took) < 2 and max(took) < 1, took
print(*sorted({{"keras", "tensorflow", "pandas"}} & set(sys.modules)))
"""
    done = tiny.python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.thorough
def test_a_process_of_its_own_keeps_stderr_clean(run, tmp_path):
    command = [sys.executable, "-m", "helpers", "predict", "--run", str(run.path), "no.jpg"]
    done = subprocess.run(
        command, env=tiny.environment(tmp_path), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "no.jpg" in done.stderr


def test_a_run_that_works_says_nothing_of_tensorflow(run, folder, tmp_path):
    command = [sys.executable, "-m", "helpers", "predict", "--run", str(run.path), str(folder)]
    environment = tiny.environment(tmp_path)
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""


def test_what_is_no_usual_line_of_tensorflow_is_passed_on(capfd):
    lines = {
        "E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)": False,
        "E0000 cuda_platform.cc:52] failed call to cuInit: CUDA_ERROR_SYSTEM_NOT_READY (802)": True,
        "E0000 cuda_dnn.cc:500] Loaded runtime CuDNN library: 9.1 but compiled with 9.3": True,
        "I0000 port.cc:153] oneDNN custom operations are on.": False,
    }
    with environment.without_noise():
        os.write(2, "\n".join([*lines, ""]).encode())
    said = capfd.readouterr().err
    assert said.splitlines() == [line for line, told in lines.items() if told]


def test_a_failure_while_running_is_status_1(monkeypatch, capsys):
    def broken():
        raise RuntimeError("the sky fell\nin pieces")

    monkeypatch.setattr("helpers.architectures.names", broken)
    assert call("shapes") == 1
    assert capsys.readouterr().err.startswith("failed: RuntimeError: the sky fell (the whole")


def test_train_makes_the_recipe_that_the_options_say(monkeypatch, tmp_path):
    seen = {}

    def train(recipe, folder, **options):
        seen.update(recipe=recipe, folder=folder, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", train, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    options = "--epochs 7 --batch-size 16 --learning-rate 0.02 --initial paper --patience 3"
    flags = "--early-stop 4 --seed 5 --no-augmentation --skip-unreadable --tensorboard --restart"
    arguments = "train --data photos --out run --arch two_class --classes a b"
    assert call(*arguments.split(), *options.split(), *flags.split()) == 130
    assert seen["recipe"] == Recipe(
        data="photos",
        arch="two_class",
        classes=("a", "b"),
        epochs=7,
        batch_size=16,
        learning_rate=0.02,
        initial="paper",
        patience=3,
        early_stop=4,
        seed=5,
        augment=(),
        skip_unreadable=True,
    )
    assert seen["resume"] is False
    assert seen["tensorboard"] is True


def test_train_resume_and_report(folder, tmp_path, monkeypatch, capsys):
    """The real command with the tiny network under a name of its own."""
    from helpers import architectures

    monkeypatch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
    arguments = f"--arch tiny --epochs 1 --batch-size 8 --out {tmp_path / 'run'}".split()
    assert call("train", "--data", folder, *arguments) == 0
    first = capsys.readouterr().out
    assert "epoch   1/1" in first
    assert "accuracy: " in first
    assert call("train", "--data", folder, *arguments) == 0
    assert "images/s" not in capsys.readouterr().out  # finished: only the report
    assert call("train", "--data", folder, *arguments, "--seed", "4") == 2
    assert "seed (0 there, 4 now)" in capsys.readouterr().err


def test_evaluate(run, folder, tmp_path, capsys):
    table = tmp_path / "predictions.csv"
    assert call("evaluate", "--run", run.path, "--out", table) == 0
    out = capsys.readouterr().out
    correct = int(run.predictions["correct"].sum())
    assert f"accuracy: {correct} of 16" in out
    assert len(pd.read_csv(table)) == 16
    assert call("evaluate", "--run", run.path, "--data", folder, "--split", "all") == 0
    assert "of 48" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["predict --csv", "evaluate --out", "explain --out"])
def test_files_are_written_whole_though_nobody_reads_the_lines(run, folder, tmp_path, asked):
    command, option = asked.split()
    pictures = ["--data", str(folder)] if command == "evaluate" else [str(folder)]
    out = tmp_path / ("out" if command == "explain" else "out.csv")
    words = [command, "--run", str(run.path), *pictures, option, str(out)]
    begin = "import os; a, b = os.pipe(); os.dup2(b, 1); os.close(a); os.close(b)\n"
    code = f"{begin}from helpers.__main__ import main\nraise SystemExit(main({words!r}))"
    done = tiny.python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    count = len(list(folder.rglob("*.jpg")) or list(folder.rglob("*.png")))
    found = list(out.glob("*.png")) if command == "explain" else pd.read_csv(out)
    assert 0 < len(found) <= count
    assert command != "explain" or len(found) == count


@pytest.mark.parametrize("words", ["a -dash", "-dash a", "-horse a", "-1 -x", "a,-dash"])
def test_classes_that_begin_with_a_dash_are_classes(folder, capsys, words):
    assert call("data", folder, "--classes", *words.split(), "-e") == 2
    assert "no folder for the class '-" in capsys.readouterr().err


def test_a_class_with_two_dashes_gets_its_remedy(capsys):
    assert call("data", "photos", "--classes", "a", "--dash", "=1+1") == 2
    said = capsys.readouterr().err
    assert "unrecognized arguments: --dash; " in said
    assert "--classes=--dash" in said


def test_what_is_seen_in_part_is_told_of_new_pictures_too(run, tmp_path, capsys):
    Image.new("RGB", (900, 100), "red").save(tmp_path / "long.png")
    pages = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    for command in (["predict"], ["explain", "--out", tmp_path / "maps"]):
        assert call(*command, "--run", run.path, tmp_path / "long.png", tmp_path / "pages.tif") == 0
        said = capsys.readouterr().err
        assert "only the first is read" in said
        assert "over 3 times as long as wide" in said


def test_results_are_not_written_among_the_run_s_own_pictures(run, folder, capsys):
    before = sorted(folder.rglob("*"))
    assert call("evaluate", "--run", run.path, "--out", folder / "judged") == 2
    assert "lies inside the pictures" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_what_shows_nothing_is_told_of_new_pictures_too(run, tmp_path, capsys):
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(tmp_path / "empty.png")
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    names = [tmp_path / name for name in ("empty.png", "dot.png", "whole.png")]
    for command in (["predict"], ["explain", "--out", tmp_path / "maps"]):
        assert call(*command, "--run", run.path, *names) == 0
        said = capsys.readouterr().err
        assert "2 pictures are nearly all black or of one colour" in said
        assert "1 picture is smaller than 64 pixels" in said
        assert "whole.png" not in said


def test_evaluate_refuses_other_classes(run, tmp_path, capsys):
    other = tiny.make_folder(tmp_path / "other", 8, 4, classes=("red", "green"))
    assert call("evaluate", "--run", run.path, "--data", other) == 2
    assert "green" in capsys.readouterr().err


def test_predict_and_explain(run, folder, tmp_path, capsys):
    picture = next((folder / "val" / "red").iterdir())
    assert call("predict", "--run", run.path, picture, picture) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{picture}: ")
    shares = [float(part.split()[-2]) for part in lines[0].split(": ")[1].split(",")]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert call("explain", "--run", run.path, picture, "--out", tmp_path / "maps") == 0
    written = capsys.readouterr().out.strip()
    assert np.asarray(Image.open(written)).std() > 1
    for wrong in (["--method", "magic"], ["--layer", "conv9"], ["--class-name", "cat"]):
        assert call("explain", "--run", run.path, picture, *wrong, "--out", tmp_path / "no") == 2
        assert wrong[1] in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_data_and_shapes(folder, capsys):
    assert call("data", folder) == 0
    out = capsys.readouterr().out
    assert "48 pictures, 2 classes" in out
    assert "red: 16 training, 8 validation" in out
    assert call("shapes", "paper") == 0
    assert "60,965,224 parameters" in capsys.readouterr().out
    assert call("shapes") == 0
    assert "original_145" in capsys.readouterr().out


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve ImageNet's archives of the two classes from this machine."""
    place = tmp_path / "server"
    for wnid in ("n03095699", "n03792782"):
        pictures = noise(place / wnid, [f"{wnid}_{i}" for i in range(12)])
        with tarfile.open(place / f"{wnid}.tar", "w") as tar:
            for path in pictures:
                tar.add(path, path.name)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(place))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("ALEXNET_IMAGENET_BASE", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


def noise(folder, names):
    folder.mkdir(parents=True)
    paths = [folder / f"{name}.JPEG" for name in names]
    for path in paths:
        rng = np.random.default_rng(list(path.stem.encode()))
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), "uint8")).save(path)
    return paths


def kaggles(folder):
    """Write an archive in the layout of Kaggle's, with a third class, into the working folder."""
    pictures, wnids = folder / "ILSVRC/Data/CLS-LOC", ("n03095699", "n03792782", "n01440764")
    for wnid in wnids:
        noise(pictures / "train" / wnid, [f"{wnid}_{i}" for i in range(12)])
    names = [f"ILSVRC2012_val_{i:08d}" for i in range(1, 10)]
    noise(pictures / "val", names)
    rows = [f"{name},{wnids[i % 3]} 1 1 9 9 \n" for i, name in enumerate(names)]
    (folder / "LOC_val_solution.csv").write_text("ImageId,PredictionString\n" + "".join(rows))
    shutil.make_archive("imagenet-object-localization-challenge", "zip", folder)


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip, which the steps call, is missing")
@pytest.mark.usefixtures("tiny_architecture", "served")
def test_every_step_to_imagenets_two_classes_but_kaggles_works(tmp_path, monkeypatch):
    page = (ROOT / "book/how_to_run.md").read_text(encoding="utf-8")
    steps = page.partition("### ImageNet's two classes")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", steps, re.DOTALL)
    first, unzip, *commands = [line for block in blocks for line in block.splitlines()]
    assert first.startswith("kaggle ")
    assert unzip.startswith("unzip ")
    assert len(commands) == 4
    monkeypatch.chdir(tmp_path)
    kaggles(tmp_path / "kaggle")
    subprocess.run(shlex.split(unzip), check=True)
    assert len(list(Path("imagenet").rglob("*.JPEG"))) == 2 * 12 + 9
    for command in commands:
        small = command.replace("two_class", "tiny").replace("--epochs 90", "--epochs 1")
        words = shlex.split(small)
        assert words[:3] == [".venv/bin/python", "-m", "helpers"]
        assert call(*words[3:]) == 0
    tables = [pd.read_csv(f"runs/{name}/predictions.csv") for name in ("imagenet", "synsets")]
    assert [len(table) for table in tables] == [6, 4]


def test_the_terms_of_imagenet_are_asked_for(capsys):
    assert call("data", "imagenet-download", "--out", "photos") == 2
    said = capsys.readouterr().err
    assert "--accept-imagenet-terms" in said
    assert said.count("\n") == 1
