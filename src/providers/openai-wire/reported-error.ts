// Owns how an error inside a 200 of the OpenAI wire is recognised: vendors differ in what stands beside it.

/** The error that a chunk or an answer reports; `undefined` when it reports none. */
export function reportedError(value: object): unknown {
  // Older vLLM: the object itself is the error.
  if ('object' in value && value.object === 'error') return value
  const error = 'error' in value ? value.error : undefined
  if (!error) return undefined
  const choices: unknown = 'choices' in value ? value.choices : undefined
  if (!Array.isArray(choices) || choices.length === 0) return error
  // OpenRouter: a choice without text that ends with the error (https://openrouter.ai/docs/api-reference/streaming).
  return choices.some((choice) => choice?.finish_reason === 'error') ? error : undefined
}
