// Owns what a ledger database says about money to those who ask: grants, owners, figures. Each method is a step inside a
// transaction. What changes leases and spending is in settlement.ts.
import { type NanoUsd, nanoUsd } from '../../domain/money.ts'
import { grantOf } from '../grant.ts'
import { COARSE_GRAIN_SECONDS } from '../slots.ts'
import type { LeaseGrant, LeaseOwner, LeaseRequest, SpendSpan, Subject, SubjectFigures } from '../store.ts'
import type { Transaction } from './session.ts'
import { RETIRED_BATCH } from './settlement.ts'
import { storedName, storedText } from './stored-text.ts'

/** Leases given up for lost are charged in coarse slots only; finer spans count them here, for as long as any of that slot. */
const forfeited = `coalesce((SELECT sum(amount) FROM lease WHERE lease.scope = asked.scope AND lease.name = asked.name
    AND asked.grain_seconds <> ${COARSE_GRAIN_SECONDS} AND forfeited_slot_ms < asked.until_ms
    AND forfeited_slot_ms > asked.since_ms - ${COARSE_GRAIN_SECONDS * 1000}), 0)`

const spanSums = `
  (coalesce(sum(amount), 0) + ${forfeited})::bigint AS spent,
  (coalesce(sum(unsettled), 0) + ${forfeited})::bigint AS unsettled FROM spend
  WHERE spend.scope = asked.scope AND spend.name = asked.name AND grain_seconds = asked.grain_seconds
    AND slot_ms >= asked.since_ms AND slot_ms < asked.until_ms`

/**
 * Reads leases and spending in one statement, so that it sees every batch of another process whole or not at all: money
 * that just moves from a lease to what is spent is counted once. Others may commit, but nobody may take a lease of these
 * subjects while their accounts are locked, so the sum can only shrink until this transaction ends.
 */
const grantSql = `
  SELECT 'lease' AS kind, asked.number, leased.*
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (scope, name, number), LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE owner <> $1), 0)::bigint AS others,
      coalesce(sum(least(reserved, amount)) FILTER (WHERE owner <> $1), 0)::bigint AS reserved,
      coalesce(sum(amount) FILTER (WHERE owner = $1), 0)::bigint AS own
    FROM lease WHERE lease.scope = asked.scope AND lease.name = asked.name AND forfeited_slot_ms IS NULL) AS leased
  UNION ALL
  SELECT 'spend', asked.number, sums.spent, 0, 0
  FROM unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
    WITH ORDINALITY AS asked (scope, name, grain_seconds, since_ms, until_ms, number), LATERAL (SELECT ${spanSums}) AS sums
  UNION ALL
  SELECT 'forfeited', 0, count(*), 0, 0 FROM lease WHERE owner = $1 AND forfeited_slot_ms IS NOT NULL
  ORDER BY 1, 2`

interface GrantRow {
  readonly kind: 'lease' | 'spend' | 'forfeited'
  readonly others: number
  readonly reserved: number
  readonly own: number
}

/** False when there is no such owner. Nobody else changes the owner's leases until the transaction ends. */
export async function touchOwner(transaction: Transaction, owner: string, nowMs: number): Promise<boolean> {
  const sql = 'UPDATE owner SET seen_ms = greatest(seen_ms, $2) WHERE id = $1 AND last_batch < $3'
  return (await transaction.run(sql, [storedName(owner), nowMs, RETIRED_BATCH])) === 1
}

/** Who wants leases of a subject waits here for who is being granted one. Always in the same order, so nobody waits in a circle. */
export async function lockAccounts(transaction: Transaction, subjects: readonly Subject[]): Promise<void> {
  const values = [scopesOf(subjects), namesOf(subjects)]
  const lock = `
    SELECT FROM account WHERE (scope, name) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    ORDER BY scope, name FOR UPDATE`
  const locked = await transaction.run(lock, values)
  if (locked === new Set(subjects.map(({ scope, name }) => `${scope} ${storedName(name)}`)).size) return
  await transaction.run(
    `INSERT INTO account SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS asked (scope, name)
     ORDER BY scope, name ON CONFLICT DO NOTHING`,
    values,
  )
  await transaction.run(lock, values)
}

/** `reclaim` when the owner's leases were given up for lost: they must be taken back before anything is granted. */
export async function grant(
  transaction: Transaction,
  owner: string,
  requests: readonly LeaseRequest[],
): Promise<readonly LeaseGrant[] | 'reclaim'> {
  const spans = requests.flatMap(({ scope, name, limits }) => limits.map((limit) => ({ scope, name, ...limit })))
  const rows = await transaction.rows<GrantRow>(grantSql, [
    storedName(owner),
    scopesOf(requests),
    namesOf(requests),
    ...spanValues(spans),
  ])
  if (rows.some(({ kind, others }) => kind === 'forfeited' && others > 0)) return 'reclaim'
  const leases = rows.filter(({ kind }) => kind === 'lease')
  const spends = rows.filter(({ kind }) => kind === 'spend').map(({ others }) => amountOf(others))
  const grants = requests.map((request, index) =>
    answer(request, leases[index], spends.splice(0, request.limits.length)),
  )
  if (grants.some(({ granted }) => granted === 0)) return grants.map((one) => ({ ...one, granted: 0 as NanoUsd }))
  await transaction.run(
    `INSERT INTO lease SELECT $1, scope, name, amount, 0, NULL
     FROM unnest($2::text[], $3::text[], $4::bigint[]) AS granted (scope, name, amount)
     ON CONFLICT (scope, name, owner) DO UPDATE SET amount = lease.amount + excluded.amount`,
    [storedName(owner), scopesOf(requests), namesOf(requests), grants.map(({ granted }) => granted)],
  )
  return grants
}

