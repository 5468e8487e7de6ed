// Owns an answer that is written while it is made, as slowly as its reader reads.
import { setImmediate as turn } from 'node:timers/promises'
import type { Exchange } from '../exchange.ts'
import type { HeaderList } from '../http/http-exchange.ts'

/**
 * Answers 200 with pieces of text. Nothing is sent before the first piece, so that what fails until then is an error like
 * any other; what fails later breaks the connection, so that nobody takes a part for the whole.
 */
export async function sendPieces(
  { reply, headers, cancellation }: Exchange,
  more: HeaderList,
  pieces: AsyncIterable<string>,
): Promise<void> {
  let resume = () => {}
  reply.onDrain(() => resume())
  reply.onOver(() => resume())
  try {
    for await (const piece of pieces) {
      // The ledger's file answers at once: without a turn for others a long answer would keep them all waiting.
      await turn()
      if (cancellation.cancelled !== undefined || reply.closed) return
      if (!reply.started) reply.start(200, [...headers, ...more])
      if (!reply.write(Buffer.from(piece)) && !reply.closed) {
        await new Promise<void>((resolve) => {
          resume = resolve
        })
      }
    }
  } catch (error) {
    if (!reply.started) throw error
    reply.destroy()
    return
  }
  if (!reply.started) reply.start(200, [...headers, ...more])
  reply.end(Buffer.alloc(0))
}
