"""`python -m mlflow_stack VERB`, as `./stack` calls it."""

import sys

from mlflow_stack.cli import main

sys.exit(main(sys.argv[1:]))
