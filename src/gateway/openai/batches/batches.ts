// Owns /v1/batches: made, shown, listed, cancelled.
import { type Batch, batchEndpoints, batchObject } from '../../../batch/batch-about.ts'
import { join } from '../../../domain/data-classification.ts'
import { AegisError } from '../../../domain/errors.ts'
import type { JsonObject } from '../../../domain/request-body.ts'
import type { TaskHints } from '../../../domain/task.ts'
import { bodyOf, type Exchange, sendJson } from '../../exchange.ts'
import { parseJsonObject } from '../../parse-json.ts'
import { idInPath, queryOf } from '../../path-parts.ts'
import { readHints } from '../../read-hints.ts'
import { tenantOf } from '../../tenant.ts'
import { listObject, listPage } from '../list-page.ts'

/** OpenAI's own limits. */
const MOST_METADATA = 16
const LONGEST_METADATA = 512

export async function createBatch(exchange: Exchange): Promise<void> {
  const { deps, caller, request, requestId } = exchange
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { input_file_id: inputFileId, completion_window: window } = view
  const endpoint = batchEndpoints.find((one) => one === view.endpoint)
  if (!endpoint) throw wrong('endpoint', `must be one of ${batchEndpoints.join(', ')}`)
  if (typeof inputFileId !== 'string') throw wrong('input_file_id', 'must be the id of a file')
  if (window !== '24h') throw wrong('completion_window', 'must be 24h')
  const tenant = tenantOf(caller)
  const file = await deps.shelf.describe('file', inputFileId, tenant)
  const hints = readHints(view.aegis, request.rawHeaders)
  // What was said of the file holds for each of its lines; nothing was said where it counts as public.
  const dataClassification =
    file && file.classification !== 'public'
      ? join(file.classification, hints.dataClassification ?? 'public')
      : hints.dataClassification
  const batch = await deps.batches.create({
    id: `batch_${requestId.replace(/^req_/, '')}`,
    tenant,
    endpoint,
    inputFileId,
    metadata: metadataOf(view),
    hints: headersOf({ ...hints, dataClassification }),
    keyId: caller.id,
  })
  await send(exchange, batch)
}

export async function getBatch(exchange: Exchange): Promise<void> {
  await send(exchange, await exchange.deps.batches.find(idInPath(exchange), tenantOf(exchange.caller)))
}

export async function cancelBatch(exchange: Exchange): Promise<void> {
  await send(exchange, await exchange.deps.batches.cancel(idInPath(exchange), tenantOf(exchange.caller)))
}

export async function listBatches(exchange: Exchange): Promise<void> {
  const { batches } = exchange.deps
  const { limit, after } = listPage(queryOf(exchange))
  const found = await batches.list(tenantOf(exchange.caller), { limit: limit + 1, afterId: after })
  const shown = await Promise.all(found.map(async (one) => batchObject(one, await batches.counts(one.id))))
  sendJson(exchange, 200, listObject(shown, limit))
}

async function send(exchange: Exchange, batch: Batch): Promise<void> {
  sendJson(exchange, 200, batchObject(batch, await exchange.deps.batches.counts(batch.id)))
}

function metadataOf({ metadata }: JsonObject): object | null {
  if (metadata === undefined || metadata === null) return null
  const entries = typeof metadata === 'object' && !Array.isArray(metadata) ? Object.entries(metadata) : undefined
  const fits = entries?.every(
    ([name, value]) => name.length <= 64 && typeof value === 'string' && value.length <= LONGEST_METADATA,
  )
  if (!entries || !fits || entries.length > MOST_METADATA)
    throw wrong(
      'metadata',
      `must be an object of at most ${MOST_METADATA} texts of at most ${LONGEST_METADATA} characters`,
    )
  return metadata as object
}

/** The hints again, as every line's own context brings them. */
function headersOf(hints: TaskHints): string[] {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['data-classification', hints.dataClassification],
    ['quality-requirement', hints.qualityRequirement],
    ['complexity', hints.complexity],
    ['batch-size', hints.batchSize === undefined ? undefined : String(hints.batchSize)],
    ['session', hints.session],
    ['tags', hints.tags?.join(',')],
    ['model-local', hints.modelLocal],
    ['model-cloud', hints.modelCloud],
    ['model-openai', hints.modelOpenai],
  ]
  return named.flatMap(([name, value]) => (value === undefined ? [] : [`x-aegis-${name}`, value]))
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
