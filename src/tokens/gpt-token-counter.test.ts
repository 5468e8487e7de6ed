// Proves the exact count against the tokenizer itself, and that it lies between the truth and the bytes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode as encodeCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { encode as encodeO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { encode as encodeHarmony } from 'gpt-tokenizer/encoding/o200k_harmony'
import { chatBody } from '../../test/make/chat-body.ts'
import fc from '../../test/make/property.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { countableTexts, countInput } from '../policy/count-input.ts'
import { GptTokenCounter } from './gpt-token-counter.ts'

const plain = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }
const encoders = { o200k_base: encodeO200k, cl100k_base: encodeCl100k, o200k_harmony: encodeHarmony } as const
const encodings = ['o200k_base', 'cl100k_base', 'o200k_harmony'] as const
const trueCount = (encoding: keyof typeof encoders, text: string) => encoders[encoding](text, plain).length

const counter = new GptTokenCounter()

/** Language, code, numbers, spaces and anything else, in short pieces that are joined. */
const pieces = fc.oneof(
  fc.constantFrom(
    'The quick brown fox',
    ' jumps',
    "don't",
    '\n\n',
    '    ',
    '\t',
    '漢字と仮名。',
    'Größe',
    '1234567',
    '…',
  ),
  fc.constantFrom(
    '```ts\nconst a = 1;\n```',
    'https://example.test/a?b=c',
    '<|endoftext|>',
    '😀👩‍👩‍👧',
    '\r\n',
    'ẞ',
    'e\u0301',
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const prose = fc.array(pieces, { maxLength: 30 }).map((all) => all.join(''))

describe('the tokens of texts', () => {
  test('are those of the encoding, for texts of ordinary words', async () => {
    const texts = [
      'Say hello.',
      'Ein Maß für die Größe: 3,50 €.',
      'for (let i = 0; i < 10; i += 1) {}',
      '',
      'こんにちは、世界。',
    ]
    for (const encoding of encodings) {
      const expected = texts.reduce((sum, text) => sum + trueCount(encoding, text), 0)
      assert.equal(await counter.count(encoding, texts), expected)
    }
    assert.equal(await counter.count('o200k_base', ['Say hello.']), 3)
    assert.equal(await counter.count('o200k_base', []), 0)
  })

  test('are never fewer than the true ones and never more than the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...encodings), fc.array(prose, { maxLength: 3 }), async (encoding, texts) => {
        const counted = await counter.count(encoding, texts)
        assert.ok(counted >= texts.reduce((sum, text) => sum + trueCount(encoding, text), 0))
        assert.ok(counted <= texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
      }),
      { numRuns: 500 },
    )
  })

  test('are the true ones across the pauses of a long text', async () => {
    const long = 'The quick brown fox jumps over the lazy dog, 1234 times.\n  Again: don’t stop!\n\n'.repeat(1500)
    assert.equal(await counter.count('o200k_base', [long]), trueCount('o200k_base', long))
  })

  test('are the bytes of a word so long that counting it would take long', async () => {
    const word = 'a'.repeat(50_000)
    assert.equal(await counter.count('o200k_base', [word]), 50_000)
    const around = await counter.count('o200k_base', [`Hello ${'b'.repeat(1000)} world.`])
    assert.ok(around >= 1000 && around <= 1010, String(around))
  })

  test('are the bytes of what is beyond half a megabyte', async () => {
    const megabytes = 'Hello world, '.repeat(200_000)
    const counted = await counter.count('o200k_base', [megabytes])
    const beyond = megabytes.length - 512 * 1024
    assert.ok(counted >= beyond && counted < beyond + 200_000, String(counted))
  })

  test('are counted in turns, so that others are served in between', async () => {
    const long = 'Hello world, '.repeat(20_000)
    let turns = 0
    let counting = true
    const other = () => {
      turns += 1
      if (counting) setImmediate(other)
    }
    setImmediate(other)
    await counter.count('o200k_base', [long])
    counting = false
    assert.ok(turns >= long.length / 4096 - 1, `${turns} turns`)
  })
})

describe('the bound by counted tokens', () => {
  const roles = fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer')
  const messages = fc.array(fc.record({ role: roles, content: prose }), { minLength: 1, maxLength: 4 })
  const tools = fc.option(fc.constant([{ type: 'function', function: { name: 'look_up', parameters: {} } }]), {
    nil: undefined,
  })

  test('lies between the tokens of the rendered chat and the bound by bytes', async () => {
    await fc.assert(
      fc.asyncProperty(messages, tools, fc.boolean(), async (all, offered, documented) => {
        const rules: TokenRules = { encoding: 'o200k_base', template: documented ? 'documented' : 'similar' }
        const body = chatBody({ messages: all, tools: offered })
        const texts = countableTexts(body, rules)
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
        const saved = bytes - (await counter.count('o200k_base', texts))
        const counted = countInput(body, rules, undefined, saved).textTokens
        assert.ok(counted <= countInput(body, rules, undefined).textTokens)
        // https://developers.openai.com/cookbook: 3 tokens a message, those of its values, and 3 for the reply.
        const rendered = all.reduce(
          (sum, { role, content }) => sum + 3 + encodeO200k(role).length + encodeO200k(content, plain).length,
          3,
        )
        const schema = offered ? encodeO200k(JSON.stringify(offered)).length : 0
        assert.ok(counted >= rendered + schema, `${counted} < ${rendered} + ${schema}`)
      }),
      { numRuns: 500 },
    )
  })
})
