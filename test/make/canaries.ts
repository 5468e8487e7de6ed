// Owns data that must not leave, made up for tests, and the search for it in any of the forms it could leave in.
import assert from 'node:assert/strict'

/** Nobody's: test numbers of card schemes and banks, and names and keys made up. */
export const canaries: Readonly<Record<string, string>> = {
  'a card': '4539 1488 0343 6467',
  'an IBAN': 'DE89 3704 0044 0532 0130 00',
  'an e-mail address': 'margaret.thornbury@acme-corp.com',
  'a German tax id': 'Steuer-ID 86095742719',
  'a private key': `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI\n-----END RSA PRIVATE KEY-----`,
  'a name': 'Please write to Mrs. Margaret Thornbury today',
  'a token': 'ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8',
}

/** The same length of nothing. */
export const harmless = 'forty-two blue boxes in a row'

const LEAST_UNITS = 12

/** Fails when the bytes hold the canary: as it is, without its spaces, in base64, hexadecimal, percent or \u escapes. */
export function assertAbsent(bytes: Buffer | string, canary: string, what: string): void {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes
  for (const form of formsOf(canary)) assert.ok(!text.includes(form), `${what} holds ${canary}`)
}

function formsOf(canary: string): readonly string[] {
  const plain = [canary, canary.replace(/\s/g, ''), JSON.stringify(canary).slice(1, -1)]
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.from(`${'x'.repeat(shift)}${canary}`).toString('base64')
    return whole.slice(4, -4)
  })
  const hex = Buffer.from(canary).toString('hex')
  const bytes = hex.match(/../g) ?? []
  const escaped = [bytes.map((byte) => `%${byte}`), bytes.map((byte) => `\\u00${byte}`)].map((one) => one.join(''))
  const forms = [...plain, ...base64, hex, hex.toUpperCase(), encodeURIComponent(canary), ...escaped]
  return forms.filter((form) => form.length >= LEAST_UNITS)
}
