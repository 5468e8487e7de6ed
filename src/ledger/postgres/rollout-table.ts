// Owns the rollouts that a ledger database holds: state, steps, leadership and counts. Each function below the port is
// a step inside a transaction.
import type { RolloutChange, RolloutCount, RolloutStore, StoredRollout, StoredStep } from '../rollout-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedName, storedText } from './stored-text.ts'

/** As in SQLite: see sqlite/rollout-table.ts. */
export const rolloutTables = `CREATE TABLE rollout (
     id text COLLATE "C" PRIMARY KEY,
     revision bigint NOT NULL,
     state text,
     leader text COLLATE "C" NOT NULL,
     leads_until_ms bigint NOT NULL
   ) WITH (fillfactor = 50);
   CREATE TABLE rollout_step (
     rollout text COLLATE "C" NOT NULL,
     revision bigint NOT NULL,
     at_ms bigint NOT NULL,
     step text NOT NULL,
     PRIMARY KEY (rollout, revision)
   );
   CREATE TABLE rollout_count (
     rollout text COLLATE "C" NOT NULL,
     epoch bigint NOT NULL,
     name text COLLATE "C" NOT NULL,
     amount bigint NOT NULL,
     PRIMARY KEY (rollout, epoch, name)
   ) WITH (fillfactor = 50);`

export function rolloutStore({ read, write }: Transactions): RolloutStore {
  return {
    read: (id) => read('money', (transaction) => readRollout(transaction, id)),
    change: (id, change) => write((transaction) => changeRollout(transaction, id, change)),
    steps: (id, limit) => read('money', (transaction) => rolloutSteps(transaction, id, limit)),
    lead: (id, owner, nowMs, untilMs) => write((transaction) => leadRollout(transaction, id, owner, nowMs, untilMs)),
    addCounts: (id, counts) => write((transaction) => addRolloutCounts(transaction, id, counts)),
    counts: (id, epoch) => read('money', (transaction) => rolloutCounts(transaction, id, epoch)),
  }
}

async function readRollout(transaction: Transaction, id: string): Promise<StoredRollout> {
  const sql = 'SELECT revision, state FROM rollout WHERE id = $1'
  const [row] = await transaction.rows<{ revision: number; state: string | null }>(sql, [storedName(id)])
  return { revision: row?.revision ?? 0, state: row?.state ?? undefined }
}

async function changeRollout(
  transaction: Transaction,
  id: string,
  { revision, state, step, atMs }: RolloutChange,
): Promise<boolean> {
  const name = storedName(id)
  await transaction.run("INSERT INTO rollout VALUES ($1, 0, NULL, '', 0) ON CONFLICT DO NOTHING", [name])
  const sql = 'UPDATE rollout SET state = $1, revision = revision + 1 WHERE id = $2 AND revision = $3'
  if ((await transaction.run(sql, [storedText(state), name, revision])) === 0) return false
  const values = [name, revision + 1, atMs, storedText(step)]
  await transaction.run('INSERT INTO rollout_step VALUES ($1, $2, $3, $4)', values)
  return true
}

function rolloutSteps(transaction: Transaction, id: string, limit: number): Promise<readonly StoredStep[]> {
  return transaction.rows<StoredStep>(
    `SELECT revision, step, at_ms AS "atMs" FROM rollout_step WHERE rollout = $1 ORDER BY revision DESC LIMIT $2`,
    [storedName(id), limit],
  )
}

async function leadRollout(
  transaction: Transaction,
  id: string,
  owner: string,
  nowMs: number,
  untilMs: number,
): Promise<boolean> {
  const sql = `INSERT INTO rollout VALUES ($1, 0, NULL, $2, $3)
    ON CONFLICT (id) DO UPDATE SET leader = excluded.leader, leads_until_ms = excluded.leads_until_ms
    WHERE rollout.leader = excluded.leader OR rollout.leads_until_ms <= $4`
  return (await transaction.run(sql, [storedName(id), storedName(owner), untilMs, nowMs])) === 1
}

/** In one order in all processes, so that none waits for another in a circle. */
async function addRolloutCounts(transaction: Transaction, id: string, counts: readonly RolloutCount[]): Promise<void> {
  if (counts.length === 0) return
  await transaction.run(
    `INSERT INTO rollout_count
     SELECT $1, epoch, name, sum(amount) FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS added (epoch, name, amount)
     GROUP BY epoch, name ORDER BY epoch, name
     ON CONFLICT (rollout, epoch, name) DO UPDATE SET amount = rollout_count.amount + excluded.amount`,
    [
      storedName(id),
      counts.map(({ epoch }) => epoch),
      counts.map(({ name }) => storedName(name)),
      counts.map(({ amount }) => amount),
    ],
  )
}

function rolloutCounts(transaction: Transaction, id: string, epoch: number): Promise<readonly RolloutCount[]> {
  return transaction.rows<RolloutCount>(
    'SELECT epoch, name, amount FROM rollout_count WHERE rollout = $1 AND epoch = $2 ORDER BY name',
    [storedName(id), epoch],
  )
}
