// Owns the reading of the recordings in test/fixtures/ollama.
import { readFileSync } from 'node:fs'

export interface Recording {
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown }
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** @example ollamaRecording('chat-stream', 'ndjson') */
export function ollamaRecording(name: string, extension: 'json' | 'ndjson' | 'sse' = 'json'): Recording {
  const { status, contentType } = JSON.parse(read(`${name}.meta.json`)) as { status: number; contentType: string }
  return {
    request: JSON.parse(read(`${name}.request.json`)) as Recording['request'],
    status,
    contentType,
    body: read(`${name}.response.${extension}`),
  }
}

function read(file: string): string {
  return readFileSync(new URL(`../fixtures/ollama/${file}`, import.meta.url), 'utf8')
}
