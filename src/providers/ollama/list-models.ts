// Owns the question whether an Ollama answers at an address, before any provider is configured.
/** Discovery asks this machine; half a second is long for loopback. */
const PROBE_TIMEOUT_MS = 500

/** The names of the models there, or `undefined` when no Ollama answers. Never throws. */
export async function listOllamaModels(baseUrl: string): Promise<readonly string[] | undefined> {
  // Only this question needs the rest of undici, and a start without it is quicker and smaller.
  const { request } = await import('undici')
  try {
    const reply = await request(`${baseUrl}/api/tags`, {
      headersTimeout: PROBE_TIMEOUT_MS,
      bodyTimeout: PROBE_TIMEOUT_MS,
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    })
    const listed: unknown = await reply.body.json()
    if (reply.statusCode !== 200 || typeof listed !== 'object' || listed === null || !('models' in listed))
      return undefined
    if (!Array.isArray(listed.models)) return undefined
    return listed.models.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string' ? [one.name] : [],
    )
  } catch {
    return undefined
  }
}
