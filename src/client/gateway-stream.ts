// Owns the reading of a gateway's stream: server-sent events out of bytes that are cut anywhere.
import { AegisError } from '../domain/errors.ts'
import { type Chunk, chunksOf } from '../library/completion-chunks.ts'
import type { GatewayReply } from './gateway-answer.ts'

export interface WireChunk extends Chunk {
  readonly usage?: unknown
  readonly error?: unknown
}

/** @throws AegisError when the stream ends without `[DONE]` and without an error event: an answer that broke off. */
export async function* wireChunksOf({ body }: GatewayReply): AsyncGenerator<WireChunk, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body ?? []) {
    rest += decoder.decode(bytes, { stream: true })
    const end = rest.lastIndexOf('\n') + 1
    const whole = rest.slice(0, end)
    rest = rest.slice(end)
    yield* chunksOf(whole)
    if (/^data: ?\[DONE\]/m.test(whole)) return
  }
  throw new AegisError('upstream_error', 'The answer broke off before its end.')
}
