// Owns what a batch leaves behind: the answer to each line, and at the end a file of answers and one of errors.
import type { DataClassification } from '../domain/data-classification.ts'
import { join } from '../domain/data-classification.ts'
import type { Batch, BatchLine, FileAbout, LineReply } from './batch-about.ts'
import type { BatchBook } from './batch-book.ts'

/** What a line of the result says instead of an answer. */
export interface LineFailure {
  readonly code: string
  readonly message: string
}

/** Keeps the reply to a line; the first one stays. */
export async function keepReply(
  { store, shelf }: BatchBook,
  { id }: Batch,
  line: BatchLine,
  reply: LineReply,
): Promise<void> {
  const { requestId, status, body, classification } = reply
  const response = { status_code: status, request_id: requestId, body }
  const text = resultLine(id, line, response, null)
  const sealed = shelf.seal(itemLabel(id, line.line), Buffer.from(text))
  await store.addBatchItem(id, { line: line.line, ok: status === 200, classification, reply: sealed })
}

/** Keeps that a line was not asked. */
export async function keepFailure(
  { store, shelf }: BatchBook,
  { id }: Batch,
  line: BatchLine,
  error: LineFailure,
): Promise<void> {
  const sealed = shelf.seal(itemLabel(id, line.line), Buffer.from(resultLine(id, line, null, error)))
  await store.addBatchItem(id, { line: line.line, ok: false, classification: 'public', reply: sealed })
}

/** Writes both files, of which an empty one is left out; doing it again changes nothing. */
export async function writeFiles(
  { store, shelf }: BatchBook,
  { id, tenant }: Batch,
): Promise<{ readonly outputFileId?: string; readonly errorFileId?: string }> {
  const answered: Buffer[] = []
  const failed: Buffer[] = []
  let classification: DataClassification = 'public'
  for (const item of await store.batchItems(id)) {
    const text = shelf.unseal(itemLabel(id, item.line), item.reply)
    classification = join(classification, item.classification)
    const lines = item.ok ? answered : failed
    lines.push(text, Buffer.from('\n'))
  }
  const write = async (name: 'output' | 'error', lines: readonly Buffer[]) => {
    if (lines.length === 0) return undefined
    const content = Buffer.concat(lines)
    const about: FileAbout = { filename: `${id}_${name}.jsonl`, purpose: 'batch_output', bytes: content.length }
    const fileId = `file-${id.replace(/^batch_/, '')}${name}`
    await shelf.keep({ id: fileId, kind: 'file', tenant, classification, about, content })
    return fileId
  }
  const outputFileId = await write('output', answered)
  const errorFileId = await write('error', failed)
  return { ...(outputFileId ? { outputFileId } : {}), ...(errorFileId ? { errorFileId } : {}) }
}

function resultLine(
  batchId: string,
  { line, customId }: BatchLine,
  response: object | null,
  error: object | null,
): string {
  const id = `batch_req_${batchId.replace(/^batch_/, '')}${line}`
  return JSON.stringify({ id, custom_id: customId, response, error })
}

function itemLabel(batchId: string, line: number): string {
  return `item ${batchId} ${line}`
}
