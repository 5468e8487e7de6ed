// Owns what becomes of the fields of OpenAI's responses at a provider with the route, at its chat, and at every other wire.
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses'
import { at, because, type CarriedField, leftOut, refused, warm } from './arrival.ts'
import { asChat, elsewhere, everywhere, nowhere, onlyOpenAI } from './responses-arrival.ts'
import { earlierFields, itemFields } from './responses-items.ts'
import { choiceFields, offered, toolFields } from './responses-tools.ts'

const { noMember } = because
const format = { name: 'answer', description: 'An answer.', strict: true, schema: warm } as const
const atOpenAI = 'it lives at OpenAI, where nobody here can search it or go on without it'

/** A member more in OpenAI's client is an error here until it is said what becomes of it. */
const members: Readonly<Record<keyof ResponseCreateParamsBase, readonly CarriedField[]>> = {
  // The router's: every wire is told the name of its own.
  model: [],
  instructions: [
    {
      field: 'instructions',
      body: { instructions: 'Be kind.' },
      arrives: { openai: at('messages.0', { role: 'system', content: 'Be kind.' }), ...asChat('messages: system') },
    },
  ],
  input: itemFields,
  previous_response_id: [earlierFields.response],
  max_output_tokens: [
    {
      field: 'max_output_tokens',
      body: { max_output_tokens: 50 },
      arrives: { openai: at('max_completion_tokens', 50), ...asChat('max_completion_tokens') },
    },
  ],
  temperature: [
    {
      field: 'temperature',
      body: { temperature: 0.25 },
      arrives: { openai: at('temperature', 0.25), ...asChat('temperature') },
    },
  ],
  top_p: [{ field: 'top_p', body: { top_p: 0.5 }, arrives: { openai: at('top_p', 0.5), ...asChat('top_p') } }],
  tools: toolFields,
  tool_choice: choiceFields,
  parallel_tool_calls: [
    {
      field: 'parallel_tool_calls: false',
      body: { tools: [offered], parallel_tool_calls: false },
      without: { tools: [offered] },
      arrives: { openai: at('parallel_tool_calls', false), ...asChat('parallel_tool_calls: false') },
    },
  ],
  max_tool_calls: [
    nowhere('max_tool_calls', { max_tool_calls: 2 }, 'it counts calls of tools that a chat cannot offer'),
  ],
  text: [
    {
      field: 'text: format json_schema',
      body: { text: { format: { type: 'json_schema', ...format } } },
      arrives: {
        openai: at('response_format', { type: 'json_schema', json_schema: format }),
        ...asChat('response_format: json_schema'),
      },
    },
    {
      field: 'text: format json_object',
      body: { text: { format: { type: 'json_object' } } },
      arrives: { openai: at('response_format', { type: 'json_object' }), ...asChat('response_format: json_object') },
    },
    nowhere('text: format text', { text: { format: { type: 'text' } } }, 'it is what holds without it'),
    onlyOpenAI('text: verbosity', { text: { verbosity: 'low' } }, 'verbosity', 'low'),
  ],
  reasoning: [
    {
      field: 'reasoning: effort',
      body: { reasoning: { effort: 'low' }, max_output_tokens: 30_000 },
      arrives: { openai: at('reasoning_effort', 'low'), ...asChat('reasoning_effort') },
    },
    ...(['summary', 'generate_summary'] as const).map((name) =>
      nowhere(`reasoning: ${name}`, { reasoning: { [name]: 'auto' } }, 'thoughts are told wherever a wire tells them'),
    ),
    nowhere('reasoning: context', { reasoning: { context: 'all_turns' } }, noMember),
    nowhere('reasoning: mode', { reasoning: { mode: 'pro' } }, noMember),
  ],
  include: [
    {
      field: 'include: message.output_text.logprobs',
      body: { include: ['message.output_text.logprobs'] },
      arrives: { openai: at('logprobs', true), ...asChat('logprobs') },
    },
    nowhere(
      'include: all else',
      { include: ['reasoning.encrypted_content', 'web_search_call.action.sources', 'file_search_call.results'] },
      'it tells of what only the route has',
    ),
  ],
  top_logprobs: [
    {
      field: 'top_logprobs',
      body: { top_logprobs: 3 },
      arrives: { openai: at('top_logprobs', 3), ...asChat('logprobs'), ollama: at('top_logprobs', 3) },
    },
  ],
  stream: [
    {
      field: 'stream',
      body: { stream: true },
      arrives: {
        openai: at('stream', true),
        ollama: at('stream', true),
        anthropic: at('stream', true),
        google: leftOut('its address says it'),
        bedrock: leftOut('its address says it'),
        cohere: at('stream', true),
      },
    },
  ],
  stream_options: [
    {
      ...onlyOpenAI(
        'stream_options: include_obfuscation',
        { stream: true, stream_options: { include_obfuscation: false } },
        'stream_options.include_obfuscation',
        false,
      ),
      without: { stream: true },
    },
  ],
  store: [
    {
      field: 'store',
      body: { store: true },
      arrives: {
        responses: leftOut('nothing is kept at a provider: the store is here'),
        ...everywhere(leftOut('the store is here')),
      },
    },
  ],
  metadata: [nowhere('metadata', { metadata: { a: '1' } }, 'it belongs to the response, which is kept here')],
  truncation: [nowhere('truncation', { truncation: 'auto' }, 'nothing is cut unseen: too long a prompt is an error')],
  service_tier: [
    {
      field: 'service_tier',
      body: { service_tier: 'flex' },
      arrives: {
        openai: at('service_tier', 'flex'),
        ollama: leftOut(noMember),
        anthropic: leftOut('a tier has a price of its own: the usual one is asked for'),
        google: leftOut('a tier has a price of its own: the usual one is asked for'),
        bedrock: leftOut('a tier has a price of its own: the usual one is asked for'),
        cohere: leftOut(noMember),
      },
    },
  ],
  user: [{ field: 'user', body: { user: 'user-7' }, arrives: { openai: at('user', 'user-7'), ...asChat('user') } }],
  safety_identifier: [
    {
      field: 'safety_identifier',
      body: { safety_identifier: 'user-7' },
      arrives: { openai: at('safety_identifier', 'user-7'), ...asChat('user') },
    },
  ],
  prompt_cache_key: [onlyOpenAI('prompt_cache_key', { prompt_cache_key: 'key-7' }, 'prompt_cache_key', 'key-7')],
  prompt_cache_options: [
    onlyOpenAI('prompt_cache_options', { prompt_cache_options: { ttl: '30m' } }, 'prompt_cache_options', {
      ttl: '30m',
    }),
  ],
  prompt_cache_retention: [
    onlyOpenAI('prompt_cache_retention', { prompt_cache_retention: '24h' }, 'prompt_cache_retention', '24h'),
  ],
  moderation: [
    onlyOpenAI('moderation', { moderation: { model: 'omni-moderation-latest' } }, 'moderation', {
      model: 'omni-moderation-latest',
    }),
  ],
  context_management: [
    nowhere('context_management', { context_management: [{ type: 'compaction', compact_threshold: 1000 }] }, noMember),
  ],
  image: [nowhere('image', { image: { context_compression: 'disabled' } }, noMember)],
  access_programs: [nowhere('access_programs', { access_programs: { cyber: 'standard' } }, noMember)],
  background: [homeless('background', true, 'nobody would be there to search the answer: stream it, or send a batch')],
  conversation: [homeless('conversation', 'conv_1', atOpenAI)],
  prompt: [homeless('prompt', { id: 'pmpt_1' }, atOpenAI)],
}

export const responsesFields: readonly CarriedField[] = [
  ...Object.values(members).flat(),
  {
    field: 'a member that nobody knows',
    body: { a_member_that_nobody_knows: { a: 1 } },
    arrives: { openai: at('a_member_that_nobody_knows', { a: 1 }), ...elsewhere(leftOut(noMember)) },
  },
]

/** Refused at the route as well. */
function homeless(field: string, value: CarriedField['body'][string], why: string): CarriedField {
  return { field, body: { [field]: value }, arrives: { responses: refused(why), ...everywhere(refused(why)) } }
}
