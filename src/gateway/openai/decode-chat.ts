// Owns the step from the bytes of a chat completion request to a Task. Decoded once, kept raw beside.
import { ChatBody, type JsonValue } from '../../domain/chat-body.ts'
import { AegisError } from '../../domain/errors.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { ModelChoice, Task } from '../../domain/task.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import { checkChat } from './check-chat.ts'

export interface ChatContext {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly timeoutMs: number
  readonly rawHeaders: readonly string[]
  readonly keyId: string | undefined
  readonly providers: readonly ProviderRef[]
}

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeChat(bytes: Buffer, context: ChatContext): Task {
  const { view, members } = parseJsonObject(bytes)
  checkChat(view)
  const hints = readHints(view.aegis, context.rawHeaders)
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints,
    body: new ChatBody(bytes, view, members),
    keyId: context.keyId,
    user: typeof view.user === 'string' ? view.user.slice(0, 256) : undefined,
  }
}

/**
 * What the member `model` asks for: `auto`, `auto:local`, `auto:cloud`, a configured model's bare name, or
 * `provider/model` and `provider:model`. A bare name wins, because `llama3.2:8b` is a model and not a provider.
 * @throws AegisError `unknown_model` when nothing configured fits.
 */
export function readModel(value: JsonValue | undefined, providers: readonly ProviderRef[]): ModelChoice {
  if (value === undefined) return { by: 'policy' }
  if (typeof value !== 'string' || value === '') {
    throw new AegisError('invalid_request', 'model must be a text: "auto", a configured model, or provider/model.', {
      param: 'model',
    })
  }
  const name = value.startsWith('aegis/') ? value.slice('aegis/'.length) : value
  if (name === 'auto') return { by: 'policy' }
  if (name === 'auto:local') return { by: 'tier', tier: 'local' }
  if (name === 'auto:cloud') return { by: 'tier', tier: 'cloud' }
  if (providers.some((provider) => provider.models.includes(value))) return { by: 'model', model: value }
  const separator = value.search(/[/:]/)
  const prefix = separator < 0 ? undefined : value.slice(0, separator)
  const provider = providers.find((one) => one.name === prefix)
  if (provider && separator + 1 < value.length)
    return { by: 'provider', provider: provider.name, model: value.slice(separator + 1) }
  const known = providers.flatMap(({ name: owner, models }) => models.map((model) => `${owner}/${model}`))
  throw new AegisError(
    'unknown_model',
    `No configured provider has this model. Ask for "auto", or one of ${known.slice(0, 12).join(', ')}.`,
    { param: 'model' },
  )
}
