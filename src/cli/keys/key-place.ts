// Owns where keys are administered: in the ledger that the gateway of this directory uses, or at a running gateway.
import { AccessDirectory } from '../../access/access-directory.ts'
import { KeyBook } from '../../access/key-book.ts'
import { type KeyView, keyView, readKeyWish } from '../../access/key-entry.ts'
import { createStore } from '../../compose.ts'
import { systemClock } from '../../open-aegis.ts'
import { type Gateway, namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { findLedger, type LedgerPlace } from '../money/ledger-place.ts'

/** A key with its text. */
export type ShownKey = KeyView & { readonly key: string }

/** What `aegis keys` does, wherever it is done. */
export interface KeyPlace {
  create(members: object): Promise<ShownKey>
  list(): Promise<readonly KeyView[]>
  revoke(id: string): Promise<KeyView>
  rotate(id: string, overlapSeconds: number): Promise<ShownKey>
}

export async function findKeyPlace(flags: PlaceFlags): Promise<KeyPlace> {
  const gateway = namedGateway(flags)
  return gateway ? atGateway(gateway) : inLedger(await findLedger(flags))
}

const PAGE = 1000

function atGateway(gateway: Gateway): KeyPlace {
  const ask = async <Reply>(method: 'GET' | 'POST', path: string, body?: object) => {
    const reply = await askGateway(gateway, method, path, body === undefined ? {} : { body })
    return (await reply.body.json()) as Reply
  }
  return {
    create: (members) => ask('POST', '/v1/keys', members),
    async list() {
      const keys: KeyView[] = []
      for (;;) {
        const page = await ask<readonly KeyView[]>('GET', `/v1/keys?skip=${keys.length}&limit=${PAGE}`)
        keys.push(...page)
        if (page.length < PAGE) return keys
      }
    },
    revoke: (id) => ask('POST', `/v1/keys/${encodeURIComponent(id)}/revoke`, {}),
    rotate: (id, overlap_seconds) => ask('POST', `/v1/keys/${encodeURIComponent(id)}/rotate`, { overlap_seconds }),
  }
}

function inLedger(place: LedgerPlace): KeyPlace {
  return {
    async create(members) {
      const { wish, ownUser } = readKeyWish(members)
      const { key, text } = await withKeys(place, (keys) => keys.create(wish, { ownUser }))
      return { ...keyView(key), key: text }
    },
    async list() {
      if (!place.exists) return []
      return (await withKeys(place, (keys) => keys.list(), { readOnly: true })).map(keyView)
    },
    revoke: async (id) => keyView(await withKeys(place, (keys) => keys.revoke(id))),
    async rotate(id, overlapSeconds) {
      const { key, text } = await withKeys(place, (keys) => keys.rotate(id, overlapSeconds * 1000))
      return { ...keyView(key), key: text }
    },
  }
}

async function withKeys<Result>(
  { ledger }: LedgerPlace,
  work: (keys: KeyBook) => Promise<Result>,
  mode = { readOnly: false },
): Promise<Result> {
  const store = await createStore(ledger, mode)
  await store.open()
  try {
    const directory = await AccessDirectory.open({ store: store.access, clock: systemClock })
    try {
      return await work(new KeyBook(directory, systemClock))
    } finally {
      directory.close()
    }
  } finally {
    await store.close()
  }
}
