"""What evaluate, predict and explain answer to what people type, and to folds of one training."""

import itertools
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
import tiny
from sklearn import metrics
from tiers import sample
from tiny import call, flat, picture

from helpers import evaluation, training
from helpers.errors import UserError
from helpers.files import root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.make_folder(tmp_path_factory.mktemp("data") / "colours", 16, 8)


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "tiny"
    return training.train(tiny.recipe(folder, epochs=1), path, verbose=False)


@pytest.fixture(scope="module")
def crossed(folder, tmp_path_factory):
    """The folder of a cross-validation, with its three runs."""
    data = folder / "train"
    path = tmp_path_factory.mktemp("run") / "cv"
    for number in (1, 2, 3):
        recipe = tiny.recipe(data, epochs=1, fold=(number, 3))
        training.train(recipe, path / f"fold-{number}", verbose=False)
    return path


# ---------------------------------------------------------------------------------------------
# Folds
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", sample([[], ["--views", "10"], ["--split", "test"]]))
def test_folds_are_reported_together(crossed, folder, tmp_path, capsys, options):
    table = tmp_path / "table.csv"
    assert call("evaluate", "--run", crossed, "--out", table, *options) == 0
    said = capsys.readouterr().out
    found = evaluation.read_predictions(table)
    assert "looked at 16 pictures: each judged by the one run of 3" in said
    assert sorted(found["path"]) == sorted(map(str, (folder / "train").rglob("*.jpg")))
    assert f"accuracy: {found['correct'].sum()} of 16 = " in said
    each = found.groupby("fold")["correct"].agg(["sum", "size"]).to_numpy()
    assert "each fold: " + ", ".join(f"{right} of {of}" for right, of in each) in said
    assert f"mean of their accuracies {100 * (each[:, 0] / each[:, 1]).mean():.1f} %" in said
    for number in (1, 2, 3):
        one = training.Run.load(crossed / f"fold-{number}").predictions
        own = found[found["fold"] == number]
        assert own["path"].tolist() == one["path"].tolist()
        if "10" not in options:
            np.testing.assert_allclose(own["probability_1"], one["probability_1"], atol=1e-5)


def test_folds_have_a_card_of_all(crossed, tmp_path):
    assert call("evaluate", "--run", crossed, "--out", tmp_path / "o") == 0
    card = (tmp_path / "o" / "model_card.md").read_text("utf-8")
    assert card.splitlines()[0].endswith("2 classes, 3 folds")
    assert (tmp_path / "o" / "curves.png").exists()


def test_folds_answer_with_their_mean(crossed, tmp_path, capsys):
    new = flat(tmp_path / "new", {"red": 5, "blue": 4})
    (new / "red" / "bad.png").write_bytes(b"")
    assert call("predict", "--run", crossed, new, "--csv", tmp_path / "t.csv") == 2
    told = capsys.readouterr()
    assert "mean of the 3 folds" in told.err
    assert "bad.png" in told.err
    (new / "red" / "bad.png").unlink()
    got = pd.read_csv(tmp_path / "t.csv").set_index("path")
    runs = [training.Run.load(crossed / f"fold-{number}") for number in (1, 2, 3)]
    mean = sum(one.predict(new).set_index("path")["red"] for one in runs) / 3
    np.testing.assert_allclose(got["probability of red"], mean, atol=1e-6)
    assert call("evaluate", "--run", crossed, "--data", new, "--out", tmp_path / "e.csv") == 0
    judged = evaluation.read_predictions(tmp_path / "e.csv").set_index("path")
    np.testing.assert_allclose(judged["probability_1"], mean[judged.index], atol=1e-6)


