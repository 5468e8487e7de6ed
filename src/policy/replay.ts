// Owns what another policy would have done with a recorded decision, and what that would have cost.

import { ChatBody } from '../domain/chat-body.ts'
import { EmbeddingBody } from '../domain/embedding-body.ts'
import type { Location } from '../domain/location.ts'
import { locationOf } from '../domain/model-location.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { RecordedDecision } from '../domain/recorded-decision.ts'
import type { RequestBody } from '../domain/request-body.ts'
import type { Task } from '../domain/task.ts'
import { costOfUsage } from './estimate-cost.ts'
import type { PriceBook } from './price-book.ts'
import type { RequestNeeds } from './request-needs.ts'
import { type RoutingPolicy, route } from './route.ts'

/** What a policy would have done. */
export interface Replayed {
  /** Who would have been asked first; undefined when nobody might have been. */
  readonly asked: { readonly provider: string; readonly model: string; readonly location: Location } | undefined
  readonly reason: string
  /** For the usage that was recorded; undefined without a usage, without anybody to ask, or where no price is known. */
  readonly cost: NanoUsd | undefined
}

/**
 * The first candidate is taken to answer: what fails and which budgets are empty depends on the day, not on the policy.
 * @example replayDecision(decision, policy, priceBook).asked?.provider
 */
export function replayDecision(decision: RecordedDecision, policy: RoutingPolicy, priceBook: PriceBook): Replayed {
  const { classification } = decision
  const plan = route(taskOf(decision), classification, policy, needsOf(decision))
  const [first] = plan.attempts
  if (!first) return { asked: undefined, reason: plan.reason, cost: undefined }
  const { provider, model } = first
  const price = priceBook.price(provider, model)
  const cost = decision.usage && price.state !== 'unknown' ? costOfUsage(decision.usage, price) : undefined
  const asked = { provider: provider.name, model, location: locationOf(provider, model) }
  return { asked, reason: plan.reason, cost }
}

/** The body is gone, and with `needsOf` nobody looks into it. */
const emptyBodies: Readonly<Record<RecordedDecision['kind'], RequestBody>> = {
  chat: new ChatBody(Buffer.from('{}'), {}, []),
  embedding: new EmbeddingBody(Buffer.from('{}'), {}, []),
}

function taskOf({ requestId, receivedAtMs, model, hints, kind }: RecordedDecision): Task {
  return { id: requestId, receivedAtMs, timeoutMs: 0, model, hints, body: emptyBodies[kind] }
}

/** How many tokens a prompt has is known from its usage; without one it is taken to fit. */
function needsOf({ kind, needs, bodyBytes, usage }: RecordedDecision): RequestNeeds {
  return {
    kind,
    capabilities: needs,
    tokensOver: (contextTokens) => {
      const tokens = usage?.inputTokens
      if (bodyBytes <= contextTokens || tokens === undefined) return undefined
      return tokens > contextTokens ? tokens : undefined
    },
  }
}
