// Deterministic embeddings: the same text always gives the same unit vector, and texts that share words are near.
import { createHash } from 'node:crypto'
import { wordsOf } from './read-prompt.ts'

/** How many places of the vector one word has. */
const PLACES = 6
/** How much the text itself weighs beside its words, so that no two texts are the same. */
const OWN_WEIGHT = 0.05

/** A vector of length 1 that depends on the text alone. */
export function simulatedEmbedding(text: string, dimensions: number): readonly number[] {
  const values = noise(text, dimensions)
  const counts = new Map<string, number>()
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  for (const [word, count] of counts) {
    let state = seedOf(word)
    for (let place = 0; place < PLACES; place += 1) {
      state = xorshift(state)
      const index = (state >>> 1) % dimensions
      values[index] = (values[index] ?? 0) + (state & 1 ? 1 : -1) * (1 + Math.log(count))
    }
  }
  const length = Math.hypot(...values) || 1
  return values.map((value) => Math.fround(value / length))
}

function noise(text: string, dimensions: number): number[] {
  let state = seedOf(text)
  return Array.from({ length: dimensions }, () => {
    state = xorshift(state)
    return (state / 2 ** 31 - 1) * OWN_WEIGHT
  })
}

function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0) || 1
}

function xorshift(state: number): number {
  let next = state
  next ^= next << 13
  next ^= next >>> 17
  next ^= next << 5
  return next >>> 0
}

/** The vector as OpenAI sends it for `encoding_format: "base64"`: little-endian 32-bit floats. */
export function embeddingAsBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
