// Owns the switch between the old client and Aegis: a share of the work, the same piece always to the same side.
import { createHash } from 'node:crypto'
import type { Models } from './models.ts'

export interface BothModels {
  readonly aegis: Models
  /** Absent once the old client is gone. */
  readonly legacy?: Models | undefined
  /** Percent of the work that goes to Aegis, 0 to 100. */
  readonly share: number
}

/** @param key what must stay on one side, such as a document's path or a question. */
export type ChooseModels = (key: string) => Models

/**
 * A hash of the key alone decides, so a piece of work stays on its side when it is done again, and raising the share
 * only ever moves work towards Aegis. `aegis rollout` has what this leaves out: gates that advance and roll back by
 * themselves; replace this function by it.
 */
export function chooseModels({ aegis, legacy, share }: BothModels): ChooseModels {
  return (key) => (legacy === undefined || bucketOf(key) < share ? aegis : legacy)
}

/** 0 to 99, evenly. */
function bucketOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % 100
}

/** Reads AEGIS_RAG_SHARE. @throws RangeError for what is no share. */
export function readShare(text: string | undefined): number {
  if (text === undefined || text === '') return 100
  const share = Number(text)
  if (!Number.isInteger(share) || share < 0 || share > 100)
    throw new RangeError('AEGIS_RAG_SHARE must be a whole number from 0 to 100: the percentage that goes to Aegis.')
  return share
}
