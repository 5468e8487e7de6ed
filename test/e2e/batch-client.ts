// Owns the words of the tests about batches: upload, start, wait for the end, read what came out.
import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/testing/index.ts'
import { ask, get, type Reply } from './client.ts'
import { until } from './world.ts'

export interface BatchObject {
  readonly id: string
  readonly status: string
  readonly output_file_id: string | null
  readonly error_file_id: string | null
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number }
  readonly errors: { readonly data: readonly { readonly code: string }[] } | null
}

export interface ResultLine {
  readonly custom_id: string
  readonly response: { readonly status_code: number; readonly body: JsonObject } | null
  readonly error: { readonly code: string } | null
}

export type Headers = Readonly<Record<string, string>>

export const chatUrl = '/v1/chat/completions'

/** A line that asks this. */
export function asking(customId: string, content: string, more: JsonObject = {}): JsonObject {
  const body = { model: 'auto', messages: [{ role: 'user', content }], ...more }
  return { custom_id: customId, method: 'POST', url: chatUrl, body }
}

export async function upload(url: string, lines: readonly JsonObject[], headers: Headers = {}): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'batch')
  form.set('file', new Blob([lines.map((line) => JSON.stringify(line)).join('\n')]), 'questions.jsonl')
  const reply = await fetch(`${url}/v1/files`, { method: 'POST', body: form, headers })
  assert.equal(reply.status, 200, await reply.clone().text())
  return ((await reply.json()) as { id: string }).id
}

export function startBatch(url: string, fileId: string, more: JsonObject = {}, headers: Headers = {}): Promise<Reply> {
  const body = { input_file_id: fileId, endpoint: chatUrl, completion_window: '24h', ...more }
  return ask(`${url}/v1/batches`, body, { headers })
}

export async function readBatch(url: string, id: string, headers: Headers = {}): Promise<BatchObject> {
  const reply = await get(`${url}/v1/batches/${id}`, { headers })
  assert.equal(reply.status, 200, reply.text)
  return reply.json as unknown as BatchObject
}

export async function batchEnd(url: string, id: string, headers: Headers = {}): Promise<BatchObject> {
  let batch: BatchObject | undefined
  const isOver = async () => {
    batch = await readBatch(url, id, headers)
    return ['completed', 'failed', 'cancelled', 'expired'].includes(batch.status)
  }
  await until(isOver, 'the batch is over')
  return batch as BatchObject
}

/** Uploads, starts and waits. */
export async function runBatch(
  url: string,
  lines: readonly JsonObject[],
  more: JsonObject = {},
  headers: Headers = {},
): Promise<BatchObject> {
  const made = await startBatch(url, await upload(url, lines), more, headers)
  assert.equal(made.status, 200, made.text)
  return batchEnd(url, made.json.id as string)
}

/** What came out, answers and errors, by the caller's own ids. */
export async function resultsOf(url: string, batch: BatchObject): Promise<ReadonlyMap<string, ResultLine>> {
  const results = new Map<string, ResultLine>()
  for (const id of [batch.output_file_id, batch.error_file_id]) {
    if (id === null) continue
    const { text } = await get(`${url}/v1/files/${id}/content`)
    for (const line of text.trim().split('\n')) {
      const result = JSON.parse(line) as ResultLine
      assert.ok(!results.has(result.custom_id), 'each line has one result')
      results.set(result.custom_id, result)
    }
  }
  return results
}
