"""Judging other people's pictures: evaluate, predict and explain, as a user meets them.

Everything goes through the command line or names that the book promises, with one tiny network.
"""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import tiny
from bs4 import BeautifulSoup
from PIL import Image, ImageOps
from sklearn import metrics
from tiers import sample
from tiny import call, flat, picture

from helpers import evaluation, plots, training
from helpers.errors import UserError
from helpers.evaluation import card
from helpers.plots.chapters import grad_cam
from helpers.plots.style import plain, use_style

OF_CLASSES = ["probability of blue", "probability of red"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.make_folder(tmp_path_factory.mktemp("data") / "colours")


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "tiny"
    return training.train(tiny.recipe(folder), path, verbose=False)


# ---------------------------------------------------------------------------------------------
# evaluate
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts",
    [
        {"red": 10, "blue": 10},
        {"red": 1, "blue": 1},
        {"red": 5},
        {"blue": 1},
        {"red": 1, "blue": 7},
    ],
)
def test_all_pictures_of_another_folder_are_judged(run, tmp_path, capsys, counts):
    new, total = flat(tmp_path / "new", counts), sum(counts.values())
    for more in ([], ["--split", "all"]):
        assert call("evaluate", "--run", run.path, "--data", new, *more) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"looked at {total} picture")
        assert f"of {total} = " in out


def test_parts_made_by_hand_are_judged_as_said(run, tmp_path, capsys):
    new = tmp_path / "new"
    flat(new / "train", {"red": 4, "blue": 4})
    flat(new / "val", {"red": 2, "blue": 2})
    assert call("evaluate", "--run", run.path, "--data", new) == 0
    assert "looked at 12 pictures: all of" in capsys.readouterr().out.splitlines()[0]
    flat(new / "test", {"red": 3, "blue": 2})
    assert call("evaluate", "--run", run.path, "--data", new) == 0
    assert "looked at 5 pictures: the test part of" in capsys.readouterr().out.splitlines()[0]
    assert call("evaluate", "--run", run.path, "--data", new, "--split", "val") == 0
    assert "looked at 4 pictures: the validation part" in capsys.readouterr().out.splitlines()[0]


def test_a_part_that_is_not_there_and_an_unknown_class_are_sentences(run, tmp_path, capsys):
    new = flat(tmp_path / "new", {"red": 2, "blue": 2})
    assert call("evaluate", "--run", run.path, "--data", new, "--split", "val") == 2
    assert "has no parts" in capsys.readouterr().err
    flat(new, {"green": 1})
    assert call("evaluate", "--run", run.path, "--data", new) == 2
    said = capsys.readouterr().err
    assert "green" in said
    assert len(said.splitlines()) == 1
    assert call("evaluate", "--run", run.path, "--data", tmp_path / "nowhere") == 2


def test_its_own_part_is_named_and_its_own_pictures_are_no_test(run, folder, capsys):
    assert call("evaluate", "--run", run.path) == 0
    assert capsys.readouterr().out.startswith("looked at 16 pictures: the validation part of ")
    assert call("evaluate", "--run", run.path, "--data", folder) == 0
    assert "32 taught the network and 16 steered" in capsys.readouterr().out


def test_classes_that_were_left_out_in_training_are_left_out_again(tmp_path, capsys):
    data = flat(tmp_path / "data", {"red": 6, "blue": 6, "green": 6})
    recipe = tiny.recipe(data, epochs=1, classes=("blue", "red"))
    run = training.train(recipe, tmp_path / "run", verbose=False)
    assert call("evaluate", "--run", run.path, "--data", data) == 0
    said = capsys.readouterr().out
    assert "looked at 12 pictures" in said
    assert "left out, not among the network's classes (--classes): green" in said


@pytest.mark.parametrize("inside", ["", "top/"])
def test_a_table_names_what_lies_in_an_archive_and_is_read_again(run, tmp_path, capsys, inside):
    archive, table = tmp_path / "new.zip", tmp_path / "answers.csv"
    new = flat(tmp_path / "new", {"red": 2, "blue": 2})
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(new.rglob("*.png")):
            file.write(path, f"{inside}{path.relative_to(new)}")
    shutil.rmtree(new)
    assert call("predict", "--run", run.path, archive, "--csv", table) == 0
    rows = pd.read_csv(table)
    assert rows["path"].iloc[0] == f"{archive}/{inside}blue/000.png"
    again = run.predict(rows)
    assert len(again) == 4
    assert again["probability"].to_numpy() == pytest.approx(rows["probability"].to_numpy())


@pytest.mark.parametrize("inside", sample(["", "top/"]))
def test_every_table_names_what_lies_in_an_archive(run, tmp_path, capsys, monkeypatch, inside):
    """Of ``evaluate --out``, and of a run that was trained on one; the pictures are found."""
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    tiny.make_folder(tmp_path / "new", train=16, val=8)
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as file:
        for path in sorted((tmp_path / "new").rglob("*.jpg")):
            file.write(path, f"{inside}{path.relative_to(tmp_path / 'new')}")
    shutil.rmtree(tmp_path / "new")
    for out in ("answers.csv", "answers"):
        assert call("evaluate", "--run", run.path, "--data", "new.zip", "--out", out) == 0
    for table in ("answers.csv", "answers/predictions.csv"):
        paths = pd.read_csv(table)["path"]
        assert paths.iloc[-1] == f"new.zip/{inside}val/red/006.jpg"
    own = training.train(tiny.recipe("new.zip", epochs=1), tmp_path / "run", verbose=False)
    stored = pd.read_csv(own.path / "predictions.csv")["path"]
    assert stored.iloc[-1] == str(tmp_path / f"new.zip/{inside}val/red/006.jpg")
    monkeypatch.chdir("/")
    found = training.Run.load(own.path).predictions
    assert all(Path(path).is_file() for path in found["path"])
    assert own.pictures(pd.read_csv(own.path / "predictions.csv")).shape[0] == len(found)
    (tmp_path / "new.zip").unlink()  # the answers can be read without
    assert training.Run.load(own.path).predictions["path"].tolist() == stored.tolist()


