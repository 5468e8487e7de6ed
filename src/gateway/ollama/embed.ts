// Owns POST /api/embed and the older POST /api/embeddings, served by any provider that embeds.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { checkEmbedding } from '../../domain/check-embedding.ts'
import { EmbeddingBody } from '../../domain/embedding-body.ts'
import { AegisError } from '../../domain/errors.ts'
import { scanMembers } from '../../domain/json-members.ts'
import { usdNumber } from '../../domain/money.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { CompletionAnswer } from '../../proxy/answer.ts'
import { addAnswerHeaders } from '../answer-headers.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { type ChatContext, chatContext } from '../openai/decode-chat.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import { ownSettings } from './canonical.ts'

/** One text or many; without any the model is only loaded, and there are no vectors. */
export async function ollamaEmbed(exchange: Exchange): Promise<void> {
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { input = '' } = view
  if (isEmpty(input)) {
    readModel(view.model, exchange.deps.proxy.policy.providers)
    sendJson(exchange, 200, { model: view.model ?? 'auto', embeddings: [] })
    return
  }
  const answer = await embed(exchange, view, input, 'input')
  const elapsedMs = exchange.deps.proxy.clock.wallMs() - exchange.receivedAtMs
  sendJson(exchange, 200, {
    model: answer.facts.model,
    embeddings: vectorsOf(answer),
    total_duration: Math.round(elapsedMs * 1_000_000),
    load_duration: 0,
    ...(answer.usage ? { prompt_eval_count: answer.usage.inputTokens } : {}),
    cost_usd: usdNumber(answer.cost),
  })
}

/** One text, and nothing but its vector in the answer. */
export async function ollamaEmbeddings(exchange: Exchange): Promise<void> {
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { prompt = '' } = view
  if (isEmpty(prompt)) {
    readModel(view.model, exchange.deps.proxy.policy.providers)
    sendJson(exchange, 200, { embedding: [] })
    return
  }
  const [embedding] = vectorsOf(await embed(exchange, view, prompt, 'prompt'))
  sendJson(exchange, 200, { embedding })
}

async function embed(
  exchange: Exchange,
  view: JsonObject,
  input: JsonValue,
  name: 'input' | 'prompt',
): Promise<CompletionAnswer> {
  const task = embeddingTask(view, input, name, chatContext(exchange))
  const answer = await answerTask(exchange, task)
  if (answer.kind === 'stream') throw new Error('vectors come whole, and a stream came')
  addAnswerHeaders(exchange.headers, answer.facts, answer.cost)
  return answer
}

/**
 * A text that does not fit its model is an error here, as with `truncate: false`: a vector of half a text is not the
 * text's.
 */
function embeddingTask(view: JsonObject, input: JsonValue, name: 'input' | 'prompt', context: ChatContext): Task {
  const canonical: JsonObject = {
    model: view.model ?? 'auto',
    input,
    encoding_format: 'float',
    ...(view.dimensions === undefined ? {} : { dimensions: view.dimensions }),
    aegis: { ollama: ownSettings(view) },
  }
  if (name === 'prompt' && typeof input !== 'string') throw wrongInput(name)
  if (Array.isArray(input) && !input.every((one) => typeof one === 'string')) throw wrongInput(name)
  checkEmbedding(canonical)
  const bytes = Buffer.from(JSON.stringify(canonical))
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints: readHints(view.aegis, context.rawHeaders),
    body: new EmbeddingBody(bytes, canonical, scanMembers(bytes).members),
    keyId: context.keyId,
  }
}

function wrongInput(name: 'input' | 'prompt'): AegisError {
  const what = name === 'input' ? 'must be a text or a list of texts' : 'must be a text'
  return new AegisError('invalid_request', `${name} ${what}.`, { param: name })
}

function isEmpty(input: JsonValue): boolean {
  return input === null || input === '' || (Array.isArray(input) && input.length === 0)
}

/** @throws AegisError `upstream_error` when the provider's list is not one of vectors. */
function vectorsOf({ body, facts }: CompletionAnswer): readonly (readonly number[])[] {
  const { data } = JSON.parse(body.toString('utf8')) as { data?: readonly { embedding?: unknown }[] }
  const vectors = (data ?? []).map(({ embedding }) => embedding)
  if (vectors.every((vector): vector is number[] => Array.isArray(vector))) return vectors
  const message = `${facts.provider} answered without the numbers that were asked for.`
  throw new AegisError('upstream_error', message, { source: 'provider' })
}
