// Owns the run of `aegis budget list`: each limit, and how much of it is gone.
import { fromUsd, usdText } from '../../domain/money.ts'
import { type BudgetView, budgetView } from '../../money/budget-view.ts'
import { namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { type Column, sayTable } from '../table.ts'
import { type Style, say, sayJson, styledError, tell } from '../terminal.ts'
import { type BudgetRow, budgetRowJson, budgetRows } from './budget-rows.ts'
import { findLedger, knownBudgetsAt } from './ledger-place.ts'

export interface BudgetListFlags extends PlaceFlags {
  readonly json?: boolean
}

export async function runBudgetList(flags: BudgetListFlags): Promise<void> {
  const rows = (await budgetsOf(flags)).flatMap(budgetRows)
  if (flags.json) sayJson(rows.map(budgetRowJson))
  else if (rows.length > 0) sayTable(budgetColumns, rows)
  else say('No budget is set. Set one: aegis budget set --provider openai --per month --limit 50')
}

async function budgetsOf(flags: BudgetListFlags): Promise<readonly BudgetView[]> {
  const gateway = namedGateway(flags)
  if (gateway) {
    const reply = await askGateway(gateway, 'GET', '/admin/budgets')
    return ((await reply.body.json()) as { readonly data: readonly BudgetView[] }).data
  }
  const place = await findLedger(flags)
  if (!place.exists) tellNoLedger(place.name)
  return (await knownBudgetsAt(place)).map(budgetView)
}

/** Not an error: it is made by the first gateway or request. */
export function tellNoLedger(path: string): void {
  tell(styledError('dim', `Nothing is recorded yet: ${path} is made by the first \`aegis serve\` or \`aegis ask\`.`))
}

const dollars = (usd: number) => `$${usdText(fromUsd(usd))}`

const budgetColumns: readonly Column<BudgetRow>[] = [
  { title: 'budget', value: subjectText },
  { title: 'period', value: ({ period, per }) => (isRolling(per) ? `last ${per}` : (period ?? per)) },
  { title: 'limit', value: ({ limit_usd, soft }) => `${dollars(limit_usd)}${soft ? ' (soft)' : ''}`, right: true },
  { title: 'spent', value: ({ spent_usd }) => dollars(spent_usd), right: true },
  { title: 'reserved', value: ({ reserved_usd }) => dollars(reserved_usd), right: true },
  { title: 'left', value: ({ left_usd }) => dollars(left_usd), right: true },
  { title: 'used', value: percentText, right: true, style: alarm },
  { title: '', value: ({ used_ratio }) => bar(used_ratio), style: alarm, terminalOnly: true, dispensable: 4 },
  {
    title: 'unsettled',
    value: ({ unsettled_usd }) => (unsettled_usd === 0 ? '-' : dollars(unsettled_usd)),
    right: true,
    dispensable: 2,
  },
  { title: 'resets', value: ({ resets_at }) => resets_at?.replace(':00.000Z', 'Z') ?? '-', dispensable: 3 },
  { title: 'id', value: ({ id }) => id, dispensable: 1 },
]

const isRolling = (per: string) => /\d/.test(per)

/** Providers, which most budgets are of, by their name alone. */
function subjectText({ scope, subject }: BudgetRow): string {
  return scope === 'provider' ? subject : scope === 'global' ? 'global' : `${scope} ${subject}`
}

/** Rounded down, so that 100 % is never said of a budget that has room. */
function percentText({ used_ratio }: BudgetRow): string {
  return `${(Math.floor(used_ratio * 1000) / 10).toFixed(1)}%`
}

function alarm({ used_ratio }: BudgetRow): Style {
  return used_ratio >= 1 ? 'red' : used_ratio >= 0.8 ? 'yellow' : 'green'
}

function bar(ratio: number): string {
  const full = Math.min(10, Math.floor(ratio * 10))
  return '█'.repeat(full) + '░'.repeat(10 - full)
}
