// Owns what the fields of OpenAI's responses have in common: where a chat says the same it goes the same way, and where none can, it is refused.
import type { JsonValue } from '../../../src/testing/index.ts'
import { type Arrival, at, because, type CarriedField, leftOut, refused } from './arrival.ts'
import { openaiFields } from './openai-fields.ts'

type Body = CarriedField['body']
type Arrives = CarriedField['arrives']

export const user = { role: 'user', content: 'Say hello.' } as const
export const weather = { name: 'weather', description: 'The weather.' } as const

/** Where the field of a chat arrives at the wires that are not OpenAI's. */
export function asChat(field: string): Arrives {
  const found = openaiFields.find((one) => one.field === field)
  if (!found) throw new Error(`a chat has no field ${field}`)
  return found.arrives
}

/** The same at every wire of a chat. */
export function everywhere(arrival: Arrival): Arrives {
  return { openai: arrival, ...elsewhere(arrival) }
}

/** The same at every wire but OpenAI's. */
export function elsewhere(arrival: Arrival): Arrives {
  return { ollama: arrival, anthropic: arrival, google: arrival, bedrock: arrival, cohere: arrival }
}

/** A member that only OpenAI's chat has beside its responses. */
export function onlyOpenAI(field: string, body: Body, path: string, is: JsonValue): CarriedField {
  return { field, body, arrives: { openai: at(path, is), ...elsewhere(leftOut(because.noMember)) } }
}

export function onlyRoute(field: string, body: Body, why: string): CarriedField {
  return { field, body, arrives: everywhere(refused(why)) }
}

/** The same for each name. */
export function each<Name extends string>(
  names: readonly Name[],
  fieldOf: (name: Name) => CarriedField,
): Record<Name, readonly CarriedField[]> {
  const entries = names.map((name) => [name, [fieldOf(name)]] as const)
  return Object.fromEntries(entries) as Readonly<Record<string, readonly CarriedField[]>> as Record<
    Name,
    readonly CarriedField[]
  >
}

export function nowhere(field: string, body: Body, why: string, without?: Body): CarriedField {
  return { field, body, ...(without ? { without } : {}), arrives: everywhere(leftOut(why)) }
}

/** A request whose only message shows a part beside a text. */
export function shown(part: JsonValue, role = 'user'): Body {
  return { input: [{ role, content: [{ type: 'input_text', text: 'What is this?' }, part] }] }
}
