// Proves statements on a person under Article 9, and that talk of the subject is none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  ethnicOrigin,
  politicalOpinion,
  religiousBelief,
  sexualOrientation,
  specialField,
  unionMembership,
} from './special-categories.ts'

describeDetector(sexualOrientation, {
  finds: [
    ['My colleague is gay and', 'My colleague is gay'],
    ['Ich bin lesbisch', 'Ich bin lesbisch'],
  ],
  ignores: ['gay marriage is legal in Spain', 'What does bisexual mean?'],
})
describeDetector(religiousBelief, {
  finds: [
    ['She is Muslim', 'She is Muslim'],
    ['Mein Nachbar ist gläubiger Christ', 'Mein Nachbar ist gläubiger Christ'],
  ],
  ignores: ['Explain the Catholic church', 'Christ the Redeemer is a statue', 'Er ist Christoph'],
})
describeDetector(politicalOpinion, {
  finds: [['He is a communist', 'He is a communist'], 'Er ist Mitglied der SPD'],
  ignores: ['democrat and republican states', 'The Socialist movement of 1900'],
})
describeDetector(unionMembership, {
  finds: [['My employee is a union member', 'My employee is a union member']],
  ignores: ['the union of two sets', 'a member of the class'],
})
describeDetector(ethnicOrigin, {
  finds: [['He is of Turkish origin', 'He is of Turkish origin']],
  ignores: ['African history', 'Roma lost to Milan'],
})
describeDetector(specialField, {
  finds: ['Religion: evangelisch', ['"ethnicity": "Asian"', 'ethnicity": "Asian']],
  ignores: ['religion: string', 'political views differ'],
})
