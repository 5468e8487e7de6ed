// Owns the telling of a model's fault from the pipeline's: a reply that is not what its schema asks for.

/** Small models lose their way in long replies; asked again, or later, they may not. */
export function isUnusableAnswer(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError')
}
