// Owns POST /v1/explain: where a chat request would go and why. Nobody is called and nothing is held.
import { explain } from '../proxy/explain.ts'
import { type Exchange, sendJson } from './exchange.ts'
import { decodeChat } from './openai/decode-chat.ts'

export async function explainRoute(exchange: Exchange): Promise<void> {
  const { deps } = exchange
  const task = decodeChat(await exchange.readBody(), {
    requestId: exchange.requestId,
    receivedAtMs: exchange.receivedAtMs,
    timeoutMs: deps.timeoutMs,
    rawHeaders: exchange.request.rawHeaders,
    keyId: exchange.caller.id,
    providers: deps.proxy.policy.providers,
  })
  sendJson(exchange, 200, explain(task, deps.proxy))
}
