"""The server: MLflow's own application with turns for its writers, a bridge of ours and guards inside it."""
