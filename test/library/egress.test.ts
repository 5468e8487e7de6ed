// Data that nobody declared, given to the library in every way that it can be: none of it reaches a cloud.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { startWorld, type World } from './world.ts'

const clouds = ({ openai, cloud }: World) => [openai, cloud]
const received = (world: World) => clouds(world).reduce((sum, { journal }) => sum + journal.allBytes().length, 0)

const asks: Readonly<Record<string, (world: World, text: string) => Promise<unknown>>> = {
  generate: ({ aegis }, text) => aegis.generate({ prompt: text, model: 'openai/gpt-4o' }),
  'generate with a conversation': ({ aegis }, text) =>
    aegis.generate({
      model: 'openai/gpt-4o',
      messages: [
        { role: 'system', content: text },
        { role: 'user', content: 'Go on.' },
      ],
    }),
  'a stop word': ({ aegis }, text) => aegis.generate({ prompt: 'Go on.', stop: [text], model: 'openai/gpt-4o' }),
  user: ({ aegis }, text) => aegis.generate({ prompt: 'Go on.', user: text, model: 'openai/gpt-4o' }),
  stream: async ({ aegis }, text) => {
    for await (const _ of aegis.stream({ prompt: text, model: 'openai/gpt-4o' }));
  },
  generateBatch: ({ aegis }, text) =>
    aegis.generateBatch(Array.from({ length: 3 }, () => ({ prompt: text, model: 'openai/gpt-4o' }))),
}

for (const [way, ask] of Object.entries(asks)) {
  test(`${way}: the answer is given here; without the data it comes from a cloud`, async () => {
    await using world = await startWorld()
    for (const canary of Object.values(canaries)) {
      await ask(world, canary)
      for (const { journal } of clouds(world)) assertAbsent(journal.allBytes(), canary, way)
      assert.equal(received(world), 0, `${way}: a cloud received something`)
    }
    await ask(world, harmless)
    assert.ok(received(world) > 0)
  })
}

test('a hint of a model carries nothing out', async () => {
  await using world = await startWorld()
  const task = { prompt: 'Go on.', qualityRequirement: 'critical', complexity: 'high' } as const
  for (const name of ['a card', 'an IBAN', 'a token']) {
    const canary = canaries[name] as string
    await world.aegis.generate({ ...task, modelOpenai: canary })
    assert.equal(received(world), 0)
  }
  await world.aegis.generate({ ...task, modelOpenai: 'gpt-4o-mini' })
  assert.ok(received(world) > 0)
})
