"""Chromium, for the PDF and the tests: the system's, else what Playwright's installer fetched."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Error, Playwright

from helpers.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Fetches it into the user's cache. The shell without windows is all that is used.
INSTALL = "-m playwright install chromium --only-shell"
#: Installs the libraries that it needs, which only the system's administrator may.
LIBRARIES = "-m playwright install-deps chromium"


def start(playwright: Playwright) -> Browser:
    """Start the Chromium that is installed.

    Raises
    ------
    UserError
        When there is none, or when it cannot be started, with the command that helps.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        return playwright.chromium.launch(executable_path=path)
    except Error as error:
        lacking = "missing dependencies" in error.message
        raise UserError(
            f"{path or 'Chromium'} {'lacks libraries' if lacking else 'cannot be started'}; this "
            f"command helps: .venv/bin/python {LIBRARIES if lacking else INSTALL}"
        ) from error


def fetch() -> None:
    """Fetch Chromium into the user's cache where it can be reached; ``start`` then finds it."""
    command = [sys.executable, *INSTALL.split()]
    patience = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}  # ms, of each of its five tries
    subprocess.run(command, env=patience | dict(os.environ), capture_output=True, check=False)
