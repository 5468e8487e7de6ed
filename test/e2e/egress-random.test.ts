// A canary at a random place of a random body, under random faults of every upstream: no byte of it reaches a cloud.
import { describe, test } from 'node:test'
import type { Behaviour, JsonObject, JsonValue } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { encodings } from '../make/encodings.ts'
import fc from '../make/property.ts'
import { assertKept, assertSent, cloudChat, startOpenWorld } from './undeclared.ts'
import { criticalHints } from './world.ts'

/** More by `AEGIS_EGRESS_RUNS`. */
const numRuns = Number(process.env.AEGIS_EGRESS_RUNS ?? 1000)

const behaviours: readonly Behaviour[] = [
  {},
  { status: 500 },
  { status: 429, headers: { 'retry-after': '1' } },
  { rawBody: '{"model":' },
  { disconnectAfter: -1 },
  { disconnectAfter: 0 },
  { chunks: ['one ', 'two '], disconnectAfter: 1 },
]
const models = ['auto', 'auto:cloud', 'gpt-4o', 'openai/gpt-4o', 'ollama_cloud/gpt-oss:120b']

const fillerTexts = fc.constantFrom('Go on.', 'What is new?', '42', harmless, 'a list of plain words')
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fillerTexts,
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('text', 'note', 'deep', 'data', 'items'), tie('value'), { minKeys: 1, maxKeys: 3 }),
  ),
})).value

/** The same value with the text at one of its leaves, chosen by `pick`, replaced. */
function planted(into: JsonValue, text: string, pick: number): JsonValue {
  if (typeof into !== 'object' || into === null) return text
  const keys = Object.keys(into)
  const chosen = keys[pick % keys.length] as string
  const inner = planted((into as Record<string, JsonValue>)[chosen] as JsonValue, text, Math.floor(pick / keys.length))
  return Array.isArray(into) ? into.with(Number(chosen), inner) : { ...(into as JsonObject), [chosen]: inner }
}

const places: readonly ((body: JsonValue) => JsonObject)[] = [
  (body) => ({ metadata: { body } }),
  (body) => ({ vendor_extension: body }),
  (body) => ({ messages: [{ role: 'user', content: JSON.stringify(body) }] }),
  (body) => ({ messages: [{ role: 'user', content: 'Go on.', extra: body }] }),
  (body) => ({
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', examples: [body] } } }],
  }),
]

/** Those that change no text around them and can stand anywhere; names of persons need prose around them. */
const spelled = Object.entries(encodings).filter(([name]) => !name.includes('more often'))
const exact = Object.entries(canaries).filter(([name]) => name !== 'a name')

describe('random requests', () => {
  test(`${numRuns} with a canary send no byte to a cloud; without it they do`, async () => {
    await using world = await startOpenWorld()
    const fault = fc.constantFrom(...behaviours)
    const run = async (
      body: JsonValue,
      pick: number,
      place: (typeof places)[number],
      [name, canary]: (typeof exact)[number],
      [encoding, write]: readonly [string, (text: string) => string],
      more: { readonly model: string; readonly stream: boolean; readonly faults: readonly Behaviour[] },
    ) => {
      const { model, stream, faults } = more
      for (const [index, upstream] of [world.local_ollama, world.openai, world.ollama_cloud].entries()) {
        upstream.reset()
        upstream.always(faults[index] as Behaviour)
      }
      const make = (text: string) => cloudChat({ model, stream, ...place(planted(body, text, pick)) })
      const kept = () => world.chat({ ...make(write(canary)), aegis: criticalHints })
      await assertKept(world, kept, canary, `${name} in ${encoding}`)
    }
    const more = fc.record({
      model: fc.constantFrom(...models),
      stream: fc.boolean(),
      faults: fc.tuple(fault, fault, fault),
    })
    const parts = [
      value,
      fc.nat(10_000),
      fc.constantFrom(...places),
      fc.constantFrom(...exact),
      fc.constantFrom(['plain', (text: string) => text] as const, ...spelled),
      more,
    ] as const
    await fc.assert(fc.asyncProperty(...parts, run), { numRuns, interruptAfterTimeLimit: 20_000 + numRuns * 20 })
    for (const upstream of [world.local_ollama, world.openai, world.ollama_cloud]) upstream.reset()
    for (const place of places) await assertSent(world, () => world.chat(cloudChat(place(['a', harmless]))), 'a twin')
  })
})
