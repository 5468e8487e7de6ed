// Owns the quick writing of JSON that is mostly names, ids and times, for what is written of each request.

const PLAIN = /^[\w:./ -]*$/

/** The same as `JSON.stringify`. Names, ids and words need no look at each of their characters. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

let lastMs = Number.NaN
let lastTime = ''

/** ISO 8601 in UTC. Many lines are of the same millisecond. */
export function isoTime(wallMs: number): string {
  if (wallMs !== lastMs) {
    lastMs = wallMs
    lastTime = new Date(wallMs).toISOString()
  }
  return lastTime
}
