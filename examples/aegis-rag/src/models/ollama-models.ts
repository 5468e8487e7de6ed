// Owns the calls to language models: an Ollama at a fixed address.
import * as z from 'zod'
import type { ModelCall, Models, NoteCall } from './models.ts'

const CHAT_MODEL = 'llama3.2:8b'
const EMBEDDING_MODEL = 'nomic-embed-text'

export function ollamaModels(note: NoteCall, host = 'http://localhost:11434'): Models {
  async function post(path: string, body: object): Promise<Response> {
    const reply = await fetch(host + path, { method: 'POST', body: JSON.stringify(body) })
    if (!reply.ok) throw new Error(`Ollama answered ${reply.status}`)
    return reply
  }

  return {
    async *answer(prompt, work) {
      const messages = [{ role: 'user', content: prompt }]
      const reply = await post('/api/chat', { model: CHAT_MODEL, messages, stream: true })
      for await (const line of linesOf(reply)) yield (JSON.parse(line) as ChatReply).message.content
      const call = callOf('answer', work.dataClassification)
      note(call)
      return call
    },

    async extract({ schema, instructions, text }, work) {
      const messages = [
        { role: 'system', content: instructions },
        { role: 'user', content: text },
      ]
      const format = z.toJSONSchema(schema)
      const reply = await post('/api/chat', { model: CHAT_MODEL, messages, stream: false, format })
      const { message } = (await reply.json()) as ChatReply
      note(callOf('extract', work.dataClassification))
      return schema.parse(JSON.parse(message.content))
    },

    async embed(texts, work) {
      const reply = await post('/api/embed', { model: EMBEDDING_MODEL, input: texts })
      const { embeddings } = (await reply.json()) as { readonly embeddings: number[][] }
      note(callOf('embed', work.dataClassification))
      return embeddings
    },
  }
}

interface ChatReply {
  readonly message: { readonly content: string }
}

function callOf(kind: ModelCall['kind'], classification: ModelCall['classification']): ModelCall {
  return { kind, provider: 'ollama (direct)', location: 'local', reason: 'hard_coded', classification, costUsd: 0 }
}

async function* linesOf(reply: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of reply.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}