def cloud(rng, width=320, height=270) -> Image.Image:
    """Return a picture like no other, coarse and fine."""
    layers = np.full((height, width, 3), 128.0)
    for cells in (5, 16, 60):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
        layers += 0.5 * (np.asarray(noise.resize((width, height)), float) - 128)
    return Image.fromarray(layers.clip(0, 255).astype(np.uint8))


def on_its_side(seen: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    seen.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


#: How a picture may come back as another file.
ANEW = {
    "quality": lambda seen, path: seen.save(path, quality=90),
    "half.": lambda seen, path: seen.resize((160, 135)).save(path),
    "metadata": lambda seen, path: seen.save(path, comment=b"holiday", quality=95),
    "mirror": lambda seen, path: ImageOps.mirror(seen).save(path),
    "side": on_its_side,
    "format": lambda seen, path: seen.save(path.with_suffix(".png")),
}


@pytest.fixture(scope="module")
def of_clouds(tmp_path_factory):
    """Return a run, and its own pictures."""
    data, rng = tmp_path_factory.mktemp("data") / "clouds", np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 4)):
        for name in ("red", "blue"):
            (data / part / name).mkdir(parents=True)
            for i in range(count):
                cloud(rng).save(data / part / name / f"{i}.png")
    path = tmp_path_factory.mktemp("run") / "clouds"
    return training.train(tiny.recipe(data, epochs=1), path, verbose=False), data


@pytest.mark.parametrize("how", ANEW)
def test_a_training_picture_that_was_saved_anew_is_known(of_clouds, tmp_path, capsys, how):
    run, data = of_clouds
    rng = np.random.default_rng(1)
    for name in ("red", "blue"):
        (tmp_path / "new" / name).mkdir(parents=True)
        for i in range(4):
            part, new = "train" if i else "val", tmp_path / "new" / name
            with Image.open(data / part / name / f"{i}.png") as seen:
                ANEW[how](seen, new / f"{i}.jpg")
            cloud(rng).save(new / f"other{i}.jpg")
    assert call("evaluate", "--run", run.path, "--data", tmp_path / "new") == 0
    said = capsys.readouterr().out
    assert "of these 16 pictures 6 taught the network and 2 steered its training" in said


