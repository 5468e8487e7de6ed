// Owns the description of Ollama's routes.
import type { Description } from '../open-api/description.ts'
import {
  anyObject,
  count,
  flag,
  listOf,
  number,
  object,
  oneOf,
  orNull,
  reference,
  type Schema,
  said,
  text,
  theirs,
} from '../open-api/schema.ts'

const DOCUMENTATION = 'https://docs.ollama.com/api'
const model = said(text, '`auto`, a configured name, `provider/model` or `provider:model`. `auto` unless told.')
const range = (type: string, minimum: number, maximum: number): Schema => ({ type: [type, 'null'], minimum, maximum })
const options = said(
  orNull(
    theirs({
      temperature: range('number', 0, 2),
      top_p: range('number', 0, 1),
      frequency_penalty: range('number', -2, 2),
      presence_penalty: range('number', -2, 2),
      num_predict: said(
        { type: ['integer', 'null'], maximum: 10_000_000 },
        'The most tokens to generate; none unless positive.',
      ),
      num_ctx: said({}, 'Left out: the context is sized by the prompt.'),
    }),
  ),
  'Those that other wires have too are translated; the rest is for Ollama alone.',
)
const stream = said({ type: ['boolean', 'null'], default: true }, 'JSON lines, unless it is false.')
const settings = {
  options,
  format: said({ anyOf: [oneOf(['json', '']), anyObject, { type: 'null' }] }, 'json, or a JSON schema.'),
  stream,
  think: { type: ['boolean', 'string'] },
  keep_alive: { type: ['string', 'number'] },
  aegis: reference('AegisHints'),
}
const images = listOf(said(text, 'base64'))
const message = theirs(
  {
    role: oneOf(['system', 'user', 'assistant', 'tool']),
    content: text,
    images,
    thinking: text,
    tool_calls: listOf(theirs({ function: theirs({ name: text, arguments: anyObject }, ['name']) }, ['function'])),
    tool_name: text,
  },
  ['role', 'content'],
)
const figures = {
  model: text,
  created_at: { type: 'string', format: 'date-time' },
  done: flag,
  done_reason: text,
  total_duration: said(count, 'Nanoseconds.'),
  prompt_eval_count: count,
  eval_count: count,
  cost_usd: number,
}
const details = anyObject

export const ollamaSchemas = {
  OllamaChatRequest: theirs(
    { model, messages: { type: 'array', minItems: 1, items: message }, tools: listOf(anyObject), ...settings },
    ['messages'],
  ),
  OllamaChat: theirs({ ...figures, message: theirs({ role: text, content: text }) }, ['model', 'message', 'done']),
  OllamaGenerateRequest: theirs({
    model,
    prompt: said(orNull(text), 'Without one the model is only loaded.'),
    system: orNull(text),
    images,
    ...settings,
    suffix: said({ enum: ['', null] }, 'Refused when it says something; template and raw alike.'),
  }),
  OllamaGenerate: theirs({ ...figures, response: text }, ['model', 'response', 'done']),
  OllamaEmbedRequest: theirs({
    model,
    input: { anyOf: [text, { type: 'array', maxItems: 2048, items: text }, { type: 'null' }] },
    dimensions: { type: ['integer', 'null'], minimum: 1, maximum: 100_000 },
    options: orNull(anyObject),
    keep_alive: { type: ['string', 'number'] },
    aegis: reference('AegisHints'),
  }),
  OllamaEmbed: theirs({ model: text, embeddings: listOf(listOf(number)), total_duration: count, cost_usd: number }, [
    'model',
    'embeddings',
  ]),
  OllamaEmbeddingsRequest: theirs({
    model,
    prompt: orNull(text),
    options: orNull(anyObject),
    keep_alive: { type: ['string', 'number'] },
    aegis: reference('AegisHints'),
  }),
  OllamaEmbeddings: object({ embedding: listOf(number) }),
  OllamaShowRequest: theirs({ model, name: said(text, 'The older name of model.') }),
  OllamaShow: object({
    modelfile: text,
    parameters: text,
    template: text,
    details,
    model_info: anyObject,
    capabilities: listOf(oneOf(['completion', 'tools', 'vision', 'audio', 'embedding'])),
    modified_at: text,
  }),
  OllamaModels: object({ models: listOf(anyObject) }),
  OllamaVersion: object({ version: said(text, 'Of Ollama, whose wire this is.') }),
} satisfies Readonly<Record<string, Schema>>

const lines = (schema: string) => ({
  'application/x-ndjson': said(reference(schema), 'One a line; the last has done: true.'),
})
const question = [{ role: 'user', content: 'Why is the sky blue?' }]

export const ollamaOperations = {
  chat: {
    ...{ operation: 'ollamaChat', tag: 'Ollama', hints: true, asks: true },
    summary: 'Answers a conversation',
    documentation: `${DOCUMENTATION}/chat`,
    body: { schema: reference('OllamaChatRequest'), example: { model: 'auto', messages: question, stream: false } },
    answer: { schema: reference('OllamaChat'), also: lines('OllamaChat') },
  },
  generate: {
    ...{ operation: 'ollamaGenerate', tag: 'Ollama', hints: true, asks: true },
    summary: 'Answers a prompt',
    documentation: `${DOCUMENTATION}/generate`,
    body: {
      schema: reference('OllamaGenerateRequest'),
      example: { model: 'auto', prompt: 'Why is the sky blue?', stream: false },
    },
    answer: { schema: reference('OllamaGenerate'), also: lines('OllamaGenerate') },
  },
  embed: {
    ...{ operation: 'ollamaEmbed', tag: 'Ollama', hints: true, asks: true },
    summary: 'Makes vectors of one text or many',
    documentation: `${DOCUMENTATION}/embed`,
    body: { schema: reference('OllamaEmbedRequest'), example: { model: 'auto', input: ['The sky is blue.'] } },
    answer: { schema: reference('OllamaEmbed') },
  },
  embeddings: {
    ...{ operation: 'ollamaEmbeddings', tag: 'Ollama', hints: true, asks: true },
    summary: 'The older way to make a vector of one text',
    documentation: `${DOCUMENTATION}/embed`,
    body: { schema: reference('OllamaEmbeddingsRequest'), example: { model: 'auto', prompt: 'The sky is blue.' } },
    answer: { schema: reference('OllamaEmbeddings') },
  },
  show: {
    ...{ operation: 'ollamaShow', tag: 'Ollama' },
    summary: 'What is known of a model',
    documentation: `${DOCUMENTATION}-reference/show-model-details`,
    body: { schema: reference('OllamaShowRequest'), example: { model: 'auto' } },
    answer: { schema: reference('OllamaShow') },
    errors: ['unknown_model'],
  },
  ps: {
    ...{ operation: 'ollamaPs', tag: 'Ollama' },
    summary: 'The models that local Ollamas have loaded',
    documentation: `${DOCUMENTATION}/ps`,
    answer: { schema: reference('OllamaModels') },
  },
  tags: {
    ...{ operation: 'ollamaTags', tag: 'Ollama' },
    summary: 'Every model that the key may ask',
    documentation: `${DOCUMENTATION}/tags`,
    answer: { schema: reference('OllamaModels') },
  },
  version: {
    ...{ operation: 'ollamaVersion', tag: 'Ollama' },
    summary: 'The version of Ollama whose wire this is',
    answer: { schema: reference('OllamaVersion') },
  },
} as const satisfies Readonly<Record<string, Description>>
