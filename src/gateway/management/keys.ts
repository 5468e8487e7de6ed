// Owns /v1/keys: virtual keys, made, listed, changed, rotated, revoked and removed.
import type { VirtualKey } from '../../access/access-types.ts'
import { Entry } from '../../access/entry.ts'
import { keyView, readKeyChange, readKeyWish, timeText } from '../../access/key-entry.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { cut, membersOf, pageOf, partOf, queryOf, sendNothing } from './managed.ts'

const LONGEST_OVERLAP_SECONDS = 30 * 86_400

/** The text of the key is answered here and never again. */
export async function createKey(exchange: Exchange): Promise<void> {
  const { keys } = exchange.deps.access
  const { wish, ownUser } = readKeyWish(await membersOf(exchange))
  const { key, text } = await keys.create(wish, { ownUser })
  sendJson(exchange, 200, { ...keyView(key), key: text })
}

export async function listKeys(exchange: Exchange): Promise<void> {
  const page = pageOf(queryOf(exchange))
  const shown = cut(await exchange.deps.access.keys.list(), page)
  sendJson(exchange, 200, await Promise.all(shown.map((key) => viewWithUse(exchange, key))))
}

export async function getKey(exchange: Exchange): Promise<void> {
  const key = await exchange.deps.access.keys.get(partOf(exchange, 3))
  sendJson(exchange, 200, await viewWithUse(exchange, key))
}

export async function changeKey(exchange: Exchange): Promise<void> {
  const { keys } = exchange.deps.access
  const known = await keys.get(partOf(exchange, 3))
  const change = readKeyChange(await membersOf(exchange), known)
  sendJson(exchange, 200, await viewWithUse(exchange, await keys.update(known.id, change)))
}

export async function removeKey(exchange: Exchange): Promise<void> {
  await exchange.deps.access.keys.remove(partOf(exchange, 3))
  sendNothing(exchange)
}

export async function revokeKey(exchange: Exchange): Promise<void> {
  sendJson(exchange, 200, await viewWithUse(exchange, await exchange.deps.access.keys.revoke(partOf(exchange, 3))))
}

/** The new text of the key is answered here and never again. */
export async function rotateKey(exchange: Exchange): Promise<void> {
  const entry = new Entry(await membersOf(exchange), ['overlap_seconds'])
  const overlap = entry.wholeNumber('overlap_seconds', 0, LONGEST_OVERLAP_SECONDS) ?? 0
  const { key, text } = await exchange.deps.access.keys.rotate(partOf(exchange, 3), overlap * 1000)
  sendJson(exchange, 200, { ...keyView(key), key: text })
}

/** When it was last used is known by its usage, so that no request has to write it down. */
async function viewWithUse({ deps }: Exchange, key: VirtualKey): Promise<object> {
  const { rows } = await deps.proxy.ledger.usage({ limit: 1, where: { key: key.id } })
  const last = rows[0]?.receivedAtMs
  return { ...keyView(key), last_used_at: last === undefined ? null : timeText(last) }
}
