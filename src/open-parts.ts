// Owns the order in which what is open is closed. Node's own AsyncDisposableStack is not there in the oldest Node that we run on.

/** What is open, closed in the reverse order. */
export class OpenParts {
  readonly #parts: { close(): void | Promise<void> }[] = []

  add(part: { close(): void | Promise<void> }): void {
    this.#parts.push(part)
  }

  async close(): Promise<void> {
    for (const part of this.#parts.toReversed()) await part.close()
  }
}