def test_one_fold_is_named_where_one_is_needed(crossed, tmp_path, capsys):
    new = picture(tmp_path / "new" / "1.png")
    assert call("explain", "--run", crossed, new, "--out", tmp_path / "m") == 2
    told = capsys.readouterr().err
    assert str(crossed / "fold-1") in told
    assert call("explain", "--run", crossed / "fold-1", new, "--out", tmp_path / "m") == 0
    for split in ("train", "val", "all"):
        assert call("evaluate", "--run", crossed, "--split", split) == 2
        assert str(crossed / "fold-1") in capsys.readouterr().err
    half = tmp_path / "half"
    shutil.copytree(crossed, half)
    (half / "fold-2" / "predictions.csv").unlink()
    assert call("predict", "--run", half, new) == 2
    assert "fold-2 is not finished" in capsys.readouterr().err
    shutil.rmtree(half / "fold-2")
    assert call("evaluate", "--run", half) == 2
    assert "lacks fold-2 of 3" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------
# Options with several values
# ---------------------------------------------------------------------------------------------

TWO = "-gradcam-layercam.png"


@pytest.mark.parametrize(
    ("words", "end"),
    sample(
        [
            ("A --method gradcam,layercam B", TWO),
            ("--method gradcam layercam --layer conv2 A B", TWO),
            ("--method layercam A B", "-layercam.png"),
            ("A B --method gradcam --method layercam", TWO),
            ("--method gradcam layercam A B", TWO),
            ("A --method gradcam layercam B", TWO),
            ("--method gradcam,layercam A B", TWO),
            ("--method gradcam --method layercam A B", TWO),
            ("--method gradcam, layercam A B", TWO),
            ("A --layer conv2 B", "-gradcam.png"),
        ],
        keep=3,
    ),
)
def test_methods_do_not_swallow_pictures(run, tmp_path, capsys, words, end):
    named = {"A": picture(tmp_path / "d" / "a.png"), "B": picture(tmp_path / "d" / "b.png")}
    arguments = [named.get(word, word) for word in words.split()]
    assert call("explain", "--run", run.path, "--out", tmp_path / "m", *arguments) == 0
    written = capsys.readouterr().out.split()
    assert written == [str(tmp_path / "m" / f"d-{name}.png{end}") for name in "ab"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--method magic A", "no method 'magic'"),
        ("--method gradcam magic A", "no method 'magic'"),
        ("--method gradcam,magic A", "no method 'magic'"),
        ("--method A", "no method"),
        ("--method gradcam missing.png", "missing.png"),
        ("--method gradcam", "Name pictures"),
        ("", "Name pictures"),
    ],
)
def test_what_is_neither_method_nor_picture_is_named(run, tmp_path, capsys, words, said):
    file = picture(tmp_path / "d" / "a.png")
    arguments = [file if word == "A" else word for word in words.split()]
    assert call("explain", "--run", run.path, "--out", tmp_path / "m", *arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "m").exists()


CLASSES = [
    "D --classes red blue",
    "D --classes red,blue",
    "D --classes red --classes blue",
    "--classes red blue D",
    "--classes red,blue D",
    "--classes red --classes blue D",
    "--classes red, blue D",
    "--classes red blue --skip-unreadable D",
]


@pytest.mark.parametrize("words", CLASSES)
def test_classes_do_not_swallow_the_source(tmp_path, capsys, words):
    data = flat(tmp_path / "d", {"red": 5, "blue": 5, "green": 5})
    assert call("data", *[data if word == "D" else word for word in words.split()]) == 0
    said = capsys.readouterr().out
    assert "10 pictures, 2 classes" in said
    assert "green" not in said


def test_a_class_may_have_a_comma(tmp_path, capsys):
    data = flat(tmp_path / "d", {"red": 5, "blue": 5, "green": 5})
    (data / "green").rename(data / "red, or so")
    assert call("data", data, "--classes", "red, or so", "blue") == 0
    assert "red, or so: " in capsys.readouterr().out


def test_pictures_may_stand_between_options(run, tmp_path, capsys):
    a, b = picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    for words in itertools.permutations([(a,), (b,), ("--top", "1"), ("--run", run.path)]):
        assert call("predict", *itertools.chain(*words)) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
    assert call("predict", "--run", run.path, a, "--topp", "1") == 2
    assert call("data", tmp_path, "b") == 2
    assert "unrecognized arguments: b" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------
