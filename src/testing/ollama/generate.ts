// The part of /api/generate that /api/chat does not have: one prompt in, one text out.
import { asString } from '../json-value.ts'
import { simulatedTokens } from '../simulated-tokens.ts'
import { type GenerationStyle, imageTokens } from './generation.ts'
import { doneReason, ollamaMetrics } from './metrics.ts'

export const generateStyle: GenerationStyle = {
  path: '/api/generate',
  verb: 'generate',
  isEmpty: (json) => (asString(json.prompt) ?? '') === '',
  needs: () => [],
  prompt(json) {
    const texts = [json.prompt, json.system, json.suffix].map((text) => asString(text) ?? '')
    const tokens = texts.reduce((sum, text) => sum + simulatedTokens(text), imageTokens(json.images))
    return [{ tokens, kept: true }]
  },
  question: (json) => ({ lastUserText: asString(json.prompt) ?? '', toolsToCall: [] }),
  piece: (piece) => ({ response: piece.content, thinking: piece.thinking === '' ? undefined : piece.thinking }),
  closing: (answer, behaviour) => ({
    done: true,
    done_reason: doneReason(answer),
    context: [1, 2, 3],
    ...ollamaMetrics(answer, behaviour),
  }),
}
