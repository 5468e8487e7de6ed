// The figures at the end of an Ollama reply, and the head that every line of it carries.
import type { Behaviour } from '../behaviour.ts'
import type { JsonObject } from '../json-value.ts'
import { type Answer, scriptedUsage } from '../plan-answer.ts'
import type { KnownModel } from './catalogue.ts'

const startNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()
const loadNs = 12_500_000
const inputTokenNs = 250_000
const outputTokenNs = 9_000_000

/** Counts and durations (in nanoseconds) of a finished reply. */
export function ollamaMetrics(answer: Answer, behaviour: Behaviour): JsonObject {
  const promptEvalNs = answer.inputTokens * inputTokenNs
  const evalNs = answer.outputTokens * outputTokenNs
  const [input, output] = reportedCounts(answer, behaviour)
  return {
    total_duration: loadNs + promptEvalNs + evalNs + 1_000_000,
    load_duration: loadNs,
    prompt_eval_count: input,
    prompt_eval_duration: promptEvalNs,
    eval_count: output,
    eval_duration: evalNs,
  }
}

function reportedCounts(answer: Answer, behaviour: Behaviour): readonly [number | undefined, number | undefined] {
  if (behaviour.usage === 'absent') return [undefined, undefined]
  if (behaviour.usage === 'zero') return [0, 0]
  const scripted = scriptedUsage(behaviour)
  return [scripted?.prompt_tokens ?? answer.inputTokens, scripted?.completion_tokens ?? answer.outputTokens]
}

/** Model, origin and time; a model that is only a pointer to a remote one says so. */
export function lineHead(replyName: string, model: KnownModel): JsonObject {
  return {
    model: replyName,
    remote_model: model.remoteModel,
    remote_host: model.remoteHost,
    created_at: goTimestamp(),
  }
}

/** Now, as Go writes it: nine digits after the point, never going back. */
function goTimestamp(): string {
  const nanoseconds = startNs + process.hrtime.bigint()
  const fraction = String(nanoseconds % 1_000_000n).padStart(6, '0')
  return new Date(Number(nanoseconds / 1_000_000n)).toISOString().replace('Z', `${fraction}Z`)
}

/** Ollama has no finish reason of its own for tool calls. */
export function doneReason(answer: Answer): string {
  return answer.finish === 'tool_calls' ? 'stop' : answer.finish
}
