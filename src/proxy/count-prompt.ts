// Owns the count of a prompt's tokens for a caller who asks: as the model that would answer counts, as far as that is known.
import type { JsonObject, JsonValue } from '../domain/chat-body.ts'
import type { Task } from '../domain/task.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { classify } from '../policy/classify/classify.ts'
import { type PictureSize, pictureSize } from '../policy/picture-size.ts'
import { pictureTokens } from '../policy/picture-tokens.ts'
import { route } from '../policy/route.ts'
import type { ProxyDeps } from './proxy-deps.ts'

export type CountDeps = Pick<ProxyDeps, 'policy' | 'defaultClassification' | 'priceBook' | 'tokenCounter'>

/** For models whose own encoding is not public. */
const USUAL_ENCODING = 'o200k_base'

/** Special tokens around a message and before the answer: https://developers.openai.com/cookbook, token counting. */
const TOKENS_PER_MESSAGE = 3
const TOKENS_BEFORE_ANSWER = 3

/** A pixel's share of a token, and the longest side and most tokens of a picture at Claude's: platform.claude.com, vision. */
const PIXELS_PER_TOKEN = 750
const LONGEST_SIDE = 1568
const MOST_PICTURE_TOKENS = 1600

/**
 * Nobody is asked, nothing is held and nothing leaves. Exact to a few tokens for text at models whose encoding is public,
 * an estimate for all others.
 * @throws AegisError when the model that was asked for does not exist.
 */
export async function countPrompt(task: Task, deps: CountDeps): Promise<number> {
  const [first] = route(task, classify(task, deps), deps.policy).attempts
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
