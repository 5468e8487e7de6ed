// Proves e-mail addresses, and that packages, servers and code with an @ are none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { email } from './email.ts'

describeDetector(email, {
  finds: [
    ['write to jane.doe+news@example.com.', 'jane.doe+news@example.com'],
    ['<mailto:a@b.co.uk>', 'a@b.co.uk'],
    'user@xn--80ak6aa92e.com',
    ["von 'max.müller@firma.de' an", 'max.müller@firma.de'],
    ['ops@build.internal', 'ops@build.internal'],
  ],
  ignores: [
    'npm i @types/node@24.1.2 react@^19.0.0',
    'uses: actions/checkout@v4',
    'git clone git@github.com:nodejs/node.git',
    'my email is info@presidio.',
    '@app.get("/users")',
    'result = a@b.to(device)',
    'kernel@14.30.2',
  ],
})
