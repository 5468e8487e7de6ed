// Owns the question whether a server of the OpenAI wire answers on this machine, before any provider is configured.
/** Discovery asks this machine; half a second is long for loopback. */
const PROBE_TIMEOUT_MS = 500

/** The names of the models there, or `undefined` when nobody answers. Never throws. */
export async function listOpenAIModels(baseUrl: string, key?: string): Promise<readonly string[] | undefined> {
  const { request } = await import('undici')
  try {
    const reply = await request(`${baseUrl}/models`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      headersTimeout: PROBE_TIMEOUT_MS,
      bodyTimeout: PROBE_TIMEOUT_MS,
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    })
    const listed: unknown = await reply.body.json()
    return reply.statusCode === 200 ? listedIds(listed) : undefined
  } catch {
    return undefined
  }
}

/** The ids of a model list, in its order; undefined for what is no such list. */
function listedIds(listed: unknown): string[] | undefined {
  const data = typeof listed === 'object' && listed !== null && 'data' in listed ? listed.data : undefined
  if (!Array.isArray(data)) return undefined
  return data.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string' ? [one.id] : [],
  )
}
