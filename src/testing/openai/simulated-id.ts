// Ids that look like a provider's and are the same in every run.
import { createHash } from 'node:crypto'

/** `prefix` and `length` letters and digits that depend on the seed alone. */
export function simulatedId(prefix: string, seed: string, length: number): string {
  return prefix + createHash('sha256').update(seed).digest('hex').slice(0, length)
}
