// Owns what hangs on a conversation that has been restricted before: a level that later requests of it cannot go below.
import { type DataClassification, type EffectiveClassification, isRestricted } from './data-classification.ts'

/** Ranks as they are kept: only restricted ones are. `undecidable` was restricted because nobody could judge it. */
const ranks = ['undecidable', 'confidential', 'pii', 'hipaa'] as const

export type TaintLevel = (typeof ranks)[number]

/** 1 to 4, 0 for what is not restricted. @example taintRank({ level: 'hipaa', undecidable: false }) // 4 */
export function taintRank({ level, undecidable }: Pick<EffectiveClassification, 'level' | 'undecidable'>): number {
  if (isRestricted(level)) return ranks.indexOf(level as Exclude<DataClassification, 'public' | 'internal'>) + 1
  return undecidable ? 1 : 0
}

/** Undefined for 0. What is no rank is the most restrictive one. */
export function taintOfRank(rank: number): TaintLevel | undefined {
  return rank === 0 ? undefined : (ranks[rank - 1] ?? 'hipaa')
}
