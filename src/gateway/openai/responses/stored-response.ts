// Owns what is kept of a response: itself and its input, sealed, for its own tenant; and the history that a chain of them makes.
import type { ContentShelf } from '../../../content/content-shelf.ts'
import { type DataClassification, isRestricted, join } from '../../../domain/data-classification.ts'
import { AegisError } from '../../../domain/errors.ts'
import type { AnswerFacts } from '../../../proxy/answer.ts'
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
    classification: levelOf(facts),
    about: {},
    content: Buffer.from(JSON.stringify({ response, input: items })),
  })
}

/** What could not be judged is restricted, whatever its level says. */
function levelOf({ classification: { level, restricted } }: AnswerFacts): DataClassification {
  return restricted && !isRestricted(level) ? 'confidential' : level
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

function missing(turnsBack: number): AegisError {
  const what = turnsBack === 0 ? 'is not kept here' : 'follows one that is not kept any more'
  const wayOut = 'Send the conversation itself as input'
  const message = `The response that previous_response_id names ${what}. ${wayOut}.`
  return new AegisError('not_found', message, { param: 'previous_response_id', status: 400 })
}
