// Owns the description of Anthropic's routes.
import type { Description } from '../open-api/description.ts'
import {
  anyObject,
  count,
  listOf,
  number,
  object,
  oneOf,
  ranges,
  reference,
  type Schema,
  said,
  text,
  theirs,
} from '../open-api/schema.ts'
import { messageNumbers } from './check-messages.ts'

const DOCUMENTATION = 'https://platform.claude.com/docs/en/api'
const optionalObject: Schema = { type: ['object', 'null'], additionalProperties: true }
const content = { anyOf: [text, listOf(theirs({ type: text }, ['type']))] }
const message = theirs({ role: oneOf(['user', 'assistant', 'system']), content }, ['role', 'content'])

const members = {
  model: said(text, '`auto`, a configured name, `provider/model` or `provider:model`. `auto` unless told.'),
  messages: { type: 'array', minItems: 1, items: message },
  system: { anyOf: [text, listOf(theirs({ type: text }, ['type'])), { type: 'null' }] },
  ...ranges(messageNumbers),
  stop_sequences: { type: ['array', 'null'], items: text },
  stream: said({ type: ['boolean', 'null'] }, 'As server-sent events.'),
  tools: { type: ['array', 'null'], items: anyObject },
  tool_choice: optionalObject,
  thinking: optionalObject,
  output_config: optionalObject,
  metadata: said(optionalObject, '`user_id` is whose usage it is.'),
  aegis: reference('AegisHints'),
}

export const anthropicSchemas = {
  MessagesRequest: theirs({ ...members, max_tokens: { type: 'integer', minimum: 1, maximum: 10_000_000 } }, [
    'messages',
    'max_tokens',
  ]),
  Message: theirs(
    {
      id: text,
      type: oneOf(['message']),
      role: oneOf(['assistant']),
      content: listOf(anyObject),
      model: text,
      usage: said(theirs({ input_tokens: count, output_tokens: count, cost: number }), '`cost` is in US dollars.'),
    },
    ['content'],
  ),
  CountTokensRequest: theirs(members, ['messages']),
  TokenCount: object({ input_tokens: count }),
} satisfies Readonly<Record<string, Schema>>

const headers = {
  'anthropic-version': { type: 'string', pattern: String.raw`^\d{4}-\d{2}-\d{2}$` },
  'anthropic-beta': said(text, 'At most 32 names, with commas between them.'),
}
const question = [{ role: 'user', content: 'Why is the sky blue?' }]

export const anthropicOperations = {
  messages: {
    ...{ operation: 'createMessage', tag: 'Anthropic', hints: true, asks: true },
    summary: 'Answers a conversation',
    documentation: `${DOCUMENTATION}/messages`,
    headers,
    body: {
      schema: reference('MessagesRequest'),
      example: { model: 'auto', max_tokens: 200, messages: question, aegis: { data_classification: 'internal' } },
    },
    answer: {
      schema: reference('Message'),
      also: { 'text/event-stream': said(text, "Anthropic's events; one that breaks off ends with `event: error`.") },
    },
  },
  countTokens: {
    ...{ operation: 'countTokens', tag: 'Anthropic', hints: true },
    summary: 'How long a prompt is; free',
    documentation: `${DOCUMENTATION}/messages-count-tokens`,
    headers,
    body: { schema: reference('CountTokensRequest'), example: { model: 'auto', messages: question } },
    answer: { schema: reference('TokenCount') },
    errors: ['unknown_model'],
  },
} as const satisfies Readonly<Record<string, Description>>
