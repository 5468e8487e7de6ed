// Owns what can be done with virtual keys: made, changed, rotated, revoked, removed.
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import { NO_LIMITS } from '../domain/rate-limits.ts'
import type { AccessDirectory, AccessEdit, Editing } from './access-directory.ts'
import type { VirtualKey } from './access-types.ts'
import { newUser } from './user-book.ts'
import { hashSecret, keyText, newKeyId, newKeySecret } from './virtual-key.ts'

/** What a new key may be told; the rest holds nothing back. */
export type KeyWish = Partial<
  Pick<
    VirtualKey,
    | 'name'
    | 'userId'
    | 'scopes'
    | 'models'
    | 'providers'
    | 'classification'
    | 'ceiling'
    | 'limits'
    | 'expiresAtMs'
    | 'metadata'
  >
>

/** What can be changed of a key. */
export type KeyChange = Partial<Omit<KeyWish, 'userId'> & Pick<VirtualKey, 'active'>>

/** A key with its text, which is shown this once. */
export interface MadeKey {
  readonly key: VirtualKey
  readonly text: string
}

export interface CreateKeyOptions {
  /** A key without a user gets one of its own: `apikey-<id>`. */
  readonly ownUser?: boolean
}

/**
 * A key that is revoked, changed or removed here is refused, or held back, by the next request in every process.
 * @example const { text } = await new KeyBook(directory, clock).create({ name: 'ci', models: ['gpt-4o-mini'] })
 */
export class KeyBook {
  readonly #directory: AccessDirectory
  readonly #clock: Clock

  constructor(directory: AccessDirectory, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** A user that is not known yet is made. @throws StoreUnavailable */
  create(wish: KeyWish, { ownUser = false }: CreateKeyOptions = {}): Promise<MadeKey> {
    const { users } = this.#directory
    const id = newKeyId()
    const secret = newKeySecret()
    return this.#change(() => {
      const nowMs = this.#nowMs()
      const userId = wish.userId ?? (ownUser ? `apikey-${id}` : null)
      const key: VirtualKey = {
        id,
        name: wish.name ?? null,
        userId,
        secrets: [{ hash: hashSecret(secret).toString('hex'), untilMs: null }],
        scopes: wish.scopes ?? ['inference'],
        models: wish.models ?? null,
        providers: wish.providers ?? null,
        classification: wish.classification ?? null,
        ceiling: wish.ceiling ?? null,
        limits: wish.limits ?? NO_LIMITS,
        expiresAtMs: wish.expiresAtMs ?? null,
        active: true,
        revokedAtMs: null,
        metadata: wish.metadata ?? {},
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      const edits: AccessEdit[] = [{ kind: 'key', id, value: key }]
      const user = userId === null ? undefined : users.get(userId)
      if (userId !== null && (user === undefined || user.deletedAtMs !== null)) {
        const alias = wish.userId == null ? `Virtual user for API key: ${wish.name ?? id}` : null
        edits.push({ kind: 'user', id: userId, value: newUser({ id: userId, alias }, nowMs) })
      }
      return { edits, result: { key, text: keyText(id, secret) } }
    }, false)
  }

  /** Oldest first. @throws AegisError `ledger_unavailable` */
  async list(): Promise<readonly VirtualKey[]> {
    await this.#directory.ask()
    const keys = [...this.#directory.keys.values()].map(({ key }) => key)
    return keys.sort((left, right) => left.createdAtMs - right.createdAtMs || (left.id < right.id ? -1 : 1))
  }

  /** @throws AegisError `not_found`, `ledger_unavailable` */
  async get(id: string): Promise<VirtualKey> {
    await this.#directory.ask()
    return this.#known(id)
  }

  /** @throws AegisError `not_found`; StoreUnavailable */
  update(id: string, change: KeyChange): Promise<VirtualKey> {
    return this.#edit(id, (key) => ({ ...key, ...change }))
  }

  /** Refused from now on, and still listed. @throws AegisError `not_found`; StoreUnavailable */
  revoke(id: string): Promise<VirtualKey> {
    return this.#edit(id, (key, nowMs) => ({ ...key, active: false, revokedAtMs: key.revokedAtMs ?? nowMs }))
  }

  /**
   * A new secret for the same key. The old one goes on for `overlapMs`, 0 ends it at once; one that is older is ended.
   * @throws AegisError `not_found`, `invalid_request` for one that was revoked; StoreUnavailable
   */
  async rotate(id: string, overlapMs: number): Promise<MadeKey> {
    const secret = newKeySecret()
    const hash = hashSecret(secret).toString('hex')
    const key = await this.#edit(id, (known, nowMs) => {
      if (known.revokedAtMs !== null)
        throw new AegisError('invalid_request', 'This key was revoked: create another one.')
      const old = known.secrets.find(({ untilMs }) => untilMs === null)
      const secrets = overlapMs > 0 && old ? [{ ...old, untilMs: nowMs + overlapMs }] : []
      return { ...known, secrets: [{ hash, untilMs: null }, ...secrets] }
    })
    return { key, text: keyText(id, secret) }
  }

  /** As if it had never been; its usage stays. @throws AegisError `not_found`; StoreUnavailable */
  remove(id: string): Promise<void> {
    return this.#change(() => {
      this.#known(id)
      return { edits: [{ kind: 'key', id, value: undefined }], result: undefined }
    }, true)
  }

  #edit(id: string, edit: (key: VirtualKey, nowMs: number) => VirtualKey): Promise<VirtualKey> {
    return this.#change(() => {
      const nowMs = this.#nowMs()
      const key = { ...edit(this.#known(id), nowMs), updatedAtMs: nowMs }
      return { edits: [{ kind: 'key', id, value: key }], result: key }
    }, true)
  }

  #known(id: string): VirtualKey {
    const known = this.#directory.keys.get(id)
    if (!known) throw new AegisError('not_found', 'There is no key of this id. aegis keys list shows them.')
    return known.key
  }

  #change<Result>(edit: Editing<Result>, withdraws: boolean): Promise<Result> {
    return this.#directory.change(edit, { withdraws })
  }

  #nowMs(): number {
    return Math.round(this.#clock.wallMs())
  }
}
