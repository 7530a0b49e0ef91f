"""One file a verb family: its work, its result, its words. Prints nothing itself."""
