"""What a trained network answers, and what follows from it.

* ``predictions``: one pass over the pictures, the table, how it is stored
* ``rates``: shares with intervals, the confusion matrix, each class, what to look at first
* ``ranking``: thresholds, ROC, precision-recall, base rates, calibration
* ``baselines``: linear models on thumbnails
* ``report``: the table in words

Their functions are reached here. Behind the command line, for files of other people:

* ``inputs``, ``answers``: which files, and what a run says of each
* ``judging``: a run judged on labelled pictures
* ``outputs``, ``results``, ``card``: where results go, the figures, the model card
"""

from helpers.evaluation.baselines import (
    Baseline,
    thumbnail_baseline,
    thumbnails,
)
from helpers.evaluation.predictions import (
    COLUMNS,
    KEPT_CLASSES,
    OF_CLASS,
    central,
    named,
    predict,
    predict_together,
    probabilities,
    read_predictions,
    refuse_no_numbers,
    tabulate,
)
from helpers.evaluation.ranking import (
    Area,
    average_precision,
    calibration,
    class_count,
    has_probabilities,
    one_vs_rest,
    positive_probability,
    precision_at,
    roc_area,
    roc_table,
    threshold_table,
)
from helpers.evaluation.rates import (
    Mean,
    Share,
    accuracy,
    class_names,
    confusion_matrix,
    half_up,
    hardest,
    mean_interval,
    per_class,
    rates,
    surest_right,
    surest_wrong,
    top_k,
    wilson_interval,
    with_interval,
)
from helpers.evaluation.report import MANY_CLASSES, SHORTEST, TERMINAL, report, seen_before
