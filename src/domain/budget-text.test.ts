// How windows of budgets are written and read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTimeZone, windowOfText, windowText } from './budget-text.ts'

test('a window is read from its text and written in its largest unit', () => {
  for (const [text, written] of [
    ['day', 'day'],
    ['lifetime', 'lifetime'],
    ['1s', '1s'],
    ['90s', '90s'],
    ['90m', '90m'],
    ['3600s', '1h'],
    ['36h', '36h'],
    ['2592000s', '30d'],
  ] as const) {
    const window = windowOfText(text)
    assert.ok(window, text)
    assert.equal(windowText(window), written)
    assert.deepEqual(windowOfText(written), window)
  }
})

test('what is no window is none', () => {
  for (const text of ['', 'year', '0s', '-1d', '1w', '1.5h', '01d', ' 1d', '9999999999s', 'Day']) {
    assert.equal(windowOfText(text), undefined, text)
  }
})

test('a time zone is a name, not an offset', () => {
  assert.equal(isTimeZone('Europe/Berlin'), true)
  for (const name of ['+02:00', 'Mars/Phobos', '']) assert.equal(isTimeZone(name), false, name)
})
