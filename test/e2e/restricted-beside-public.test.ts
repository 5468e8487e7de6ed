// Restricted and public requests at the same time on one connection: each goes where its own data may go.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { criticalHints, question, startWorld, type World } from './world.ts'

const COUNT = 24

/** Every third one is restricted; all of them ask for OpenAI. */
const requests = Array.from({ length: COUNT }, (_, index) => {
  const restricted = index % 3 === 0
  const mark = `${restricted ? 'restricted' : 'public'}-mark-${index}-end`
  const aegis = { ...criticalHints, ...(restricted ? { data_classification: 'pii' } : {}) }
  const body: JsonObject = question({ stream: index % 2 === 0, messages: [{ role: 'user', content: mark }], aegis })
  return { restricted, mark, body }
})

function assertSeparate(world: World): void {
  const [openai, cloud, local] = [world.openai, world.ollama_cloud, world.local_ollama].map(({ journal }) =>
    journal.allBytes().toString('latin1'),
  )
  for (const { restricted, mark } of requests) {
    assert.equal(openai?.includes(mark), !restricted, mark)
    assert.equal(local?.includes(mark), restricted, mark)
  }
  assert.ok(!/restricted-mark/.test(`${openai}${cloud}`))
}

describe('restricted and public requests', () => {
  test('one after the other on one connection that is kept alive do not mix', async () => {
    await using world = await startWorld()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const replies = await Promise.all(requests.map(({ body }) => world.chat(body, { agent })))
    for (const [index, reply] of replies.entries()) {
      const expected = requests[index]?.restricted ? 'local_ollama' : 'openai'
      assert.equal(reply.headers['x-aegis-provider'], expected)
    }
    assertSeparate(world)
    agent.destroy()
  })

  test('written to one connection all at once, without waiting for an answer, do not mix', async () => {
    await using world = await startWorld()
    const socket = connect(world.gateway.port, '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    const closed = once(socket, 'close')
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
    const wire = requests.map(({ body }, index) => {
      const text = JSON.stringify(body)
      const last = index === COUNT - 1 ? 'connection: close\r\n' : ''
      return `${head}${last}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
    })
    socket.write(wire.join(''))
    await closed
    const providers = [...heard.matchAll(/^x-aegis-provider: (\S+)\r$/gim)].map(([, name]) => name)
    assert.deepEqual(
      providers,
      requests.map(({ restricted }) => (restricted ? 'local_ollama' : 'openai')),
    )
    assertSeparate(world)
  })

  test('beside each other on many connections, while public ones fail over, do not mix', async () => {
    await using world = await startWorld()
    world.openai.always({ status: 503 })
    const replies = await Promise.all(requests.map(({ body }) => world.chat(body)))
    for (const [index, reply] of replies.entries()) {
      const expected = requests[index]?.restricted ? 'local_ollama' : 'ollama_cloud'
      assert.equal(reply.headers['x-aegis-provider'], expected, reply.text)
    }
    const clouds = [world.openai, world.ollama_cloud].map(({ journal }) => journal.allBytes().toString('latin1'))
    assert.ok(!/restricted-mark/.test(clouds.join('')))
    assert.ok(requests.every(({ restricted, mark }) => restricted || clouds[1]?.includes(mark)))
  })
})
