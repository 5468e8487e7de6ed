// Owns addresses of Bitcoin wallets, by form; a checksum of theirs needs SHA-256.
import type { TokenDetector } from '../engine/detector.ts'

const facts = { kind: 'token', type: 'crypto', level: 'pii', category: 'pii' } as const

export const base58Wallet: TokenDetector = {
  ...facts,
  rule: 'crypto_base58',
  source: 'en.bitcoin.it/wiki/Address: Base58 without 0, O, I, l',
  lengths: [26, 27, 28, 29, 30, 31, 32, 33, 34],
  pattern: /^[13](?=.*[A-Z])(?=.*[a-z])[a-km-zA-HJ-NP-Z1-9]{25,33}$/,
  score: 0.6,
  // A random word of letters and digits has no digit zero and all three kinds less often than this suggests.
  check: (token) => !/^[0-9A-F]+$/.test(token),
}

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** BIP 173 and 350: the six last characters check the others. */
export const bech32Wallet: TokenDetector = {
  ...facts,
  rule: 'crypto_bech32',
  source: 'BIP 173, BIP 350',
  lengths: Array.from({ length: 62 - 42 + 1 }, (_, index) => 42 + index),
  pattern: /^bc1[02-9ac-hj-np-z]{39,59}$/,
  score: 0.9,
  check: (token) => {
    const values = [3, 3, 0, 2, 3, ...[...token.slice(3).toLowerCase()].map((character) => ALPHABET.indexOf(character))]
    const rest = polymod(values)
    return rest === 1 || rest === 0x2bc830a3
  },
}

function polymod(values: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    for (const [bit, constant] of generator.entries()) if ((top >>> bit) & 1) check ^= constant
  }
  return check >>> 0
}

export const ethereumWallet: TokenDetector = {
  ...facts,
  rule: 'crypto_ethereum',
  source: 'EIP-55',
  lengths: [42],
  pattern: /^0x[0-9a-fA-F]{40}$/,
  score: 0.6,
}
