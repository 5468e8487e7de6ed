// Owns what `aegis ask` tells of an answer, wherever it was made.
import { type NanoUsd, usdNumber, usdText } from '../../domain/money.ts'
import type { Usage } from '../../domain/usage.ts'

/** One upstream call of a request. */
export interface AskAttempt {
  readonly provider: string
  readonly model: string
  /** `answered`, or why not. */
  readonly result: string
}

export interface AskAnswer {
  readonly text: string
  readonly requestId: string
  readonly provider: string
  readonly model: string
  readonly location: string
  readonly reason: string
  readonly classification: string
  readonly simulated: boolean
  readonly usage: Usage | undefined
  /** Undefined when it is not known here; the ledger has it then. */
  readonly cost: NanoUsd | undefined
  /** In order, the one that answered last. Empty when a gateway told only how many there were. */
  readonly attempts: readonly AskAttempt[]
  readonly attemptCount: number
  /** `in process`, or `http://127.0.0.1:8080`. */
  readonly via: string
}

/** What comes while an answer is made. `done` is the last event. */
export type AskEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'done'; readonly answer: AskAnswer }

/** The object of `--json`. */
export function answerJson(answer: AskAnswer): object {
  const { text, provider, model, location, reason, classification, usage, cost, requestId, simulated, via } = answer
  return {
    text,
    provider,
    model,
    location,
    reason,
    classification,
    usage: usage
      ? {
          input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          cached_input_tokens: usage.cachedInputTokens,
          reasoning_tokens: usage.reasoningTokens,
        }
      : null,
    cost_usd: cost === undefined ? null : usdNumber(cost),
    attempts: answer.attempts.map((attempt) => ({ ...attempt })),
    attempt_count: answer.attemptCount,
    request_id: requestId,
    simulated,
    via,
  }
}

/**
 * The line under an answer.
 * @example factsLine(answer, 1234) // 'openai/gpt-4o · cloud · critical_quality · $0.0012 · 12 in, 40 out · 1.2 s · in process'
 */
export function factsLine(answer: AskAnswer, durationMs: number): string {
  const { provider, model, location, reason, cost, usage, attempts, attemptCount, via } = answer
  const failed = attempts.slice(0, -1).map((one) => `${one.provider}/${one.model} ${one.result.replaceAll('_', ' ')}`)
  const tried = failed.length > 0 ? `after ${failed.join(', ')}` : `${attemptCount} attempts`
  return [
    `${provider}/${model}`,
    location,
    reason,
    cost === undefined ? 'cost not reported' : `$${usdText(cost)}`,
    ...(usage ? [`${usage.inputTokens} in, ${usage.outputTokens} out`] : []),
    ...(attemptCount > 1 ? [tried] : []),
    durationMs < 10_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`,
    via === 'in process' ? via : `via ${via}`,
  ].join(' · ')
}
