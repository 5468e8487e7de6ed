// Owns the writing of usage: all rows of a batch by one statement, and the roll-up of those that are new.
import { rollUp } from '../usage-roll-up.ts'
import type { UsageEntry, UsagePart } from '../usage-row.ts'
import type { Transaction } from './session.ts'
import { arrayText, storedName, storedText } from './stored-text.ts'

/** A column, its type, and its value in what it is made from. Lists travel as text: arrays of arrays are flattened. */
type Column<Source> = readonly [name: string, type: 'bigint' | 'text' | 'text[]', value: (source: Source) => unknown]

const usageColumns: readonly Column<UsageEntry>[] = [
  ['received_at_ms', 'bigint', ({ row }) => row.receivedAtMs],
  ['request_id', 'text', ({ row }) => row.requestId],
  ['duration_ms', 'bigint', ({ row }) => row.durationMs],
  ['status', 'text', ({ row }) => row.status],
  ['http_status', 'bigint', ({ row }) => row.httpStatus],
  ['provider', 'text', ({ row }) => row.provider],
  ['model', 'text', ({ row }) => row.model],
  ['reason', 'text', ({ row }) => row.reason],
  ['classification', 'text', ({ row }) => row.classification],
  ['input_tokens', 'bigint', ({ row }) => row.inputTokens],
  ['output_tokens', 'bigint', ({ row }) => row.outputTokens],
  ['cached_input_tokens', 'bigint', ({ row }) => row.cachedInputTokens],
  ['reasoning_tokens', 'bigint', ({ row }) => row.reasoningTokens],
  ['usage_quality', 'text', ({ row }) => row.usageQuality],
  ['cost', 'bigint', ({ row }) => row.cost],
  ['answer_cost', 'bigint', ({ parts }) => parts[0]?.cost ?? 0],
  ['key_id', 'text', ({ row }) => row.keyId],
  ['user_name', 'text', ({ row }) => row.user],
  ['tags', 'text[]', ({ row }) => arrayText(row.tags)],
  ['attempts', 'text[]', ({ row }) => arrayText(row.attempts)],
  ['endpoint', 'text', ({ row }) => row.endpoint],
]

type Elsewhere = Pick<UsageEntry, 'row'> & { readonly part: UsagePart }

const elsewhereColumns: readonly Column<Elsewhere>[] = [
  ['received_at_ms', 'bigint', ({ row }) => row.receivedAtMs],
  ['request_id', 'text', ({ row }) => row.requestId],
  ['provider', 'text', ({ part }) => part.provider],
  ['model', 'text', ({ part }) => part.model],
  ['key_id', 'text', ({ row }) => row.keyId],
  ['user_name', 'text', ({ row }) => row.user],
  ['tags', 'text[]', ({ row }) => arrayText(row.tags)],
  ['cost', 'bigint', ({ part }) => part.cost],
]

const insertUsage = insertSql(
  'usage',
  usageColumns,
  'ON CONFLICT DO NOTHING RETURNING received_at_ms AS ms, request_id AS id',
)
const insertElsewhere = insertSql('usage_elsewhere', elsewhereColumns, '')

const insertTags = `
  INSERT INTO usage_tag SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS tagged (tag, ms, id)
  ON CONFLICT DO NOTHING`

const addToSums = `
  INSERT INTO usage_sum
  SELECT * FROM unnest(
      $1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
    AS added (grouping, grain_seconds, slot_ms, name, requests, input_tokens, output_tokens, cost)
  ORDER BY grouping, grain_seconds, slot_ms, name
  ON CONFLICT (grouping, grain_seconds, slot_ms, name) DO UPDATE SET
    requests = usage_sum.requests + excluded.requests,
    input_tokens = usage_sum.input_tokens + excluded.input_tokens,
    output_tokens = usage_sum.output_tokens + excluded.output_tokens,
    cost = usage_sum.cost + excluded.cost`

/** Writes the rows and answers those that were not there yet, as they are stored. */
export async function writeUsage(
  transaction: Transaction,
  entries: readonly UsageEntry[],
): Promise<readonly UsageEntry[]> {
  if (entries.length === 0) return []
  const stored = new Map<string, UsageEntry>()
  for (const entry of entries.map(storedEntry)) {
    const key = keyOf(entry.row.receivedAtMs, entry.row.requestId)
    if (!stored.has(key)) stored.set(key, entry)
  }
  const rows = await transaction.rows<{ ms: number; id: string }>(
    insertUsage,
    valuesOf(usageColumns, [...stored.values()]),
  )
  const added = rows.flatMap(({ ms, id }) => stored.get(keyOf(ms, id)) ?? [])
  const elsewhere = added.flatMap(({ row, parts }) =>
    parts.filter(({ requests }) => requests === 0).map((part) => ({ row, part })),
  )
  if (elsewhere.length > 0) await transaction.run(insertElsewhere, valuesOf(elsewhereColumns, elsewhere))
  const tagged = added.flatMap(({ row }) => row.tags.map((tag) => [tag, row.receivedAtMs, row.requestId] as const))
  if (tagged.length > 0)
    await transaction.run(
      insertTags,
      [0, 1, 2].map((column) => tagged.map((row) => row[column])),
    )
  return added
}

/** Last in its transaction: all processes add to the same few rows, and whoever has touched them keeps the others waiting. */
export async function addToUsageSums(transaction: Transaction, added: readonly UsageEntry[]): Promise<void> {
  const sums = rollUp(added)
  if (sums.length === 0) return
  await transaction.run(addToSums, [
    sums.map(({ grouping }) => grouping),
    sums.map(({ grainSeconds }) => grainSeconds),
    sums.map(({ slotMs }) => slotMs),
    sums.map(({ name }) => name),
    sums.map(({ requests }) => requests),
    sums.map(({ inputTokens }) => inputTokens),
    sums.map(({ outputTokens }) => outputTokens),
    sums.map(({ cost }) => cost),
  ])
}

function insertSql<Source>(table: string, columns: readonly Column<Source>[], ending: string): string {
  const names = columns.map(([name]) => name).join(', ')
  const values = columns.map(([name, type]) => (type === 'text[]' ? `${name}::text[]` : name)).join(', ')
  const arrays = columns
    .map(([, type], index) => `$${index + 1}::${type === 'bigint' ? 'bigint' : 'text'}[]`)
    .join(', ')
  return `INSERT INTO ${table} (${names}) SELECT ${values} FROM unnest(${arrays}) AS added (${names}) ${ending}`
}

function valuesOf<Source>(columns: readonly Column<Source>[], sources: readonly Source[]): readonly unknown[] {
  return columns.map(([, , value]) => sources.map(value))
}

function keyOf(receivedAtMs: number, requestId: string): string {
  return `${receivedAtMs}~${requestId}`
}

function storedEntry({ row, parts }: UsageEntry): UsageEntry {
  return {
    row: {
      ...row,
      requestId: storedName(row.requestId),
      provider: row.provider === null ? null : storedName(row.provider),
      model: row.model === null ? null : storedName(row.model),
      reason: row.reason === null ? null : storedText(row.reason),
      classification: storedText(row.classification),
      keyId: row.keyId === null ? null : storedName(row.keyId),
      user: row.user === null ? null : storedName(row.user),
      tags: [...new Set(row.tags.map(storedName))],
      attempts: row.attempts.map(storedText),
    },
    parts: parts.map((part) => ({ ...part, provider: storedName(part.provider), model: storedName(part.model) })),
  }
}
