// Owns what a journal file has said of what reservations are for, so that it is said once and not with each of them.
import type { ChargedSubject } from '../charge.ts'
import { journalLine, type ReservedFor } from './journal-entry.ts'

/** One line of the file, and the number by which reservations name it. */
export interface NumberedFor {
  readonly number: number
  readonly line: string
  /** Budgets that are set later change what subjects are charged in. */
  readonly grains: readonly (readonly number[])[]
}

/** For one list of subjects: models, reasons and classifications are few. */
const MOST_FOR_SUBJECTS = 256

/** The ledger has one list of subjects for all requests of one caller to one provider, so it is found by identity. */
export class ReservedForTable {
  #known = new WeakMap<readonly ChargedSubject[], Map<string, NumberedFor>>()
  #next = 0

  /** @param introduce is told of one that the file does not have yet. */
  of(reserved: ReservedFor, introduce: (line: string) => void): NumberedFor {
    const { subjects, provider, model, reason, classification, keyId, user, tags } = reserved
    let some = this.#known.get(subjects)
    if (some === undefined) {
      some = new Map()
      this.#known.set(subjects, some)
    }
    const who = tags === undefined ? `${keyId}\n${user}` : `${keyId}\n${user}\n${tags.join('\n')}`
    const id = `${provider}\n${model}\n${reason}\n${classification}\n${who}`
    const known = some.get(id)
    if (known?.grains.every((grains, index) => subjects[index]?.fineGrains === grains)) {
      return known
    }
    if (some.size >= MOST_FOR_SUBJECTS) some.clear()
    const number = this.#next++
    const named = subjects.map(({ scope, name, fineGrains }) => ({ scope, name, fineGrains }))
    const said = { provider, model, reason, classification, keyId, user, ...(tags === undefined ? {} : { tags }) }
    const line = journalLine(['for', number, { subjects: named, ...said }])
    const added = { number, line, grains: subjects.map(({ fineGrains }) => fineGrains) }
    some.set(id, added)
    introduce(line)
    return added
  }

  /** A new file has none of them. */
  forget(): void {
    this.#known = new WeakMap()
  }
}
