// Owns the key that seals content at rest: from the configuration, else from a file beside the ledger, made on first use.
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Secret } from '../domain/secret.ts'

const KEY_BYTES = 32

export type ContentKeySource =
  /** The same text opens the same content on every machine. */
  | { readonly from: 'secret'; readonly secret: Secret }
  /** A file that only its owner may read. */
  | { readonly from: 'file'; readonly path: string }
  /** Ends with the process, as a ledger in memory does. */
  | { readonly from: 'nowhere' }

export interface ContentKey {
  readonly bytes: Buffer
  /** Which key it is; tells nothing of it. */
  readonly name: string
}

/** @throws Error of the file system when the file can neither be read nor made; ContentKeyError when it holds no key. */
export function loadContentKey(source: ContentKeySource): ContentKey {
  const bytes = keyBytes(source)
  const name = createHmac('sha256', bytes).update('name of the content key').digest('hex').slice(0, 16)
  return { bytes, name }
}

function keyBytes(source: ContentKeySource): Buffer {
  switch (source.from) {
    case 'secret':
      return Buffer.from(hkdfSync('sha256', source.secret.reveal(), '', 'aegis content', KEY_BYTES))
    case 'file':
      return readKey(source.path) ?? makeKey(source.path)
    case 'nowhere':
      return randomBytes(KEY_BYTES)
  }
}

function readKey(path: string): Buffer | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new ContentKeyError(`${path} holds no content key. Restore it, or remove it and lose what it sealed.`)
  }
  return Buffer.from(text, 'hex')
}

/** Written beside and linked: of several processes one makes it, and none reads half of it. */
function makeKey(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readKey(path) ?? makeKey(path)
}

/** The file of the content key is damaged. */
export class ContentKeyError extends Error {
  override readonly name = 'ContentKeyError'
}
