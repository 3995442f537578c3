"""Tests trust one authority instead of all that the world has: none of them connects to a server of the world.

Loading the system's and Mozilla's takes 30 ms for each TLS context, and a daemon that starts makes one at least. The
variable that an operator would use says so to tests and to the programs that they start (`programs.clean_environ`).
"""

import os
import tempfile
from pathlib import Path

import certifi
import pytest

VARIABLE = "SSL_CERT_FILE"
END = "-----END CERTIFICATE-----\n"


@pytest.hookimpl(trylast=True)  # in the folder that `in_memory` chooses
def pytest_configure(config: pytest.Config) -> None:
    """Write the first of Mozilla's list to a file of its own; workers of pytest-xdist inherit it."""
    if hasattr(config, "workerinput"):
        return
    before = os.environ.get(VARIABLE)
    whole = Path(certifi.where()).read_text()
    handle, name = tempfile.mkstemp(prefix="authority-", suffix=".pem")
    with os.fdopen(handle, "w") as file:
        file.write(whole[: whole.index(END) + len(END)])
    Path(name).chmod(0o644)  # servers run as users of their own
    os.environ[VARIABLE] = name

    def remove() -> None:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before
        Path(name).unlink(missing_ok=True)

    config.add_cleanup(remove)