def test_of_very_many_pictures_it_is_said_that_copies_alone_were_looked_for(
    of_clouds, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("helpers.datasets.series.MANY", 10)
    new = flat(tmp_path / "new", {"red": 2, "blue": 2})
    assert call("evaluate", "--run", of_clouds[0].path, "--data", new) == 0
    assert "only exact copies were looked for" in capsys.readouterr().out


def test_what_cannot_be_read_is_left_out_with_its_reason(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "data", 16, 8)
    for i in range(3):
        (data / "train" / "red" / f"empty{i}.jpg").write_bytes(b"")
    (data / "train" / "blue" / "cut.jpg").write_bytes(
        (data / "train" / "blue" / "001.jpg").read_bytes()[:900]
    )
    assert call("data", data, "--skip-unreadable") == 0
    out = capsys.readouterr().out
    empty = re.search(r"3 files left out, unreadable: .*empty0.jpg, .*empty2.jpg(.*)", out)
    assert "empty" in empty[1]
    assert re.search(r"left out, unreadable: .*cut.jpg.*\w+", out)
    settings = tiny.recipe(data, epochs=1, skip_unreadable=True)
    run = training.train(settings, tmp_path / "run", verbose=False)
    card.write(run, run.path, card.Judgement.of(run, linear=False))
    written = (run.path / "model_card.md").read_text(encoding="utf-8")
    assert f"empty2.jpg{empty[1]}" in written


def markup(seed):
    """Return two names of letters that terminals and Markdown take for something else."""
    rng = np.random.default_rng(seed)
    letters = [*"ab1 _*`|<>$&~[]\\#\n", "<b>", "$x_1$", "猫", "."]
    words = {"x" + "".join(rng.choice(letters, 9)) + "y" for _ in range(2)}
    return sorted(words)


@pytest.mark.parametrize(
    "names", sample([["$x_1$ <b>|`_*", "two\nlines"], *map(markup, range(3))]), ids=ascii
)
def test_any_name_is_itself_in_terminal_and_card(names, tmp_path, capsys):
    from markdown_it import MarkdownIt

    data = tmp_path / "d"
    for name, colour in zip(names, ("red", "blue"), strict=True):
        made = flat(tmp_path / "made", {colour: 12})
        os.rename(made / colour, (data.mkdir(exist_ok=True) or data) / name)
        (data / name / "notes.txt").write_text("no picture")
    run = training.train(tiny.recipe(data, epochs=1), tmp_path / "run")
    judgement = card.Judgement.of(run, linear=False)
    card.write(run, run.path, judgement)
    out = tmp_path / "out"
    assert call("evaluate", "--run", run.path, "--data", data, "--out", out) == 0
    assert call("predict", "--run", run.path, data) == 0
    said = capsys.readouterr().out
    for name in names:
        code = name.replace("\n", r"\n")
        assert name == code or name not in said
        assert said.count(code) > 4
    for path in (run.path / "model_card.md", out / "model_card.md"):
        html = MarkdownIt("commonmark").enable("table").render(path.read_text(encoding="utf-8"))
        text = BeautifulSoup(html, "html.parser")
        first = text.find("p").get_text()
        codes = [name.replace("\n", r"\n") for name in names]
        assert first.endswith(f"for each class: {', '.join(codes)}.")
        cells = [cell.get_text() for cell in text.find_all("td")]
        assert all(cells.count(code.strip()) >= 2 for code in codes), cells
        assert not text.find_all(["b", "em", "strong", "s", "a"])


def test_long_names_do_not_wrap_the_rows_of_the_table():
    names = np.array(["a" * 60 + "1" + "b" * 60, "a" * 60 + "2" + "b" * 60, "dog"], object)
    labels = np.arange(30) % 3
    shares = np.random.default_rng(0).dirichlet(np.ones(3), 30)
    report = evaluation.report(evaluation.tabulate(np.array(["p"] * 30), labels, shares, names))
    table = report.partition("columns:\n")[2].split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 80
    assert len({line.split("  ")[0] for line in table[2:]}) == 3
    assert "dog" in report


def test_unreadable_pictures_are_left_out_when_asked_or_when_the_run_did(run, tmp_path, capsys):
    new = flat(tmp_path / "new", {"red": 3, "blue": 3})
    (new / "red" / "bad.jpg").write_bytes(b"")
    assert call("evaluate", "--run", run.path, "--data", new) == 2
    assert "bad.jpg" in capsys.readouterr().err
    assert call("evaluate", "--run", run.path, "--data", new, "--skip-unreadable") == 0
    out = capsys.readouterr().out
    assert "looked at 6 pictures" in out
    assert "bad.jpg" in out

    data = tiny.make_folder(tmp_path / "data", 8, 4)
    (data / "train" / "red" / "bad.jpg").write_bytes(b"")
    skipping = training.train(
        tiny.recipe(data, epochs=1, skip_unreadable=True), tmp_path / "skipping", verbose=False
    )
    for more in (["--split", "train"], ["--views", "10"], ["--split", "all"]):
        assert call("evaluate", "--run", skipping.path, *more) == 0, capsys.readouterr().err
    capsys.readouterr()


@pytest.mark.parametrize("views", ["1", "10"])
def test_ten_views_are_said_on_the_screen_and_in_the_card(run, tmp_path, capsys, views):
    assert call("evaluate", "--run", run.path, "--views", views, "--out", tmp_path / "out") == 0
    card = (tmp_path / "out" / "model_card.md").read_text(encoding="utf-8")
    for told in (capsys.readouterr().out, card):
        assert ("the mean over ten views of each" in told) == (views == "10")


def test_evaluate_writes_a_table_or_a_folder_and_never_over_what_is_not_its_own(
    run, tmp_path, capsys
):
    out = tmp_path / "out"
    for _ in range(2):  # its own files may be written anew
        assert call("evaluate", "--run", run.path, "--out", out) == 0
        assert {p.name for p in out.iterdir()} == {
            "predictions.csv",
            "curves.png",
            "confusion.png",
            "model_card.md",
            "roc.png",
            "precision_recall.png",
        }
    pd.testing.assert_frame_equal(
        evaluation.read_predictions(out / "predictions.csv"), run.predictions
    )
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "confusion.png").write_bytes((picture(tmp_path / "x.png")).read_bytes())
    before = (mine / "confusion.png").read_bytes()
    assert call("evaluate", "--run", run.path, "--out", mine) == 2
    assert (mine / "confusion.png").read_bytes() == before
    assert not (mine / "predictions.csv").exists()
    (tmp_path / "notes.csv").write_text("my,notes\n1,2\n")
    assert call("evaluate", "--run", run.path, "--out", tmp_path / "notes.csv") == 2
    assert (tmp_path / "notes.csv").read_text() == "my,notes\n1,2\n"
    before = (run.path / "predictions.csv").read_bytes()
    for place in (run.path, run.path / "predictions.csv"):
        assert call("evaluate", "--run", run.path, "--split", "train", "--out", place) == 2
    assert (run.path / "predictions.csv").read_bytes() == before
    capsys.readouterr()


# ---------------------------------------------------------------------------------------------
# predict
# ---------------------------------------------------------------------------------------------


def test_predict_takes_folders_and_names_bad_files_at_the_end(run, tmp_path, capsys):
    new = flat(tmp_path / "new", {"red": 20, "blue": 20})
    picture(new / "red" / "deep" / "er.PNG")
    for hidden in (new / ".hidden.png", new / ".cache" / "x.png"):
        picture(hidden)
    (new / "notes.txt").write_text("no picture")
    (new / "blue" / "bad.jpg").write_bytes(b"\xff\xd8no")
    missing, table = tmp_path / "missing.jpg", tmp_path / "answers.csv"
    assert call("predict", "--run", run.path, missing, new, "--csv", table) == 2
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert len(lines) == 41
    assert f"{new / 'red' / 'deep' / 'er.PNG'}: " in told.out
    assert "hidden" not in told.out
    assert "1 file that is no picture by ending (1 .txt), 2 hidden" in told.err
    assert "2 of 43 files have no answer" in told.err
    assert "missing.jpg" in told.err
    assert "bad.jpg" in told.err
    rows = pd.read_csv(table)
    assert list(rows.columns) == ["path", "prediction", "probability", *OF_CLASSES]
    assert [line.split(": ")[0] for line in lines] == rows["path"].tolist()
    np.testing.assert_allclose(rows[OF_CLASSES].sum(axis=1), 1)
    deep = run.predict(new / "red" / "deep")
    assert list(deep.columns) == ["path", "prediction", "probability", "blue", "red"]


