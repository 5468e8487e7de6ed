// Owns prices that are set at run time: in US dollars per million tokens, by provider and model.
import type { Clock } from '../domain/clock.ts'
import type { ConfiguredPrice } from '../domain/configured-price.ts'
import { AegisError } from '../domain/errors.ts'
import type { AccessDirectory } from './access-directory.ts'
import type { RunTimePrice } from './access-types.ts'

export type PriceWish = Pick<RunTimePrice, 'provider' | 'model' | 'input' | 'output'>

/** What is changed here holds for the next request in every process. */
export class RunTimePrices {
  readonly #directory: AccessDirectory
  readonly #clock: Clock

  constructor(directory: AccessDirectory, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** Adds or replaces. @throws StoreUnavailable */
  set(wish: PriceWish): Promise<RunTimePrice> {
    return this.#directory.change(
      () => {
        const nowMs = Math.round(this.#clock.wallMs())
        const known = this.#directory.prices.get(wish.provider)?.get(wish.model)
        const price = { ...wish, createdAtMs: known?.createdAtMs ?? nowMs, updatedAtMs: nowMs }
        return { edits: [{ kind: 'price', id: idOf(wish), value: price }], result: price }
      },
      { withdraws: true },
    )
  }

  /** By their keys. @throws AegisError `ledger_unavailable` */
  async list(): Promise<readonly RunTimePrice[]> {
    await this.#directory.ask()
    const prices = [...this.#directory.prices.values()].flatMap((models) => [...models.values()])
    return prices.sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1))
  }

  /** @throws AegisError `not_found`, `ledger_unavailable` */
  async get(provider: string, model: string): Promise<RunTimePrice> {
    await this.#directory.ask()
    return this.#directory.prices.get(provider)?.get(model) ?? notFound()
  }

  /** @throws AegisError `not_found`; StoreUnavailable */
  remove(provider: string, model: string): Promise<void> {
    return this.#directory.change(
      () => {
        if (!this.#directory.prices.get(provider)?.has(model)) notFound()
        return { edits: [{ kind: 'price', id: idOf({ provider, model }), value: undefined }], result: undefined }
      },
      { withdraws: true },
    )
  }
}

/** What the price book asks for first; undefined where nothing was set. Both rates 0 is free. */
export function runTimePrice(
  { prices }: AccessDirectory,
  provider: string,
  model: string,
): ConfiguredPrice | undefined {
  const price = prices.size === 0 ? undefined : prices.get(provider)?.get(model)
  if (!price) return undefined
  const { input, output } = price
  return { free: input === 0 && output === 0, input, output, cachedInput: undefined }
}

function idOf({ provider, model }: Pick<RunTimePrice, 'provider' | 'model'>): string {
  return `${provider}:${model}`
}

function notFound(): never {
  throw new AegisError('not_found', 'No price was set for this model. GET /v1/pricing lists those that were.')
}
