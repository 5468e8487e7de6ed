// Proves addresses written for people only.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { writtenEmail } from './written-email.ts'

describeDetector(writtenEmail, {
  finds: [
    ['mail jane.doe [at] example [dot] com', 'jane.doe [at] example [dot] com'],
    ['jane(at)example.org', 'jane(at)example.org'],
    ['jane at example dot com', 'jane at example dot com'],
  ],
  ignores: ['we meet at noon in the office', 'look at the dot com bubble', 'int a[at] = 5'],
})
