// Owns the step of a ledger schema's tables that adds keys, users, their budgets and prices.

/** `access_state` has one row, the version; a removed record stays as one without a value. */
export const accessTables = `CREATE TABLE access_state (
     only_row bigint PRIMARY KEY CHECK (only_row = 1),
     version bigint NOT NULL
   ) WITH (fillfactor = 50);
   INSERT INTO access_state VALUES (1, 0);
   CREATE TABLE access_record (
     kind text COLLATE "C" NOT NULL,
     id text COLLATE "C" NOT NULL,
     value text,
     version bigint NOT NULL,
     PRIMARY KEY (kind, id)
   );
   CREATE INDEX access_by_version ON access_record (version);`
