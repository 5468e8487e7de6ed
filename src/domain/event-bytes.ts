// Owns the bytes of server-sent events: where one ends, and what it says.

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Cuts a buffer of whole events into its events, blank lines included. */
export function splitEvents(bytes: Buffer): Buffer[] {
  const events: Buffer[] = []
  let start = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    const next = bytes[at + 1] === RETURN ? at + 2 : at + 1
    if (bytes[next] !== NEWLINE) continue
    events.push(bytes.subarray(start, next + 1))
    start = next + 1
    at = next
  }
  if (start < bytes.length) events.push(bytes.subarray(start))
  return events
}

/** The joined `data:` lines of one event; an empty string for a comment. */
export function eventData(event: Buffer): string {
  const text = event.toString('utf8')
  if (text.startsWith('data: ') && text.indexOf('\n') >= text.trimEnd().length) return text.slice(6).trimEnd()
  const lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return lines.join('\n')
}
