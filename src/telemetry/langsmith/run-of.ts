// Owns what LangSmith is told of a request: one run of type llm, with tags, tokens and cost.
import { randomUUID } from 'node:crypto'
import type { RunCreate } from 'langsmith/schemas'
import { usdNumber } from '../../domain/money.ts'
import type { Outcome } from '../../domain/outcome.ts'

/** Messages and answer, where they may be sent. */
export interface RunContent {
  readonly messages: unknown
  readonly answer: string
}

export function runOf(outcome: Outcome, project: string, content: RunContent | undefined): RunCreate {
  const { answeredBy: by, usage, classification, cost, requestId } = outcome
  const id = randomUUID()
  const startedAt = new Date(outcome.receivedAtMs)
  const failed = outcome.status !== 'ok'
  return {
    id,
    trace_id: id,
    dotted_order: dottedOrder(startedAt, id),
    session_name: project,
    name: by ? `${by.provider}/${by.model}` : 'aegis',
    run_type: outcome.operation === 'embeddings' ? 'embedding' : 'llm',
    start_time: startedAt.toISOString(),
    end_time: new Date(outcome.endedAtMs).toISOString(),
    inputs: content ? { messages: content.messages } : {},
    outputs: content ? { choices: [{ message: { role: 'assistant', content: content.answer } }] } : {},
    ...(failed ? { error: outcome.status } : {}),
    tags: [
      ...(by ? [`provider:${by.provider}`, `model:${by.model}`, `location:${by.location}`, `reason:${by.reason}`] : []),
      `classification:${classification.level}`,
      `status:${outcome.status}`,
    ],
    extra: {
      metadata: {
        ...(by && { ls_provider: by.provider, ls_model_name: by.model }),
        ...(usage && {
          usage_metadata: {
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            total_tokens: usage.inputTokens + usage.outputTokens,
            input_token_details: { cache_read: usage.cachedInputTokens },
            output_token_details: { reasoning: usage.reasoningTokens },
            total_cost: usdNumber(cost),
          },
        }),
        aegis_request_id: requestId,
        aegis_cost_usd: usdNumber(cost),
        aegis_attempts: outcome.attempts.map(({ provider, model, result }) => `${provider}/${model}:${result}`),
        ...(outcome.keyId === undefined ? {} : { aegis_key_id: outcome.keyId }),
      },
    },
  }
}

/** As LangSmith orders runs: the time to the microsecond without its punctuation, and the id. */
function dottedOrder(at: Date, id: string): string {
  return `${at.toISOString().slice(0, -1).replace(/[-:.]/g, '')}000Z${id}`
}
