"""Forks daemons, and the sandbox they use: this process has imported everything, so that a life begins at once.

One line of JSON asks for a life, for its end or for the end of all, one line answers. A forked daemon is the real
command; before it runs, what is planted in it is put in place (see `planted`).
Where nothing is to be planted the program itself can be executed.
"""

import contextlib
import gc
import json
import os
import random
import signal
import sys
import traceback
from typing import Any

import planted

from thesetd.app.cli import main


def fork(order: dict[str, Any]) -> int:
    """Start a life and give its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        for number, path in ((0, os.devnull), (1, order["output"]), (2, order["errors"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
        os.environ.clear()
        os.environ.update(order["environ"])
        if order["real"]:
            os.execv(order["real"], [order["real"], *order["words"]])
        random.seed()
        for name, arguments in order["plants"].items():
            getattr(planted, name)(**arguments)
        main(order["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def end(order: dict[str, Any]) -> int:
    """Send a signal and give the exit code that it led to, negative for a signal."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(order["pid"], order["signal"])
    return os.waitstatus_to_exitcode(os.waitpid(order["pid"], 0)[1])


def kill(living: set[int]) -> int:
    """End what lives, and give how many it was."""
    count = len(living)
    while living:
        end({"pid": living.pop(), "signal": signal.SIGKILL})
    return count


def serve() -> None:
    """Answer until nobody asks any more; then nothing of it is left."""
    gc.collect()
    gc.freeze()  # a life that looks for garbage would copy all pages of what is loaded here
    living, kept = set[int](), set[int]()
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "fork":
            answer = fork(order)
            (kept if order["kept"] else living).add(answer)
        elif order["do"] == "end":
            answer = end(order)
            living.discard(order["pid"])
            kept.discard(order["pid"])
        else:
            answer = kill(living)
        print(answer, flush=True)
    kill(living | kept)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve()
