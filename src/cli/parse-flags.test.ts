// Flag values: what is accepted and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayUrl, pastMoment, portNumber, wholeNumberUpTo } from './parse-flags.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

test('an age or a date is a moment in the past', () => {
  assert.equal(pastMoment('30m', NOW), Date.UTC(2026, 10, 23, 11, 30))
  assert.equal(pastMoment('24h', NOW), Date.UTC(2026, 10, 22, 12))
  assert.equal(pastMoment('7d', NOW), Date.UTC(2026, 10, 16, 12))
  assert.equal(pastMoment('2w', NOW), Date.UTC(2026, 10, 9, 12))
  assert.equal(pastMoment('2026-11-01', NOW), Date.UTC(2026, 10, 1))
  assert.equal(pastMoment('2026-11-01T08:00+01:00', NOW), Date.UTC(2026, 10, 1, 7))
  for (const text of ['', '7', 'd', '-7d', '7y', 'yesterday', '2026-13-01', '2026-11-01T08:00', '2026']) {
    assert.throws(() => pastMoment(text, NOW), /30m, 24h, 7d/, text)
  }
})

test('a gateway is named by its address, with or without a slash or /v1', () => {
  for (const text of ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', 'http://127.0.0.1:8080/v1/']) {
    assert.equal(gatewayUrl(text), 'http://127.0.0.1:8080')
  }
  assert.equal(gatewayUrl('https://llm.example.org/aegis'), 'https://llm.example.org/aegis')
  for (const text of ['', '127.0.0.1:8080', 'ftp://x', 'http://a:b@c', 'http://c/?q', 'http://c/#h']) {
    assert.throws(() => gatewayUrl(text), text)
  }
})

test('numbers have bounds', () => {
  assert.equal(portNumber('0'), 0)
  assert.equal(portNumber('65535'), 65_535)
  assert.equal(wholeNumberUpTo(20)('20'), 20)
  for (const text of ['65536', '-1', '1.5', 'http', '']) assert.throws(() => portNumber(text), text)
  for (const text of ['0', '21', '1e1', ' 5', '']) assert.throws(() => wholeNumberUpTo(20)(text), text)
})