# Pictures that the network has seen before
# ---------------------------------------------------------------------------------------------


def copied(files, target, names):
    """Copy pictures into the folder of their class, under other names."""
    for file, name in zip(files, names, strict=True):
        place = target / file.parent.name / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


@pytest.mark.parametrize(
    ("taught", "steered", "new"), [(3, 0, 4), (0, 2, 4), (2, 1, 5), (2, 2, 0), (0, 0, 6)]
)
def test_pictures_that_taught_or_steered_are_counted(
    run, folder, tmp_path, capsys, taught, steered, new
):
    other = flat(tmp_path / "new", {"red": new, "blue": new})
    for part, count in (("train", taught), ("val", steered)):
        files = sorted((folder / part).rglob("*.jpg"))[:count]
        copied(files, other, [f"other {part} {i}.jpeg" for i in range(count)])
    (other / "red").mkdir(exist_ok=True, parents=True)
    out = tmp_path / "out"
    assert call("evaluate", "--run", run.path, "--data", other, "--out", out) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("warning: ")]
    table = evaluation.read_predictions(out / "predictions.csv")
    if not taught + steered:
        assert not told
        assert "seen" not in table
        return
    assert lines.index(told[0]) == [line[:9] for line in lines].index("accuracy:") + 1
    assert len(told) == 1
    assert (f"{taught} taught the network" in told[0]) == (taught > 0)
    assert (f"{steered} steered its training" in told[0]) == (steered > 0)
    unseen = table[table["seen"] == ""]
    assert len(unseen) == 2 * new
    right = f"on the {2 * new} new ones it is {unseen['correct'].sum()} of {2 * new}"
    assert (right if new else "none is new") in told[0]
    assert told[0].removeprefix("warning: ") in (out / "model_card.md").read_text("utf-8")


def test_the_run_s_own_parts_are_counted_too(run, capsys):
    for split, said in (
        ("train", "16 taught the network (the"),
        ("all", "16 taught the network and 8 steered"),
    ):
        assert call("evaluate", "--run", run.path, "--split", split) == 0
        told = capsys.readouterr().out
        assert said in told
        assert "Chosen on these" not in told
    assert call("evaluate", "--run", run.path, "--split", "val") == 0
    told = capsys.readouterr().out
    assert "warning" not in told
    assert "Chosen on these" in told


def test_of_folds_every_picture_has_taught(crossed, folder, tmp_path, capsys):
    assert call("evaluate", "--run", crossed, "--data", folder / "train") == 0
    assert "16 taught the network (the" in capsys.readouterr().out
    assert call("evaluate", "--run", crossed, "--data", folder / "val") == 0
    assert "warning" not in capsys.readouterr().out


def test_where_nobody_can_tell_it_is_said(folder, tmp_path, capsys):
    shutil.copytree(folder, tmp_path / "data")
    run = training.train(tiny.recipe(tmp_path / "data", epochs=1), tmp_path / "run", verbose=False)
    (tmp_path / "data").rename(tmp_path / "moved")
    assert call("evaluate", "--run", run.path, "--data", tmp_path / "moved" / "val") == 0
    assert "cannot be told" in capsys.readouterr().out


def test_pictures_that_only_steered_are_not_called_chosen_where_a_test_part_is(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "data", 8, 4)
    shutil.copytree(data / "val", data / "test")
    for i, file in enumerate(sorted((data / "test").rglob("*.jpg"))):
        picture(file, (i, 9, 9))
    run = training.train(tiny.recipe(data, epochs=1), tmp_path / "run", verbose=False)
    assert call("evaluate", "--run", run.path, "--split", "val") == 0
    told = capsys.readouterr().out
    assert "4 steered its training" in told
    assert "no test part" not in told


# ---------------------------------------------------------------------------------------------
# Parts made by hand, and --split
# ---------------------------------------------------------------------------------------------

KINDS = {"train": "training part", "val": "validation part", "test": "test part"}
MADE = [made for n in range(4) for made in itertools.combinations(KINDS, n)]


