// Owns the run of `aegis budget list`: each limit, and how much of it is gone.
import { fromUsd, type NanoUsd, usdNumber, usdText } from '../../domain/money.ts'
import type { SystemStatus } from '../../telemetry/system-status.ts'
import { namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { type Column, sayTable } from '../table.ts'
import { type Style, say, sayJson, styledError, tell } from '../terminal.ts'
import { type BudgetState, budgetsAt, findLedger } from './ledger-place.ts'

export interface BudgetListFlags extends PlaceFlags {
  readonly json?: boolean
}

export async function runBudgetList(flags: BudgetListFlags): Promise<void> {
  const budgets = await budgetsOf(flags)
  if (flags.json) sayJson(budgets.map(budgetJson))
  else if (budgets.length > 0) sayTable(budgetColumns, budgets)
  else say('No budget is set. Add one to the configuration: budgets: { monthly_limits: { openai: 50.0 } }')
}

async function budgetsOf(flags: BudgetListFlags): Promise<readonly BudgetState[]> {
  const gateway = namedGateway(flags)
  if (gateway) {
    const reply = await askGateway(gateway, 'GET', '/admin/status')
    return ((await reply.body.json()) as SystemStatus).budgets.map((budget) => ({
      id: budget.id,
      scope: budget.scope as BudgetState['scope'],
      subject: budget.subject,
      window: budget.window,
      period: budget.period,
      limit: fromUsd(budget.limit_usd),
      spent: fromUsd(budget.spent_usd),
      reserved: fromUsd(budget.reserved_usd),
      leased: fromUsd(budget.leased_usd),
      unsettled: fromUsd(budget.unsettled_usd),
      resetsAtMs: budget.resets_at === null ? undefined : Date.parse(budget.resets_at),
      soft: budget.soft,
      rule: budget.rule,
    }))
  }
  const place = await findLedger(flags)
  if (!place.exists) tellNoLedger(place.name)
  return budgetsAt(place)
}

/** Not an error: it is made by the first gateway or request. */
export function tellNoLedger(path: string): void {
  tell(styledError('dim', `Nothing is recorded yet: ${path} is made by the first \`aegis serve\` or \`aegis ask\`.`))
}

/** What could still be spent: never below nothing, though a provider's bill may exceed a limit. */
function leftOf({ limit, spent, reserved }: BudgetState): NanoUsd {
  return Math.max(0, limit - spent - reserved) as NanoUsd
}

function usedRatio({ limit, spent, reserved }: BudgetState): number {
  return limit === 0 ? 1 : (spent + reserved) / limit
}

function budgetJson(budget: BudgetState): object {
  return {
    id: budget.id,
    scope: budget.scope,
    subject: budget.subject,
    provider: budget.scope === 'provider' ? budget.subject : null,
    window: budget.window,
    period: budget.period || null,
    limit_usd: usdNumber(budget.limit),
    spent_usd: usdNumber(budget.spent),
    reserved_usd: usdNumber(budget.reserved),
    leased_usd: usdNumber(budget.leased),
    unsettled_usd: usdNumber(budget.unsettled),
    left_usd: usdNumber(leftOf(budget)),
    used_ratio: usedRatio(budget),
    resets_at: budget.resetsAtMs === undefined ? null : new Date(budget.resetsAtMs).toISOString(),
    soft: budget.soft,
    rule: budget.rule,
  }
}

const budgetColumns: readonly Column<BudgetState>[] = [
  { title: 'budget', value: subjectText },
  { title: 'period', value: ({ period, window }) => period || window },
  { title: 'limit', value: ({ limit, soft }) => `$${usdText(limit)}${soft ? ' (soft)' : ''}`, right: true },
  { title: 'spent', value: ({ spent }) => `$${usdText(spent)}`, right: true },
  { title: 'reserved', value: ({ reserved }) => `$${usdText(reserved)}`, right: true },
  { title: 'left', value: (budget) => `$${usdText(leftOf(budget))}`, right: true },
  { title: 'used', value: percentText, right: true, style: alarm },
  { title: '', value: (budget) => bar(usedRatio(budget)), style: alarm, terminalOnly: true, dispensable: 1 },
  {
    title: 'unsettled',
    value: ({ unsettled }) => (unsettled === 0 ? '-' : `$${usdText(unsettled)}`),
    right: true,
    dispensable: 3,
  },
  { title: 'resets', value: resetText, dispensable: 2 },
]

/** Providers, which most budgets are of, by their name alone. */
function subjectText({ scope, subject }: BudgetState): string {
  return scope === 'provider' ? subject : scope === 'global' ? 'global' : `${scope} ${subject}`
}

function resetText({ resetsAtMs }: BudgetState): string {
  return resetsAtMs === undefined ? '-' : new Date(resetsAtMs).toISOString().replace(':00.000Z', 'Z')
}

/** Rounded down, so that 100 % is never said of a budget that has room. */
function percentText(budget: BudgetState): string {
  const ratio = usedRatio(budget)
  return `${(Math.floor(ratio * 1000) / 10).toFixed(1)}%`
}

function alarm(budget: BudgetState): Style {
  const ratio = usedRatio(budget)
  return ratio >= 1 ? 'red' : ratio >= 0.8 ? 'yellow' : 'green'
}

function bar(ratio: number): string {
  const full = Math.min(10, Math.floor(ratio * 10))
  return '█'.repeat(full) + '░'.repeat(10 - full)
}
