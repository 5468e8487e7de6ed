// Owns the description of the routing hints, of the keys, and of the headers that answers carry.
import { dataClassifications } from '../../domain/data-classification.ts'
import { complexities, qualityRequirements } from '../../domain/task.ts'
import { type HintName, hintNames, MAX_BATCH_SIZE, MAX_TAG_LENGTH, MAX_TAGS } from '../read-hints.ts'
import { closed, oneOf, type Schema, said, text, wholeNumber } from './schema.ts'

const tag: Schema = { type: 'string', minLength: 1, maxLength: MAX_TAG_LENGTH }
const oneText: Schema = { type: 'string', minLength: 1, maxLength: 256 }

const hints: Readonly<Record<HintName, Schema>> = {
  data_classification: said(
    oneOf(dataClassifications),
    'What the data is; pii, hipaa and confidential stay with local providers. Of two statements the more restrictive one holds.',
  ),
  quality_requirement: said(oneOf(qualityRequirements), 'How good the answer must be.'),
  complexity: said(oneOf(complexities), 'How hard the task is.'),
  batch_size: said(wholeNumber(1, MAX_BATCH_SIZE), 'Requests that belong together.'),
  session: said(oneText, 'The conversation: what was restricted once stays so in it.'),
  tags: said({ type: 'array', maxItems: MAX_TAGS, items: tag }, 'For budgets and usage; without commas.'),
  model_local: said(oneText, 'The model, should a local provider answer.'),
  model_cloud: said(oneText, 'The model, should ollama_cloud answer.'),
  model_openai: said(oneText, 'The model, should openai answer.'),
}

export const hintSchemas = {
  AegisHints: said(closed(hints, []), 'Read here and not sent on. An unknown member or value is refused.'),
}

const headerName = (hint: HintName) => `x-aegis-${hint.replaceAll('_', '-')}`

const correlation = {
  name: 'x-correlation-id',
  in: 'header',
  schema: text,
  description: 'Comes back in the answer.',
}

/** By their names under `components.parameters`. */
export const hintParameters: Readonly<Record<string, object>> = Object.fromEntries(
  hintNames.map((hint) => {
    const schema = hint === 'tags' ? said(text, `At most ${MAX_TAGS}, with commas between them.`) : hints[hint]
    return [headerName(hint), { name: headerName(hint), in: 'header', required: false, schema }]
  }),
)

export const parameters: Readonly<Record<string, object>> = { ...hintParameters, 'x-correlation-id': correlation }

const header = (schema: Schema, description: string) => ({ schema, description })

/** Of every answer. */
export const commonHeaders = {
  'x-aegis-request-id': header(text, 'The id under which the log, the ledger and the traces have the request.'),
  'x-request-id': header(text, 'The same.'),
  'x-correlation-id': header(text, "The request's own, or the id again."),
}

/** Of an answer by a model. */
export const answerHeaders = {
  'x-aegis-provider': header(text, 'Who answered.'),
  'x-aegis-model': header(text, 'With which model.'),
  'x-aegis-location': header(oneOf(['local', 'cloud']), 'Where that is.'),
  'x-aegis-reason': header(text, 'Why it was asked: sensitive_data_local_only, critical_quality, …'),
  'x-aegis-classification': header(oneOf(dataClassifications), 'What the data counted as.'),
  'x-aegis-attempts': header(wholeNumber(1, 1000), 'How many providers were asked.'),
  'x-aegis-cost-usd': header(text, 'US dollars. Of a stream its last usage has the cost.'),
  'x-aegis-cohort': header(oneOf(['current', 'candidate']), 'Which policy decided, during a rollout.'),
  'x-aegis-cache': header(oneOf(['hit', 'miss', 'bypass']), 'What the response cache did, where there is one.'),
  'x-aegis-simulated': header(oneOf(['true']), 'The provider is simulated: no model has answered.'),
}

/** Of a refusal. */
export const errorHeaders = {
  'retry-after': header(text, 'Seconds. Every 429 and 503 has it.'),
  'x-should-retry': header(oneOf(['false']), 'Asking again changes nothing; the clients of OpenAI and Anthropic obey.'),
}

/** One of them will do, in this order; each takes the key with and without `Bearer`. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The master key, or a virtual key sk-aegis-<id>-<secret>. On loopback without any key none is asked for.',
  },
  xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  xAnyLlmKey: { type: 'apiKey', in: 'header', name: 'X-AnyLLM-Key' },
  anyLlmKey: { type: 'apiKey', in: 'header', name: 'AnyLLM-Key' },
  otariKey: { type: 'apiKey', in: 'header', name: 'Otari-Key' },
}
