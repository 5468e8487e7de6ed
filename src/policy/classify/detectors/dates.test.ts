// Proves dates of birth, of hospital stays, and high ages.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { advancedAge, clinicalDate, dateOfBirth, starOfBirth } from './dates.ts'

describeDetector(dateOfBirth, {
  finds: [
    ['born on March 14, 1979 in', 'March 14, 1979'],
    ['DOB: 03/14/1979', '03/14/1979'],
    ['geb. am 3. März 1961', '3. März 1961'],
    ['"date_of_birth": "1979-03-14"', '1979-03-14'],
    ['Geburtsdatum 03.12.80', '03.12.80'],
  ],
  ignores: [
    'born in 1990',
    'birth_date DATE NOT NULL',
    'the release of 2024-05-01',
    'born again, he left',
    'geben Sie 12.03.2024 ein',
  ],
})
describeDetector(starOfBirth, {
  finds: [['Max (*12.03.1980)', '*12.03.1980']],
  ignores: ['2 * 12.03', '** 12.03.1980'],
})
describeDetector(clinicalDate, {
  finds: [
    ['The patient was admitted on 2024-05-01', '2024-05-01'],
    ['Klinik: Entlassung am 3.5.2024', '3.5.2024'],
  ],
  ignores: [
    'The request was admitted on 2024-05-01',
    'operation 2024-05-01T10:00 took long',
    'discharge of the battery on 01/02/2024',
  ],
})
describeDetector(advancedAge, {
  finds: [['a 92-year-old woman', '92-year-old'], ['sie ist 93 Jahre alt', '93 Jahre alt'], 'aged 101'],
  ignores: ['a 42-year-old', 'max-age: 90', 'cache aged 95 seconds', 'age 9', 'version 92 year'],
})