def test_predict_is_the_same_alone_and_among_many(run, tmp_path):
    new = flat(tmp_path / "new", {"red": 33, "blue": 33})
    many = run.predict(new).set_index("path")
    assert len(many) == 66
    for path in list(many.index)[::13]:
        alone = run.predict(path).iloc[0]
        assert alone["prediction"] == many.loc[path, "prediction"]
        assert alone["red"] == pytest.approx(many.loc[path, "red"], abs=1e-5)


def test_the_api_answers_for_good_files_and_warns_of_bad_ones(run, tmp_path):
    good, bad = picture(tmp_path / "a.png"), tmp_path / "b.png"
    with pytest.warns(UserWarning, match=r"b\.png"):
        table = run.predict([good, bad])
    assert table["path"].tolist() == [str(good)]
    with pytest.raises(UserError, match=r"b\.png"):
        run.predict(bad)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no picture"):
        run.predict(tmp_path / "empty")
    assert run.pictures(run.predictions.head(3)).shape == (3, *run.model.input_shape[1:])


def test_a_run_is_asked_by_a_file_a_list_a_folder_or_rows(run, tmp_path):
    rows = run.predictions.head(2)
    paths = rows["path"].tolist()
    said = run.predict(rows)
    pd.testing.assert_frame_equal(run.predict(paths), said)
    pd.testing.assert_frame_equal(run.predict(rows["path"]), said)
    assert run.predict(rows.iloc[1])["path"].tolist() == run.predict(paths[1])["path"].tolist()
    folder = Path(paths[0]).parent
    assert len(run.pictures(folder)) == len(run.predict(folder)) > 1
    assert len(run.explain(rows).axes) == 2 * 2 + 1  # and the bar of colours
    assert len(run.pictures(rows.iloc[:0])) == 0
    with pytest.raises(UserError, match="named by their files or folders, got ndarray"):
        run.predict(run.pictures(rows))
    with pytest.raises(UserError, match="the column path, got label"):
        run.predict(rows[["label"]])


def test_a_table_of_the_user_s_is_not_overwritten(run, tmp_path, capsys):
    new = picture(tmp_path / "a.png")
    before = new.read_bytes()
    (tmp_path / "own.csv").write_text("a,b\n")
    for target in (new, tmp_path / "own.csv", run.path / "history.csv", tmp_path):
        assert call("predict", "--run", run.path, new, "--csv", target) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert new.read_bytes() == before
    assert (tmp_path / "own.csv").read_text() == "a,b\n"


def test_a_line_is_printed_when_its_batch_is_done(run, tmp_path, monkeypatch, capsys):
    """Of 70 pictures the first are answered before the last are read."""
    from helpers import datasets

    new, seen, decode = flat(tmp_path / "new", {"red": 70}), [], datasets.decode

    def watched(path, *rest, **options):
        seen.append(capsys.readouterr().out.count("\n"))
        return decode(path, *rest, **options)

    monkeypatch.setattr(datasets, "decode", watched)
    assert call("predict", "--run", run.path, new) == 0
    assert sum(seen) >= 32


MEMORY = """
import resource, sys
from helpers import __main__ as cli
def peak(folder):
    assert cli.main(["predict", "--run", sys.argv[1], folder, "--csv", sys.argv[4]]) == 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
first = peak(sys.argv[2])
print(peak(sys.argv[3]) - first, file=sys.stderr)
"""


@pytest.mark.thorough
def test_memory_is_flat(run, tmp_path):
    """600 pictures as one batch would be 118 MB of pixels and much more of activations."""
    few, many = (flat(tmp_path / str(n), {"red": n}) for n in (64, 600))
    command = [sys.executable, "-c", MEMORY, run.path, few, many, tmp_path / "t.csv"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=tiny.environment(tmp_path), check=True
    )
    assert float(done.stderr.splitlines()[-1]) < 60, done.stderr


# ---------------------------------------------------------------------------------------------
# explain
# ---------------------------------------------------------------------------------------------


def test_as_many_maps_as_pictures_whatever_they_are_called(run, tmp_path, capsys):
    names = [
        "a/001.jpg",
        "b/001.jpg",
        "001.png",
        "001.jpg",
        "c/a/001.jpg",
        "a-001.jpg",
        "a/a-1.jpg",
    ]
    names += ["a/price_$5_and_$6_.jpg", "a/100%_{x}^2.jpg", "a/_hidden_.jpg", "a/猫.jpg"]
    names += ["a/" + "long" * 55 + "1.jpg", "a/" + "long" * 55 + "2.jpg", "A/001.jpg"]
    files = [picture(tmp_path / "e" / name, (9 * i, 50, 90)) for i, name in enumerate(names)]
    out = tmp_path / "maps"
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert call("explain", "--run", run.path, "--out", out, *files) == 0
    told = capsys.readouterr()
    written = told.out.splitlines()
    assert len(set(written)) == len(files) == len(list(out.iterdir()))
    assert "Glyph" not in told.err
    assert all(Path(path).stat().st_size > 1000 for path in written)
    kept = {path: Path(path).read_bytes() for path in written}
    # Alone, or again, a picture has a map of its own and never another picture's.
    for file in files[:3]:
        assert call("explain", "--run", run.path, "--out", out, file) == 0
    assert {path: Path(path).read_bytes() for path in written}.keys() == kept.keys()
    other = picture(tmp_path / "f" / "b" / "001.jpg")
    assert call("explain", "--run", run.path, "--out", out, other) == 0
    assert Path(written[1]).read_bytes() == kept[written[1]]
    capsys.readouterr()


