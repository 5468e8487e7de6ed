// Owns e-mail addresses written so that machines should not read them: "jane at example dot com".
import type { PatternDetector } from '../engine/detector.ts'

export const writtenEmail: PatternDetector = {
  kind: 'pattern',
  rule: 'email_written',
  type: 'email_address',
  level: 'pii',
  category: 'pii',
  source: 'own',
  anchor: ['[at]', '(at)', ' dot '],
  pattern:
    /(?<![\w.])[\w.+-]{2,64} ?(?:[[({]at[\])}]|\bat\b) ?[\w-]{2,40}(?: ?(?:[[({](?:dot|punkt)[\])}]|\b(?:dot|punkt)\b|\.) ?[\w-]{2,40}){1,3}(?!\w)/gi,
  score: 0.75,
  // "Look at the dot com bubble" is a sentence.
  check: ([written]) => !/\bat (?:the|a|an|our|my|your|this|that|der|die|das)\b/i.test(written),
}
