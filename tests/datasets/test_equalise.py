"""What a run has equalised, it equalises wherever it looks at a picture again."""

import json

import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image

from helpers import architectures, datasets
from helpers.__main__ import main
from helpers.training import Run


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with noisy photos of two qualities, new ones, and a run that equalises."""
    place = tmp_path_factory.mktemp("equal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEXNET_HOME", str(place / "home"))
        patch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
        tiny.make_folder(place / "photos", train=24, val=12)
        for part in ("train", "val"):
            for path in (place / "photos" / part / "red").iterdir():
                Image.open(path).resize((140, 150)).save(path, quality=40)
        command = ["train", "--data", str(place / "photos"), "--arch", "tiny", "--epochs", "2"]
        assert main([*command, "--equalise", "--out", str(place / "run")]) == 0
        tiny.make_folder(place / "new", train=0, val=8)
        (place / "new" / "val").rename(place / "new" / "test")
        yield place


def scores(run: Run, paths, equal) -> np.ndarray:
    """Return the share of the second class, worked out from the pixels."""
    side = tiny.ARCH.input_shape[0]
    corner = (256 - side) // 2
    cut = np.s_[corner : corner + side, corner : corner + side]
    pixels = np.stack([datasets.decode(path, equal=equal)[cut] for path in paths])
    logits = np.asarray(run.model(pixels.astype("float32")))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True))[:, 1]


def test_every_command_equalises_as_the_run_did(place, capsys):
    run = Run.load(place / "run")
    equal = run.equal
    stored = json.loads((place / "run" / "environment.json").read_text())["equalised"]
    assert stored == {"side": equal.side, "quality": equal.quality}
    assert equal.side == 140
    paths = sorted((place / "new" / "test" / "blue").iterdir())
    right, wrong = scores(run, paths, equal), scores(run, paths, None)
    assert np.abs(right - wrong).min() > 1e-4  # else the test could not tell

    table = place / "predict.csv"
    assert main(["predict", "--run", str(run.path), *map(str, paths), "--csv", str(table)]) == 0
    of = run.classes[1]
    np.testing.assert_allclose(pd.read_csv(table)[f"probability of {of}"], right, atol=2e-4)

    table = place / "evaluate.csv"
    command = ["evaluate", "--run", str(run.path), "--data", str(place / "new")]
    assert main([*command, "--out", str(table)]) == 0
    found = pd.read_csv(table)
    found = found[found["path"].isin(map(str, paths))].sort_values("path")
    sure = np.where(found["prediction"] == 1, found["probability"], 1 - found["probability"])
    np.testing.assert_allclose(sure, right, atol=2e-4)

    assert main(["evaluate", "--run", str(run.path), "--split", "val"]) == 0
    capsys.readouterr()


def test_heat_maps_show_what_the_network_was_given(place, monkeypatch, capsys):
    from helpers import explain

    seen, cam = [], explain.cam
    monkeypatch.setattr(
        explain, "cam", lambda model, images, *rest, **more: (
            seen.append(np.asarray(images)), cam(model, images, *rest, **more))[1]
    )  # fmt: skip
    run = Run.load(place / "run")
    path = min((place / "new" / "test" / "blue").iterdir())
    command = ["explain", "--run", str(run.path), str(path), "--out", str(place / "maps")]
    assert main(command) == 0
    assert len(list((place / "maps").iterdir())) == 1
    side = tiny.ARCH.input_shape[0]
    corner = (256 - side) // 2
    cut = np.s_[corner : corner + side, corner : corner + side]
    assert (seen[0][0] == datasets.decode(path, equal=run.equal)[cut]).all()
    assert (seen[0][0] != datasets.decode(path)[cut]).any()
    capsys.readouterr()


def test_the_stored_predictions_are_of_equalised_pictures(place):
    run = Run.load(place / "run")
    rows = run.predictions
    sure = np.where(rows["prediction"] == 1, rows["probability"], 1 - rows["probability"])
    np.testing.assert_allclose(sure, scores(run, rows["path"], run.equal), atol=2e-4)
