// Owns the runs of `aegis budget set` and `aegis budget remove`: limits that hold in running gateways within a second.
import { budgetScopes } from '../../domain/budget.ts'
import { AegisError } from '../../domain/errors.ts'
import { fromUsd, usdText } from '../../domain/money.ts'
import { type BudgetEntry, budgetOfEntry, entryOf } from '../../money/budget-entry.ts'
import { CommandError } from '../command-error.ts'
import { type Gateway, namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { say, sayJson } from '../terminal.ts'
import { changeBudgets, findLedger } from './ledger-place.ts'

export interface BudgetSetFlags extends PlaceFlags {
  readonly provider?: string
  readonly key?: string
  readonly user?: string
  readonly tag?: string
  readonly global?: boolean
  readonly per: string
  readonly limit: string
  readonly soft?: boolean
  readonly onExceeded?: string
  readonly alertAt?: readonly number[]
  readonly timeZone?: string
  readonly json?: boolean
}

export interface BudgetRemoveFlags extends PlaceFlags {
  readonly json?: boolean
}

interface SetResult extends Required<BudgetEntry> {
  readonly id: string
  readonly replaced: Required<BudgetEntry> | null
}

export async function runBudgetSet(flags: BudgetSetFlags): Promise<void> {
  const entry = entryOfFlags(flags)
  const gateway = namedGateway(flags)
  const set = gateway ? await setAtGateway(gateway, entry) : await setInLedger(flags, entry)
  if (flags.json) return sayJson(set)
  say(`${subjectText(set)} may cost ${limitText(set)}. Its id is ${set.id}.`)
  if (set.replaced) say(`It replaces ${limitText(set.replaced)}.`)
}

export async function runBudgetRemove(id: string, flags: BudgetRemoveFlags): Promise<void> {
  const gateway = namedGateway(flags)
  let removed: Required<BudgetEntry>
  if (gateway) {
    const reply = await askGateway(gateway, 'DELETE', `/admin/budgets/${encodeURIComponent(id)}`)
    removed = ((await reply.body.json()) as { readonly removed: Required<BudgetEntry> }).removed
  } else {
    removed = entryOf(await changeBudgets(await findLedger(flags), (book) => book.remove(id)))
  }
  if (flags.json) sayJson({ id, removed })
  else say(`${subjectText(removed)} is no longer held to ${limitText(removed)} by ${id}.`)
}

function entryOfFlags(flags: BudgetSetFlags): BudgetEntry {
  const [scope, ...others] = budgetScopes.filter((one) => flags[one] !== undefined)
  if (scope === undefined || others.length > 0) {
    throw new CommandError('Say whom it holds for with one of --provider, --key, --user, --tag and --global.', 2)
  }
  const { per, limit, soft, onExceeded, alertAt, timeZone } = flags
  const all = {
    ...{ scope, per, limit_usd: limit, soft, on_exceeded: onExceeded, time_zone: timeZone, alert_at_percent: alertAt },
    subject: scope === 'global' ? undefined : flags[scope],
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

async function setAtGateway(gateway: Gateway, entry: BudgetEntry): Promise<SetResult> {
  const reply = await askGateway(gateway, 'POST', '/admin/budgets', { body: entry })
  return (await reply.body.json()) as SetResult
}

async function setInLedger(flags: BudgetSetFlags, entry: BudgetEntry): Promise<SetResult> {
  const place = await findLedger(flags)
  const budget = inFlagNames(() => budgetOfEntry(entry, place.defaults, 'aegis budget set'))
  const replaced = await changeBudgets(place, (book) => book.set(budget))
  return { id: budget.id, ...entryOf(budget), replaced: replaced ? entryOf(replaced) : null }
}

const flagNames: Readonly<Record<string, string>> = {
  per: '--per',
  limit_usd: '--limit',
  on_exceeded: '--on-exceeded',
  time_zone: '--time-zone',
  alert_at_percent: '--alert-at',
}

/** What is wrong is said of the flag. */
function inFlagNames<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const flag = error instanceof AegisError ? flagNames[error.param ?? ''] : undefined
    if (!(error instanceof AegisError) || flag === undefined) throw error
    throw new CommandError(error.message.replace(`${error.param}:`, `${flag}:`), 2, { code: error.code })
  }
}

function subjectText({ scope, subject }: Required<BudgetEntry>): string {
  if (scope === 'global') return 'Everything together'
  return subject === '*' ? `Each ${scope} on its own` : `${scope === 'provider' ? '' : `${scope} `}${subject}`
}

function limitText({ limit_usd, per, soft }: Required<BudgetEntry>): string {
  const amount = `$${usdText(fromUsd(Number(limit_usd)))}`
  const span = per === 'lifetime' ? 'for ever' : /\d/.test(String(per)) ? `in any ${per}` : `a ${per}`
  return `${amount} ${span}${soft ? ' (soft: it only alerts)' : ''}`
}
