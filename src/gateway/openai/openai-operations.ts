// Owns the description of OpenAI's routes that ask a model, and of the list of models.
import { chatNumbers } from '../../domain/check-chat.ts'
import type { Description } from '../open-api/description.ts'
import {
  anyObject,
  count,
  listOf,
  number,
  object,
  oneOf,
  orNull,
  ranges,
  reference,
  type Schema,
  said,
  text,
  theirs,
  wholeNumber,
} from '../open-api/schema.ts'

const DOCUMENTATION = 'https://platform.openai.com/docs/api-reference'

export const modelName = said(
  text,
  '`auto`, `auto:local`, `auto:cloud`, a configured name, `provider/model` or `provider:model`. `auto` unless told.',
)
export const userName = said(orNull(text), 'Whose usage it is; budgets of users hold for it.')
export const usage = said(
  theirs({ prompt_tokens: count, completion_tokens: count, total_tokens: count, cost: number }),
  '`cost` is in US dollars.',
)
const optionalFlag: Schema = { type: ['boolean', 'null'] }
const optionalObject: Schema = { type: ['object', 'null'], additionalProperties: true }
const stop = said({ anyOf: [text, listOf(text), { type: 'null' }] }, 'Passed on as it is.')
export const stream = said(optionalFlag, 'As server-sent events.')

const message = theirs(
  {
    role: oneOf(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
    content: said(
      { anyOf: [text, listOf(theirs({ type: text }, ['type'])), { type: 'null' }] },
      'Only of an assistant it may be left out.',
    ),
    tool_calls: listOf(anyObject),
    tool_call_id: text,
  },
  ['role'],
)

export const openAISchemas = {
  ChatCompletionRequest: theirs(
    {
      model: modelName,
      messages: { type: 'array', minItems: 1, items: message },
      ...ranges(chatNumbers),
      stop,
      stream,
      stream_options: optionalObject,
      tools: { type: ['array', 'null'], items: anyObject },
      parallel_tool_calls: optionalFlag,
      response_format: optionalObject,
      logprobs: optionalFlag,
      logit_bias: optionalObject,
      metadata: optionalObject,
      user: userName,
      aegis: reference('AegisHints'),
    },
    ['messages'],
  ),
  ChatCompletion: theirs({ id: text, object: text, model: text, choices: listOf(anyObject), usage }, ['choices']),
  CompletionRequest: theirs(
    {
      model: modelName,
      prompt: said(
        {
          anyOf: [
            { type: 'string', minLength: 1 },
            { type: 'array', minItems: 1, maxItems: 64, items: { type: 'string', minLength: 1 } },
          ],
        },
        'Each is asked as a chat of one message. A stream has one only; tokens instead of texts are refused.',
      ),
      ...ranges(chatNumbers.filter(({ name }) => name !== 'top_logprobs' && name !== 'max_completion_tokens')),
      logprobs: { type: ['integer', 'null'], minimum: 0, maximum: 5 },
      best_of: said(wholeNumber(1, 128), 'Refused unless it equals n.'),
      echo: said({ enum: [false, null] }, 'Refused when true.'),
      suffix: said({ enum: ['', null] }, 'Refused when it says something.'),
      stop,
      stream,
      user: userName,
      aegis: reference('AegisHints'),
    },
    ['prompt'],
  ),
  TextCompletion: theirs({ id: text, object: text, model: text, choices: listOf(anyObject), usage }, ['choices']),
  EmbeddingRequest: theirs(
    {
      model: modelName,
      input: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, maxItems: 2048, items: { type: 'string', minLength: 1 } },
          said({ type: 'array', minItems: 1, items: wholeNumber(0, 0x7fff_ffff) }, 'Token ids.'),
          {
            type: 'array',
            minItems: 1,
            maxItems: 2048,
            items: { type: 'array', minItems: 1, items: wholeNumber(0, 0x7fff_ffff) },
          },
        ],
      },
      dimensions: { type: ['integer', 'null'], minimum: 1, maximum: 100_000 },
      encoding_format: { enum: ['float', 'base64', null] },
      user: userName,
      aegis: reference('AegisHints'),
    },
    ['input'],
  ),
  EmbeddingList: theirs({ object: text, data: listOf(anyObject), model: text, usage }, ['data']),
  Model: object({
    id: text,
    object: oneOf(['model']),
    created: count,
    owned_by: said(text, 'The provider; aegis for the automatic ones.'),
  }),
  ModelList: object({ object: oneOf(['list']), data: listOf(reference('Model')) }),
} satisfies Readonly<Record<string, Schema>>

export const eventStream = {
  'text/event-stream': said(
    text,
    'Chunks, the last one with `usage` and its `cost`. One that breaks off ends with an `error`.',
  ),
}
const question = [{ role: 'user', content: 'Why is the sky blue?' }]

export const openAIOperations = {
  chat: {
    ...{ operation: 'createChatCompletion', tag: 'OpenAI', hints: true, asks: true },
    summary: 'Answers a conversation',
    documentation: `${DOCUMENTATION}/chat/create`,
    body: {
      schema: reference('ChatCompletionRequest'),
      example: { model: 'auto', messages: question, aegis: { data_classification: 'internal' } },
    },
    answer: { schema: reference('ChatCompletion'), also: eventStream },
  },
  completion: {
    ...{ operation: 'createCompletion', tag: 'OpenAI', hints: true, asks: true },
    summary: 'Goes on with a text, asked as a chat',
    documentation: `${DOCUMENTATION}/completions/create`,
    body: { schema: reference('CompletionRequest'), example: { model: 'auto', prompt: 'The sky is blue because' } },
    answer: { schema: reference('TextCompletion'), also: eventStream },
  },
  embedding: {
    ...{ operation: 'createEmbedding', tag: 'OpenAI', hints: true, asks: true },
    summary: 'Makes vectors of texts',
    documentation: `${DOCUMENTATION}/embeddings/create`,
    body: { schema: reference('EmbeddingRequest'), example: { model: 'auto', input: ['The sky is blue.'] } },
    answer: { schema: reference('EmbeddingList') },
  },
  models: {
    ...{ operation: 'listModels', tag: 'OpenAI' },
    summary: 'Every model that the key may ask, by its own name and as provider/model, and the automatic ones',
    documentation: `${DOCUMENTATION}/models/list`,
    answer: { schema: reference('ModelList') },
  },
  model: {
    ...{ operation: 'getModel', tag: 'OpenAI' },
    summary: 'One model; its id may hold slashes',
    documentation: `${DOCUMENTATION}/models/retrieve`,
    answer: { schema: reference('Model') },
    errors: ['unknown_model'],
  },
} as const satisfies Readonly<Record<string, Description>>
