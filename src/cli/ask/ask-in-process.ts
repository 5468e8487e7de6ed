// Owns a request that this process routes and sends by itself.

import type { LLMTask } from '../../domain/llm-task.ts'
import { fromUsd } from '../../domain/money.ts'
import { LedgerFileError } from '../../ledger/sqlite/ledger-file-error.ts'
import { AegisLLMProxy } from '../../library/aegis-llm-proxy.ts'
import type { LLMAnswer } from '../../library/llm-answer.ts'
import { CommandError } from '../command-error.ts'
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

/** A proxy in this process. @throws CommandError when a gateway has the ledger: two may not spend from one budget. */
export async function openProxy({ config, sandbox }: PlaceFlags): Promise<AegisLLMProxy> {
  try {
    return await AegisLLMProxy.create(config, { ...(sandbox ? { sandbox } : {}), logger: faultLogger() })
  } catch (error) {
    if (!(error instanceof LedgerFileError) || error.code !== 'in_use') throw error
    const way = 'A gateway runs with this ledger: name its address with --url, so that both use one budget.'
    throw new CommandError(`${error.message}\n${way}`, 1, { code: 'ledger_in_use' })
  }
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
