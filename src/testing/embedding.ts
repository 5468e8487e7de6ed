// Deterministic embeddings: the same text always gives the same unit vector, another text another one.
import { createHash } from 'node:crypto'

/** A vector of length 1 that depends on the text alone. */
export function simulatedEmbedding(text: string, dimensions: number): readonly number[] {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0) || 1
  const values: number[] = []
  for (let index = 0; index < dimensions; index += 1) {
    state = xorshift(state)
    values.push(state / 2 ** 31 - 1)
  }
  const length = Math.hypot(...values) || 1
  return values.map((value) => Math.fround(value / length))
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
