// Proves which kind of failure each HTTP status is, and how long a provider asks us to wait.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PlayedReply } from '../../../test/make/played-reply.ts'
import fc from '../../../test/make/property.ts'
import type { FailureKind } from '../../domain/provider-failure.ts'
import { kindOfStatus, retryAfter, statusFailure } from './status-failure.ts'

const kinds: readonly (readonly [FailureKind, readonly number[]])[] = [
  ['malformed', [201, 204, 206, 301, 302, 304, 307, 308]],
  ['account', [401, 402, 403]],
  ['model_missing', [404]],
  ['timeout', [408, 504]],
  ['rate_limited', [429]],
  ['overloaded', [503, 529]],
  ['server_error', [500, 501, 502, 520, 599]],
  ['rejected', [400, 405, 409, 413, 415, 422]],
]

describe('a status', () => {
  for (const [kind, statuses] of kinds) {
    for (const status of statuses) {
      test(`${status} is ${kind}`, () => assert.equal(kindOfStatus(status, Buffer.from('CANARY')), kind))
    }
  }

  test('400 with the code of a full context is that, whatever the words', () => {
    const body = (error: unknown) => Buffer.from(JSON.stringify({ error }))
    assert.equal(kindOfStatus(400, body({ code: 'context_length_exceeded', message: 'x' })), 'context_exceeded')
    assert.equal(kindOfStatus(413, body({ code: 'context_length_exceeded' })), 'context_exceeded')
    assert.equal(kindOfStatus(400, body({ message: 'context_length_exceeded' })), 'rejected')
    assert.equal(kindOfStatus(400, body({ code: 7 })), 'rejected')
    assert.equal(kindOfStatus(400, body('context_length_exceeded')), 'rejected')
    for (const text of ['', 'null', '[]', '{"error":null}', '{', '{"code":"context_length_exceeded"}']) {
      assert.equal(kindOfStatus(400, Buffer.from(text)), 'rejected', text)
    }
  })
})

describe('the failure of a reply', () => {
  test('that is about the request keeps the body for the client, and no word of it in its message', async () => {
    for (const status of [400, 404, 422]) {
      const failure = await statusFailure('openai', new PlayedReply(status, { 'content-type': 'text/plain' }, 'CANARY'))
      assert.deepEqual(failure.reply, { status, contentType: 'text/plain', body: Buffer.from('CANARY') })
      assert.doesNotMatch(failure.message, /CANARY/)
      assert.match(failure.message, new RegExp(`^openai .*\\(HTTP ${status}\\)\\.$`))
      assert.deepEqual([failure.upstreamStatus, failure.dispatched], [status, true])
    }
  })

  test('that is about the provider or our account keeps no body: it may name our key', async () => {
    for (const status of [301, 401, 402, 403, 429, 500, 503, 504]) {
      const failure = await statusFailure('openai', new PlayedReply(status, {}, 'CANARY sk-…'))
      assert.equal(failure.reply, undefined, String(status))
      assert.doesNotMatch(failure.message, /CANARY/)
    }
  })

  test('without a content type is taken for JSON', async () => {
    const failure = await statusFailure('openai', new PlayedReply(400, {}, '{}'))
    assert.equal(failure.reply?.contentType, 'application/json')
  })

  test('carries how long to wait', async () => {
    const failure = await statusFailure('openai', new PlayedReply(429, { 'retry-after': '7' }))
    assert.deepEqual([failure.kind, failure.retryAfterSeconds], ['rate_limited', 7])
  })

  test('whose headers stand twice, as undici hands them over, is read by the first', async () => {
    const twice = { 'retry-after': ['7', '9'], 'content-type': ['text/plain', 'text/html'], date: ['x', 'y'] }
    const headers = twice as unknown as Record<string, string>
    const busy = await statusFailure('openai', new PlayedReply(503, headers))
    assert.deepEqual([busy.kind, busy.retryAfterSeconds], ['overloaded', 7])
    const refused = await statusFailure('openai', new PlayedReply(400, headers, '{}'))
    assert.equal(refused.reply?.contentType, 'text/plain')
  })
})

describe('Retry-After', () => {
  const date = 'Mon, 23 Nov 2026 12:00:00 GMT'
  const cases: readonly (readonly [string | undefined, string | undefined, number | undefined])[] = [
    [undefined, date, undefined],
    ['0', undefined, 0],
    ['5', undefined, 5],
    [' 5 ', undefined, 5],
    ['1.2', undefined, 2],
    ['3600', undefined, 3600],
    ['86400', undefined, 3600],
    ['99999999999999999999', undefined, 3600],
    ['Mon, 23 Nov 2026 12:00:30 GMT', date, 30],
    ['Mon, 23 Nov 2026 12:00:00 GMT', date, 0],
    ['Tue, 24 Nov 2026 12:00:00 GMT', date, 3600],
    ['Mon, 23 Nov 2026 11:59:59 GMT', date, undefined],
    ['Mon, 23 Nov 2026 12:00:30 GMT', undefined, undefined],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 'yesterday', undefined],
    ['-5', undefined, undefined],
    ['-5', date, undefined],
    ['soon', date, undefined],
    ['', date, undefined],
    ['1e3', undefined, undefined],
    ['Infinity', date, undefined],
  ]
  for (const [value, at, seconds] of cases) {
    test(`${value} at ${at} is ${seconds}`, () => assert.equal(retryAfter(value, at), seconds))
  }

  test('is never more than an hour, less than nothing or a fraction, whatever the header', () => {
    const headers = fc.option(
      fc.oneof(fc.string(), fc.date().map(String), fc.double().map(String), fc.integer().map(String)),
      {
        nil: undefined,
      },
    )
    fc.assert(
      fc.property(headers, headers, (value, at) => {
        const seconds = retryAfter(value, at)
        assert.ok(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600))
      }),
    )
  })
})
