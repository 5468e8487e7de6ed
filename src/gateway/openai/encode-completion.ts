// Owns the legacy completion's reply objects, made from chat completions and their chunks.

interface ChatChoice {
  readonly index?: number
  readonly message?: { readonly content?: string | null }
  readonly delta?: { readonly content?: string | null }
  readonly logprobs?: { readonly content?: readonly TokenLogprob[] | null } | null
  readonly finish_reason?: string | null
}

interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly top_logprobs?: readonly { readonly token: string; readonly logprob: number }[]
}

interface ChatObject {
  readonly id?: string
  readonly created?: number
  readonly model?: string
  readonly choices?: readonly ChatChoice[]
  readonly usage?: ChatUsage | null
}

type ChatUsage = Readonly<Record<string, unknown>>

/**
 * The answers to several prompts as one completion: choices in the order of the prompts, usage added up.
 * @param bodies chat completions.
 */
export function textCompletion(bodies: readonly Buffer[], choicesEach: number): Buffer {
  const chats = bodies.map((body) => JSON.parse(body.toString('utf8')) as ChatObject)
  const choices = chats.flatMap((chat, prompt) =>
    (chat.choices ?? []).map((choice) => ({
      text: choice.message?.content ?? '',
      index: prompt * choicesEach + (choice.index ?? 0),
      logprobs: legacyLogprobs(choice, 0),
      finish_reason: finishReason(choice) ?? 'stop',
    })),
  )
  const usage = chats.map((chat) => chat.usage).reduce(addedUsage)
  return Buffer.from(JSON.stringify({ ...frameOf(chats[0] ?? {}), choices, ...(usage ? { usage } : {}) }))
}

/** The chunks of a chat as chunks of a completion. */
export class TextChunks {
  readonly #offsets = new Map<number, number>()

  /** @param frames whole events. @returns events; empty when nothing is left to show. */
  translate(frames: Buffer): Buffer {
    const events: string[] = []
    for (const line of frames.toString('utf8').split('\n')) {
      const chunk = line.startsWith('data:') ? parsed(line.slice(5)) : undefined
      const shown = chunk && this.#chunk(chunk)
      if (shown) events.push(`data: ${JSON.stringify(shown)}\n\n`)
    }
    return Buffer.from(events.join(''))
  }

  #chunk(chunk: ChatObject): object | undefined {
    const choices = (chunk.choices ?? []).flatMap((choice) => this.#choice(choice))
    if (choices.length === 0 && !chunk.usage) return undefined
    return { ...frameOf(chunk), choices, ...(chunk.usage ? { usage: chunk.usage } : {}) }
  }

  #choice(choice: ChatChoice): object[] {
    const text = choice.delta?.content ?? ''
    const finish = finishReason(choice)
    if (text === '' && finish === null) return []
    const index = choice.index ?? 0
    const offset = this.#offsets.get(index) ?? 0
    this.#offsets.set(index, offset + text.length)
    return [{ text, index, logprobs: legacyLogprobs(choice, offset), finish_reason: finish }]
  }
}

function frameOf({ id, created, model }: ChatObject): object {
  return { id: `cmpl-${String(id ?? '').replace(/^chatcmpl-/, '')}`, object: 'text_completion', created, model }
}

/** A completion ends for two reasons, or for one of the content's. */
function finishReason({ finish_reason: reason }: ChatChoice): string | null {
  if (reason === null || reason === undefined) return null
  return reason === 'length' || reason === 'content_filter' ? reason : 'stop'
}

function legacyLogprobs({ logprobs }: ChatChoice, offset: number): object | null {
  const content = logprobs?.content
  if (!content) return null
  let at = offset
  return {
    tokens: content.map(({ token }) => token),
    token_logprobs: content.map(({ logprob }) => logprob),
    top_logprobs: content.map(({ top_logprobs: top = [] }) =>
      Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: content.map(({ token }) => {
      at += token.length
      return at - token.length
    }),
  }
}

/** Numbers are added, also inside the details; with one usage missing the sum is not known. */
function addedUsage(
  left: ChatUsage | null | undefined,
  right: ChatUsage | null | undefined,
): ChatUsage | null | undefined {
  if (!left || !right) return undefined
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return Object.fromEntries([...names].map((name) => [name, addedMember(left[name], right[name])]))
}

function addedMember(left: unknown, right: unknown): unknown {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (isRecord(left) && isRecord(right)) return addedUsage(left, right)
  return left ?? right
}

function isRecord(value: unknown): value is ChatUsage {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(data: string): ChatObject | undefined {
  try {
    return JSON.parse(data) as ChatObject
  } catch {
    return undefined
  }
}
