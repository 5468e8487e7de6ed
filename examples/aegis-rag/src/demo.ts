// Owns what the demonstrations read and ask.
import { fileURLToPath } from 'node:url'
import type { DataClassification } from 'aegis-llm'

export interface Question {
  readonly text: string
  readonly declared?: DataClassification
}

export const demoCorpus = fileURLToPath(new URL('../corpus', import.meta.url))

export const demoQuestions: readonly [Question, ...Question[]] = [
  { text: 'Which valve does the Aurora Pump use?', declared: 'public' },
  { text: 'Who supplies Northwind Clinic with the Helix Valve?' },
  { text: 'Which anticoagulant does the patient with atrial fibrillation take?' },
]
