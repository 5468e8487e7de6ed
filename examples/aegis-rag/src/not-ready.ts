// Owns what stops the example before it begins: something that its user can mend, said without a stack.

/** @example throw new NotReady('The Ollama at … has no model that embeds texts: ollama pull nomic-embed-text') */
export class NotReady extends Error {
  override readonly name = 'NotReady'
}

/** Runs a command of the example; what is missing is said on one line, anything else is a fault and has its stack. */
export async function sayingWhatIsMissing(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof NotReady)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