@pytest.mark.parametrize("split", [None, *KINDS, "all"])
@pytest.mark.parametrize("made", MADE, ids="-".join)
def test_every_split_of_every_folder_is_right_or_one_sentence(run, tmp_path, capsys, made, split):
    new, sizes = tmp_path / "new", {"train": 3, "val": 2, "test": 1}
    for part in made or ("",):
        flat(new / part, {"red": sizes.get(part, 4), "blue": sizes.get(part, 4)})
    options = ["--split", split] if split else []
    status = call("evaluate", "--run", run.path, "--data", new, *options)
    told = capsys.readouterr()
    wanted = split or ("test" if "test" in made else "all")
    if wanted != "all" and wanted not in made:
        assert status == 2
        assert told.err.count("\n") == 1
        names = [kind for part, kind in KINDS.items() if part in made]
        for word in names or ["has no parts", "leave --split out"]:
            assert word in told.err
        assert told.out == ""
        return
    assert status == 0
    judged = made if wanted == "all" else (wanted,)
    count = 2 * sum(sizes[part] for part in judged) if made else 8
    first = told.out.splitlines()[0]
    assert first.startswith(f"looked at {count} pictures: ")
    assert all(KINDS[part] in first for part in judged)
    assert f"of {count} = " in told.out


# ---------------------------------------------------------------------------------------------
# What people type
# ---------------------------------------------------------------------------------------------

NAMES = [
    "a b.png", "猫.png", "🐈.png", "$HOME.png", "100%s.png", "it's \"x\".png", "a\nb.png",
    "-x.png", "[1].png", "a*b?.png", "a,b.png", "\x1b[31m.png", "no ending", "two.dots.PNG",
    "é.png", "#1.png",
]  # fmt: skip


