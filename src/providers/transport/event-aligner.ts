// Owns the cutting of a byte stream at the ends of server-sent events, without copying what is already whole.

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * Turns chunks of any size into buffers of whole events. A chunk that ends with a blank line is passed on as it is.
 * Work is linear in the bytes, however small the pieces of one event are.
 */
export class EventAligner {
  #pieces: Buffer[] = []
  #heldBytes = 0

  /** Bytes of an event that has begun and not ended. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The whole events that `chunk` completes, or `undefined` when it completes none. */
  push(chunk: Buffer): Buffer | undefined {
    if (this.#heldBytes === 0 && endsWithBlankLine(chunk)) return chunk
    const seam = this.#seam()
    const probe = seam.length === 0 ? chunk : Buffer.concat([seam, chunk])
    const end = lastEventEnd(probe) - seam.length
    if (end <= 0) {
      this.#hold(chunk)
      return undefined
    }
    const whole =
      this.#heldBytes === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#pieces, chunk.subarray(0, end)])
    this.#pieces = []
    this.#heldBytes = 0
    if (end < chunk.length) this.#hold(chunk.subarray(end))
    return whole
  }

  /** What is left when the stream has ended: an event without its blank line, usually nothing. */
  rest(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#heldBytes += piece.length
  }

  /** The last three held bytes: a blank line may be split between two chunks. */
  #seam(): Buffer {
    const parts: Buffer[] = []
    let missing = 3
    for (let index = this.#pieces.length - 1; index >= 0 && missing > 0; index -= 1) {
      const piece = this.#pieces[index] ?? Buffer.alloc(0)
      const part = piece.subarray(Math.max(0, piece.length - missing))
      parts.unshift(part)
      missing -= part.length
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  }
}

function endsWithBlankLine(bytes: Buffer): boolean {
  const { length } = bytes
  if (bytes[length - 1] !== NEWLINE) return false
  return bytes[length - 2] === NEWLINE || (bytes[length - 2] === RETURN && bytes[length - 3] === NEWLINE)
}

/** The offset after the last blank line, 0 when there is none. */
function lastEventEnd(bytes: Buffer): number {
  const plain = bytes.lastIndexOf('\n\n')
  const carriage = bytes.lastIndexOf('\n\r\n')
  return Math.max(plain < 0 ? 0 : plain + 2, carriage < 0 ? 0 : carriage + 3)
}
