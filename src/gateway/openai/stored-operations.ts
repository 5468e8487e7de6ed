// Owns the description of OpenAI's routes about what is kept: responses, files and batches.
import { batchEndpoints } from '../../batch/batch-about.ts'
import type { Description } from '../open-api/description.ts'
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
  wholeNumber,
} from '../open-api/schema.ts'
import { modelName, stream, userName } from './openai-operations.ts'

const DOCUMENTATION = 'https://platform.openai.com/docs/api-reference'
const secondsOrNull = orNull(seconds)
const page = { limit: { ...wholeNumber(1, 100), default: 20 }, after: said(text, 'The last id of the page before.') }
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

const events = { 'text/event-stream': said(text, 'Events of a response, numbered.') }

export const storedOperations = {
  createResponse: {
    ...{ operation: 'createResponse', tag: 'OpenAI', hints: true, asks: true },
    summary: 'Answers, and keeps the answer sealed for the key that asked',
    documentation: `${DOCUMENTATION}/responses/create`,
    body: { schema: reference('ResponseRequest'), example: { model: 'auto', input: 'Why is the sky blue?' } },
    answer: { schema: reference('Response'), also: events },
    errors: [['not_found', 400], 'not_found'],
  },
  getResponse: {
    ...{ operation: 'getResponse', tag: 'OpenAI' },
    summary: 'A kept response',
    documentation: `${DOCUMENTATION}/responses/get`,
    query: { stream: said(oneOf(['false']), 'Refused when true: what is kept is complete.') },
    answer: { schema: reference('Response') },
  },
  deleteResponse: {
    ...{ operation: 'deleteResponse', tag: 'OpenAI' },
    summary: 'Forgets a kept response',
    documentation: `${DOCUMENTATION}/responses/delete`,
    answer: { schema: reference('DeletedResponse') },
  },
  listInputItems: {
    ...{ operation: 'listInputItems', tag: 'OpenAI' },
    summary: 'What a kept response was asked with, newest first',
    documentation: `${DOCUMENTATION}/responses/input-items`,
    query: { ...page, order: { ...oneOf(['asc', 'desc']), default: 'desc' } },
    answer: { schema: reference('InputItemList') },
  },
  createFile: {
    ...{ operation: 'createFile', tag: 'OpenAI', hints: true },
    summary: 'Keeps a file, sealed, as the input of batches; what its header says of the data holds for every line',
    documentation: `${DOCUMENTATION}/files/create`,
    body: {
      type: 'multipart/form-data',
      schema: reference('FileForm'),
      example: {
        purpose: 'batch',
        file: '{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"auto","messages":[{"role":"user","content":"Hello"}]}}\n',
      },
    },
    answer: { schema: reference('File') },
  },
  listFiles: {
    ...{ operation: 'listFiles', tag: 'OpenAI' },
    summary: 'The files of the key that asks',
    documentation: `${DOCUMENTATION}/files/list`,
    query: { ...page, purpose: text },
    answer: { schema: reference('FileList') },
  },
  getFile: {
    ...{ operation: 'getFile', tag: 'OpenAI' },
    summary: 'What is known of a file',
    documentation: `${DOCUMENTATION}/files/retrieve`,
    answer: { schema: reference('File') },
  },
  getFileContent: {
    ...{ operation: 'getFileContent', tag: 'OpenAI' },
    summary: 'The file itself',
    documentation: `${DOCUMENTATION}/files/retrieve-contents`,
    answer: { also: { 'application/octet-stream': {} } },
  },
  deleteFile: {
    ...{ operation: 'deleteFile', tag: 'OpenAI' },
    summary: 'Forgets a file, unless a batch still reads it',
    documentation: `${DOCUMENTATION}/files/delete`,
    answer: { schema: reference('DeletedFile') },
    errors: [['invalid_request', 409]],
  },
  createBatch: {
    ...{ operation: 'createBatch', tag: 'OpenAI', hints: true },
    summary: 'Asks every line of a file, one after another, within a day',
    documentation: `${DOCUMENTATION}/batch/create`,
    body: {
      schema: reference('BatchRequest'),
      example: { input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' },
    },
    answer: { schema: reference('Batch') },
    errors: ['not_found'],
  },
  listBatches: {
    ...{ operation: 'listBatches', tag: 'OpenAI' },
    summary: 'The batches of the key that asks',
    documentation: `${DOCUMENTATION}/batch/list`,
    query: page,
    answer: { schema: reference('BatchList') },
  },
  getBatch: {
    ...{ operation: 'getBatch', tag: 'OpenAI' },
    summary: 'How a batch stands',
    documentation: `${DOCUMENTATION}/batch/retrieve`,
    answer: { schema: reference('Batch') },
  },
  cancelBatch: {
    ...{ operation: 'cancelBatch', tag: 'OpenAI' },
    summary: 'Stops a batch; what was answered stays',
    documentation: `${DOCUMENTATION}/batch/cancel`,
    answer: { schema: reference('Batch') },
  },
} as const satisfies Readonly<Record<string, Description>>
