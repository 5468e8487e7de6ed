// Owns the list of what the proxy needs. Everything arrives from the composition root.
import type { Clock } from '../domain/clock.ts'
import type { DataClassification } from '../domain/data-classification.ts'
import type { OnOverrun } from '../domain/overrun.ts'
import type { Timers } from '../domain/timers.ts'
import type { TokenCounter } from '../domain/token-rules.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Balancer } from '../policy/balancer.ts'
import type { Breakers } from '../policy/breakers.ts'
import type { PriceBook } from '../policy/price-book.ts'
import type { RoutingPolicy } from '../policy/route.ts'
import type { Provider } from '../providers/provider.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ProviderSlots } from './provider-slots.ts'

export interface ProxyDeps {
  readonly policy: RoutingPolicy
  readonly defaultClassification: DataClassification
  readonly providers: ReadonlyMap<string, Provider>
  readonly priceBook: PriceBook
  readonly tokenCounter: TokenCounter
  readonly ledger: Ledger
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly breakers: Breakers
  readonly balancer: Balancer
  /** By the names of the providers whose requests are bounded. */
  readonly slots: ReadonlyMap<string, ProviderSlots>
  /** Upstream calls a request may make at the most. */
  readonly maxAttempts: number
  /** Times that the last candidate left is asked again. */
  readonly maxRetries: number
  readonly timers: Timers
  /** From 0 up to 1. */
  readonly random: () => number
  readonly minOutputTokens: number
  readonly onOverrun: OnOverrun
}
