// Owns an answer that is written while it is made, as slowly as its reader reads.
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { Exchange, HeaderList } from '../exchange.ts'

/**
 * Answers 200 with pieces of text. Nothing is sent before the first piece, so that what fails until then is an error like
 * any other; what fails later breaks the connection, so that nobody takes a part for the whole.
 */
export async function sendPieces(
  { response, headers, cancellation }: Exchange,
  more: HeaderList,
  pieces: AsyncIterable<string>,
): Promise<void> {
  for await (const piece of pieces) {
    // The ledger's file answers at once: without a turn for others a long answer would keep them all waiting.
    await turn()
    if (cancellation.cancelled !== undefined) return
    if (!response.headersSent) response.writeHead(200, [...headers, ...more])
    if (!response.write(piece)) await drained(response)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      response.off('drain', over)
      response.off('close', over)
      resolve()
    }
    if (response.closed || response.destroyed) return resolve()
    response.on('drain', over)
    response.on('close', over)
  })
}
