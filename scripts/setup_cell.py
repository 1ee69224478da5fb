# Set-up: does nothing where the book's package is present; elsewhere (Colab) fetches it.
import importlib.util, subprocess, sys  # noqa: E401
if importlib.util.find_spec("helpers") is None:
    book = "https://github.com/alexnet-book/alexnet-book"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", book, "alexnet-book"], check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "-e", "alexnet-book"], check=True)
    sys.path.insert(0, "alexnet-book")
