// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of other languages are what is tested
// Proves secrets that have no prefix: in assignments, sentences, addresses, headers and blocks; and what only looks alike.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { assignedSecret, toldPin, toldSecret } from './assigned-secret.ts'
import { awsAccount, awsSecretKey, azureIdentity, kubernetesSecret } from './cloud-secrets.ts'
import { addressWithPassword, driverString } from './connection-string.ts'
import { entropyOf, isPlaceholder } from './entropy.ts'
import { privateKeyBlock, puttyKey, seedPhrase, walletKey } from './private-key.ts'
import { authorizationHeader, jsonWebToken, sessionCookie } from './tokens.ts'

/** No literal that a secret scanner would take for a live key. */
const random = (length: number) =>
  Array.from({ length }, (_, at) => 'aZ3bY7cX1dW9eV5fU2'[(at * 7 + (at >> 3)) % 18]).join('')

describeDetector(assignedSecret, {
  finds: [
    ['DB_PASSWORD=Sup3rS3cret!\n', 'DB_PASSWORD=Sup3rS3cret!'.slice(3)],
    ['password: "correct-Horse7"', 'password: "correct-Horse7"'],
    [`const apiKey = '${random(24)}'`, `apiKey = '${random(24)}'`],
    [`"client_secret": "${random(30)}"`, `client_secret": "${random(30)}"`],
  ],
  ignores: [
    'password = os.environ["PASSWORD"]',
    'password: string',
    'const token = await getToken()',
    'api_key: ${API_KEY}',
    'token = "next-page-token-name"',
    'PASSWORD=changeme',
    'secret: true',
    'tokens: 5003',
    'password="********"',
    'max_tokens = 4096',
    'passwordField: "user.password"',
  ],
})

describeDetector(toldSecret, {
  finds: [
    ['my password is hunter2!x, why', 'hunter2!x,'],
    ['das Passwort lautet Sommer2024', 'Sommer2024'],
  ],
  ignores: [
    'the password is stored hashed',
    'the token is 32bytes long',
    'Das Passwort ist abgelaufen',
    'the api key is required2'.replace('2', ''),
  ],
})

describeDetector(toldPin, {
  finds: [['Meine PIN lautet 4821', '4821'], 'CVV: 123'],
  ignores: ['pin 13 of the board', 'spin is 4821', 'the pin is high'],
})

describeDetector(addressWithPassword, {
  finds: [
    ['use postgres://app:s3cr3tPass@db.acme.com:5432/x', 'postgres://app:s3cr3tPass@db.acme.com'],
    'redis://:p4ssw0rd9@10.0.0.5',
  ],
  ignores: [
    'https://example.com/a:b@c',
    'postgres://postgres:postgres@localhost/db',
    'mysql://user:${PASSWORD}@db',
    'https://username:password@example.com',
    'http://localhost:8080/@user',
    'git+ssh://git@github.com',
  ],
})

describeDetector(driverString, {
  finds: [['Server=db1;Database=crm;User Id=app;Password=Xk9!qqw2;', 'Xk9!qqw2']],
  ignores: ['Server=db1;Password=changeme;', 'password=abc'],
})

describeDetector(awsSecretKey, {
  finds: [[`aws_secret_access_key = ${random(40)}`, random(40)]],
  ignores: [`aws_secret_access_key = ${random(56)}==`, 'secret_key = "x"'],
})
describeDetector(awsAccount, {
  finds: [['AWS_ACCOUNT_ID=1234-5678-9012', '1234-5678-9012']],
  ignores: ['account 123456789012'],
})
describeDetector(azureIdentity, {
  finds: ['AZURE_CLIENT_ID=dac6fb3d-713c-4555-8a97-4089aa3849be'],
  ignores: ['client_id=dac6fb3d-713c-4555-8a97-4089aa3849be'],
})
describeDetector(kubernetesSecret, {
  finds: [['kind: Secret\nmetadata:\n  name: a\ndata:\n  key: YWJj', 'data:\n  key: YWJj']],
  ignores: ['kind: ConfigMap\ndata:\n  key: YWJj', 'kind: Secret\nmetadata:\n  name: a\n'],
})

const body = random(160)
describeDetector(privateKeyBlock, {
  finds: [
    `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\\n${body}`,
  ],
  ignores: [
    '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----',
    `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${'x'.repeat(80)}`,
  ],
})
describeDetector(puttyKey, { finds: ['PuTTY-User-Key-File-2: ssh-rsa'], ignores: ['PuTTY is a client'] })

const key = 'c8f12fb8b20008e14b5a5ff4bad15af9b545d98144da8707892dcc2a2014ba58'
describeDetector(walletKey, {
  finds: [[`import 0x${key} now`, key]],
  ignores: [`tx hash: 0x${key}`, key, `0x${'0'.repeat(64)}`, `0x${key}ab`],
})
describeDetector(seedPhrase, {
  finds: [
    [
      'My seed phrase is: legal winner thank year wave sausage worth useful legal winner thank yellow',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    ],
  ],
  ignores: ['a seed phrase is a list of words that opens a wallet'],
})

const part = (text: object) => Buffer.from(JSON.stringify(text)).toString('base64url')
const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '1234567890', iat: 1516239022 })}.${random(43)}`
describeDetector(jsonWebToken, {
  finds: [[`jwt ${token} end`, token]],
  ignores: [part({ alg: 'HS256', typ: 'JWT' }), 'eyJ.eyJ.x'],
})
describeDetector(authorizationHeader, {
  finds: [[`Authorization: Bearer ${random(32)}`, random(32)]],
  ignores: [
    'Authorization: Bearer $TOKEN',
    'Authorization: Bearer <your-token-here>',
    'a bearer of bad-news-for-everyone',
  ],
})
describeDetector(sessionCookie, {
  finds: [['Cookie: theme=dark; session_id=8f3a9c2e1b7d4f60', '8f3a9c2e1b7d4f60']],
  ignores: ['Cookie: theme=dark', 'cookie consent banner', 'session_id INTEGER'],
})

test('entropy is that of Shannon', () => {
  assert.equal(entropyOf('aaaa'), 0)
  assert.equal(entropyOf('abab'), 1)
  assert.equal(entropyOf('abcd'), 2)
})

test('stand-ins are told from values', () => {
  for (const value of [
    'changeme',
    '<token>',
    '${PASSWORD}',
    '{{ secret }}',
    'xxxxxxxx',
    '********',
    'YOUR_KEY',
    'null',
    'my-password',
    'aaaaaaaa',
  ])
    assert.ok(isPlaceholder(value), value)
  for (const value of ['hunter2', 'Sup3rS3cret!', 'correct-Horse7', 'tr0ub4dor&3'])
    assert.ok(!isPlaceholder(value), value)
})
