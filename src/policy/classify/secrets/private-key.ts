// Owns private keys: PEM and PGP blocks, PuTTY files, keys of wallets, and key files of Google Cloud.
import type { KeywordDetector, PatternDetector, RawMatch, TextDetector } from '../engine/detector.ts'
import { entropyOf } from './entropy.ts'

const facts = { type: 'private_key', level: 'confidential', category: 'secret' } as const

/** The header and enough of a body: a header alone, or with dots, stars or few characters, is an illustration. */
export const privateKeyBlock: TextDetector = {
  ...facts,
  kind: 'text',
  rule: 'secret_private_key',
  source: 'RFC 7468; RFC 4880; OpenSSH PROTOCOL.key',
  find: findBlocks,
}

const HEADER = /-----BEGIN (?:[A-Z0-9 ]{1,20} )?PRIVATE KEY(?: BLOCK)?-----/g
const LEAST_BODY = 48
/** A key cut off before its end is a key all the same; of its body this much is looked at. */
const LONGEST_BODY = 20_000

function* findBlocks({ text }: { readonly text: string }): Iterable<RawMatch> {
  if (!text.includes('-----BEGIN')) return
  HEADER.lastIndex = 0
  for (let header = HEADER.exec(text); header !== null; header = HEADER.exec(text)) {
    const bodyStart = header.index + header[0].length
    const footer = text.indexOf('-----END', bodyStart)
    const bodyEnd =
      footer < 0 || footer - bodyStart > LONGEST_BODY ? Math.min(text.length, bodyStart + LONGEST_BODY) : footer
    const body = text.slice(bodyStart, Math.min(bodyEnd, bodyStart + 400)).replace(/\\[nr]|\s/g, '')
    if (body.length < LEAST_BODY || entropyOf(body) < 3.5) continue
    const closing = footer < 0 ? -1 : text.indexOf('-----', footer + 8)
    const end = closing < 0 || bodyEnd !== footer ? bodyEnd : closing + 5
    yield { start: header.index, end, score: 0.98 }
    HEADER.lastIndex = bodyEnd
  }
}

export const puttyKey: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'secret_putty_key',
  source: 'the.earth.li/~sgtatham/putty, PPK file format',
  anchor: ['putty-user-key-file'],
  pattern: /PuTTY-User-Key-File-[23]: ?[\w-]{4,40}/g,
  score: 0.9,
}

/** 32 bytes after 0x: a wallet's key, unless the text calls it a hash. */
export const walletKey: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'secret_wallet_key',
  source: 'SEC 2, secp256k1',
  anchor: ['0x'],
  pattern: /(?<![\w])0x(?<value>[0-9a-fA-F]{64})(?![\w])/g,
  score: 0.6,
  unless:
    /(?:hash|tx|txid|transaction|block|root|digest|topic|topics|storage|slot|commit|sha256|keccak|data|bytes32)["']?[ :=(,["']*(?:0x)?$/,
  check: (match) => !/^0+|0{16}/.test(match.groups?.value ?? '') && entropyOf(match[0]) > 3,
}

/** Twelve to twenty-four words that open a wallet. */
export const seedPhrase: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_seed_phrase',
  source: 'BIP 39',
  keywords: ['seed phrase', 'recovery phrase', 'mnemonic', 'secret phrase', 'wiederherstellungsphrase'],
  after: 300,
  pattern:
    /(?:seed|recovery|secret) phrase\W{1,4}(?:is\W{1,3})?(?<value>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b|mnemonic\W{1,4}(?:is\W{1,3})?(?:[a-z]{3,8} ){11,23}[a-z]{3,8}\b/gi,
  score: 0.8,
}
