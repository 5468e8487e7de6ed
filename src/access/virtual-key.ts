// Owns the form of a virtual key: how one is made, read, and kept without being kept.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A key as its owner has it, taken apart. */
export interface PresentedKey {
  /** May be logged. */
  readonly id: string
  readonly secret: string
}

const KEY = /^sk-aegis-([0-9a-f]{12})-([0-9a-f]{64})$/

/** 48 bits: an id only tells keys apart. */
export function newKeyId(): string {
  return randomBytes(6).toString('hex')
}

/** 256 bits from the machine's secure randomness. */
export function newKeySecret(): string {
  return randomBytes(32).toString('hex')
}

/** @example keyText('4f1d09aa31c2', secret) // 'sk-aegis-4f1d09aa31c2-…' */
export function keyText(id: string, secret: string): string {
  return `sk-aegis-${id}-${secret}`
}

/** Undefined for a text that is no virtual key, such as a master key. */
export function readKey(text: string): PresentedKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** SHA-256. Nobody can guess 256 random bits, so a slow hash would protect nothing and cost each request its time. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

export function isSameHash(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
