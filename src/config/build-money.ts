// Owns the step from the checked budgets and pricing sections to limits and prices, all in nano-dollars.
import type { z } from 'zod'
import { type Budget, type BudgetWindow, budgetScopes, EACH } from '../domain/budget.ts'
import { windowOfText } from '../domain/budget-text.ts'
import type { NanoUsdPerMillion } from '../domain/money.ts'
import { Secret } from '../domain/secret.ts'
import type { AegisConfig, ConfiguredPrice } from './aegis-config.ts'
import type { budgetsSchema, LimitEntry } from './budgets-schema.ts'
import type { PriceEntry, pricingSchema } from './section-schemas.ts'

/** The limits by provider are a record without a prototype: a name from outside finds nothing but limits in it. */
export function buildBudgets(
  entry: z.output<typeof budgetsSchema>,
  exceededStatus: AegisConfig['budgets']['exceededStatus'] = entry.exceeded_status,
): AegisConfig['budgets'] {
  const webhook = entry.alerts?.webhook
  return {
    monthlyLimits: withoutPrototype(entry.monthly_limits),
    all: [
      ...monthlyBudgets(entry),
      ...entry.limits.map((limit, index) => limitOf(limit, index, entry)),
      ...dailyCost(entry),
    ],
    timeZone: entry.time_zone,
    onExceeded: entry.on_exceeded,
    exceededStatus,
    minOutputTokens: entry.min_output_tokens,
    alertAtPercent: alertsOf(entry),
    webhook: webhook && { url: webhook.url, secret: new Secret(webhook.secret) },
  }
}

type BudgetsEntry = z.output<typeof budgetsSchema>

function alertsOf({ alerts }: BudgetsEntry): readonly number[] {
  return (alerts?.at_percent ?? [80, 90, 100]).toSorted((left, right) => left - right)
}

function monthlyBudgets(entry: BudgetsEntry): Budget[] {
  return Object.entries(entry.monthly_limits).map(([provider, limit]) => ({
    id: `provider:${provider}:month`,
    scope: 'provider',
    subject: provider,
    window: { kind: 'month' },
    timeZone: entry.time_zone,
    limit,
    soft: false,
    onExceeded: entry.on_exceeded,
    alertAtPercent: alertsOf(entry),
    rule: `budgets.monthly_limits.${provider}`,
  }))
}

function limitOf(limit: LimitEntry, index: number, entry: BudgetsEntry): Budget {
  const scope = budgetScopes.find((name) => limit[name] !== undefined && limit[name] !== false) ?? 'global'
  const subject = scope === 'global' ? '' : String(limit[scope])
  return {
    id: [scope, subject, limit.per, limit.soft ? 'soft' : 'hard'].filter((part) => part !== '').join(':'),
    scope,
    subject,
    window: windowOf(limit.per),
    timeZone: limit.time_zone ?? entry.time_zone,
    limit: limit.limit,
    soft: limit.soft ?? false,
    onExceeded: limit.on_exceeded ?? entry.on_exceeded,
    alertAtPercent: alertsOf(entry),
    rule: `budgets.limits[${index}]`,
  }
}

/** The schema has seen to it that the text is one. */
function windowOf(per: string): BudgetWindow {
  return windowOfText(per) ?? { kind: 'lifetime' }
}

/** Not a limit: an alert when any provider costs more in a day. */
function dailyCost({ alerts, time_zone: timeZone }: BudgetsEntry): Budget[] {
  const limit = alerts?.daily_cost
  if (limit === undefined) return []
  return [
    {
      id: 'daily_cost',
      scope: 'provider',
      subject: EACH,
      window: { kind: 'day' },
      timeZone,
      limit,
      soft: true,
      onExceeded: 'fallback',
      alertAtPercent: [100],
      rule: 'budgets.alerts.daily_cost',
    },
  ]
}

/** Prices by provider and model, records without a prototype, since the model may come from a request. */
export function buildPricing(entry: z.output<typeof pricingSchema>): AegisConfig['pricing'] {
  const pricing: Record<string, Readonly<Record<string, ConfiguredPrice>>> = {}
  for (const [provider, { free, ...models }] of Object.entries(entry)) {
    const prices = Object.entries(models).map(([model, price]) => [model, priceOf(price)] as const)
    pricing[provider] = withoutPrototype(Object.fromEntries(free === true ? [...prices, ['*', freeOfCharge]] : prices))
  }
  return withoutPrototype(pricing)
}

const ZERO_RATE = 0 as NanoUsdPerMillion
const freeOfCharge: ConfiguredPrice = { free: true, input: ZERO_RATE, output: ZERO_RATE, cachedInput: ZERO_RATE }

/** The schema has seen to it that a price is either free or complete. */
function priceOf(entry: PriceEntry): ConfiguredPrice {
  const { input_per_million: input, output_per_million: output, cached_input_per_million: cachedInput } = entry
  if (input === undefined || output === undefined) return freeOfCharge
  const more = {
    cacheWrite: entry.cache_write_per_million,
    audioInput: entry.audio_input_per_million,
    audioOutput: entry.audio_output_per_million,
    perRequest: entry.per_request,
    maxOutputTokens: entry.max_output_tokens,
  }
  const stated = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined))
  return { free: false, input, output, cachedInput, ...stated }
}

function withoutPrototype<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.assign(Object.create(null), record)
}
