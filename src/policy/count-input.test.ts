// Proves that no input has more tokens than are counted for it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { nativeBody } from '../../test/make/native-body.ts'
import fc from '../../test/make/property.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { countableTexts, countInput } from './count-input.ts'

const gpt4o: TokenRules = {
  template: 'documented',
  encoding: 'o200k_base',
  picture: { tiles: { base: 85, tile: 170 } },
  audioTokensPerSecond: 20,
}
/** 300 by 200 px. */
const PNG = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAASwAAADICAIAAADdvUsC${'A'.repeat(40_000)}`
const user = (...content: object[]) => chatBody({ messages: [{ role: 'user', content }] })
const picture = (url: string, more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } })

describe('the input', () => {
  test('has at least a token for every byte of its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const body = chatBody({ messages: [{ role: 'user', content: text }] })
        assert.ok(countInput(body, gpt4o, undefined).textTokens >= Buffer.byteLength(text))
      }),
    )
  })

  test('is that of the longer form when there are two', () => {
    const long = 'x'.repeat(5000)
    const extra = (body: ReturnType<typeof chatBody>) => countInput(body, gpt4o, undefined).textTokens
    assert.ok(extra(nativeBody({ of_tomorrow: long })) > 5000)
    assert.equal(extra(nativeBody({}, { user: long })), extra(chatBody({ user: long })))
    const searching = nativeBody({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
    assert.equal(countInput(searching, gpt4o, 128_000).textTokens, 128_000)
  })

  test('is its bytes and the template, which may be a long one where it is not known', () => {
    const body = chatBody()
    assert.equal(countInput(body, gpt4o, undefined).textTokens, body.bytes.length + 64)
    assert.equal(countInput(body, undefined, undefined).textTokens, body.bytes.length + 2048)
    const tools = chatBody({ tools: [{ type: 'function', function: { name: 'f' } }] })
    assert.equal(countInput(tools, gpt4o, undefined).textTokens, tools.bytes.length + 64 + 1024)
  })

  test('is never more than the context window', () => {
    const long = chatBody({ messages: [{ role: 'user', content: 'x'.repeat(10_000) }] })
    assert.equal(countInput(long, gpt4o, 8192).textTokens, 8192)
    assert.ok(countInput(long, gpt4o, undefined).textTokens > 10_000)
  })

  test('has the tokens of a picture that is sent along in place of its bytes', () => {
    const body = user(picture(PNG))
    const rest = body.bytes.length - PNG.length
    assert.equal(countInput(body, gpt4o, undefined).textTokens, rest + 64 + 85 + 6 * 170)
    const low = user(picture(PNG, { detail: 'low' }))
    assert.equal(countInput(low, gpt4o, undefined).textTokens, low.bytes.length - PNG.length + 64 + 85)
  })

  test('has the largest picture for one that is only named, and for one that cannot be read', () => {
    const named = user(picture('https://pictures.test/a.png'))
    assert.equal(countInput(named, gpt4o, undefined).textTokens, named.bytes.length + 64 + 85 + 8 * 170)
    const odd = user(picture('data:image/png;base64,AAAA'))
    assert.equal(countInput(odd, gpt4o, undefined).textTokens, odd.bytes.length - 26 + 64 + 85 + 8 * 170)
    const text = user({ type: 'image_url', image_url: 'https://pictures.test/a.png' })
    assert.equal(countInput(text, gpt4o, undefined).textTokens, text.bytes.length + 64 + 85 + 8 * 170)
  })

  test('has the bytes of a picture and the worst that is known where no rule is', () => {
    const body = user(picture(PNG), { type: 'image' })
    assert.equal(countInput(body, undefined, undefined).textTokens, body.bytes.length + 2048 + 2 * 50_000)
  })

  test('may fill the context window when it holds a file or a part of a kind that is not known', () => {
    for (const type of ['file', 'video_url', 'document', 'of_tomorrow']) {
      assert.equal(countInput(user({ type }), gpt4o, 128_000).textTokens, 128_000, type)
      assert.ok(countInput(user({ type }), gpt4o, undefined).textTokens >= 1_000_000, type)
    }
    const text = user({ type: 'text', text: 'x' }, { type: 'refusal', refusal: 'x' })
    assert.equal(countInput(text, gpt4o, undefined).textTokens, text.bytes.length + 64)
  })

  test('may fill the context window when the provider searches or runs tools of its own', () => {
    for (const more of [{ web_search_options: {} }, { tools: [{ type: 'web_search' }] }])
      assert.equal(countInput(chatBody(more), gpt4o, 128_000).textTokens, 128_000)
  })

  test('has the tokens of a sound by its seconds, else by its bytes, and apart from the text', () => {
    const second = Buffer.concat([wavHeader(48_000), Buffer.alloc(48_000)]).toString('base64')
    const body = user({ type: 'input_audio', input_audio: { data: second, format: 'wav' } })
    const rest = body.bytes.length - second.length
    assert.deepEqual(countInput(body, gpt4o, undefined), { textTokens: rest + 64, audioTokens: 22 })
    const bytes = { textTokens: rest + 2048, audioTokens: second.length }
    assert.deepEqual(countInput(body, undefined, undefined), bytes)
    const earlier = chatBody({ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] })
    assert.equal(countInput(earlier, gpt4o, 128_000).audioTokens, 128_000)
  })
})

describe('the texts that can be counted exactly', () => {
  const messages = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello.' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: [{ type: 'text', text: 'And this?' }, picture(PNG)] },
  ]

  test('are those that stand alone between special tokens', () => {
    const texts = ['Be kind.', 'Hello.', 'Hello!', 'And this?']
    assert.deepEqual(countableTexts(chatBody({ messages }), gpt4o), texts)
    assert.deepEqual(countableTexts(chatBody({ messages, tools: [], functions: null }), gpt4o), texts)
  })

  test('are not the system, where something may be rendered into it', () => {
    const others = ['Hello.', 'Hello!', 'And this?']
    const tools = [{ type: 'function', function: { name: 'f' } }]
    assert.deepEqual(countableTexts(chatBody({ messages, tools }), gpt4o), others)
    assert.deepEqual(countableTexts(chatBody({ messages, functions: tools }), gpt4o), others)
    assert.deepEqual(countableTexts(chatBody({ messages, response_format: { type: 'json_object' } }), gpt4o), others)
    assert.deepEqual(countableTexts(chatBody({ messages }), { ...gpt4o, template: 'similar' }), others)
  })

  test('are not the results and calls of tools, nor several parts of one message', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
    const more = [
      { role: 'assistant', content: 'Calling.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: 'Rain.' },
      { role: 'developer', content: 'Be short.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'one' }, { type: 'file' }] },
      { role: 'user', content: '' },
    ]
    assert.deepEqual(countableTexts(chatBody({ messages: more }), gpt4o), [])
  })
})

/** 16 bit mono. */
function wavHeader(bytesPerSecond: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(bytesPerSecond / 2, 24)
  head.writeUInt16LE(16, 34)
  return head
}
