// Owns /v1/pricing: prices that are set at run time, by `provider:model`.
import type { RunTimePrice } from '../../access/access-types.ts'
import { Entry, refuse } from '../../access/entry.ts'
import { timeText } from '../../access/key-entry.ts'
import { type NanoUsd, ratePerMillion, usdNumber } from '../../domain/money.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { cut, membersOf, pageOf, queryOf, restOf, sendNothing } from './managed.ts'

export async function setPrice(exchange: Exchange): Promise<void> {
  const entry = new Entry(await membersOf(exchange), [
    'model_key',
    'input_price_per_million',
    'output_price_per_million',
  ])
  const key = entry.text('model_key') ?? refuse('model_key', 'It is missing: name the model as provider:model.')
  const input =
    entry.amount('input_price_per_million', ratePerMillion) ?? refuse('input_price_per_million', 'It is missing.')
  const output =
    entry.amount('output_price_per_million', ratePerMillion) ?? refuse('output_price_per_million', 'It is missing.')
  sendJson(exchange, 200, priceView(await exchange.deps.access.prices.set({ ...modelOf(key), input, output })))
}

export async function listPrices(exchange: Exchange): Promise<void> {
  const shown = cut(await exchange.deps.access.prices.list(), pageOf(queryOf(exchange)))
  sendJson(exchange, 200, shown.map(priceView))
}

export async function getPrice(exchange: Exchange): Promise<void> {
  const { provider, model } = modelOf(restOf(exchange, 3))
  sendJson(exchange, 200, priceView(await exchange.deps.access.prices.get(provider, model)))
}

export async function removePrice(exchange: Exchange): Promise<void> {
  const { provider, model } = modelOf(restOf(exchange, 3))
  await exchange.deps.access.prices.remove(provider, model)
  sendNothing(exchange)
}

/** The first `:` or `/` ends the provider's name; what is kept has a colon. */
function modelOf(key: string): Pick<RunTimePrice, 'provider' | 'model'> {
  const [, provider, model] = /^([^:/]+)[:/](.+)$/.exec(key) ?? []
  if (provider !== undefined && model !== undefined) return { provider, model }
  return refuse('model_key', 'It must name provider and model: openai:gpt-4o.')
}

function priceView({ provider, model, input, output, createdAtMs, updatedAtMs }: RunTimePrice): object {
  return {
    model_key: `${provider}:${model}`,
    // A rate is the price of a million tokens, in the unit of amounts.
    input_price_per_million: usdNumber(Number(input) as NanoUsd),
    output_price_per_million: usdNumber(Number(output) as NanoUsd),
    created_at: timeText(createdAtMs),
    updated_at: timeText(updatedAtMs),
  }
}
