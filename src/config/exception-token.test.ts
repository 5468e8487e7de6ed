// Proves that an exception is what the holder of the master key has signed, and nothing else is ever honoured.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '../domain/secret.ts'
import { ConfigError } from './config-error.ts'
import { readException, signException } from './exception-token.ts'
import { parseConfig } from './load-config.ts'

const NOW_MS = Date.parse('2026-11-23T12:00:00Z')
const key = new Secret('sk-aegis-master-1')
const exception = {
  id: '4f1d09aa',
  key: 'team-a',
  types: ['email_address', 'credit_card'],
  untilMs: NOW_MS + 1000,
  reason: 'a test of the bill run',
}
const token = signException(exception, key)
const providers = { local_ollama: { base_url: 'http://127.0.0.1:11434', models: ['m'] } }
const load = (text: string, nowMs = NOW_MS, master = 'sk-aegis-master-1') =>
  parseConfig(
    { providers, ledger: 'memory:', auth: { master_key: master }, privacy: { exceptions: [text] } },
    { source: 'object', env: {}, nowMs },
  )

describe('a signed exception', () => {
  test('is read as it was signed', () => {
    assert.deepEqual(readException(token, key, NOW_MS), exception)
    assert.deepEqual(load(token).privacy.exceptions, [exception])
  })

  test('is refused when any character of it was changed', () => {
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      const read = readException(changed, key, NOW_MS)
      // The last character of base64 has bits that stand for nothing.
      if (at === token.length - 1 && typeof read !== 'string') assert.deepEqual(read, exception)
      else assert.equal(typeof read, 'string', `at ${at}`)
    }
  })

  test('is refused from the moment on at which it ends', () => {
    assert.equal(typeof readException(token, key, exception.untilMs - 1), 'object')
    assert.match(String(readException(token, key, exception.untilMs)), /^has expired at 2026-11-23T12:00:01.000Z/)
  })

  test('is refused without the master key, and under another one', () => {
    assert.match(String(readException(token, undefined, NOW_MS)), /^needs the master key/)
    assert.match(
      String(readException(token, new Secret('sk-aegis-master-2'), NOW_MS)),
      /signed with another master key/,
    )
  })

  test('that is refused stops the start, and the message names its place and the way out', () => {
    for (const [text, nowMs, reason] of [
      [token, exception.untilMs, /has expired/],
      [`${token.slice(0, -5)}AAAAA`, NOW_MS, /was changed/],
      ['please', NOW_MS, /is no signed exception/],
    ] as const) {
      assert.throws(
        () => load(text, nowMs),
        (error) =>
          error instanceof ConfigError && /privacy\.exceptions/.test(error.message) && reason.test(error.message),
      )
    }
  })
})
