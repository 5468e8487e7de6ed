// Proves that a pool loses no socket under load, whoever leaves and whenever.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'

const SOCKETS = 64
const REQUESTS = 10_000
const body = Buffer.from('{"model":"gpt-4o"}')

/** Every tenth request is left by its client: before it is sent, before the headers, or within the body. */
function isLeft(number: number): boolean {
  return number % 10 === 0
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const number = Number(request.url?.split('/').at(-1))
  request.resume()
  if (!isLeft(number)) response.end('{}')
  else if (number % 20 === 0) response.write('the beginning of')
}

test('10,000 requests on 64 sockets, 1,000 of them left at any stage, lose none of them', async () => {
  await using server = await startServer(answer)
  await using connection = connectTo(server.url, { maxConnections: SOCKETS })
  const attempt = fundedAttempt()
  let answered = 0
  let left = 0
  const ask = async (number: number) => {
    const client = new Cancellation()
    const asking = connection.upstream.post(attempt, `/${number}`, body, client)
    if (isLeft(number)) {
      const leave = () => {
        client.cancel('client_closed')
        return true
      }
      if (number % 30 === 0) leave()
      else if (number % 20 !== 0) setTimeout(leave, 1)
      await asking.then(
        (reply) => reply.receive({ data: leave, end: () => {} }),
        () => {},
      )
      left += 1
      return
    }
    const reply = await asking
    assert.equal((await reply.collect(100)).toString(), '{}')
    answered += 1
  }
  let next = 0
  const worker = async () => {
    for (let number = next++; number < REQUESTS; number = next++) await ask(number)
  }
  await Promise.all(Array.from({ length: 2 * SOCKETS }, worker))
  assert.deepEqual([answered, left], [9_000, 1_000])
  assert.ok(server.open <= SOCKETS, `${server.open} sockets are open`)

  // All of them still serve: as many requests at once as there are sockets, and each is answered.
  const together = Array.from({ length: SOCKETS }, (_, index) => ask(10 * index + 1))
  await Promise.all(together)
  assert.equal(answered, 9_000 + SOCKETS)
  assert.ok(server.open <= SOCKETS)
})