def test_explain_names_are_predictable(run, tmp_path, capsys):
    file, out = picture(tmp_path / "cat" / "001.jpg"), tmp_path / "out"
    assert call("explain", "--run", run.path, "--out", out, file, "--method", "layercam") == 0
    assert capsys.readouterr().out.strip() == str(out / "cat-001.jpg-layercam.png")


def test_explain_closes_its_figures_and_takes_folders(run, tmp_path, capsys):
    new = flat(tmp_path / "new", {"red": 20, "blue": 6})
    (new / "red" / "bad.png").write_bytes(b"")
    before = plt.get_fignums()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert call("explain", "--run", run.path, "--out", tmp_path / "maps", new) == 2
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 26
    assert "bad.png" in told.err
    assert "More than 20" not in told.err
    assert plt.get_fignums() == before


def test_maps_of_pictures_of_one_name_say_which_is_which(run, tmp_path, capsys):
    places = ("cup/2024/05/1.png", "leaf/2024/05/1.png", "-leaf/1.png", "leaf/1.png")
    files = [picture(tmp_path / "mine" / place) for place in places]
    out = tmp_path / "out"
    assert call("explain", "--run", run.path, "--out", out, *files[:3]) == 0
    names = {path.name.removesuffix("-gradcam.png") for path in out.iterdir()}
    assert names == {"cup-2024-05-1.png", "leaf-2024-05-1.png", "leaf-1.png"}
    assert call("explain", "--run", run.path, "--out", out, files[3]) == 0
    assert (out / "mine-leaf-1.png-gradcam.png").exists()
    assert len(capsys.readouterr().out.splitlines()) == len(list(out.iterdir())) == 4


