// Owns a trial of one model: a tiny answer, timed, that nobody else may give and that must be free.
import type { Aegis } from '../compose.ts'
import type { Cancellation } from '../domain/cancellation.ts'
import type { StreamEnd } from '../domain/completion.ts'
import { AegisError } from '../domain/errors.ts'
import { runTask } from '../proxy/run-task.ts'
import { taskOf } from './task-of.ts'

/** What a trial measured. */
export interface Trial {
  readonly model: string
  /** From sending to the first piece of the answer. */
  readonly firstTokenMs: number
  readonly totalMs: number
  /** As the provider counted them; undefined when it did not. */
  readonly outputTokens: number | undefined
}

const PROMPT = 'Answer with one word: ready?'
const MOST_TOKENS = 16

/**
 * @returns what was measured, or words on why there was no answer.
 * @throws RangeError for a model that costs money.
 */
export async function tryModel(
  { gateway }: Aegis,
  provider: string,
  model: string,
  cancellation: Cancellation,
): Promise<Trial | string> {
  const { proxy, newId, timeoutMs } = gateway
  const providers = proxy.policy.providers.filter(({ name }) => name === provider)
  const [asked] = providers
  if (!asked || proxy.priceBook.price(asked, model).state !== 'free') throw new RangeError('a trial must be free')
  const context = { requestId: newId(), receivedAtMs: proxy.clock.wallMs(), timeoutMs, stream: true, providers }
  const task = taskOf({ prompt: PROMPT, model: `${provider}/${model}`, maxTokens: MOST_TOKENS }, context)
  // No other provider may step in: the trial is of this one, and others cost money.
  const alone = { ...proxy, policy: { ...proxy.policy, providers, fallback: [] }, rollout: undefined }
  const startedMs = proxy.clock.monotonicMs()
  try {
    const answer = await runTask(task, alone, cancellation)
    const firstTokenMs = proxy.clock.monotonicMs() - startedMs
    if (answer.kind !== 'stream') return 'answered whole where a stream was asked for'
    const { failure, usage } = await new Promise<StreamEnd>((resolve) => {
      answer.stream.start({ frames: () => true, usageFrame: () => true, end: resolve })
    })
    if (failure) return failure.message
    return { model, firstTokenMs, totalMs: proxy.clock.monotonicMs() - startedMs, outputTokens: usage?.outputTokens }
  } catch (error) {
    if (!(error instanceof AegisError)) throw error
    return error.message
  }
}
