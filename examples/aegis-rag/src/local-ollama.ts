// Owns what is asked of an Ollama before it is used: whether it answers, and which of its models the pipeline can have.
import * as z from 'zod'
import { NotReady } from './not-ready.ts'

export interface LocalModels {
  readonly chat: string
  readonly embedding: string
}

const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) })
/** Ollama tells them since 0.6.4. */
const shownSchema = z.object({ capabilities: z.array(z.string()).optional() })

export async function answers(host: string): Promise<boolean> {
  try {
    return (await fetch(`${host}/api/version`, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}

/** The first model of each kind. @throws NotReady with what to pull. */
export async function modelsOf(host: string): Promise<LocalModels> {
  if (!(await answers(host))) throw new NotReady(`No Ollama answers at ${host}: start one, or set OLLAMA_HOST.`)
  const { models } = tagsSchema.parse(await (await fetch(`${host}/api/tags`)).json())
  const can = await Promise.all(models.map(async ({ name }) => ({ name, does: await capabilitiesOf(host, name) })))
  const chat = can.find(({ does }) => does.includes('completion'))?.name
  const embedding = can.find(({ does }) => does.includes('embedding'))?.name
  const missing = [
    ...(chat === undefined ? ['no model that answers: ollama pull llama3.2'] : []),
    ...(embedding === undefined ? ['no model that embeds texts: ollama pull nomic-embed-text'] : []),
  ]
  if (chat !== undefined && embedding !== undefined) return { chat, embedding }
  throw new NotReady(`The Ollama at ${host} has ${missing.join(', and ')}`)
}

async function capabilitiesOf(host: string, model: string): Promise<readonly string[]> {
  const reply = await fetch(`${host}/api/show`, { method: 'POST', body: JSON.stringify({ model }) })
  const { capabilities } = shownSchema.parse(await reply.json())
  return capabilities ?? (/embed|minilm|bge/i.test(model) ? ['embedding'] : ['completion'])
}

/** As OLLAMA_HOST may be written: `127.0.0.1:11434`, `http://ollama:11434/`. */
export function withScheme(host: string): string {
  return /^https?:\/\//.test(host) ? host.replace(/\/+$/, '') : `http://${host}`
}
