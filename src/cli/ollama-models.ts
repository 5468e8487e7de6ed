// Owns the question which models an Ollama has, for commands that start no provider.
const TIMEOUT_MS = 500

/** The names of the models at an address, or undefined when no Ollama answers there. Never throws. */
export async function listModels(baseUrl: string): Promise<readonly string[] | undefined> {
  const { request } = await import('undici')
  try {
    const reply = await request(`${baseUrl}/api/tags`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const { models } = (await reply.body.json()) as { readonly models?: readonly { readonly name?: unknown }[] }
    if (reply.statusCode !== 200 || !Array.isArray(models)) return undefined
    return models.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  } catch {
    return undefined
  }
}
