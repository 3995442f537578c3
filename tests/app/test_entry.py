"""What loading the command leaves behind."""

import subprocess
import sys

LEFT = """
import gc, sys
from thesetd.app import entry
sys.argv = ["thesetd", "--version"]
try:
    entry.main()
except SystemExit:
    pass
gc.unfreeze()
print(sum(type(one).__name__ == "_ClassBuilder" for one in gc.get_objects()), file=sys.stderr)
"""
FEW = 100  # those of the modules that were loaded last; in all there are 700


def test_loading_keeps_nothing_that_made_classes() -> None:
    """The builders of attrs are garbage, each with a second version of its class: frozen, they would stay for ever."""
    done = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, check=True)
    assert int(done.stderr) < FEW
