// Owns the places of a chat completion in which data can stand.
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'

export const user = (content: JsonValue): JsonObject => ({ role: 'user', content })
export const called = (name: string, text: string): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: text } }],
})
export const schema = (more: JsonObject): JsonObject => ({
  type: 'object',
  properties: { value: { type: 'string', ...more } },
})
export const toolWith = (more: JsonObject): JsonObject => ({
  tools: [{ type: 'function', function: { name: 'look_up', ...more } }],
})
export const formatWith = (more: JsonObject): JsonObject => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: schema(more) } },
})
export const halves = (text: string): readonly [string, string] => [
  text.slice(0, text.length >> 1),
  text.slice(text.length >> 1),
]

/** Places in a chat completion. */
export const carriers: Readonly<Record<string, (text: string) => JsonObject>> = {
  'a system message': (text) => ({ messages: [{ role: 'system', content: text }, user('Go on.')] }),
  'a developer message': (text) => ({ messages: [{ role: 'developer', content: text }, user('Go on.')] }),
  'an earlier turn': (text) => ({
    messages: [user(text), { role: 'assistant', content: 'Yes.' }, user('Go on.')],
  }),
  'an answer in the history': (text) => ({
    messages: [user('Hi.'), { role: 'assistant', content: text }, user('Go on.')],
  }),
  'the reasoning in the history': (text) => ({
    messages: [user('Hi.'), { role: 'assistant', content: 'Yes.', reasoning_content: text }, user('Go on.')],
  }),
  'the result of a tool': (text) => ({
    messages: [user('Hi.'), called('look_up', '{}'), { role: 'tool', tool_call_id: 'call_1', content: text }],
  }),
  'the arguments of a call': (text) => ({
    messages: [
      user('Hi.'),
      called('look_up', JSON.stringify({ filter: { value: text } })),
      { role: 'tool', tool_call_id: 'call_1', content: 'none' },
    ],
  }),
  'the description of a tool': (text) => toolWith({ description: text, parameters: schema({}) }),
  'an enum of a tool': (text) => toolWith({ parameters: schema({ enum: ['a', text] }) }),
  'a default of a tool': (text) => toolWith({ parameters: schema({ default: text }) }),
  'the examples of a tool': (text) => toolWith({ parameters: schema({ examples: [text] }) }),
  'the description of a schema': (text) => formatWith({ description: text }),
  'a constant of a schema': (text) => formatWith({ const: text }),
  'a text part': (text) => ({ messages: [user([{ type: 'text', text }])] }),
  'a data URL of text': (text) => ({
    messages: [user(`See data:text/plain;base64,${Buffer.from(`Note: ${text}`).toString('base64')} please`)],
  }),
  'the query of a URL': (text) => ({ messages: [user(`See https://example.org/?q=${encodeURIComponent(text)}`)] }),
  metadata: (text) => ({ metadata: { note: text } }),
  user: (text) => ({ user: text }),
  stop: (text) => ({ stop: [text] }),
  'a member of a vendor': (text) => ({ vendor_extension: { deep: [{ er: text }] } }),
  'the name of a speaker': (text) => ({ messages: [{ ...user('Go on.'), name: text }] }),
  'the name of a member': (text) => ({ metadata: { [text]: 'x' } }),
  'a member named __proto__': (text) => JSON.parse(`{"metadata":{"__proto__":${JSON.stringify({ note: text })}}}`),
  'JSON in JSON in JSON': (text) => ({
    messages: [user(JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: text }) }) }))],
  }),
}

/** Those whose twin no cloud can be asked with either: what is not text is not judged, and `prediction` has no price. */
export const unreadable: Readonly<Record<string, (text: string) => JsonObject>> = {
  'a prediction': (text) => ({ prediction: { type: 'content', content: text } }),
  'the query of a picture': (text) => ({
    messages: [user([{ type: 'image_url', image_url: { url: `https://example.org/?q=${encodeURIComponent(text)}` } }])],
  }),
  'a picture': (text) => ({
    messages: [
      user([
        {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${Buffer.from(`\x89PNG\0${text}`, 'latin1').toString('base64')}` },
        },
      ]),
    ],
  }),
  'a file and its name': (text) => ({
    messages: [
      user([{ type: 'file', file: { filename: `${text}.txt`, file_data: 'data:text/plain;base64,aGVsbG8=' } }]),
    ],
  }),
  'a sound': (text) => ({
    messages: [
      user([{ type: 'input_audio', input_audio: { data: Buffer.from(text).toString('base64'), format: 'wav' } }]),
    ],
  }),
  'the transcript of a sound': (text) => ({
    messages: [
      user('Hi.'),
      { role: 'assistant', content: null, audio: { id: 'a1', transcript: text } },
      user('Go on.'),
    ],
  }),
}
