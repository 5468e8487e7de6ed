// Owns a request that goes through a running gateway, over the same HTTP that any client uses.

import type { LLMTask } from '../../domain/llm-task.ts'
import { fromUsd } from '../../domain/money.ts'
import type { Usage } from '../../domain/usage.ts'
import type { SystemStatus } from '../../telemetry/system-status.ts'
import { CommandError } from '../command-error.ts'
import type { Gateway } from '../gateway/find-gateway.ts'
import { askGateway, connectionError, type GatewayReply, streamError } from '../gateway/gateway-client.ts'
import type { AskAnswer, AskAttempt, AskEvent } from './ask-answer.ts'
import { httpQuestion } from './question.ts'
import { serverSentData } from './server-sent-data.ts'

/** @throws CommandError when the gateway refuses, or when the answer breaks off. */
export async function* askThroughGateway(
  task: LLMTask,
  gateway: Gateway,
  stream: boolean,
): AsyncGenerator<AskEvent, void, undefined> {
  const { signal } = task
  const question = { ...httpQuestion(task, stream), ...(signal ? { signal } : {}) }
  const reply = await askGateway(gateway, 'POST', '/v1/chat/completions', question)
  if (!stream) {
    const { choices, usage } = (await reply.body.json()) as WireAnswer
    const text = choices?.[0]?.message?.content ?? ''
    yield { type: 'done', answer: await answerOf(reply, gateway, text, usage) }
    return
  }
  let text = ''
  let usage: WireUsage | null | undefined
  for await (const chunk of chunksOf(reply, gateway)) {
    usage = chunk.usage ?? usage
    const delta = chunk.choices?.[0]?.delta
    const thought = delta?.reasoning_content ?? delta?.reasoning
    if (thought) yield { type: 'reasoning', text: thought }
    if (!delta?.content) continue
    text += delta.content
    yield { type: 'text', text: delta.content }
  }
  yield { type: 'done', answer: await answerOf(reply, gateway, text, usage) }
}

/** The chunks up to `[DONE]`. Whatever ends without it is not a complete answer. */
async function* chunksOf(reply: GatewayReply, gateway: Gateway): AsyncGenerator<WireAnswer, void, undefined> {
  try {
    for await (const data of serverSentData(reply.body)) {
      if (data === '[DONE]') return
      const chunk = JSON.parse(data) as WireAnswer
      if (chunk.error) throw streamError(gateway, chunk.error)
      yield chunk
    }
  } catch (error) {
    throw error instanceof CommandError ? error : connectionError(gateway, error)
  }
  throw new CommandError('The answer broke off before its end.', 1, { code: 'upstream_error' })
}

async function answerOf(
  reply: GatewayReply,
  gateway: Gateway,
  text: string,
  usage: WireUsage | null | undefined,
): Promise<AskAnswer> {
  const header = (name: string) => {
    const value = reply.headers[`x-aegis-${name}`]
    return typeof value === 'string' ? value : ''
  }
  const requestId = header('request-id')
  const provider = header('provider')
  const model = header('model')
  const attemptCount = Number(header('attempts')) || 1
  const answered = { provider, model, result: 'answered' }
  const cost = header('cost-usd') || usage?.cost
  return {
    text,
    requestId,
    provider,
    model,
    location: header('location'),
    reason: header('reason'),
    classification: header('classification'),
    simulated: header('simulated') === 'true',
    usage: usage ? usageOf(usage) : undefined,
    cost: cost === undefined ? undefined : fromUsd(cost),
    attempts: attemptCount === 1 ? [answered] : await attemptsOf(requestId, gateway),
    attemptCount,
    via: gateway.url,
  }
}

/** Which attempts there were: headers only count them, the gateway's list of last decisions has them. */
async function attemptsOf(requestId: string, gateway: Gateway): Promise<readonly AskAttempt[]> {
  try {
    const reply = await askGateway(gateway, 'GET', '/admin/status', { signal: AbortSignal.timeout(5000) })
    const { decisions } = (await reply.body.json()) as SystemStatus
    return decisions.find((decision) => decision.request_id === requestId)?.attempts ?? []
  } catch {
    return []
  }
}

function usageOf(usage: WireUsage): Usage {
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  }
}

/** The parts of OpenAI's completion and chunk objects that are read here. */
interface WireAnswer {
  readonly error?: object
  readonly choices?: readonly {
    readonly message?: { readonly content?: string | null }
    readonly delta?: {
      readonly content?: string | null
      readonly reasoning_content?: string | null
      readonly reasoning?: string | null
    }
  }[]
  readonly usage?: WireUsage | null
}

interface WireUsage {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null
  /** US dollars; Aegis adds it. */
  readonly cost?: number
}
