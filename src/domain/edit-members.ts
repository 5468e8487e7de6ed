// Owns the change of single members of a JSON object in its bytes: all other bytes stay the caller's.
import type { MemberSpan } from './request-body.ts'

/** A member's new JSON text; `undefined` removes the member. */
export type MemberEdits = ReadonlyMap<string, string | undefined>

export interface EditableBody {
  readonly bytes: Buffer
  /** Top-level members in the order of the bytes. */
  readonly members: readonly MemberSpan[]
}

/** Changes, removes or appends top-level members and copies everything else byte for byte. */
export function editMembers(body: EditableBody, edits: MemberEdits): Buffer {
  if (edits.size === 0) return body.bytes
  const { bytes, members } = body
  const parts: (Buffer | string)[] = []
  const open = bytes.indexOf('{')
  parts.push(bytes.subarray(0, open + 1))
  let copied = open + 1
  let kept = 0
  for (const [index, member] of members.entries()) {
    const next = members[index + 1]
    const end = next ? next.start : member.end
    if (!edits.has(member.key)) {
      kept += 1
      continue
    }
    const text = edits.get(member.key)
    if (text !== undefined) {
      kept += 1
      parts.push(bytes.subarray(copied, member.valueStart), text)
      copied = member.end
      continue
    }
    // A removed member takes the comma behind it along; the last one, the comma before it.
    parts.push(bytes.subarray(copied, member.start))
    copied = end
    if (!next && kept > 0) trimComma(parts)
  }
  const present = new Set(members.map(({ key }) => key))
  const added = [...edits].filter(([key, text]) => text !== undefined && !present.has(key))
  const close = bytes.lastIndexOf('}')
  parts.push(bytes.subarray(copied, close))
  for (const [key, text] of added) {
    parts.push(`${kept > 0 ? ',' : ''}${JSON.stringify(key)}:${text}`)
    kept += 1
  }
  parts.push(bytes.subarray(close))
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** Cuts the last comma, and what follows it, from the end of the copied parts. */
function trimComma(parts: (Buffer | string)[]): void {
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index]
    if (typeof part === 'string') return
    const comma = part?.lastIndexOf(',') ?? -1
    if (
      part &&
      comma >= 0 &&
      part
        .subarray(comma + 1)
        .toString()
        .trim() === ''
    ) {
      parts[index] = part.subarray(0, comma)
      return
    }
    if (part && part.toString().trim() !== '') return
  }
}
