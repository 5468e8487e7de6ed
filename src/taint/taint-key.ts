// Owns how a conversation or an id is named where it is remembered: by a hash under a key that the store keeps.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Task } from '../domain/task.ts'

/** Characters of base64url: 132 bits. */
const HASH_LENGTH = 22

/** The part of an answer's id that is our own request id, whatever a surface writes around it. */
const OWN_REQUEST_ID = /req_[0-9a-f]{32}/

const MOST_REMEMBERED = 20_000

export class TaintKey {
  readonly #key: KeyObject
  /** An agent sends the ids of all its calls with each of its requests. */
  readonly #lately = new Map<string, string>()

  /** @param hex as the store keeps it. */
  constructor(hex: string) {
    this.#key = createSecretKey(Buffer.from(hex, 'hex'))
  }

  /**
   * A session belongs to one key and one user. Case, width and spaces at its ends make no other session of it.
   */
  session({ keyId, user }: Pick<Task, 'keyId' | 'user'>, session: string): string {
    return this.#hash('session', [keyId ?? '', user ?? '', session.normalize('NFKC').trim().toLowerCase()])
  }

  /** Ids are minted at random, so they belong to a key, whatever user it says it asks for. */
  ids({ keyId }: Pick<Task, 'keyId'>, ids: Iterable<string>): string[] {
    const hashes: string[] = []
    for (const id of ids) {
      hashes.push(this.#hash('id', [keyId ?? '', id]))
      const own = OWN_REQUEST_ID.exec(id)?.[0]
      if (own !== undefined && own !== id) hashes.push(this.#hash('id', [keyId ?? '', own]))
    }
    return hashes
  }

  /** Lengths stand before the parts, so that no two lists of parts are one text. */
  #hash(kind: string, parts: readonly string[]): string {
    let text = kind
    for (const part of parts) text += `\0${part.length}\0${part}`
    const known = this.#lately.get(text)
    if (known !== undefined) return known
    const hash = createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, HASH_LENGTH)
    if (this.#lately.size >= MOST_REMEMBERED) this.#lately.clear()
    this.#lately.set(text, hash)
    return hash
  }
}
