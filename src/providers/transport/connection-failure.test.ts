// Proves which kind of failure each error of a socket or of the HTTP client is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errors } from 'undici'
import type { FailureKind } from '../../domain/provider-failure.ts'
import { connectionFailure } from './connection-failure.ts'

const before = { dispatched: true, answered: false }
const within = { dispatched: true, answered: true }
const coded = (code: string) => Object.assign(new Error('CANARY'), { code })

/** Before the answer's headers, and after them. */
const kinds: readonly (readonly [string, FailureKind, FailureKind])[] = [
  ['ECONNREFUSED', 'unreachable', 'truncated'],
  ['ECONNRESET', 'unreachable', 'truncated'],
  ['EPIPE', 'unreachable', 'truncated'],
  ['ENOTFOUND', 'unreachable', 'truncated'],
  ['EAI_AGAIN', 'unreachable', 'truncated'],
  ['EHOSTUNREACH', 'unreachable', 'truncated'],
  ['ENETUNREACH', 'unreachable', 'truncated'],
  ['UND_ERR_SOCKET', 'unreachable', 'truncated'],
  ['CERT_HAS_EXPIRED', 'unreachable', 'truncated'],
  ['ETIMEDOUT', 'timeout', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout', 'timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'malformed', 'malformed'],
  ['HPE_INVALID_CONSTANT', 'malformed', 'malformed'],
  ['HPE_INVALID_CHUNK_SIZE', 'malformed', 'malformed'],
  ['AEGIS_NOT_LOCAL', 'privacy_refused', 'privacy_refused'],
]

describe('an error of the connection', () => {
  for (const [code, early, late] of kinds) {
    test(`${code} is ${early} before the answer and ${late} within it`, () => {
      assert.equal(connectionFailure('openai', coded(code), before).kind, early)
      const failure = connectionFailure('openai', coded(code), within)
      assert.equal(failure.kind, late)
      assert.match(failure.message, new RegExp(`^openai .*\\(${code}\\)\\.$`))
      assert.doesNotMatch(failure.message, /CANARY/)
    })
  }

  test('of the HTTP parser is malformed, also without a code', () => {
    const failure = connectionFailure('openai', new errors.HTTPParserError('CANARY'), before)
    assert.equal(failure.kind, 'malformed')
    assert.equal(failure.message, 'openai sent something that is not a usable answer (HPE_INVALID).')
  })

  test('without a code is a lost connection', () => {
    for (const error of [new Error('CANARY'), undefined, null, 'CANARY', 7, { code: 42 }]) {
      const failure = connectionFailure('openai', error, before)
      assert.equal(failure.kind, 'unreachable')
      assert.doesNotMatch(failure.message, /CANARY|\(/)
    }
  })

  test('of two addresses of one name is read by the first', () => {
    const both = new AggregateError([coded('ETIMEDOUT'), coded('ECONNREFUSED')])
    assert.equal(connectionFailure('openai', both, before).kind, 'timeout')
    assert.equal(connectionFailure('openai', new AggregateError([]), before).kind, 'unreachable')
  })

  test('keeps whether the request was sent, and its cause', () => {
    const cause = coded('ECONNRESET')
    const failure = connectionFailure('openai', cause, { dispatched: false, answered: false })
    assert.equal(failure.dispatched, false)
    assert.equal(failure.cause, cause)
    assert.equal(connectionFailure('openai', cause, before).dispatched, true)
  })
})
