// Owns the step of a ledger file's tables that adds keys, users, their budgets and prices.

/** `access_state` has one row, the version; a removed record stays as one without a value. */
export const accessTables = `CREATE TABLE access_state (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     version INTEGER NOT NULL
   ) STRICT;
   INSERT INTO access_state VALUES (1, 0);
   CREATE TABLE access_record (
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     value TEXT,
     version INTEGER NOT NULL,
     PRIMARY KEY (kind, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX access_by_version ON access_record (version);`
