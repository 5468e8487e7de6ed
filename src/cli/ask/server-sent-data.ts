// Owns the reading of server-sent events: the data of each, whatever the pieces in which the bytes arrive.

/**
 * The `data` of each event. Comments and other fields are passed over; an event that is cut off is not reported.
 * @example for await (const data of serverSentData(reply.body)) if (data !== '[DONE]') read(JSON.parse(data))
 */
export async function* serverSentData(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let waiting = ''
  let data: string[] = []
  for await (const piece of bytes) {
    const lines = (waiting + decoder.decode(piece, { stream: true })).split('\n')
    waiting = lines.pop() ?? ''
    for (const line of lines.map((one) => one.replace(/\r$/, ''))) {
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      else if (line === '' && data.length > 0) {
        yield data.join('\n')
        data = []
      }
    }
  }
}
