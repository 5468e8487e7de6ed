// Owns the check of one request that declares nothing: with a canary it is answered here, without one it goes to the cloud.
import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/testing/index.ts'
import { assertAbsent } from '../make/canaries.ts'
import { type AskOptions, ask, type Body, errorOf, type Reply } from './client.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

export const cloudsOf = (world: World) => [world.openai, world.ollama_cloud]

/** What the clouds have received so far. */
export const bytesAtClouds = (world: World) =>
  cloudsOf(world).reduce((sum, { journal }) => sum + journal.allBytes().length, 0)

/** A world whose local provider can also embed, as its clouds can. */
export function startOpenWorld(options: WorldOptions = {}): Promise<World> {
  return startWorld({
    localModels: ['llama3.2:8b', 'nomic-embed-text'],
    ...options,
    providers: {
      local_ollama: { models: ['llama3.2:8b', 'nomic-embed-text'] },
      openai: { models: ['gpt-4o', 'text-embedding-3-small'] },
      ...options.providers,
    },
  })
}

export function send(world: World, path: string, body: Body, options: AskOptions = {}): Promise<Reply> {
  return ask(`${world.gateway.url}${path}`, body, options)
}

/** Not a byte, whatever the answer is: from here, or a refusal because nobody here can give one, or a 400. */
export async function assertKept(
  world: World,
  ask: () => Promise<Reply>,
  canary: string,
  what: string,
): Promise<Reply> {
  const before = cloudsOf(world).map(({ journal }) => journal.allBytes().length)
  const reply = await ask()
  for (const [index, { journal, label }] of cloudsOf(world).entries()) {
    const received = journal.allBytes().subarray(before[index])
    assertAbsent(received, canary, `${what}: ${label}`)
    assert.equal(received.length, 0, `${what}: ${label} received something`)
  }
  if (reply.status === 200) {
    assert.equal(reply.headers['x-aegis-location'], 'local', what)
    assert.equal(reply.headers['x-aegis-reason'], 'sensitive_data_local_only', what)
  } else {
    assert.ok([400, 503].includes(reply.status), `${what}: ${reply.status} ${reply.text}`)
    // Ollama's clients have the code beside the text of the error.
    const code = errorOf(reply).code ?? reply.json.code
    if (reply.status === 503) assert.equal(code, 'local_unavailable_for_restricted_data', what)
    assertAbsent(reply.text, canary, `${what}: the error`)
  }
  return reply
}

export async function assertSent(world: World, ask: () => Promise<Reply>, what: string): Promise<void> {
  const before = bytesAtClouds(world)
  const reply = await ask()
  assert.equal(reply.status, 200, `${what}: ${reply.text}`)
  assert.equal(reply.headers['x-aegis-location'], 'cloud', what)
  assert.ok(bytesAtClouds(world) > before, `${what}: no cloud received anything`)
}

/** A chat with this as its last message, that asks for a cloud model by name. */
export function cloudChat(more: JsonObject): JsonObject {
  return { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'Go on.' }], ...more }
}
