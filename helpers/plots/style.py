"""One look for all figures: palette, width, type size."""

import matplotlib.pyplot as plt
import seaborn as sns

#: The colour-blind-safe palette of seaborn, as ten colours.
PALETTE = sns.color_palette("colorblind")
#: Width of a figure that fills the text column, in inches.
WIDTH = 7.0
#: Perceptually uniform map for heat maps and matrices.
HEAT = "viridis"


def use_style() -> None:
    """Set matplotlib's defaults for the book; each chapter calls it once.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["figure.dpi"]
    110.0
    """
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind")
    plt.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": 110.0,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "font.size": 10.5,
            "axes.titlesize": 11.5,
            "axes.labelsize": 10.5,
            "legend.fontsize": 9.5,
            "xtick.labelsize": 9.5,
            "ytick.labelsize": 9.5,
            "axes.grid": True,
            "grid.color": "#e3e3e3",
        }
    )
