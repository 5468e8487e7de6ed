// Data that nobody declared, in every text of a legacy completion: none of it reaches a cloud.
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { assertKept, assertSent, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const carriers: Readonly<Record<string, (text: string) => JsonObject>> = {
  'the prompt': (text) => ({ prompt: text }),
  'a list of one prompt': (text) => ({ prompt: [text] }),
  stop: (text) => ({ stop: [text] }),
  user: (text) => ({ user: text }),
  'a member of a vendor': (text) => ({ vendor_extension: { deep: [text] } }),
}

for (const [carrier, make] of Object.entries(carriers)) {
  test(`nothing leaves in ${carrier}, whole and streamed`, async () => {
    for (const stream of [false, true]) {
      const body = (text: string) => ({ model: 'openai/gpt-4o', prompt: 'Go on.', ...make(text), stream })
      const ask = (text: string) => () => send(world, '/v1/completions', body(text))
      for (const [name, canary] of Object.entries(canaries))
        await assertKept(world, ask(canary), canary, `${name} in ${carrier}`)
      await assertSent(world, ask(harmless), carrier)
    }
  })
}
