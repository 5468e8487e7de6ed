// Owns the encoding of vectors in an answer: what the caller asked for, also from a server that knows one way only.

interface EmbeddingEntry {
  readonly embedding?: unknown
}

/**
 * The answer with its vectors in the encoding that was asked for; the same bytes when they are already.
 * @param answer the parsed body.
 * @param asked the request's `encoding_format`.
 */
export function inAskedEncoding(body: Buffer, answer: { readonly data: readonly unknown[] }, asked: unknown): Buffer {
  const wanted = asked === 'base64' ? 'string' : 'object'
  const entries = answer.data as readonly EmbeddingEntry[]
  if (entries.every((entry) => typeof entry?.embedding === wanted)) return body
  const data = entries.map((entry) => ({ ...entry, embedding: converted(entry?.embedding, wanted) }))
  return Buffer.from(JSON.stringify({ ...answer, data }))
}

/** What is neither numbers nor base64 stays as it is. */
function converted(embedding: unknown, wanted: 'string' | 'object'): unknown {
  if (wanted === 'string' && Array.isArray(embedding)) return embeddingAsBase64(embedding.map(Number))
  if (wanted === 'object' && typeof embedding === 'string') return numbersOf(Buffer.from(embedding, 'base64'))
  return embedding
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function embeddingAsBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function numbersOf(bytes: Buffer): number[] {
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4))
}
