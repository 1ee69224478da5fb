"""What a linear head reads from the layers of the recorded network, trained and as they began.

In: ``results/book_run`` and the drawn pictures. Out, both judged on the 400 test pictures in the
order of that run's ``predictions.csv``, a 1 for each that is named rightly and a 0 for the others:

* ``heads.csv``: a linear head on each layer of the trained network (seed −1) and of networks that
  have learnt nothing (seed 0 is where the training began);
* ``grafts.csv``: networks with some layers trained and the others as they began: what the network
  says, what a head fitted anew to its fc7 says, and the share of the same class among the six
  training pictures nearest in fc7.

``python -m helpers record book_layers`` makes them in some ten minutes. What stands in a table
already is not computed again; delete a table to make it anew.
"""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import evaluation, files, models
from helpers.explain import filters
from helpers.training import Run
from results.record import Record

HERE = Path(__file__).parent
TRAINED, SEEDS = -1, range(3)
LAYERS = ("pool1", "pool2", "pool5", "fc6", "fc7")
NAMES = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1, 10)


def heads(folder: Path = HERE) -> Record:
    """Return the table of heads, one row a network and layer."""
    columns = ("seed", "layer", "strength", "right")
    return Record(folder, columns[:2], columns, "heads.csv", texts=("right",))


def grafts(folder: Path = HERE) -> Record:
    """Return the table of mixed networks, one row for the layers that are trained in it."""
    columns = ("trained", "right", "head", "neighbours")
    return Record(folder, columns[:1], columns, "grafts.csv", texts=columns[:3])


def start(run: Run, seed: int) -> keras.Model:
    """Return a network like the run's that has learnt nothing; its own start for its own seed."""
    centre = run.model.get_layer("centre").get_config()
    return models.build(
        run.recipe.architecture,
        len(run.classes),
        seed,
        initial=run.recipe.initial,
        preprocessing=[keras.layers.Rescaling.from_config(centre)],
    )


def mixtures() -> list[tuple[str, ...]]:
    """Return which layers are trained: the first ones, one alone, all but one; mostly with fc8."""
    first = [(*NAMES[:count], "fc8") for count in (0, 1, 2, 5, 7)]
    alone = [(name, "fc8") for name in NAMES[1:-1]]
    return first + alone + [tuple(n for n in NAMES if n != name) for name in NAMES[:-1]]


def features(network: keras.Model, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Return by layer the means of its maps, or its units: (N, numbers)."""
    found = filters.activations(network, pictures, LAYERS)
    return {k: v.mean(axis=(1, 2)) if v.ndim == 4 else v for k, v in found.items()}


def head(numbers: np.ndarray, labels: np.ndarray) -> GridSearchCV:
    """Return a linear head, its penalty chosen by five folds of these pictures."""
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    strengths = {"logisticregression__C": STRENGTHS}
    return GridSearchCV(line, strengths, cv=5, scoring="neg_log_loss").fit(numbers, labels)


def marks(right: np.ndarray) -> str:
    """Return a 1 for each answer that is right and a 0 for each other.

    Examples
    --------
    >>> marks(np.array([True, False]))
    '10'
    """
    return "".join("01"[one] for one in np.asarray(right, int))


class Pictures:
    """The recorded run with its training and test pictures, and their labels."""

    def __init__(self) -> None:
        self.run = Run.load(files.root() / "results" / "book_run")
        learn, judge = self.run.data.subset("train").table, self.run.predictions
        self.known, self.asked = self.run.pictures(learn), self.run.pictures(judge)
        self.known_labels, self.labels = (t["label"].to_numpy() for t in (learn, judge))

    def heads_on(self, network: keras.Model, seed: int) -> pd.DataFrame:
        """Return the rows of one network."""
        known, asked = (features(network, x) for x in (self.known, self.asked))
        rows = []
        for layer in LAYERS:
            found = head(known[layer], self.known_labels)
            right = marks(found.predict(asked[layer]) == self.labels)
            rows.append((seed, layer, found.best_params_["logisticregression__C"], right))
        return pd.DataFrame(rows, columns=heads().columns)

    def mixed(self, network: keras.Model, trained: str) -> pd.DataFrame:
        """Return the row of one mixed network."""
        known, asked = (features(network, x)["fc7"] for x in (self.known, self.asked))
        said = evaluation.probabilities(network, self.asked).argmax(axis=1)
        anew = head(known, self.known_labels).predict(asked)
        near = filters.neighbours(asked, known)
        share = filters.same_class(near, self.labels, self.known_labels).share
        row = trained, marks(said == self.labels), marks(anew == self.labels), share
        return pd.DataFrame([row], columns=grafts().columns)


def make(out: Path = HERE) -> None:
    """Add what the tables lack."""
    pictures = Pictures()
    run = pictures.run
    for seed in (TRAINED, *SEEDS):
        if heads(out).missing([(seed, LAYERS[-1])]):
            network = run.model if seed == TRAINED else start(run, seed)
            heads(out).append(pictures.heads_on(network, seed))
    began = start(run, run.recipe.seed)
    for layers in mixtures():
        trained = " ".join(layers)
        if grafts(out).missing([(trained,)]):
            network = filters.graft(began, run.model, layers)
            grafts(out).append(pictures.mixed(network, trained))
