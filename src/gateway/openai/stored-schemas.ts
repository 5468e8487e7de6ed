// Owns the JSON Schemas of what is kept for OpenAI's routes: responses, files and batches.
import { batchEndpoints } from '../../batch/batch-about.ts'
import {
  anyObject,
  count,
  flag,
  listOf,
  object,
  oneOf,
  orNull,
  reference,
  type Schema,
  said,
  seconds,
  text,
  theirs,
} from '../open-api/schema.ts'
import { modelName, stream, userName } from './openai-operations.ts'

const secondsOrNull = orNull(seconds)
const listObject = (item: string) =>
  object({
    object: oneOf(['list']),
    data: listOf(reference(item)),
    first_id: orNull(text),
    last_id: orNull(text),
    has_more: flag,
  })
const deleted = (kind: string) => object({ id: text, object: oneOf([kind]), deleted: flag })

export const storedSchemas = {
  ResponseRequest: theirs(
    {
      model: modelName,
      input: { anyOf: [text, said(listOf(anyObject), 'Items: messages, function calls, their outputs, references.')] },
      instructions: orNull(text),
      previous_response_id: said(orNull({ type: 'string', minLength: 1 }), 'A kept response of the same key.'),
      store: said({ type: ['boolean', 'null'] }, 'Kept, sealed, unless false.'),
      max_output_tokens: { type: ['integer', 'null'], minimum: 1, maximum: 10_000_000 },
      tools: said(
        { type: ['array', 'null'], items: theirs({ type: oneOf(['function']) }, ['type']) },
        'Functions only.',
      ),
      truncation: { enum: ['auto', 'disabled', null] },
      background: said({ enum: [false, null] }, 'Refused when true.'),
      stream,
      user: userName,
      aegis: reference('AegisHints'),
    },
    ['input'],
  ),
  Response: theirs(
    {
      id: text,
      object: oneOf(['response']),
      created_at: seconds,
      status: oneOf(['completed', 'incomplete', 'in_progress', 'failed']),
      model: text,
      output: listOf(anyObject),
      store: said(flag, 'False as well when it could not be kept.'),
    },
    ['id', 'object', 'created_at', 'status', 'model', 'output', 'store'],
  ),
  InputItemList: object({
    object: oneOf(['list']),
    data: listOf(anyObject),
    first_id: orNull(text),
    last_id: orNull(text),
    has_more: flag,
  }),
  DeletedResponse: deleted('response'),
  FileForm: theirs(
    {
      file: said({ type: 'string', contentMediaType: 'application/octet-stream' }, 'JSON lines, one request each.'),
      purpose: oneOf(['batch']),
      'expires_after[seconds]': said({ type: 'integer', minimum: 3600 }, 'How long it is kept.'),
    },
    ['file', 'purpose'],
  ),
  File: object({
    id: text,
    object: oneOf(['file']),
    bytes: count,
    created_at: seconds,
    expires_at: seconds,
    filename: text,
    purpose: oneOf(['batch', 'batch_output']),
    status: oneOf(['processed']),
  }),
  FileList: listObject('File'),
  DeletedFile: deleted('file'),
  BatchRequest: theirs(
    {
      input_file_id: said(text, 'A file of the same key.'),
      endpoint: oneOf(batchEndpoints),
      completion_window: oneOf(['24h']),
      metadata: said(
        orNull({ type: 'object', maxProperties: 16, additionalProperties: { type: 'string', maxLength: 512 } }),
        'Names of at most 64 characters.',
      ),
      aegis: reference('AegisHints'),
    },
    ['input_file_id', 'endpoint', 'completion_window'],
  ),
  Batch: object({
    id: text,
    object: oneOf(['batch']),
    endpoint: oneOf(batchEndpoints),
    errors: orNull(anyObject),
    input_file_id: text,
    completion_window: oneOf(['24h']),
    status: text,
    output_file_id: orNull(text),
    error_file_id: orNull(text),
    created_at: seconds,
    in_progress_at: secondsOrNull,
    expires_at: seconds,
    finalizing_at: secondsOrNull,
    completed_at: secondsOrNull,
    failed_at: secondsOrNull,
    expired_at: secondsOrNull,
    cancelling_at: secondsOrNull,
    cancelled_at: secondsOrNull,
    request_counts: object({ total: count, completed: count, failed: count }),
    metadata: orNull(anyObject),
  }),
  BatchList: listObject('Batch'),
} satisfies Readonly<Record<string, Schema>>
