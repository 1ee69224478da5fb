"""The full recipe on a tree shaped like ImageNet: many classes, few pictures, a tiny network."""

import io
import re
import shlex

import numpy as np
import pandas as pd
import pytest
import tiny
from bookfiles import ROOT
from PIL import Image

from helpers import __main__ as cli
from helpers import architectures, datasets, evaluation, plots
from helpers.datasets import batches as batches_module
from helpers.errors import UserError
from helpers.training import Run, loop, network
from helpers.training.schedule import best_epoch

WHOLE = 1000  # classes


@pytest.fixture(scope="module", autouse=True)
def _tiny_has_a_name():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
        yield


@pytest.fixture(scope="module", params=[60, pytest.param(WHOLE, marks=pytest.mark.thorough)])
def wnids(request):
    """The names of the classes."""
    return [f"n{90_000_000 + i}" for i in range(request.param)]


@pytest.fixture(scope="module")
def tree(wnids, tmp_path_factory):
    """Two training pictures and one that judges in each class; two classes share a title."""
    root, rng = tmp_path_factory.mktemp("imagenet"), np.random.default_rng(0)
    files = []
    for _ in range(20):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype="uint8")
        file = io.BytesIO()
        Image.fromarray(pixels).resize((48, 40)).save(file, "JPEG")
        files.append(file.getvalue())
    for i, wnid in enumerate(wnids):
        for path in (f"train/{wnid}/a.JPEG", f"train/{wnid}/b.JPEG", f"val/{wnid}/c.JPEG"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(files[(i + ord(path[-6])) % len(files)])
    words = [f"{wnid} thing {i // 2 if i < 2 else i}, other name" for i, wnid in enumerate(wnids)]
    (root / "LOC_synset_mapping.txt").write_text("\n".join(words) + "\n")
    return root


@pytest.fixture(scope="module")
def run(tree, wnids, tmp_path_factory):
    """The command of the full recipe, interrupted after its first epoch and repeated."""
    folder, output = tmp_path_factory.mktemp("run"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches_module, "memory_budget", lambda: 0)
        patch.setattr(loop, "CHECKPOINT_SECONDS", 0)
        patch.setattr(network, "BATCHES_JUDGED", 5)
        patch.setattr("sys.stdout", output)
        command = ["train", "--data", f"imagenet:{tree}", "--classes", "all", "--arch", "tiny"]
        command += ["--epochs", "2", "--batch-size", str(len(wnids) // 8), "--out", str(folder)]
        with pytest.MonkeyPatch.context() as pressed:
            tiny.interrupt(pressed, 2)
            assert cli.main(command) == 130
        assert cli.main(command) == 0
    return Run.load(folder), output.getvalue()


def test_all_classes_are_learnt_and_the_run_is_resumed(run, wnids):
    trained, output = run
    assert "Interrupted; the state after epoch 1 is saved." in output
    assert "resumed after epoch 1 of 2" in output
    assert trained.recipe.classes == ("all",)
    assert trained.classes == tuple(wnids)
    assert trained.model.output_shape == (None, len(wnids))
    assert trained.environment["training_images"] == len(wnids)
    assert list(trained.history["epoch"]) == [1, 2]


def test_classes_of_one_title_are_told_apart(run, wnids):
    titles = run[0].environment["titles"]
    assert titles[:3] == [f"thing 0 ({wnids[0]})", f"thing 0 ({wnids[1]})", "thing 2"]
    assert len(set(titles)) == len(wnids)


def test_loss_over_chunks_is_the_loss_of_the_predictions(run, wnids):
    trained, _ = run
    steering = trained.data.subset("val")
    assert len(trained.predictions) == len(steering) == len(wnids)
    assert trained.predictions["label"].tolist() == list(range(len(wnids)))
    table = evaluation.predict(trained.model, steering)
    kept = trained.history.iloc[best_epoch(trained.history.to_dict("records")) - 1]
    loss = -np.log(table["probability_true"]).mean()
    assert kept["val_loss"] == pytest.approx(loss, rel=1e-4)
    assert kept["val_accuracy"] == pytest.approx(table["correct"].mean())


def test_the_report_is_short_and_names_both_errors(run, wnids):
    trained, output = run
    report = evaluation.report(trained.predictions)
    assert report in output
    assert len(report.splitlines()) < 40
    top = [evaluation.top_k(trained.predictions, k).share for k in (1, 5)]
    errors = f"top-1 error {100 * (1 - top[0]):.1f} %, top-5 error {100 * (1 - top[1]):.1f} %"
    assert errors in report
    assert f"the hardest of {len(wnids)} classes:" in report


def test_the_report_names_the_worst_classes_and_pairs():
    titles = np.array([f"c{i}" for i in range(30)])
    labels, said = np.repeat(np.arange(30), 4), np.repeat(np.arange(30), 4)
    said[8:12] = [7, 7, 7, 2]  # c2, three times taken for c7
    said[20] = 0
    table = pd.DataFrame({"label": labels, "prediction": said, "correct": labels == said})
    table["label_name"], table["prediction_name"] = titles[labels], titles[said]
    lines = evaluation.report(table).splitlines()
    worst = lines.index("the hardest of 30 classes:")
    assert lines[worst + 1 : worst + 4] == [
        "  c2: 1 of 4 right",
        "  c5: 3 of 4 right",
        "  c0: 4 of 4 right",
    ]
    assert lines[-2:] == ["  c2 taken for c7: 3 times", "  c5 taken for c0: 1 times"]


def test_ten_views_are_the_mean_of_ten_predictions(run, tree):
    trained, _ = run
    data = datasets.load(f"imagenet:{tree}", "val", classes="all")
    some = data.__class__(data.source, data.classes, data.titles, data.table[:13])
    table = evaluation.predict(trained.model, some, batch_size=40, views=10)
    for row in table.itertuples():
        image = datasets.decode(row.path)
        shares = []
        for y, x in ((0, 0), (0, 192), (192, 0), (192, 192), (96, 96)):
            crop = image[y : y + 64, x : x + 64]
            for view in (crop, crop[:, ::-1]):
                shares.append(evaluation.probabilities(trained.model, view[None])[0])
        mean = np.mean(shares, axis=0)
        assert row.probability_true == pytest.approx(mean[row.label], rel=1e-4)
        assert row.probability == pytest.approx(mean.max(), rel=1e-4)
    one = evaluation.predict(trained.model, some)
    assert (one["probability_true"] - table["probability_true"]).abs().max() > 1e-5
    with pytest.raises(UserError, match="views"):
        evaluation.predict(trained.model, some, views=5)


def test_evaluate_with_ten_views(run, wnids, tmp_path, capsys):
    trained, _ = run
    out = tmp_path / "ten.csv"
    command = ["evaluate", "--run", str(trained.path), "--views", "10", "--out", str(out)]
    assert cli.main(command) == 0
    assert re.search(r"top-1 error \d+\.\d %, top-5 error \d+\.\d %", capsys.readouterr().out)
    table = pd.read_csv(out)
    assert len(table) == len(wnids)
    assert (table["probability_true"] - trained.predictions["probability_true"]).abs().max() > 1e-5


def test_the_commands_of_the_page_do_what_it_says(tree, wnids, tmp_path, monkeypatch):
    """Letter for letter, but for the folder, the network and the number of epochs."""
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "book" / "full_imagenet.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    commands = "".join(blocks).replace("\\\n", " ").splitlines()
    assert [shlex.split(line)[3] for line in commands] == ["train", "evaluate", "evaluate"]
    for line in commands:
        for said, here in (("DIR", str(tree)), ("--arch paper", "--arch tiny"), ("90", "1")):
            line = line.replace(said, here)
        assert cli.main(shlex.split(line)[3:]) == 0
    recipe = Run.load(tmp_path / "runs" / "imagenet").recipe
    assert (recipe.initial, recipe.learning_rate, recipe.patience) == ("paper", 0.01, 5)
    assert len(pd.read_csv(tmp_path / "ten_views.csv")) == len(wnids)


def test_a_network_of_other_classes_is_one_short_line(run, wnids, tmp_path, capsys):
    other = tiny.make_folder(tmp_path / "two", train=4, val=2)
    command = ["evaluate", "--run", str(run[0].path), "--data", str(other)]
    assert cli.main(command) == 2
    told = capsys.readouterr().err
    assert f"and {len(wnids) - 10} more" in told
    assert len(told) < 400


def test_a_confusion_matrix_of_many_classes_draws_no_text():
    titles = np.array([f"c{i}" for i in range(30)])
    table = pd.DataFrame({"label": np.arange(30), "prediction": np.arange(30)})
    table["label_name"] = table["prediction_name"] = titles
    axis = plots.confusion(table, "thirty").axes[0]
    assert not axis.texts
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == (
        "predicted",
        "true",
        "thirty",
    )


MEMORY = """
import resource, sys, tiny
from helpers.datasets import batches
from helpers import training
batches.memory_budget = lambda: {budget}
for classes, folder in ((sys.argv[2].split(), sys.argv[3]), (["all"], sys.argv[4])):
    recipe = tiny.recipe(sys.argv[1], classes=tuple(classes), epochs=1, batch_size=32)
    training.train(recipe, folder, verbose=False)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peaks(tree, wnids, folder, budget):
    """Peak memory of a process that has trained on 100 pictures, then on 2000."""
    arguments = [f"imagenet:{tree}", " ".join(wnids[:50]), str(folder / "few"), str(folder / "all")]
    code = f"import sys; sys.argv = [''] + {arguments!r}\n" + MEMORY.format(budget=budget)
    done = tiny.python(code, folder / "home")
    assert done.returncode == 0, done.stderr[-2000:]
    return [int(line) for line in done.stdout.split()]


@pytest.mark.thorough
@pytest.mark.parametrize("wnids", [WHOLE], indirect=True)
def test_the_peak_of_memory_does_not_grow_with_the_pictures(tree, wnids, tmp_path):
    few, all_of_them = peaks(tree, wnids, tmp_path, budget=0)
    kept = 1900 * batches_module.BYTES_PER_PICTURE
    assert all_of_them - few < 0.5 * kept
