// Owns which ids an answer brings into the world, read from its bytes without parsing it. Pure.

const ID_MEMBER = /"(?:id|call_id|response_id|item_id)"\s*:\s*"((?:[^"\\]|\\.){1,512})"/g

/** Shorter ones, such as `call_0`, are counted anew by some servers in each answer, and stand for nothing. */
const LEAST_LENGTH = 9

/**
 * The values of all members that hold an id. Text of the model cannot pass for one: there each quote has a backslash.
 * @param bytes a whole answer, or whole events of a stream.
 */
export function mintedIds(bytes: Buffer): string[] {
  const ids = new Set<string>()
  for (const [, id = ''] of bytes.toString('utf8').matchAll(ID_MEMBER)) {
    const plain = id.includes('\\') ? (JSON.parse(`"${id}"`) as string) : id
    if (plain.length >= LEAST_LENGTH) ids.add(plain)
  }
  return [...ids]
}
