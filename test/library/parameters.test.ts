// Proves that a task's choice of tools and its further parameters reach the provider, and that none can take another's place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AegisError } from '../../src/index.ts'
import { startWorld } from './world.ts'

const tool = { type: 'function', function: { name: 'adder', parameters: { type: 'object' } } }
const task = { prompt: 'Add', model: 'gpt-4o', dataClassification: 'public' } as const

test('the choice of tools and members of OpenAI’s own arrive as they are', async () => {
  await using world = await startWorld()
  const parameters = { top_p: 0.5, seed: 7, vendor_member: { nested: true } }
  await world.aegis.generate({ ...task, tools: [tool], toolChoice: 'required', parameters })
  const { tool_choice, top_p, seed, vendor_member } = world.openai.journal.requests.at(-1)?.json ?? {}
  assert.deepEqual([tool_choice, top_p, seed, vendor_member], ['required', 0.5, 7, { nested: true }])
})

for (const name of ['model', 'messages', 'stream', 'max_tokens', 'user', 'aegis', 'tools', 'stop']) {
  test(`a parameter ${name} is refused, since it has a place of its own`, async () => {
    await using world = await startWorld()
    await assert.rejects(
      world.aegis.generate({ ...task, parameters: { [name]: 'x' } }),
      (error) => error instanceof AegisError && error.param === `parameters.${name}`,
    )
    assert.equal(world.openai.journal.requests.filter(({ method }) => method === 'POST').length, 0)
  })
}

test('parameters out of range are named as any other member', async () => {
  await using world = await startWorld()
  await assert.rejects(world.aegis.generate({ ...task, parameters: { top_p: 7 } }), { param: 'top_p' })
})
