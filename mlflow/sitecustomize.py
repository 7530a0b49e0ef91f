"""Imported by each Python of the image before anything else, MLflow's own commands too: see stackd/modules.py.

https://docs.python.org/3/library/site.html#module-sitecustomize
"""

from stackd import modules

modules.use()
