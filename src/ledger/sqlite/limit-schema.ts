// Owns the step of a ledger file's tables that adds what processes have taken of limits.

/** `limit_slice`: counts until `until_ms`. */
export const limitTables = `CREATE TABLE limit_slice (
     scope TEXT NOT NULL,
     name TEXT NOT NULL,
     kind TEXT NOT NULL,
     window_ms INTEGER NOT NULL,
     owner TEXT NOT NULL,
     amount INTEGER NOT NULL,
     until_ms INTEGER NOT NULL,
     PRIMARY KEY (scope, name, kind, window_ms, owner)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX limit_slice_until ON limit_slice (until_ms);`
