// Owns POST /api/generate: one prompt in, one text out, served by any provider that chats.
import type { JsonObject } from '../../domain/chat-body.ts'
import { readModel } from '../../policy/model-choice.ts'
import { answerTask } from '../answer-task.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { chatContext } from '../openai/decode-chat.ts'
import { parseJsonObject } from '../parse-json.ts'
import { writeAnswer } from './chat.ts'
import { asksForNothing, decodeGenerate } from './decode-generate.ts'
import { generateObject } from './encode-chat.ts'

export async function ollamaGenerate(exchange: Exchange): Promise<void> {
  const { view } = parseJsonObject(await bodyOf(exchange))
  const context = chatContext(exchange)
  if (asksForNothing(view)) {
    sendLoaded(exchange, view)
    return
  }
  const task = decodeGenerate(view, context)
  writeAnswer(exchange, await answerTask(exchange, task), generateObject)
}

/** What Ollama answers when it has loaded a model. Nobody is asked: every provider loads with the first real request. */
function sendLoaded(exchange: Exchange, view: JsonObject): void {
  readModel(view.model, exchange.deps.proxy.policy.providers)
  const frame = { model: typeof view.model === 'string' ? view.model : 'auto', createdAtMs: exchange.receivedAtMs }
  const unloads = view.keep_alive === 0 || view.keep_alive === '0'
  sendJson(exchange, 200, {
    ...generateObject(frame, {}, []),
    done: true,
    done_reason: unloads ? 'unload' : 'load',
  })
}
