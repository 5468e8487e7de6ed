// Owns the description of OpenAI's routes about what is kept: responses, files and batches.
import type { Description } from '../open-api/description.ts'
import { oneOf, reference, said, text, wholeNumber } from '../open-api/schema.ts'

const DOCUMENTATION = 'https://platform.openai.com/docs/api-reference'
const page = { limit: { ...wholeNumber(1, 100), default: 20 }, after: said(text, 'The last id of the page before.') }
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
