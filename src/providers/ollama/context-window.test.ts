// Proves how large a window Ollama is asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../../test/make/property.ts'
import { contextWindow } from './context-window.ts'

const need = (promptBytes: number, outputTokenCap?: number, images = 0) => ({ promptBytes, images, outputTokenCap })

test('a short prompt asks for the smallest useful window', () => {
  assert.equal(contextWindow(need(0), 32_768), 4096)
  assert.equal(contextWindow(need(6000, 1000), 32_768), 4096)
})

test('a longer one asks for the next power of two that holds it and its answer', () => {
  assert.equal(contextWindow(need(6200, 1000), 32_768), 8192)
  assert.equal(contextWindow(need(0, 4097), 32_768), 8192)
  assert.equal(contextWindow(need(0, 4096), 32_768), 4096)
  assert.equal(contextWindow(need(30_000), 131_072), 16_384)
})

test('an answer without a cap still has room', () => {
  assert.equal(contextWindow(need(2 * 4096), 32_768), 8192)
})

test('images take room', () => {
  assert.equal(contextWindow(need(0, 1000, 1), 32_768), 4096)
  assert.equal(contextWindow(need(0, 1000, 3), 32_768), 16_384)
})

test('no prompt asks for more than is allowed, whether that is a power of two or not', () => {
  assert.equal(contextWindow(need(10_000_000), 32_768), 32_768)
  assert.equal(contextWindow(need(10_000_000), 10_000), 10_000)
  assert.equal(contextWindow(need(0), 2048), 2048)
})

test('a window holds its need or is the largest, is never twice what is needed, and does not change with every token', () => {
  const needs = fc.record({
    promptBytes: fc.nat(400_000),
    images: fc.nat(5),
    outputTokenCap: fc.option(fc.nat(50_000), { nil: undefined }),
  })
  fc.assert(
    fc.property(needs, fc.integer({ min: 1, max: 300_000 }), (drawn, largest) => {
      const window = contextWindow(drawn, largest)
      const wanted = Math.ceil(drawn.promptBytes / 2) + drawn.images * 3000 + (drawn.outputTokenCap ?? 1024)
      assert.ok(window <= largest)
      assert.ok(window >= Math.min(wanted, largest))
      if (window !== largest) assert.ok(Number.isInteger(Math.log2(window)) && window >= 4096)
      if (window > 4096 && window !== largest) assert.ok(window / 2 < wanted)
    }),
  )
})
