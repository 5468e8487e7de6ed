// Owns whether a whole answer shows anything that was generated: text, a call of a tool, a refusal, sound.

/** @param body a chat completion, a message of Anthropic's or a response; `false` for what is neither. */
export function showsOutput(body: Buffer): boolean {
  let answer: unknown
  try {
    answer = JSON.parse(body.toString('utf8'))
  } catch {
    return false
  }
  if (typeof answer !== 'object' || answer === null) return false
  if ('type' in answer && answer.type === 'message') return 'content' in answer && isSomething(answer.content)
  if ('object' in answer && answer.object === 'response') return 'output' in answer && isSomething(answer.output)
  if (!('choices' in answer) || !Array.isArray(answer.choices)) return false
  return answer.choices.some((choice: unknown) => {
    const message = typeof choice === 'object' && choice !== null && 'message' in choice ? choice.message : undefined
    if (typeof message !== 'object' || message === null) return false
    return Object.entries(message).some(([key, value]) => key !== 'role' && isSomething(value))
  })
}

function isSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false
  return !Array.isArray(value) || value.length > 0
}