def test_explain_follows_no_link_out_of_the_folder(run, tmp_path):
    picture(tmp_path / "cup" / "1.png")
    picture(tmp_path / "keys" / "1.png")
    (tmp_path / "cup" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert call("explain", "--run", run.path, "--out", tmp_path / "out", tmp_path / "cup") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["cup-1.png-gradcam.png"]


def test_answers_of_a_training_whose_pictures_have_gone_are_said_to_be_that(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "colours")
    training.train(tiny.recipe(data), tmp_path / "run", verbose=False)
    assert call("evaluate", "--run", tmp_path / "run") == 0
    assert "no longer there" not in capsys.readouterr().out
    Path(training.Run.load(tmp_path / "run").predictions["path"].iloc[0]).unlink()
    assert call("evaluate", "--run", tmp_path / "run") == 0
    assert ", 1 of which is no longer there: these answers" in capsys.readouterr().out
    data.rename(tmp_path / "moved")
    assert call("evaluate", "--run", tmp_path / "run") == 0
    assert "which is no longer there: these answers are stored" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--class-name", "--layer"])
def test_a_value_that_begins_with_a_dash_is_a_value(run, option, tmp_path, capsys):
    file = picture(tmp_path / "1.png")
    assert call("explain", "--run", run.path, option, "-leaf", file) == 2
    assert "'-leaf'" in capsys.readouterr().err


def test_explain_overwrites_nothing_that_it_did_not_write(run, tmp_path, capsys):
    file, out = picture(tmp_path / "cat" / "001.jpg"), tmp_path / "out"
    mine = picture(out / "cat-001.jpg-gradcam.png", (1, 2, 3))
    before = mine.read_bytes()
    more = picture(tmp_path / "dog" / "1.jpg")
    assert call("explain", "--run", run.path, "--out", out, more, file) == 2
    assert "cat-001.jpg-gradcam.png" in capsys.readouterr().err
    assert mine.read_bytes() == before
    assert len(list(out.iterdir())) == 1


def test_an_output_among_the_pictures_is_refused(run, folder, tmp_path, capsys, monkeypatch):
    new = flat(tmp_path / "new", {"red": 2, "blue": 2})
    link = tmp_path / "link"
    link.symlink_to(new)
    for out in (new, new / "maps", link / "maps", new / "red" / ".." / "maps"):
        assert call("explain", "--run", run.path, "--out", out, new) == 2
        assert "lies inside the pictures" in capsys.readouterr().err
        assert call("evaluate", "--run", run.path, "--data", new, "--out", out) == 2
        train = ("train", "--data", new, "--out", out, "--epochs", "1")
        assert call(*train) == 2
        assert "lies inside the pictures" in capsys.readouterr().err
    monkeypatch.chdir(folder)
    assert call("explain", "--run", run.path, "val/red/000.jpg") == 2  # default: here
    assert "lies inside the pictures" in capsys.readouterr().err
    assert sorted(p.name for p in new.iterdir()) == ["blue", "red"]
    with pytest.raises(UserError, match="inside the pictures"):
        training.train(tiny.recipe(folder, epochs=1), folder / "run", verbose=False)


def test_a_class_that_is_asked_for_stands_beside_the_answer(run, tmp_path, capsys, monkeypatch):
    titles = []
    overlays = plots.overlays
    monkeypatch.setattr(
        plots,
        "overlays",
        lambda image, maps, title: titles.append(title) or overlays(image, maps, title),
    )
    file = picture(tmp_path / "a" / "1.jpg")
    table = run.predict(file)
    for name in ("red", "blue"):
        place = tmp_path / name
        assert call("explain", "--run", run.path, "--class-name", name, "--out", place, file) == 0
        asked, best = 100 * table[name][0], 100 * table["probability"][0]
        lines = [f"asked: {name} {asked:.1f} %", f"answer: {table['prediction'][0]} {best:.1f} %"]
        assert titles[-1].splitlines()[1:3] == lines
        assert capsys.readouterr().out.endswith(f".png: {', '.join(lines)}\n")
    assert call("explain", "--run", run.path, "--out", tmp_path, file) == 0
    answer = f"{table['prediction'][0]} {best:.1f} %"
    assert titles[-1].splitlines()[1] == answer
    assert capsys.readouterr().out.endswith(".png\n")


def test_an_empty_map_says_so(run, tmp_path, capsys, monkeypatch):
    from helpers import explain

    def nothing(model, images, *rest, **options):
        return np.zeros(images.shape[:3], "float32")

    titles = []
    overlays = plots.overlays
    monkeypatch.setattr(explain, "cam", nothing)
    monkeypatch.setattr(
        plots,
        "overlays",
        lambda image, maps, title: titles.append(title) or overlays(image, maps, title),
    )
    file = picture(tmp_path / "a" / "1.jpg")
    assert call("explain", "--run", run.path, "--class-name", "red", "--out", tmp_path, file) == 0
    assert "nothing speaks for red" in capsys.readouterr().err
    assert "empty map" in titles[0]


def test_run_explain_is_one_figure(run, tmp_path):
    new = flat(tmp_path / "new", {"red": 2, "blue": 1})
    figure = run.explain(new, ["gradcam", "layercam"])
    assert len([axis for axis in figure.axes if axis.images]) >= 9
    plt.close(figure)


# ---------------------------------------------------------------------------------------------
# Names, letter for letter
# ---------------------------------------------------------------------------------------------

ODD = [
    "None", "NA", "null", "nan", "007", "1", "true", "False", "1e3", "inf", "-", "", " ", " a ",
    'say "x"', "a,b", "a\nb", "a;b\tc", "猫", "собака", "e\u0301", "$x_$", "#1", "'", "0x10",
    "1_000", "a\\b", "\\xe9t\\xe9", "2024-01-01", "🐈", "a\r\nb",
]  # fmt: skip


def generated(seed):
    letters = [*"aZ09.,;\"'\n\t \\$_%#-+éß猫🐈", "NA", "1e", "\r"]
    rng = np.random.default_rng(seed)
    words = {"".join(rng.choice(letters, rng.integers(0, 9))) for _ in range(12)}
    return sorted(words)


@pytest.mark.parametrize("names", [ODD[:2], ODD, *map(generated, range(8))], ids=lambda n: len(n))
def test_names_of_classes_come_back_letter_for_letter(names, tmp_path):
    from helpers.files import write_csv

    count = len(names)
    rng = np.random.default_rng(1)
    labels = np.arange(3 * count) % count
    shares = rng.dirichlet(np.ones(count), len(labels))
    paths = np.array([f"{names[k]}/{i}.jpg" for i, k in enumerate(labels)], object)
    table = evaluation.tabulate(paths, labels, shares, names)
    write_csv(tmp_path / "predictions.csv", evaluation.named(table, names))
    back = evaluation.read_predictions(tmp_path / "predictions.csv")
    for column in table.columns:
        if column.startswith("probability"):
            np.testing.assert_allclose(back[column], table[column], rtol=1e-14)
        else:
            assert back[column].tolist() == table[column].tolist(), column
    assert evaluation.report(back) == evaluation.report(table)


def test_a_run_on_odd_names_says_them_everywhere(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "d", 16, 8)
    for part in ("train", "val"):
        os.rename(data / part / "red", data / part / "None")
        os.rename(data / part / "blue", data / part / "007")
    odd = training.train(tiny.recipe(data, epochs=1), tmp_path / "run", verbose=False)
    assert set(odd.predictions["label_name"]) == {"None", "007"}
    assert call("evaluate", "--run", odd.path, "--out", tmp_path / "o") == 0
    out = capsys.readouterr().out
    assert re.search(r"^None: ", out, re.M)
    assert re.search(r"^007: ", out, re.M)
    table = tmp_path / "p.csv"
    assert call("predict", "--run", odd.path, data / "val", "--csv", table) == 0
    with table.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        *("path", "prediction", "probability", "probability of 007", "probability of None")
    ]
    # The same in the tables of train and evaluate; read back they are numbers.
    for stored in (odd.path / "predictions.csv", tmp_path / "o" / "predictions.csv"):
        with stored.open(newline="") as file:
            assert next(csv.reader(file))[9:11] == rows[0][3:]
        assert "probability_1" in evaluation.read_predictions(stored)
    assert {row[1] for row in rows[1:]} <= {"007", "None"}
    capsys.readouterr()


