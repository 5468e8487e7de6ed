// Owns what is kept of a response: itself and its input, sealed, for its own tenant; and the history that a chain of them makes.
import type { ContentShelf } from '../../../content/content-shelf.ts'
import { type DataClassification, join } from '../../../domain/data-classification.ts'
import { AegisError } from '../../../domain/errors.ts'
import type { AnswerFacts } from '../../../proxy/answer.ts'
import { keptLevel } from '../../kept-level.ts'
import type { History } from './decode-response.ts'
import type { ResponseItem, ResponseObject } from './wire.ts'

interface Stored {
  readonly response: ResponseObject
  readonly input: readonly ResponseItem[]
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
    content: Buffer.from(JSON.stringify({ response, input: items })),
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
  let classification: DataClassification = 'public'
  for (let next: unknown = id; typeof next === 'string'; ) {
    const found = turns.length < MOST_TURNS ? await shelf.open('response', next, tenant) : undefined
    if (!found) throw missing(turns.length)
    const { response, input } = JSON.parse(found.content.toString('utf8')) as Stored
    turns.push([...input, ...(response.output as readonly ResponseItem[])])
    classification = join(classification, found.classification)
    next = response.previous_response_id
  }
  return { items: turns.reverse().flat(), classification }
}

/** Items of responses carry the response's own part of the id, and two digits of their place. */
const ITEM_ID = /^(?:rs|msg|fc)_([0-9a-f]{16,64})[0-9a-f]{2}$/

/**
 * The input with the items themselves in place of references to them, and the level of where they came from.
 * @throws AegisError `not_found` for an item that is not kept here, or is another tenant's.
 */
export async function withReferences(
  shelf: ContentShelf,
  input: readonly ResponseItem[],
  tenant: string,
): Promise<History> {
  let classification: DataClassification = 'public'
  if (!input.some(({ type }) => type === 'item_reference')) return { items: input, classification }
  const responses = new Map<string, Stored>()
  const items: ResponseItem[] = []
  for (const [index, item] of input.entries()) {
    if (item.type !== 'item_reference') {
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
    const output = (responses.get(responseId)?.response.output ?? []) as readonly ResponseItem[]
    const named = output.find(({ id }) => id === item.id)
    if (!named) {
      const message = `input[${index}].id names an item that is not kept here. Send the item itself.`
      throw new AegisError('not_found', message, { param: `input[${index}].id`, status: 400 })
    }
    items.push(named)
  }
  return { items, classification }
}

function missing(turnsBack: number): AegisError {
  const what = turnsBack === 0 ? 'is not kept here' : 'follows one that is not kept any more'
  const wayOut = 'Send the conversation itself as input'
  const message = `The response that previous_response_id names ${what}. ${wayOut}.`
  return new AegisError('not_found', message, { param: 'previous_response_id', status: 400 })
}
