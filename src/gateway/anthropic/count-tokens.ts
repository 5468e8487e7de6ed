// Owns POST /v1/messages/count_tokens: how long a prompt is.
import { countPrompt } from '../../proxy/count-prompt.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { chatContext } from '../openai/decode-chat.ts'
import { decodeMessages } from './decode-messages.ts'

export async function countMessageTokens(exchange: Exchange): Promise<void> {
  const task = decodeMessages(await bodyOf(exchange), chatContext(exchange), false)
  const tokens = await countPrompt(task, exchange.deps.proxy, exchange.cancellation)
  exchange.headers.push('request-id', exchange.requestId)
  sendJson(exchange, 200, { input_tokens: tokens })
}
