"""`python -m mlflow_stack VERB`, as `./stack` calls it."""

import signal
import sys

from mlflow_stack.cli import main
from mlflow_stack.errors import catch_signals

code = main(sys.argv[1:])
catch_signals(signal.SIG_IGN)  # All is done and said; a signal while Python ends would be another exit code.
sys.exit(code)
