// Owns the step from the checked budgets and pricing sections to limits and prices, all in nano-dollars.
import type { z } from 'zod'
import type { NanoUsdPerMillion } from '../domain/money.ts'
import type { AegisConfig, ConfiguredPrice } from './aegis-config.ts'
import type { budgetsSchema, PriceEntry, pricingSchema } from './section-schemas.ts'

/** The limits by provider are a record without a prototype: a name from outside finds nothing but limits in it. */
export function buildBudgets(entry: z.output<typeof budgetsSchema>): AegisConfig['budgets'] {
  return {
    monthlyLimits: withoutPrototype(entry.monthly_limits),
    timeZone: entry.time_zone,
    onExceeded: entry.on_exceeded,
    exceededStatus: entry.exceeded_status,
    minOutputTokens: entry.min_output_tokens,
  }
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
