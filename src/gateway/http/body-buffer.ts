// Owns the bytes of a body whose length is known: each byte is kept once, and room grows with what has really come.

/** A stated length is only a claim: so much is set aside for it before it is kept to. */
const FIRST_ROOM_BYTES = 256 * 1024

export class BodyBuffer {
  readonly #length: number
  #room: Buffer | undefined
  #filled = 0

  /** @param length bytes that will come. */
  constructor(length: number) {
    this.#length = length
  }

  get missing(): number {
    return this.#length - this.#filled
  }

  /** @param piece at most `missing` bytes. */
  add(piece: Buffer): void {
    if (this.#filled === 0 && piece.length === this.#length) {
      this.#room = piece
    } else {
      this.#makeRoom(this.#filled + piece.length)
      piece.copy(this.#room as Buffer, this.#filled)
    }
    this.#filled += piece.length
  }

  /** Counts bytes that nobody wants any more. */
  skip(bytes: number): void {
    this.#room = undefined
    this.#filled += bytes
  }

  /** The whole body, when nothing is missing. */
  take(): Buffer {
    const whole = this.#room ?? Buffer.alloc(0)
    this.#room = undefined
    return whole
  }

  #makeRoom(bytes: number): void {
    const has = this.#room?.length ?? 0
    if (bytes <= has) return
    const wanted = Math.min(this.#length, Math.max(FIRST_ROOM_BYTES, has * 2, bytes))
    const room = Buffer.allocUnsafeSlow(wanted)
    this.#room?.copy(room, 0, 0, this.#filled)
    this.#room = room
  }
}
