// Owns the decisions that a ledger database holds: a row a batch. Each function below the port is a step inside a
// transaction.
import type { DecisionBatch, DecisionQuery, DecisionStore, StoredDecisionBatch } from '../decision-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedText } from './stored-text.ts'

export const decisionTables = `CREATE TABLE decision_batch (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     first_ms bigint NOT NULL,
     last_ms bigint NOT NULL,
     decisions text NOT NULL
   );
   CREATE INDEX decision_batch_by_time ON decision_batch (last_ms);`

export function decisionStore({ read, write }: Transactions): DecisionStore {
  return {
    add: (batch) => write((transaction) => addDecisions(transaction, batch)),
    read: (query) => read('usage', (transaction) => readDecisions(transaction, query)),
    forget: (beforeMs) => write((transaction) => forgetDecisions(transaction, beforeMs)),
  }
}

async function addDecisions(transaction: Transaction, { firstMs, lastMs, decisions }: DecisionBatch): Promise<void> {
  const sql = 'INSERT INTO decision_batch (first_ms, last_ms, decisions) VALUES ($1, $2, $3)'
  await transaction.run(sql, [firstMs, lastMs, storedText(decisions)])
}

function readDecisions(
  transaction: Transaction,
  { sinceMs, afterId, limit }: DecisionQuery,
): Promise<readonly StoredDecisionBatch[]> {
  return transaction.rows<StoredDecisionBatch>(
    `SELECT id, first_ms AS "firstMs", last_ms AS "lastMs", decisions FROM decision_batch
     WHERE id > $1 AND last_ms >= $2 ORDER BY id LIMIT $3`,
    [afterId, sinceMs, limit],
  )
}

function forgetDecisions(transaction: Transaction, beforeMs: number): Promise<number> {
  return transaction.run('DELETE FROM decision_batch WHERE last_ms < $1', [beforeMs])
}
