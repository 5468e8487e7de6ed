// Owns what is extracted from a chunk: the entities it names and the relations it states.
import * as z from 'zod'

export const extractionSchema = z.object({
  entities: z.array(
    z.object({
      name: z.string().describe('As the text has it'),
      type: z.enum(['organisation', 'device', 'substance', 'person', 'place', 'other']),
    }),
  ),
  relations: z.array(
    z.object({
      source: z.string().describe('The name of an entity'),
      relation: z.enum(['uses', 'supplies', 'maintains', 'treats', 'contains', 'replaces', 'belongs_to']),
      target: z.string().describe('The name of another entity'),
    }),
  ),
})

export type Extracted = z.infer<typeof extractionSchema>

export const extractionInstructions =
  'Extract the entities that the text names and the relations that it states between them. Use the names of the text. ' +
  'State nothing that the text does not state.'

/** Without what no graph needs: empty names, relations of a thing to itself. */
export function tidy({ entities, relations }: Extracted): Extracted {
  return {
    entities: entities.filter(({ name }) => name.trim() !== ''),
    relations: relations.filter(
      ({ source, target }) => source.trim() !== '' && target.trim() !== '' && source !== target,
    ),
  }
}
