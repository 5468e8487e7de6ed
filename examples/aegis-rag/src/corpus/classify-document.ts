// Owns how sensitive a document is: what it says of itself and what Aegis finds in it, whichever is higher.
import type { DataClassification } from 'aegis-llm'
import { strictest, UNSTATED } from '../classification.ts'
import type { LoadedDocument } from './load-corpus.ts'

const levels: readonly DataClassification[] = ['public', 'internal', 'confidential', 'pii', 'hipaa']

/** What Aegis would treat a text as if it were to leave the machine. Calls no model. */
export type Detect = (text: string) => Promise<DataClassification>

export interface DocumentClass {
  readonly classification: DataClassification
  readonly by: 'statement' | 'detection' | 'default'
}

/** A misspelt statement is an error, not a guess: the document is not read in. */
export class UnknownClassification extends Error {
  override readonly name = 'UnknownClassification'

  constructor(path: string) {
    super(`${path}: classification must be one of ${levels.join(', ')}`)
  }
}

/** What is found only adds to what is stated. What neither says anything of is internal. */
export async function classifyDocument(document: LoadedDocument, detect: Detect): Promise<DocumentClass> {
  const given = document.stated.classification
  const stated = levels.find((level) => level === given)
  if (given !== undefined && stated === undefined) throw new UnknownClassification(document.path)
  const found = await detect(document.text)
  const classification = strictest([stated ?? UNSTATED, found])
  if (stated !== undefined && classification === stated) return { classification, by: 'statement' }
  return { classification, by: classification === UNSTATED ? 'default' : 'detection' }
}
