// Proves what is read from a chat request, and that printing one or a secret shows neither.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { chatBody, chatBodyOfText } from '../../test/make/chat-body.ts'
import { Secret } from './secret.ts'

test('the smaller of the two names of the output cap holds', () => {
  const cases: readonly (readonly [object, number | undefined])[] = [
    [{}, undefined],
    [{ max_tokens: 10 }, 10],
    [{ max_completion_tokens: 20 }, 20],
    [{ max_tokens: 10, max_completion_tokens: 20 }, 10],
    [{ max_tokens: 30, max_completion_tokens: 20 }, 20],
    [{ max_tokens: null, max_completion_tokens: 20 }, 20],
    [{ max_tokens: null, max_completion_tokens: null }, undefined],
  ]
  for (const [more, cap] of cases) assert.equal(chatBody(more).outputTokenCap, cap, JSON.stringify(more))
})

test('one choice is asked for unless the request says more', () => {
  assert.equal(chatBody().choices, 1)
  assert.equal(chatBody({ n: null }).choices, 1)
  assert.equal(chatBody({ n: 3 }).choices, 3)
})

test('usage is wanted only of a stream that asks for it', () => {
  assert.equal(chatBody({ stream: true, stream_options: { include_usage: true } }).wantsStreamUsage, true)
  assert.equal(chatBody({ stream: true, stream_options: { include_usage: false } }).wantsStreamUsage, false)
  assert.equal(chatBody({ stream: true, stream_options: { include_usage: 'yes' } }).wantsStreamUsage, false)
  assert.equal(chatBody({ stream: true, stream_options: null }).wantsStreamUsage, false)
  assert.equal(chatBody({ stream: true }).wantsStreamUsage, false)
  assert.equal(chatBody({ stream_options: { include_usage: true } }).wantsStreamUsage, false)
  assert.equal(chatBody({ stream: null }).stream, false)
})

test('the bytes are kept as they came', () => {
  const text = '{ "messages" : [ ] ,\t"model":"\\u0061uto"}\n'
  assert.equal(chatBodyOfText(text).bytes.toString(), text)
})

test('the view of a large request is let go and comes back the same; a small one and one with escaped keys are kept', () => {
  const messages = [{ role: 'user', content: 'long '.repeat(10_000) }]
  const large = chatBody({ messages, n: 2, max_tokens: 7, stream: true })
  const before = large.view
  large.releaseView()
  assert.notEqual(large.view, before)
  assert.deepEqual(large.view, before)
  assert.equal(large.view, large.view, 'it is parsed once')
  large.releaseView()
  assert.deepEqual([large.choices, large.outputTokenCap, large.stream], [2, 7, true])
  const escaped = chatBodyOfText(`{"messages":${JSON.stringify(messages)},"metadata":{"\\u006eame":"x"}}`)
  for (const kept of [chatBody(), escaped]) {
    const view = kept.view
    kept.releaseView()
    assert.equal(kept.view, view)
  }
})

test('printing a request shows its size and none of its text', () => {
  const body = chatBody({ messages: [{ role: 'user', content: 'CANARY' }] })
  for (const shown of [
    `${body}`,
    JSON.stringify({ body }),
    inspect(body),
    inspect({ deep: [body] }),
    inspect(body, { showHidden: true }),
  ]) {
    assert.doesNotMatch(shown, /CANARY/)
    assert.match(shown, /\d+ bytes/)
  }
})

test('printing a secret shows that there is one', () => {
  const secret = new Secret('sk-CANARY')
  for (const shown of [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }),
    `${[secret]}`,
  ]) {
    assert.doesNotMatch(shown, /CANARY/)
    assert.match(shown, /\[secret\]/)
  }
  assert.equal(secret.reveal(), 'sk-CANARY')
})
