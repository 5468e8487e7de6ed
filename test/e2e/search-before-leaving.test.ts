// A request that begins at home is searched when the local provider has failed, and before anybody else is asked.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorOf, type Reply } from './client.ts'
import { question, startWorld } from './world.ts'

const asking = (content: string) => question({ messages: [{ role: 'user', content }] })
const answeredBy = ({ headers }: Reply) => headers['x-aegis-provider']
const card = 'Is 4111 1111 1111 1111 a valid number?'
const harmless = 'What is the capital of France?'

describe('a request that the rules send to the local provider first', { concurrency: true }, () => {
  test('is not searched while that one answers', async () => {
    await using world = await startWorld()
    const reply = await world.chat(asking(card))
    assert.equal(answeredBy(reply), 'local_ollama')
    assert.equal(reply.headers['x-aegis-classification'], 'internal')
  })

  test('goes on to the cloud when that one fails and nothing is found', async () => {
    await using world = await startWorld()
    await world.local_ollama.stopListening()
    assert.equal(answeredBy(await world.chat(asking(harmless))), 'openai')
  })

  test('stays at home when that one fails and something is found', async () => {
    await using world = await startWorld()
    await world.local_ollama.stopListening()
    for (const stream of [false, true]) {
      const reply = await world.chat({ ...asking(card), stream })
      assert.deepEqual([reply.status, errorOf(reply).code], [503, 'local_unavailable_for_restricted_data'])
    }
    for (const upstream of [world.openai, world.ollama_cloud]) assert.equal(upstream.journal.connections.length, 0)
    assert.deepEqual(
      (await world.usage()).map(({ classification }) => classification),
      ['pii', 'pii'],
    )
  })

  test('is searched in a worker when it is long, with the same result', async () => {
    await using world = await startWorld()
    await world.local_ollama.stopListening()
    const long = `${'Nothing to see here. '.repeat(3000)} ${card}`
    const reply = await world.chat(asking(long))
    assert.equal(reply.status, 503)
    assert.equal(world.openai.journal.connections.length, 0)
  })
})
