// Owns the count of a prompt's tokens for a caller who asks: as the model that would answer counts, as far as that can be known.
import type { Attempt, ClearedAttempt } from '../domain/attempt.ts'
import type { CancelSignal } from '../domain/cancellation.ts'
import type { JsonObject, JsonValue } from '../domain/chat-body.ts'
import { AegisError } from '../domain/errors.ts'
import { ZERO_USD } from '../domain/money.ts'
import { ProviderFailure } from '../domain/provider-failure.ts'
import type { Task } from '../domain/task.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { type PictureSize, pictureSize } from '../policy/picture-size.ts'
import { pictureTokens } from '../policy/picture-tokens.ts'
import { type PlanDeps, planTask } from './plan-task.ts'
import type { ProxyDeps } from './proxy-deps.ts'

export type CountDeps = PlanDeps & Pick<ProxyDeps, 'providers' | 'ledger' | 'priceBook' | 'tokenCounter'>

/** For models whose own encoding is not public. */
const USUAL_ENCODING = 'o200k_base'

const FREE = { amount: ZERO_USD, outputTokenCap: undefined }

/** Special tokens around a message and before the answer: https://developers.openai.com/cookbook, token counting. */
const TOKENS_PER_MESSAGE = 3
const TOKENS_BEFORE_ANSWER = 3

/** A pixel's share of a token, and the longest side and most tokens of a picture at Claude's: platform.claude.com, vision. */
const PIXELS_PER_TOKEN = 750
const LONGEST_SIDE = 1568
const MOST_PICTURE_TOKENS = 1600

/**
 * Asked of the provider that would answer, where that counts requests of this wire for nothing; what leaves has been cleared and
 * searched as for an answer. Counted here otherwise: exact to a few tokens for text at models whose encoding is public, an
 * estimate for all others.
 * @throws AegisError when the model that was asked for does not exist.
 */
export async function countPrompt(task: Task, deps: CountDeps, signal: CancelSignal): Promise<number> {
  const { plan } = await planTask(task, deps)
  const [first] = plan.attempts
  const counted = first && (await countThere(first, deps, signal))
  return counted ?? countHere(task, first, deps)
}

/** Undefined when it cannot be asked, or does not tell. */
async function countThere(first: ClearedAttempt, deps: CountDeps, signal: CancelSignal): Promise<number | undefined> {
  const provider = deps.providers.get(first.provider.name)
  if (!provider?.countTokens || !first.task.body.native) return undefined
  const reserved = await deps.ledger.reserve(first, FREE, { attemptIndex: 0 })
  if (reserved.outcome !== 'reserved') return undefined
  try {
    return await provider.countTokens(reserved.attempt, signal)
  } catch (error) {
    if (signal.cancelled) throw new AegisError('client_closed', 'The caller left before the prompt was counted.')
    if (error instanceof ProviderFailure) return undefined
    throw error
  } finally {
    deps.ledger.settle(reserved.attempt, { cost: ZERO_USD, usage: undefined, quality: 'reported' })
  }
}

async function countHere(task: Task, first: Attempt | undefined, deps: CountDeps): Promise<number> {
  const rules = first && deps.priceBook.tokenRules(first.provider, first.model)
  const { messages, tools } = task.body.view
  const prompt = new PromptParts(rules)
  const list = Array.isArray(messages) ? messages : []
  for (const message of list) prompt.add(message)
  if (Array.isArray(tools)) for (const tool of tools) prompt.texts.push(JSON.stringify(tool))
  const texts = await deps.tokenCounter.count(rules?.encoding ?? USUAL_ENCODING, prompt.texts)
  return texts + prompt.pictureTokens + list.length * TOKENS_PER_MESSAGE + TOKENS_BEFORE_ANSWER
}

class PromptParts {
  readonly texts: string[] = []
  pictureTokens = 0
  readonly #rules: TokenRules | undefined

  constructor(rules: TokenRules | undefined) {
    this.#rules = rules
  }

  /** A message, a part or a text: whatever holds words, with every picture by its size. */
  add(value: JsonValue): void {
    if (typeof value === 'string') this.texts.push(value)
    else if (Array.isArray(value)) for (const one of value as readonly JsonValue[]) this.add(one)
    else if (typeof value === 'object' && value !== null) this.#addMembers(value as JsonObject)
  }

  #addMembers(members: JsonObject): void {
    if (members.type === 'image_url') {
      const image = members.image_url
      const url = typeof image === 'object' && image !== null && 'url' in image ? image.url : image
      this.pictureTokens += this.#pictureTokens(typeof url === 'string' ? pictureSize(url) : undefined)
      return
    }
    for (const [name, value] of Object.entries(members)) if (!named.has(name)) this.add(value)
  }

  #pictureTokens(size: PictureSize | undefined): number {
    const rule = this.#rules?.picture
    if (rule) return pictureTokens(rule, size, false)
    if (!size) return MOST_PICTURE_TOKENS
    const scale = Math.min(1, LONGEST_SIDE / Math.max(size.width, size.height))
    const tokens = Math.ceil((size.width * size.height * scale * scale) / PIXELS_PER_TOKEN)
    return Math.min(tokens, MOST_PICTURE_TOKENS)
  }
}

/** Members that say what their neighbours are, and are no words of the prompt. */
const named: ReadonlySet<string> = new Set(['role', 'type', 'id', 'tool_call_id'])
