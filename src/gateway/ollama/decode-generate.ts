// Owns the step from Ollama's /api/generate to a Task: a system text and a prompt become two messages of a chat.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import type { Task } from '../../domain/task.ts'
import type { ChatContext } from '../openai/decode-chat.ts'
import { canonicalSettings, contentOf, wrong } from './canonical.ts'
import { chatTask } from './decode-chat.ts'

/** What a chat cannot say, and what to do instead. A value that asks for nothing is left alone. */
const refused: readonly { readonly name: string; readonly what: string }[] = [
  { name: 'suffix', what: 'is not supported: a chat has no text that follows. Put it into the prompt' },
  { name: 'template', what: "is not supported: each provider renders its model's own template. Leave it out" },
  {
    name: 'raw',
    what: 'is not supported: a rendered template fits one model only. Send the prompt without it, or use /api/chat',
  },
]

/**
 * `context`, the tokens of an earlier answer, is left out: they mean something to the one model that made them and
 * nothing to whoever else may answer. A conversation goes through /api/chat.
 * @throws AegisError `invalid_request` or `unknown_model`
 */
export function decodeGenerate(view: JsonObject, context: ChatContext): Task {
  const system = textOf(view, 'system')
  const content = contentOf(textOf(view, 'prompt'), view.images, '')
  return chatTask(view, context, {
    model: view.model ?? 'auto',
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content }],
    ...canonicalSettings(view),
  })
}

/**
 * Without a prompt a model is only loaded, or with `keep_alive: 0` unloaded.
 * @throws AegisError `invalid_request` for what a chat cannot say.
 */
export function asksForNothing(view: JsonObject): boolean {
  for (const { name, what } of refused) if (asksForSomething(view[name])) throw wrong(name, what)
  return textOf(view, 'prompt') === ''
}

function textOf(view: JsonObject, name: 'system' | 'prompt'): string {
  const value = view[name] ?? ''
  if (typeof value !== 'string') throw wrong(name, 'must be a text')
  return value
}

function asksForSomething(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}
