"""Facts → findings. Pure: nothing is read, started or changed here."""
