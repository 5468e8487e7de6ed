// Owns texts that wait to be written. They wait as bytes: a text that waits on the heap is copied by the collector again and again.

const FIRST_BYTES = 64 * 1024
/** A queue that was longer for a while gives its memory back. */
const KEPT_BYTES = 1024 * 1024
/** Of UTF-8, for each unit of a text, at the most. */
const MOST_BYTES_EACH = 3

/**
 * @example
 * const queue = new TextQueue()
 * queue.push('one')
 * queue.first(10) // [<Buffer 6f 6e 65>]
 * queue.drop(1)
 */
export class TextQueue {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  /** Where each text ends; the first one begins at `#start`. */
  #ends: number[] = []
  #start = 0
  #end = 0

  /** How many wait. */
  get length(): number {
    return this.#ends.length
  }

  push(text: string): void {
    const most = text.length * MOST_BYTES_EACH
    if (this.#end + most > this.#bytes.length) this.#makeRoom(most)
    this.#end += this.#bytes.write(text, this.#end)
    this.#ends.push(this.#end)
  }

  /** The oldest ones, as UTF-8, in their order; they stand until the next push. */
  first(count: number): Buffer[] {
    let from = this.#start
    return this.#ends.slice(0, count).map((end) => {
      const text = this.#bytes.subarray(from, end)
      from = end
      return text
    })
  }

  /** Everything that waits, one after another. */
  text(): string {
    return this.#bytes.toString('utf8', this.#start, this.#end)
  }

  /** Forgets the oldest ones. */
  drop(count: number): void {
    const dropped = this.#ends.splice(0, count)
    if (this.#ends.length > 0) {
      this.#start = dropped.at(-1) ?? this.#start
      return
    }
    this.#start = 0
    this.#end = 0
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  #makeRoom(more: number): void {
    const used = this.#end - this.#start
    const before = this.#bytes
    const needed = used + more
    // Moving little is cheap; moving much would be done again soon.
    if (needed > before.length / 2) this.#bytes = Buffer.allocUnsafeSlow(Math.max(2 * before.length, needed))
    before.copy(this.#bytes, 0, this.#start, this.#end)
    for (let index = 0; index < this.#ends.length; index += 1)
      this.#ends[index] = (this.#ends[index] ?? 0) - this.#start
    this.#start = 0
    this.#end = used
  }
}
