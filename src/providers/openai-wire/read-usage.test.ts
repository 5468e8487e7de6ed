// Proves that an absent or unreadable usage is absent and never a row of zeros.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../../test/make/property.ts'
import type { Usage } from '../../domain/usage.ts'
import { readUsage } from './read-usage.ts'

const usage = (inputTokens: number, outputTokens: number, cachedInputTokens = 0, reasoningTokens = 0): Usage => ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
  reasoningTokens,
})

const readable: readonly (readonly [unknown, Usage])[] = [
  [{ prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }, usage(3, 5)],
  [{ prompt_tokens: 0, completion_tokens: 0 }, usage(0, 0)],
  [{ prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } }, usage(9, 5, 4)],
  [{ prompt_tokens: 9, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } }, usage(9, 5, 0, 2)],
  [
    { prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: null, completion_tokens_details: null },
    usage(9, 5),
  ],
  [{ prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: null } }, usage(9, 5)],
  [{ prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: 'x', cost: 0.1, of_tomorrow: {} }, usage(9, 5)],
]

/** What some vendors count apart, or bill without counting it as completion. */
const detailed: readonly (readonly [unknown, Usage])[] = [
  [{ prompt_tokens: 9, completion_tokens: 5, total_tokens: 34 }, usage(9, 25)],
  [
    {
      prompt_tokens: 9,
      completion_tokens: 5,
      total_tokens: 34,
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    usage(9, 25, 0, 20),
  ],
  [{ prompt_tokens: 9, completion_tokens: 5, total_tokens: 9 }, usage(9, 5)],
  [{ prompt_tokens: 9, completion_tokens: 5, total_tokens: 'many' }, usage(9, 5)],
  [{ prompt_tokens: 9, completion_tokens: 5, prompt_cache_hit_tokens: 4 }, usage(9, 5, 4)],
  [
    { prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 } },
    { ...usage(9, 5, 2), cacheWriteTokens: 3 },
  ],
  [
    {
      prompt_tokens: 9,
      completion_tokens: 5,
      prompt_tokens_details: { audio_tokens: 7 },
      completion_tokens_details: { audio_tokens: 4 },
    },
    { ...usage(9, 5), audioInputTokens: 7, audioOutputTokens: 4 },
  ],
]

const unreadable: readonly unknown[] = [
  undefined,
  null,
  7,
  'usage',
  [],
  {},
  { prompt_tokens: 3 },
  { completion_tokens: 3 },
  { prompt_tokens: null, completion_tokens: 3 },
  { prompt_tokens: '3', completion_tokens: 3 },
  { prompt_tokens: -3, completion_tokens: 3 },
  { prompt_tokens: 1.5, completion_tokens: 3 },
  { input_tokens: 3, output_tokens: 5 },
  // Nobody generates a billion tokens: the price of such a number would be beyond what money can count.
  { prompt_tokens: 9_007_199_254_740_991, completion_tokens: 3 },
  { prompt_tokens: 3, completion_tokens: 1_000_000_001 },
]

describe('a usage object', () => {
  for (const [value, read] of [...readable, ...detailed]) {
    test(`${JSON.stringify(value)} is read`, () => assert.deepEqual(readUsage(value), read))
  }
  for (const value of unreadable) {
    test(`${JSON.stringify(value)} is no report`, () => assert.equal(readUsage(value), undefined))
  }

  test('of any kind gives whole numbers or nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (prompt_tokens, completion_tokens, details) => {
        const read = readUsage({ prompt_tokens, completion_tokens, prompt_tokens_details: { cached_tokens: details } })
        for (const count of Object.values(read ?? {})) assert.ok(Number.isSafeInteger(count) && count >= 0)
      }),
    )
  })
})
