// Proves what pictures come to, by the examples that OpenAI's page on images gives.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { PICTURE_TOKENS, pictureTokens } from './picture-tokens.ts'

const gpt4o = { tiles: { base: 85, tile: 170 } }
const mini = { tokensPerPatch: 1.62 }
const size = (width: number, height: number) => ({ width, height })

describe('the tokens of a picture', () => {
  test('are those of the documented examples', () => {
    assert.equal(pictureTokens(gpt4o, size(1024, 1024), false), 765)
    assert.equal(pictureTokens(gpt4o, size(2048, 4096), false), 1105)
    assert.equal(pictureTokens(gpt4o, size(4096, 8192), true), 85)
    assert.equal(pictureTokens({ tokensPerPatch: 1 }, size(1024, 1024), false), 1024)
  })

  test('are those of the largest picture when the size is not known', () => {
    assert.equal(pictureTokens(gpt4o, undefined, false), 85 + 8 * 170)
    assert.equal(pictureTokens(gpt4o, undefined, true), 85)
    assert.equal(pictureTokens(mini, undefined, false), Math.ceil(1536 * 1.62))
  })

  test('do not grow beyond the square and the patches that there are at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 20_000 }), (width, height) => {
        for (const rule of [gpt4o, mini]) {
          const tokens = pictureTokens(rule, size(width, height), false)
          assert.ok(tokens > 0 && tokens <= pictureTokens(rule, undefined, false))
          assert.equal(tokens, pictureTokens(rule, size(height, width), false))
        }
      }),
    )
  })

  test('are at least those of the tiles that cover the picture as it is shrunk', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8000 }), fc.integer({ min: 1, max: 8000 }), (width, height) => {
        const fit = Math.min(1, 2048 / Math.max(width, height))
        const scale = Math.min(1, 768 / Math.min(width * fit, height * fit)) * fit
        const tiles = Math.ceil(Math.round(width * scale) / 512) * Math.ceil(Math.round(height * scale) / 512)
        assert.ok(pictureTokens(gpt4o, size(width, height), false) >= 85 + Math.min(8, tiles) * 170)
      }),
    )
  })

  test('by two ways are the dearer one', () => {
    assert.equal(pictureTokens({ ...gpt4o, tokensPerPatch: 1 }, undefined, false), 1536)
    assert.equal(pictureTokens({ ...gpt4o, tokensPerPatch: 1 }, size(100, 100), false), 85 + 4 * 170)
  })

  test('of the dearest known rule are fewer than those of a picture without a rule', () => {
    assert.ok(pictureTokens({ tiles: { base: 2833, tile: 5667 } }, undefined, false) <= PICTURE_TOKENS)
  })
})
