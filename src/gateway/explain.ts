// Owns POST /v1/explain: where a chat request would go and why. Nobody is called and nothing is held.
import { explain } from '../proxy/explain.ts'
import { bodyOf, type Exchange, sendJson } from './exchange.ts'
import { chatContext, decodeChat } from './openai/decode-chat.ts'
import { refreshBudgets } from './refresh-budgets.ts'

export async function explainRoute(exchange: Exchange): Promise<void> {
  const task = decodeChat(await bodyOf(exchange), chatContext(exchange))
  await refreshBudgets(exchange)
  sendJson(exchange, 200, explain(task, exchange.deps.proxy))
}
