// Owns that something runs once at a time: whoever asks meanwhile waits for its turn.

/** @example const reload = inTurn(async () => { … }); await Promise.all([reload(), reload()]) // one after the other */
export function inTurn<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const mine = last.then(run, run)
    last = mine.catch(() => {})
    return mine
  }
}