@pytest.mark.parametrize("damage", ["", "path,label\n", "x" * 50, "path,label\n1,2,3\n4", "\0\0\n"])
def test_a_damaged_table_is_one_sentence(damage, tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text(damage)
    with pytest.raises(UserError, match="no whole table of predictions"):
        evaluation.read_predictions(path)
    path.unlink()
    with pytest.raises(UserError, match="no such table"):
        evaluation.read_predictions(path)


# ---------------------------------------------------------------------------------------------
# Terminals
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_any_encoding_of_the_terminal(encoding, monkeypatch, tmp_path):
    data = tiny.make_folder(tmp_path / "d", 8, 4)
    for part in ("train", "val"):
        os.rename(data / part / "red", data / part / "猫")
        os.rename(data / part / "blue", data / part / "собака →")
    commands = [["--help"], ["shapes", "paper"], ["data", data], ["data", tmp_path / "猫"]]
    commands += [[name, "--help"] for name in ("train", "evaluate", "predict", "explain", "data")]
    for command in commands:
        raw = [io.BytesIO(), io.BytesIO()]
        out, err = (io.TextIOWrapper(b, encoding=encoding, errors="strict") for b in raw)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        status = call(*command)
        out.flush(), err.flush()
        assert status == (2 if command[-1] == tmp_path / "猫" else 0), (command, raw[1].getvalue())
        assert raw[0].getvalue() or raw[1].getvalue()


# ---------------------------------------------------------------------------------------------
# Numbers against scikit-learn, on generated tables
# ---------------------------------------------------------------------------------------------


def table_of(shares, labels, names="abcdefghij"):
    paths = np.array([f"{i}.jpg" for i in range(len(labels))])
    return evaluation.tabulate(paths, np.asarray(labels), np.asarray(shares, float), list(names))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 3, 7])
def test_curves_and_thresholds_equal_scikit_learn(seed, count):
    rng = np.random.default_rng([seed, count])
    labels = np.concatenate([np.arange(count), rng.integers(0, count, 60)])
    shares = rng.dirichlet(np.full(count, 0.6), len(labels)).round(2 if seed % 2 else 12)
    table = table_of(shares, labels)
    for label in range(count):
        true, share = labels == label, shares[:, label]
        np.testing.assert_allclose(evaluation.positive_probability(table, label), share)
        area = evaluation.roc_area(table, label)
        assert area.area == pytest.approx(metrics.roc_auc_score(true, share))
        assert 0 <= area.low <= area.area <= area.high <= 1
        assert area.low < area.high
        average = evaluation.average_precision(table, label)
        assert average == pytest.approx(metrics.average_precision_score(true, share))
        precision, recall, cuts = metrics.precision_recall_curve(true, share)
        got = evaluation.threshold_table(table, label, cuts)
        np.testing.assert_allclose(got["precision"], precision[:-1])
        np.testing.assert_allclose(got["recall"], recall[:-1])
    each = evaluation.one_vs_rest(table)
    onehot = np.eye(count)[labels]
    macro = np.mean([metrics.roc_auc_score(onehot[:, k], shares[:, k]) for k in range(count)])
    assert each["roc_area"].mean() == pytest.approx(macro)
    assert each["average_precision"].mean() == pytest.approx(
        metrics.average_precision_score(onehot, shares, average="macro")
    )


def test_the_interval_of_an_area_keeps_its_promise():
    """Of 300 samples from two normals about 95 % have an interval with the true area in it."""
    rng, true, inside = np.random.default_rng(0), 0.8556, 0
    for _ in range(300):
        labels = np.repeat([0, 1], [30, 25])
        share = 1 / (1 + np.exp(-rng.normal(1.5 * labels, 1)))
        area = evaluation.roc_area(table_of(np.stack([1 - share, share], 1), labels, "ab"), 1)
        inside += area.low <= true <= area.high
    assert 0.92 <= inside / 300 <= 1


@pytest.mark.parametrize("seed", range(5))
def test_precision_at_other_shares_is_bayes(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [40, 60])
    shares = rng.dirichlet([1, 1], 100)
    table = table_of(shares, labels, "ab")
    here = evaluation.precision_at(table, 1, [0.6]).iloc[0]
    assert here["precision"] == pytest.approx(evaluation.per_class(table).loc["b", "precision"])
    # A hundred times as many of the others: counted instead of computed.
    many = pd.concat([table[table["label"] == 1], *[table[table["label"] == 0]] * 100])
    share = (many["label"] == 1).mean()
    got = evaluation.precision_at(table, 1, [share]).iloc[0]
    assert got["precision"] == pytest.approx(evaluation.per_class(many).loc["b", "precision"])
    assert got["low"] < got["precision"] < got["high"]


def test_ties_and_nan_are_no_hits():
    for count in (2, 3, 10):
        labels = np.arange(count).repeat(3)
        even = table_of(np.full((len(labels), count), 1 / count), labels)
        for k in range(1, count):
            assert evaluation.top_k(even, k).correct == 0
        assert evaluation.top_k(even, count).share == 1
        rng = np.random.default_rng(count)
        shares = rng.dirichlet(np.ones(count), len(labels))
        table = table_of(shares, labels)
        for k in range(1, count):
            expected = metrics.top_k_accuracy_score(
                labels, shares if count > 2 else shares[:, 1], k=k, normalize=False
            )
            assert evaluation.top_k(table, k).correct == expected
    for broken in (np.nan, np.inf):
        shares = np.full((4, 2), 0.5)
        shares[1, 0] = broken
        with pytest.raises(UserError, match=r"1 of 4 pictures, first 1\.jpg, with NaN"):
            table_of(shares, [0, 1, 0, 1])


