// Owns text in the middle of encoded bytes that are no text as a whole: behind a prefix, a header, or in another character set.

/** As many printable bytes in a row come by chance in one of some thousand hashes. */
const stretches = /[\t\n\r\x20-\x7e]{8,}/g

/**
 * Base64 that begins behind up to three other characters of its alphabet, as in `data_NDU...`, is read at each of its
 * four alignments.
 * @returns the stretches, each on a line of its own; undefined when there are none.
 */
export function printableInBase64(written: string): string | undefined {
  const text = written.replace(/\s/g, '')
  return printableIn([0, 1, 2, 3].map((offset) => Buffer.from(text.slice(offset), 'base64')))
}

/** The same for hexadecimal digits, at both alignments. */
export function printableInHex(written: string): string | undefined {
  const digits = written.replace(/0x|[^0-9a-f]/gi, '')
  return printableIn([Buffer.from(digits, 'hex'), Buffer.from(digits.slice(1), 'hex')])
}

/** The zeros of UTF-16, either way round, are left out. */
function printableIn(readings: readonly Buffer[]): string | undefined {
  const found = readings.flatMap((bytes) => bytes.toString('latin1').replaceAll('\0', '').match(stretches) ?? [])
  return found.length > 0 ? found.join('\n') : undefined
}
