// Proves card numbers by their issuers and check digit, and that other long numbers are left alone.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { card, rareCard } from './card.ts'

describeDetector(card, {
  finds: [
    ['Charge 4012 8888 8888 1881 today', '4012 8888 8888 1881'],
    ['visa 4111111111111111.', '4111111111111111'],
    '371449635398431',
    ['3714 496353 98431 is an Amex', '3714 496353 98431'],
    ['two: 5555-5555-5555-4444, 6011000400000000', '5555-5555-5555-4444'],
  ],
  ignores: [
    'my credit card number is 4012-8888-8888-1882',
    'commit 4111111111111111a',
    'span 9111111111111111',
    '0.4111111111111111 of it',
    'ids 2024-11-27 4012 8888 8888 1882',
  ],
})

describeDetector(rareCard, {
  finds: [
    ['my credit card: 122000000000003', '122000000000003'],
    ['card 4222222222222', '4222222222222'],
  ],
  ignores: ['EAN 4018341390786 on the box', 'created 1732718400000', 'the trace 6304000000000000000 was cut off'],
})
