// Owns what is kept of a response: itself and its input, sealed, for its own tenant; and the history that a chain of them makes.
import type { ContentShelf } from '../../../content/content-shelf.ts'
import { type DataClassification, join } from '../../../domain/data-classification.ts'
import { AegisError } from '../../../domain/errors.ts'
import type { AnswerFacts } from '../../../proxy/answer.ts'
import { keptLevel } from '../../kept-level.ts'
import type { History, OwnInput } from './decode-response.ts'
import { isAbsent, type ResponseItem, type ResponseObject } from './wire.ts'

interface Stored {
  readonly response: ResponseObject
  readonly input: readonly ResponseItem[]
  /** Who wrote it; what is sealed in it can be opened there only. */
  readonly provider?: string
}

/** Longer conversations than any window holds. */
const MOST_TURNS = 1000

/** @param facts of the answer, whose level the kept response has. */
export async function keepResponse(
  shelf: ContentShelf,
  tenant: string,
  { response, input }: Stored,
  facts: AnswerFacts,
): Promise<void> {
  const items = input.map((item, index) => ({ id: `in_${response.id.slice('resp_'.length)}${index}`, ...item }))
  await shelf.keep({
    id: response.id,
    kind: 'response',
    tenant,
    classification: keptLevel(facts),
    about: {},
    content: Buffer.from(JSON.stringify({ response, input: items, provider: facts.provider } satisfies Stored)),
  })
}

/** @throws AegisError `not_found` for what is not there, is over, or is another tenant's. */
export async function storedResponse(shelf: ContentShelf, id: string, tenant: string): Promise<Stored> {
  const found = await shelf.open('response', id, tenant)
  if (!found) throw new AegisError('not_found', 'There is no response of this id, or it is no longer kept.')
  return JSON.parse(found.content.toString('utf8')) as Stored
}

/** Everything that was said up to a response. @throws AegisError `not_found` when any of it is missing. */
export async function historyUpTo(shelf: ContentShelf, id: string, tenant: string): Promise<History> {
  const turns: (readonly ResponseItem[])[] = []
  const sealedBy = new Set<string>()
  let classification: DataClassification = 'public'
  for (let next: unknown = id; typeof next === 'string'; ) {
    const found = turns.length < MOST_TURNS ? await shelf.open('response', next, tenant) : undefined
    if (!found) throw missing(turns.length)
    const { response, input, provider } = JSON.parse(found.content.toString('utf8')) as Stored
    const output = response.output as readonly ResponseItem[]
    turns.push([...input, ...output])
    if (provider !== undefined && output.some(isSealed)) sealedBy.add(provider)
    classification = join(classification, found.classification)
    next = response.previous_response_id
  }
  return { items: turns.reverse().flat(), classification, sealedBy: [...sealedBy] }
}

/** Items of responses carry the response's own part of the id, and two digits of their place. */
const ITEM_ID = /^[a-z]{1,12}_([0-9a-f]{16,64})[0-9a-f]{2}$/

/**
 * The input with the items themselves in place of references to them, and the level of where they came from.
 * @throws AegisError `not_found` for an item that is not kept here, or is another tenant's.
 */
export async function withReferences(
  shelf: ContentShelf,
  input: readonly ResponseItem[],
  tenant: string,
): Promise<OwnInput> {
  let classification: DataClassification = 'public'
  const hasReferences = input.some(isReference)
  if (!hasReferences) return { items: input, classification, sealedBy: [], hasReferences }
  const sealedBy = new Set<string>()
  const responses = new Map<string, Stored>()
  const items: ResponseItem[] = []
  for (const [index, item] of input.entries()) {
    if (!isReference(item)) {
      items.push(item)
      continue
    }
    const part = typeof item.id === 'string' ? ITEM_ID.exec(item.id)?.[1] : undefined
    const responseId = `resp_${part}`
    const found = responses.has(responseId) ? undefined : part && (await shelf.open('response', responseId, tenant))
    if (found) {
      responses.set(responseId, JSON.parse(found.content.toString('utf8')) as Stored)
      classification = join(classification, found.classification)
    }
    const stored = responses.get(responseId)
    const output = (stored?.response.output ?? []) as readonly ResponseItem[]
    const named = output.find(({ id }) => id === item.id)
    if (!named) {
      const message = `input[${index}].id names an item that is not kept here. Send the item itself.`
      throw new AegisError('not_found', message, { param: `input[${index}].id`, status: 400 })
    }
    items.push(named)
    if (stored?.provider !== undefined && isSealed(named)) sealedBy.add(stored.provider)
  }
  return { items, classification, sealedBy: [...sealedBy], hasReferences }
}

/** Its type may be left out, and then its id is all there is. */
function isReference({ type, id, role }: ResponseItem): boolean {
  return type === 'item_reference' || (isAbsent(type) && isAbsent(role) && typeof id === 'string')
}

function isSealed({ type, encrypted_content: sealed }: ResponseItem): boolean {
  return type === 'reasoning' && typeof sealed === 'string'
}

function missing(turnsBack: number): AegisError {
  const what = turnsBack === 0 ? 'is not kept here' : 'follows one that is not kept any more'
  const wayOut = 'Send the conversation itself as input'
  const message = `The response that previous_response_id names ${what}. ${wayOut}.`
  return new AegisError('not_found', message, { param: 'previous_response_id', status: 400 })
}
