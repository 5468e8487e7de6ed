/** Owns the looks into the ledger, the metrics and what the clouds received: lost money, passed limits, data that left. */
import type { BudgetStatus } from '../../src/domain/budget.ts'
import { LedgerReader } from '../../src/ledger/ledger-reader.ts'
import { systemClock } from '../../src/open-aegis.ts'
import { get } from '../../test/e2e/client.ts'
import { metricOf, until } from '../../test/e2e/world.ts'
import { assertAbsent, canaries } from '../../test/make/canaries.ts'
import { declaredCanary } from './requests.ts'
import type { ChaosWorld } from './world.ts'

/** All figures are nano-dollars. */
export interface Account {
  readonly provider: string
  readonly billed: number
  readonly recorded: number
  /** The part of `recorded` of which nobody knows whether it was billed. */
  readonly unsettled: number
}

/** What is wrong in the ledger now. While requests run what is held counts as recorded. @throws When the store is away. */
export async function lookIntoLedger(world: ChaosWorld): Promise<string[]> {
  const billed = billsOf(world)
  await using reader = await openReader(world)
  const budgets = await reader.budgets()
  const over = budgets
    .filter(({ spent, reserved, leased, limit }) => spent + reserved + leased > limit)
    .map((one) => `${nameOf(one)}: ${figuresOf(one)} is over its limit of ${one.limit}`)
  const lost = world.paid.flatMap(({ provider }) => {
    const { spent, reserved, leased } = lifetimeOf(budgets, provider)
    const known = spent + reserved + leased
    const bill = billed.get(provider) ?? 0
    return bill <= known ? [] : [`${provider} billed ${bill} and the ledger knows ${known}`]
  })
  return [...over, ...lost]
}

/** Counters that must stay 0. Undefined when nobody answered, as while a worker dies. */
export async function lookAtMetrics({ served }: ChaosWorld): Promise<string[] | undefined> {
  const page = await get(`${served.url}/metrics`).catch(() => undefined)
  if (page?.status !== 200) return undefined
  return ['llm_privacy_violations_total', 'llm_budget_overruns_total'].flatMap((name) => {
    const values = page.text.split('\n').filter((line) => line.startsWith(`${name}`) && !line.endsWith(' 0'))
    return values.map((line) => `the metrics say ${line}`)
  })
}

/** Attempts that handed over, by their cause. */
export async function fallbacksOf({ served }: ChaosWorld): Promise<Readonly<Record<string, number>>> {
  const { text } = await get(`${served.url}/metrics`)
  const causes: Record<string, number> = {}
  for (const [, cause = '', count] of text.matchAll(/^llm_fallbacks_total\{.*cause="([^"]*)".*\} (\d+)$/gm)) {
    causes[cause] = (causes[cause] ?? 0) + Number(count)
  }
  return causes
}

/** What the clouds received that was to stay. */
export function searchClouds({ paid }: ChaosWorld): string[] {
  return paid.flatMap(({ provider, upstream }) => {
    const bytes = upstream.journal.allBytes().toString('latin1')
    return [declaredCanary, ...Object.values(canaries)].flatMap((canary) => {
      try {
        assertAbsent(bytes, canary, provider)
        return []
      } catch (error) {
        return [(error as Error).message]
      }
    })
  })
}

/** Waits until no request runs and none holds money; answers what did not come. */
export async function quiet(world: ChaosWorld): Promise<string[]> {
  let shown = ''
  const settles = async (what: string, holds: () => Promise<boolean>) => {
    try {
      await until(holds, what)
      return []
    } catch {
      return [`when all clients had gone it did not come that ${what}: ${shown}`]
    }
  }
  const running = await settles('no request runs', async () => {
    const page = await get(`${world.served.url}/metrics`).catch(() => undefined)
    const inFlight = page && metricOf(page.text, 'llm_in_flight')
    shown = `llm_in_flight is ${inFlight}`
    return inFlight === 0
  })
  const holding = await settles('no request holds money', async () => {
    await using reader = await openReader(world)
    const held = (await reader.budgets()).filter(({ reserved }) => reserved !== 0)
    shown = held.map((one) => `${nameOf(one)}: ${figuresOf(one)}`).join('; ')
    return held.length === 0
  })
  return [...running, ...holding]
}

/** The books after the gateway has ended: everybody's bill, and what is wrong. */
export async function closeBooks(world: ChaosWorld): Promise<{ accounts: Account[]; wrong: string[] }> {
  const billed = billsOf(world)
  await using reader = await openReader(world)
  const budgets = await reader.budgets()
  const accounts = world.paid.map(({ provider }) => {
    const { spent, unsettled } = lifetimeOf(budgets, provider)
    return { provider, billed: billed.get(provider) ?? 0, recorded: spent, unsettled }
  })
  const held = budgets
    .filter(({ reserved, leased }) => reserved + leased !== 0)
    .map((one) => `${nameOf(one)} has money set aside by nobody: ${figuresOf(one)}`)
  const lost = accounts
    .filter((one) => one.billed > one.recorded)
    .map((one) => `${one.provider} billed ${one.billed} and the ledger recorded ${one.recorded}`)
  const { unsettled } = lifetimeOf(budgets, undefined)
  const rows = await unsettledRows(reader)
  const hidden = rows === unsettled ? [] : [`${unsettled} is unsettled, and the usage rows show ${rows} of it`]
  return { accounts, wrong: [...held, ...lost, ...hidden] }
}

function billsOf({ paid }: ChaosWorld): ReadonlyMap<string, number> {
  return new Map(paid.map((one) => [one.provider, one.billed()]))
}

function openReader({ database, budgets }: ChaosWorld): Promise<LedgerReader> {
  return LedgerReader.open({ store: database.store(), clock: systemClock, budgets })
}

/** Of a provider, or of everything together. */
function lifetimeOf(budgets: readonly BudgetStatus[], provider: string | undefined): BudgetStatus {
  const found = budgets.find(
    ({ window, scope, subject }) =>
      window === 'lifetime' && (provider === undefined ? scope === 'global' : subject === provider),
  )
  if (found === undefined) throw new Error(`${provider ?? 'everything'} has no budget`)
  return found
}

async function unsettledRows(reader: LedgerReader): Promise<number> {
  let sum = 0
  let cursor: string | undefined
  do {
    const page = await reader.usage({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { status, cost } of page.rows) if (status === 'unsettled') sum += cost
    cursor = page.next
  } while (cursor !== undefined)
  return sum
}

function nameOf({ scope, subject, period }: BudgetStatus): string {
  return [scope, subject, period].filter(Boolean).join(' ')
}

function figuresOf({ spent, reserved, leased }: BudgetStatus): string {
  return `${spent} spent, ${reserved} reserved, ${leased} leased`
}
