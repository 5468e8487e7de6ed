// Owns the step of a ledger schema's tables that adds what processes have taken of limits.

/** `limit_slice`: counts until `until_ms`. Its rows change often, so their pages have room. */
export const limitTables = `CREATE TABLE limit_slice (
     scope text COLLATE "C" NOT NULL,
     name text COLLATE "C" NOT NULL,
     kind text COLLATE "C" NOT NULL,
     window_ms bigint NOT NULL,
     owner text COLLATE "C" NOT NULL,
     amount bigint NOT NULL,
     until_ms bigint NOT NULL,
     PRIMARY KEY (scope, name, kind, window_ms, owner)
   ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
   CREATE INDEX limit_slice_until ON limit_slice (until_ms);`
