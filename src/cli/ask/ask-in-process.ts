// Owns a request that this process routes and sends by itself.

import type { LLMTask } from '../../domain/llm-task.ts'
import { fromUsd } from '../../domain/money.ts'
import { AegisLLMProxy } from '../../library/aegis-llm-proxy.ts'
import type { LLMAnswer } from '../../library/llm-answer.ts'
import { faultLogger } from '../console-logger.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import type { AskAnswer, AskEvent } from './ask-answer.ts'

/** @throws AegisError, ConfigError, CommandError */
export async function* askInProcess(
  task: LLMTask,
  flags: PlaceFlags,
  stream: boolean,
): AsyncGenerator<AskEvent, void, undefined> {
  await using aegis = await openProxy(flags)
  if (!stream) {
    const answer = await aegis.generate(task)
    yield { type: 'done', answer: answerOf(answer, answer.costUsd) }
    return
  }
  for await (const event of aegis.stream(task)) {
    if (event.type === 'text' || event.type === 'reasoning') yield event
    else if (event.type === 'done') {
      // A stream without usage was charged its bound, which only the ledger knows.
      const { answer } = event
      yield { type: 'done', answer: answerOf(answer, answer.usage ? answer.costUsd : undefined) }
    }
  }
}

/** A proxy in this process. It shares the ledger with the gateways that use it. */
function openProxy({ config, sandbox }: PlaceFlags): Promise<AegisLLMProxy> {
  return AegisLLMProxy.create(config, { ...(sandbox ? { sandbox } : {}), logger: faultLogger() })
}

function answerOf(answer: LLMAnswer, costUsd: number | undefined): AskAnswer {
  const { text, requestId, provider, model, location, reason, classification, simulated, usage, attempts } = answer
  return {
    text,
    requestId,
    provider,
    model,
    location,
    reason,
    classification,
    simulated,
    usage,
    cost: costUsd === undefined ? undefined : fromUsd(costUsd),
    attempts: attempts.map((attempt) => ({
      provider: attempt.provider,
      model: attempt.model,
      result: attempt.result,
    })),
    attemptCount: attempts.length,
    via: 'in process',
  }
}
