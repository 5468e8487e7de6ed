// Owns /v1/files: the input of batches, and what they leave behind.
import type { FileAbout } from '../../../batch/batch-about.ts'
import type { Piece } from '../../../content/content-shelf.ts'
import { AegisError } from '../../../domain/errors.ts'
import { bodyOf, type Exchange, sendJson } from '../../exchange.ts'
import { idInPath, queryOf } from '../../path-parts.ts'
import { readHints } from '../../read-hints.ts'
import { tenantOf } from '../../tenant.ts'
import { listObject, listPage } from '../list-page.ts'

const LONGEST_NAME = 255
const LEAST_KEPT_SECONDS = 3600

export async function createFile(exchange: Exchange): Promise<void> {
  const { deps, caller, request, requestId } = exchange
  const { dataClassification } = readHints(undefined, request.rawHeaders)
  const form = await formOf(await bodyOf(exchange), request.header('content-type'))
  if (form.get('purpose') !== 'batch') throw wrong('purpose', 'must be batch: files are kept for batches only')
  const file = form.get('file')
  if (!(file instanceof File)) throw wrong('file', 'is missing: send the file as a part named file')
  const content = Buffer.from(await file.arrayBuffer())
  const about: FileAbout = { filename: file.name.slice(0, LONGEST_NAME), purpose: 'batch', bytes: content.length }
  const piece = await deps.shelf.keep({
    id: `file-${requestId.replace(/^req_/, '')}`,
    kind: 'file',
    tenant: tenantOf(caller),
    // Undeclared, each line is judged by what is in it.
    classification: dataClassification ?? 'public',
    about,
    content,
    keepMs: keepMsOf(form),
  })
  sendJson(exchange, 200, fileObject({ ...piece, about }))
}

export async function getFile(exchange: Exchange): Promise<void> {
  const found = await exchange.deps.shelf.describe<FileAbout>('file', idInPath(exchange), tenantOf(exchange.caller))
  if (!found) throw missing()
  sendJson(exchange, 200, fileObject(found))
}

export async function getFileContent(exchange: Exchange): Promise<void> {
  const found = await exchange.deps.shelf.open<FileAbout>('file', idInPath(exchange), tenantOf(exchange.caller))
  if (!found) throw missing()
  exchange.reply.send(200, [...exchange.headers, 'content-type', 'application/octet-stream'], found.content)
}

/** Not while a batch still reads it. */
export async function deleteFile(exchange: Exchange): Promise<void> {
  const { shelf, batches } = exchange.deps
  const id = idInPath(exchange)
  const tenant = tenantOf(exchange.caller)
  if (!(await shelf.describe('file', id, tenant))) throw missing()
  const reader = await batches.readerOf(id, tenant)
  if (reader) {
    const message = `A batch in progress reads this file. Cancel ${reader.id} first, or wait for its end.`
    throw new AegisError('invalid_request', message, { status: 409 })
  }
  await shelf.forget(id)
  sendJson(exchange, 200, { id, object: 'file', deleted: true })
}

export async function listFiles(exchange: Exchange): Promise<void> {
  const query = queryOf(exchange)
  const { limit, after } = listPage(query)
  const purpose = query.get('purpose')
  const tenant = tenantOf(exchange.caller)
  const page = { limit: limit + 1, afterId: after }
  const found = await exchange.deps.shelf.list<FileAbout>('file', tenant, page)
  const shown = found.filter(({ about }) => purpose === null || about.purpose === purpose).map(fileObject)
  sendJson(exchange, 200, { ...listObject(shown, limit), has_more: found.length > limit })
}

/** As https://platform.openai.com/docs/api-reference/files/object has it. */
function fileObject({ id, createdAtMs, expiresAtMs, about }: Piece<FileAbout>) {
  return {
    id,
    object: 'file',
    bytes: about.bytes,
    created_at: Math.floor(createdAtMs / 1000),
    expires_at: Math.floor(expiresAtMs / 1000),
    filename: about.filename,
    purpose: about.purpose,
    status: 'processed',
  }
}

/** @throws AegisError `invalid_request` for what is not a form. */
async function formOf(body: Buffer, contentType: string | undefined): Promise<FormData> {
  const isForm = contentType?.toLowerCase().startsWith('multipart/form-data') ?? false
  if (isForm) {
    try {
      return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType ?? '' } }).formData()
    } catch {
      // Its words could quote the body.
    }
  }
  throw new AegisError('invalid_request', 'The body must be multipart/form-data with the parts file and purpose.')
}

function keepMsOf(form: FormData): number | undefined {
  const given = form.get('expires_after[seconds]')
  if (given === null) return undefined
  const seconds = Number(given)
  if (!Number.isInteger(seconds) || seconds < LEAST_KEPT_SECONDS)
    throw wrong('expires_after[seconds]', `must be a whole number of at least ${LEAST_KEPT_SECONDS}`)
  return seconds * 1000
}

function missing(): AegisError {
  return new AegisError('not_found', 'There is no file of this id, or it is no longer kept.')
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