def test_a_picture_is_a_line_whatever_its_name(run, tmp_path, capsys):
    new, table = tmp_path / "n", tmp_path / "t.csv"
    for i, name in enumerate(NAMES):
        picture(new / "x.png", (9 * i, 40, 40)).rename(new / name)
    for paths in ([new], [new / name for name in NAMES]):
        assert call("predict", "--run", run.path, *paths, "--csv", table) == 0
        out = capsys.readouterr().out
        assert len(out.splitlines()) == len(NAMES)
        assert "\x1b" not in out
        assert set(pd.read_csv(table)["path"]) == {str(new / name) for name in NAMES}
    assert call("explain", "--run", run.path, new, "--out", tmp_path / "m") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(list((tmp_path / "m").iterdir()))


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_an_archive_is_a_folder(run, tmp_path, capsys, kind, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    new = flat(tmp_path / "new", {"red": 3, "blue": 2})
    archive = shutil.make_archive(str(tmp_path / "packed"), kind, new)
    assert call("evaluate", "--run", run.path, "--data", archive) == 0
    assert "looked at 5 pictures" in capsys.readouterr().out
    picture(new / "loose.png")
    picture(new / "red" / "deep" / "er.png")
    archive = shutil.make_archive(str(tmp_path / "packed"), kind, new)
    assert call("predict", "--run", run.path, archive) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7
    assert call("explain", "--run", run.path, archive, "--out", tmp_path / "m") == 0
    assert len(list((tmp_path / "m").iterdir())) == 7


def test_wildcards_that_the_shell_left_are_looked_up(run, tmp_path, capsys, monkeypatch):
    new = flat(tmp_path / "new", {"red": 3, "blue": 2})
    picture(new / "[0].png")
    monkeypatch.chdir(new)
    for word, count in (("red/*.png", 3), ("*/00[01].png", 4), ("[0].png", 1), ("*", 6)):
        assert call("predict", "--run", run.path, word) == 0
        assert len(capsys.readouterr().out.splitlines()) == count
    assert call("predict", "--run", run.path, "*.gif", "[0].png") == 2
    told = capsys.readouterr()
    assert "*.gif" in told.err
    assert len(told.out.splitlines()) == 1


REFUSED = [
    ("predict --run RUN https://example.org/a.jpg", "address"),
    ("explain --run RUN https://example.org/a.jpg", "address"),
    ("evaluate --run RUN --data https://example.org/a.zip", "address"),
    ("data s3://photos/all", "address"),
    ("predict --run RUN -", "standard input"),
    ("data -", "standard input"),
    ("predict --run RUN", "Name pictures"),
    ("predict --run RUN RUN", "training run"),
    ("predict --run RUN --run RUN A", "--run is given twice"),
    ("evaluate --run RUN --data D --data D", "--data is given twice"),
    ("predict --run RUN A --csv D", "is a folder"),
    ("predict --run RUN A --csv A", "was not written by this command"),
    ("predict --run RUN A --top 0", "--top"),
    ("predict --run D A", "holds no run"),
    ("predict --run A A", "holds no run"),
    ("predict --run RUN EMPTY", "no picture"),
    ("evaluate --run RUN --data A", "is a file"),
    ("evaluate --run RUN --data EMPTY", "no pictures of"),
    ("evaluate --run RUN --data D/red", "itself and no class folders"),
    ("explain --run BOOK A --class-name SHIP", "container ship (n03095699)"),
    ("data D/red", "at least two"),
    ("data D --classes red", "red is one class"),
    ("data A", "is a file"),
    ("data EMPTY", "at least two"),
]


@pytest.mark.parametrize(("line", "word"), REFUSED, ids=lambda text: text.replace("/", "|"))
def test_what_makes_no_sense_is_one_sentence(run, tmp_path, capsys, line, word):
    places = {"RUN": run.path, "D": flat(tmp_path / "d", {"red": 2, "blue": 2})}
    places |= {"A": picture(tmp_path / "a.png"), "EMPTY": tmp_path / "empty"}
    places["EMPTY"].mkdir()
    places["BOOK"] = root() / "results" / "book_run"
    before = sorted(tmp_path.rglob("*"))
    places["D/red"] = places["D"] / "red"
    assert call(*(places.get(part, part) for part in line.split())) == 2
    told = capsys.readouterr()
    assert word in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_more_classes_than_there_are_and_a_table_that_is_replaced(run, tmp_path, capsys):
    new, table = flat(tmp_path / "new", {"red": 1}), tmp_path / "t.csv"
    assert call("predict", "--run", run.path, new, "--top", "10", "--csv", table) == 0
    told = capsys.readouterr()
    assert told.out.count("%") == 2
    assert f"the table is in {table}" in told.err
    assert "replaced" not in told.err
    assert call("predict", "--run", run.path, new, "--csv", table) == 0
    assert "replaced" in capsys.readouterr().err


def test_a_run_answers_from_another_place(run, tmp_path, capsys):
    moved = tmp_path / "elsewhere" / "run"
    shutil.copytree(run.path, moved)
    new = flat(tmp_path / "new", {"red": 2, "blue": 1})
    said = []
    for path in (run.path, moved):
        assert call("predict", "--run", path, new) == 0
        assert call("evaluate", "--run", path) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_one_class_alone_says_why_there_is_no_curve(run, tmp_path, capsys):
    assert call("evaluate", "--run", run.path, "--data", flat(tmp_path / "d", {"red": 3})) == 0
    assert "all pictures are red: no ROC curve" in capsys.readouterr().out


def test_folders_in_a_folder_in_a_folder_are_named(tmp_path, capsys):
    deep = flat(tmp_path / "top" / "a" / "b", {"red": 2, "blue": 2})
    assert call("data", tmp_path / "top") == 2
    assert f"(or name {deep}, which has 2 folders)" in capsys.readouterr().err
    assert call("data", deep) == 0
    flat(tmp_path / "one", {"red": 2})
    assert call("data", tmp_path / "one") == 2
    assert "or name" not in capsys.readouterr().err


def test_files_with_the_same_fault_are_said_together(tmp_path, capsys):
    data = flat(tmp_path / "d", {"red": 2, "blue": 2})
    for i in range(3):
        (data / "red" / f"empty{i}.png").write_bytes(b"")
        (data / "blue" / f"text{i}.png").write_text("no picture")
    assert call("data", data) == 2
    said = capsys.readouterr().err
    assert said.count("it is empty") == said.count("it is no picture") == 1
    assert all(f"{name}{i}.png" in said for name in ("empty", "text") for i in range(3))


# ---------------------------------------------------------------------------------------------
# Figures against scikit-learn, whatever classes occur
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_figures_equal_scikit_learn_whatever_occurs(seed):
    """Some of the classes or one alone, ties, all alike, few pictures or many."""
    rng = np.random.default_rng(seed)
    count, size = int(rng.integers(2, 7)), int(rng.integers(1, 60))
    labels = rng.choice(rng.choice(count, rng.integers(1, count + 1), replace=False), size)
    shares = rng.dirichlet(np.full(count, rng.choice([0.1, 1, 5])), size)
    shares = {0: shares.round(1), 1: np.full_like(shares, 1 / count)}.get(seed % 5, shares)
    names, there = list("abcdef")[:count], np.unique(labels)
    table = evaluation.tabulate(np.arange(size).astype(str), labels, shares, names)
    said, guess = evaluation.report(table), shares.argmax(axis=1)
    both = sorted({*labels, *guess})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of classes that do not occur
        matrix = metrics.confusion_matrix(labels, guess, labels=both)
        options = {"labels": both, "zero_division": np.nan}
        precision, recall, *_ = metrics.precision_recall_fscore_support(labels, guess, **options)
    assert (evaluation.confusion_matrix(table).to_numpy() == matrix).all()
    each = evaluation.per_class(table)
    np.testing.assert_allclose(each["precision"], precision)
    np.testing.assert_allclose(each["recall"], recall)
    total = 2 * matrix.diagonal() / (matrix.sum(axis=0) + matrix.sum(axis=1))
    np.testing.assert_allclose(each["f1"], total)
    if len(there) < 2:
        assert f"all pictures are {names[there[0]]}: no ROC curve" in said
        with pytest.raises(UserError, match="every picture is of it"):
            evaluation.roc_area(table, int(there[0]))
        return
    areas = [metrics.roc_auc_score(labels == label, shares[:, label]) for label in there]
    means = [metrics.average_precision_score(labels == k, shares[:, k]) for k in there]
    one = evaluation.one_vs_rest(table)
    np.testing.assert_allclose(one["roc_area"], areas)
    np.testing.assert_allclose(one["average_precision"], means)
    assert f"area under the ROC curve{':' if count == 2 else ''} {np.mean(areas):.3f}" in said
    bins = evaluation.calibration(table, np.linspace(0, 1, 6))
    assert bins["images"].sum() == size
    assert (bins["right"] * bins["images"]).sum() == pytest.approx((guess == labels).sum())
    assert (bins["said"] * bins["images"]).sum() == pytest.approx(shares.max(axis=1).sum())


def test_a_run_without_its_network_says_so(run, tmp_path, capsys, monkeypatch):
    from helpers.training import run_files

    monkeypatch.setattr(run_files, "root", lambda: tmp_path)
    recorded = tmp_path / "results" / "run"
    shutil.copytree(run.path, recorded)
    (recorded / "model.keras").unlink()
    assert call("predict", "--run", recorded, picture(tmp_path / "a.png")) == 2
    told = capsys.readouterr().err
    assert "comes without its network" in told
    assert told.count("\n") == 1


def test_pictures_in_an_archive_are_named_as_lying_in_it(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    data = flat(tmp_path / "photos", {"red": 2, "blue": 1})
    archive = shutil.make_archive(str(tmp_path / "my pictures"), "zip", tmp_path, "photos")
    assert call("predict", "--run", run.path, archive) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{archive}/{path.relative_to(tmp_path)}" for path in sorted(data.rglob("*.png"))
    ]
