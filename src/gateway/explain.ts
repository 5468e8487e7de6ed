// Owns POST /v1/explain: where a chat request or an embedding would go and why. Nobody is called and nothing is held.
import { explain } from '../proxy/explain.ts'
import { callersTask } from './callers-task.ts'
import { bodyOf, type Exchange, sendJson } from './exchange.ts'
import { chatContext, decodeChat } from './openai/decode-chat.ts'
import { decodeEmbedding } from './openai/embeddings.ts'
import { parseJsonObject } from './parse-json.ts'
import { refreshBudgets } from './refresh-budgets.ts'

export async function explainRoute(exchange: Exchange): Promise<void> {
  const bytes = await bodyOf(exchange)
  const { view } = parseJsonObject(bytes)
  const decode = view.messages === undefined && view.input !== undefined ? decodeEmbedding : decodeChat
  const task = await callersTask(exchange, decode(bytes, chatContext(exchange)))
  await refreshBudgets(exchange)
  sendJson(exchange, 200, explain(task, exchange.deps.proxy))
}