function answer(request: LeaseRequest, leases: GrantRow | undefined, spent: readonly NanoUsd[]): LeaseGrant {
  if (leases === undefined) throw new TypeError('the ledger database answered less than it was asked')
  const remaining = request.limits.map(({ limit }, index) => limit - (spent[index] ?? 0) - leases.others - leases.own)
  return {
    granted: grantOf(request, Math.min(...remaining)),
    spent,
    leasedByOthers: amountOf(leases.others),
    reservedByOthers: amountOf(leases.reserved),
  }
}

export async function announceOwner(
  transaction: Transaction,
  { id, host, pid }: Pick<LeaseOwner, 'id' | 'host' | 'pid'>,
  nowMs: number,
): Promise<void> {
  await transaction.run(
    `INSERT INTO owner VALUES ($1, $2, $3, 0, $4)
     ON CONFLICT (id) DO UPDATE SET seen_ms = greatest(owner.seen_ms, excluded.seen_ms)`,
    [storedName(id), storedText(host), pid, nowMs],
  )
}

export function ownersNow(transaction: Transaction): Promise<readonly LeaseOwner[]> {
  return transaction.rows<LeaseOwner>(
    `SELECT id, host, pid, last_batch AS "lastBatch", seen_ms AS "seenMs" FROM owner WHERE last_batch < $1 ORDER BY id`,
    [RETIRED_BATCH],
  )
}

export async function figuresOf(
  transaction: Transaction,
  subjects: readonly (Subject & SpendSpan)[],
  ownersSeenSinceMs: number,
): Promise<readonly SubjectFigures[]> {
  const rows = await transaction.rows<Record<keyof SubjectFigures, number>>(
    `SELECT spent, unsettled, leased, reserved, lost
     FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       WITH ORDINALITY AS asked (scope, name, grain_seconds, since_ms, until_ms, number),
     LATERAL (SELECT ${spanSums}) AS sums, LATERAL (
       SELECT coalesce(sum(amount) FILTER (WHERE seen_ms >= $1), 0)::bigint AS leased,
         coalesce(sum(least(reserved, amount)) FILTER (WHERE seen_ms >= $1), 0)::bigint AS reserved,
         coalesce(sum(amount) FILTER (WHERE seen_ms < $1), 0)::bigint AS lost
       FROM lease JOIN owner ON owner.id = lease.owner
       WHERE lease.scope = asked.scope AND lease.name = asked.name AND forfeited_slot_ms IS NULL) AS leases
     ORDER BY number`,
    [ownersSeenSinceMs, ...spanValues(subjects)],
  )
  return rows.map(({ spent, unsettled, leased, reserved, lost }) => ({
    spent: amountOf(spent),
    unsettled: amountOf(unsettled),
    leased: amountOf(leased),
    reserved: amountOf(reserved),
    lost: amountOf(lost),
  }))
}

/** Goes from name to name in the index, whatever number of slots each has. */
export async function subjectsOf(transaction: Transaction, scope: string, span: SpendSpan): Promise<readonly string[]> {
  const rows = await transaction.rows<{ name: string }>(
    `WITH RECURSIVE known (name) AS (
       (SELECT name FROM spend WHERE scope = $1 ORDER BY name LIMIT 1)
       UNION ALL
       SELECT (SELECT name FROM spend WHERE scope = $1 AND name > known.name ORDER BY name LIMIT 1)
       FROM known WHERE name IS NOT NULL)
     SELECT name FROM known WHERE name IS NOT NULL AND EXISTS (
       SELECT FROM spend WHERE scope = $1 AND spend.name = known.name AND grain_seconds = $2
         AND slot_ms >= $3 AND slot_ms < $4)
     UNION SELECT name FROM lease WHERE scope = $1 ORDER BY name`,
    [scope, span.grainSeconds, span.sinceMs, span.untilMs],
  )
  return rows.map(({ name }) => name)
}

function scopesOf(subjects: readonly Subject[]): readonly string[] {
  return subjects.map(({ scope }) => scope)
}

export function namesOf(subjects: readonly Subject[]): readonly string[] {
  return subjects.map(({ name }) => storedName(name))
}

function spanValues(spans: readonly (Subject & SpendSpan)[]): readonly unknown[] {
  return [
    scopesOf(spans),
    namesOf(spans),
    spans.map(({ grainSeconds }) => grainSeconds),
    spans.map(({ sinceMs }) => sinceMs),
    spans.map(({ untilMs }) => untilMs),
  ]
}

function amountOf(stored: number): NanoUsd {
  return nanoUsd(Math.max(0, stored))
}
