// Owns the link from a tool's result to its call: OpenAI links them by id, Ollama's clients often by the name alone.

/** The calls of a conversation that no result has answered yet. Results come in the order of their calls. */
export class OpenToolCalls {
  readonly #open: { readonly id: string; readonly name: string }[] = []
  #seen = 0

  /** @returns the id of the call, which is made up when the client gave none. */
  add(statedId: string | undefined, name: string): string {
    const id = statedId ?? `call_${this.#seen}`
    this.#seen += 1
    this.#open.push({ id, name })
    return id
  }

  /** The id of the call that a result answers: the one it states, else the oldest open call of that name, else the oldest. */
  answer(statedId: string | undefined, name: string): string {
    const place = this.#open.findIndex((call) => (statedId === undefined ? call.name === name : call.id === statedId))
    const [call] = this.#open.splice(Math.max(place, 0), place < 0 && statedId !== undefined ? 0 : 1)
    return statedId ?? call?.id ?? 'call_0'
  }
}
