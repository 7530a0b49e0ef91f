"""SQLite: pragmas, revision, copies, and which artifact roots this database owns."""