def test_a_network_that_has_run_away_is_one_sentence(run, tmp_path, capsys):
    import keras

    broken = tmp_path / "broken"
    shutil.copytree(run.path, broken)
    model = keras.models.clone_model(run.model)
    model.set_weights([np.full(w.shape, np.nan) for w in run.model.get_weights()])
    model.save(broken / "model.keras")
    new = flat(tmp_path / "new", {"red": 2, "blue": 2})
    for command in (["evaluate", "--data", new], ["predict", new], ["explain", new]):
        name, *rest = command
        more = ["--out", tmp_path / "o"] if name == "explain" else []
        assert call(name, "--run", broken, *rest, *more) == 2
        assert "NaN" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(4))
def test_calibration_puts_every_picture_where_it_belongs(seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), 80)
    table = table_of(shares, rng.integers(0, 3, 80))
    for edges in ([0.5, 0.8, 1.0], [0.5, 0.8, 0.9], [0.0, 0.5, 1.0]):
        bins = evaluation.calibration(table, edges)
        assert bins["images"].sum() == 80
        for row in bins.itertuples():
            assert row.low <= row.said <= row.high
            inside = table["probability"].between(row.low, row.high, inclusive="left")
            if row.high >= 1:
                inside |= table["probability"] == 1
            assert inside.sum() == row.images
    for wrong in ([0.5], [0.5, 0.5], [1, 0]):
        with pytest.raises(UserError, match="edges"):
            evaluation.calibration(table, wrong)
    plt.close(plots.reliability(evaluation.calibration(table, [0.5, 0.8, 1.0])))


def test_two_of_three_classes_occur():
    shares = [[0.45, 0.10, 0.45 - 1e-3], [0.1, 0.6, 0.3], [0.5, 0.2, 0.3]]
    table = table_of(shares, [0, 1, 0], "abc")
    assert set(table["prediction"]) | set(table["label"]) == {0, 1}
    assert evaluation.positive_probability(table, 1).tolist() == [0.10, 0.6, 0.2]
    old = table[list(evaluation.COLUMNS)]
    with pytest.raises(UserError, match="two classes"):
        evaluation.positive_probability(old, 1)


# ---------------------------------------------------------------------------------------------
# Figures
# ---------------------------------------------------------------------------------------------


def boxes(figure, axis):
    """Return the drawn boxes of the names on the axes and of the numbers in the cells."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    extents = lambda texts: [t.get_window_extent(renderer) for t in texts if t.get_text()]  # noqa: E731
    return [
        extents(axis.get_xticklabels()),
        extents(axis.get_yticklabels()),
        extents(axis.texts),
    ]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 10, 15, 16, 20, 30, 50])
def test_the_confusion_matrix_can_be_read(count):
    use_style()
    names = [
        f"class{i}" if i % 2 else f"golden retriever of the county of Kent {i}"
        for i in range(count)
    ]
    rng = np.random.default_rng(0)
    labels = np.arange(400) % count
    shares = rng.dirichlet(np.full(count, 0.3), 400)
    shares[np.arange(400), labels] += 0.4
    figure = plots.confusion(table_of(shares, labels, names), "this run")
    for group in boxes(figure, figure.axes[0]):
        for i, one in enumerate(group):
            assert not any(one.overlaps(other) for other in group[i + 1 :])
            assert one.x0 >= 0
            assert one.y0 >= 0
            assert one.x1 <= figure.bbox.x1
            assert one.y1 <= figure.bbox.y1
    assert len([t for t in figure.axes[0].get_xticklabels() if t.get_text()]) == count
    if count > 15:
        assert not figure.axes[0].texts
    plt.close(figure)


@pytest.mark.parametrize(
    "name", sample(["$x_", "猫", "x" * 300, "a$b$c", "_a_", "%s {}", "a\\$b", "🐈\t"], 3)
)
def test_any_name_can_be_drawn(name, capsys):
    use_style()
    rng = np.random.default_rng(0)
    labels = np.arange(20) % 2
    table = table_of(rng.dirichlet([1, 1], 20), labels, [name, f"$ {name}"])
    history = pd.DataFrame({"epoch": [1, 2]})
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        history[column] = [0.5, 0.4]
    image, flat_map = np.zeros((8, 8, 3)), np.zeros((8, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = [
            plots.confusion(table, name),
            plots.roc(table, title=name),
            plots.precision_recall(table),
            plots.learning_curves({name: history, f"$ {name}": history}),
            plots.intervals({name: (0.5, 0.4, 0.6)}, name),
            plots.thresholds(evaluation.threshold_table(table, 1, [0.2, 0.5]), name),
            plots.overlays(image, {name: flat_map}, name),
            grad_cam.curves({name: np.ones((2, 3))}, name),
        ]
        for figure in figures:
            figure.savefig(io.BytesIO())
    assert "Glyph" not in capsys.readouterr().err
    legend = figures[3].legends[0].get_texts()
    assert len(legend) == 4  # two line styles, and both runs, also "_a_"
    plt.close("all")


def test_a_dollar_is_a_dollar():
    figure = plt.figure(figsize=(2, 1))
    for name in ("$x_$", "a\\$b$", "cost $5", "$$$", "\\alpha$"):
        drawn = []
        for text, formulas in ((name, False), (plain(name), True)):
            figure.clear()
            figure.text(0.1, 0.5, text, parse_math=formulas)
            figure.canvas.draw()
            drawn.append(np.array(figure.canvas.buffer_rgba()))
        np.testing.assert_array_equal(*drawn)
    plt.close(figure)
