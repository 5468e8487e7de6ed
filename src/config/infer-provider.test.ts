import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inferProvider, type StatedProvider } from './infer-provider.ts'

interface Inference {
  readonly says: string
  readonly name: string
  readonly stated: StatedProvider
  readonly networks?: readonly string[]
  /** kind location role baseUrl */
  readonly is: string
  readonly remark?: RegExp
}

const inferences: readonly Inference[] = [
  {
    says: 'a local Ollama by name and address',
    name: 'local_ollama',
    stated: { base_url: 'http://localhost:11434' },
    is: 'ollama local local http://localhost:11434',
  },
  {
    says: 'Ollama by its port',
    name: 'gpu',
    stated: { base_url: 'http://127.0.0.1:11434/' },
    is: 'ollama local local http://127.0.0.1:11434',
  },
  {
    says: 'Ollama by its name',
    name: 'my-ollama',
    stated: { base_url: 'http://[::1]:8000' },
    is: 'ollama local local http://[::1]:8000',
  },
  {
    says: 'Ollama with the routes of its clients',
    name: 'ollama',
    stated: { base_url: 'http://127.0.0.1:11434/v1/' },
    is: 'ollama local local http://127.0.0.1:11434',
  },
  {
    says: 'Ollama behind a path',
    name: 'ollama',
    stated: { base_url: 'http://127.0.0.1/ai/api' },
    is: 'ollama local local http://127.0.0.1/ai',
  },
  {
    says: 'Ollama Cloud by its host',
    name: 'remote',
    stated: { base_url: 'https://ollama.com' },
    is: 'ollama cloud cloud https://ollama.com',
  },
  {
    says: 'Ollama Cloud at its former host',
    name: 'ollama_cloud',
    stated: { base_url: 'https://ollama.cloud/v1' },
    is: 'ollama cloud cloud https://ollama.com',
    remark: /ollama\.com now/,
  },
  {
    says: 'OpenAI without an address',
    name: 'openai',
    stated: {},
    is: 'openai cloud openai https://api.openai.com/v1',
  },
  {
    says: 'OpenAI by its host',
    name: 'main',
    stated: { base_url: 'https://api.openai.com' },
    is: 'openai cloud openai https://api.openai.com/v1',
  },
  {
    says: 'OpenAI at another cloud',
    name: 'azure',
    stated: { base_url: 'https://x.openai.azure.com/openai/v1/' },
    is: 'openai_compatible cloud openai https://x.openai.azure.com/openai/v1',
  },
  {
    says: 'OpenAI by stated kind',
    name: 'main',
    stated: { kind: 'openai' },
    is: 'openai cloud openai https://api.openai.com/v1',
  },
  {
    says: 'another OpenAI wire at a cloud',
    name: 'mistral',
    stated: { base_url: 'https://api.mistral.ai/v1' },
    is: 'openai_compatible cloud cloud https://api.mistral.ai/v1',
  },
  {
    says: 'a path is kept',
    name: 'groq',
    stated: { base_url: 'https://api.groq.com/openai/v1//' },
    is: 'openai_compatible cloud cloud https://api.groq.com/openai/v1',
  },
  {
    says: '/v1 is added when there is no path',
    name: 'vllm',
    stated: { base_url: 'http://127.0.0.1:8000' },
    is: 'openai_compatible local local http://127.0.0.1:8000/v1',
  },
  {
    says: 'the host is written in lower case',
    name: 'x',
    stated: { base_url: 'HTTPS://API.Mistral.AI/V1' },
    is: 'openai_compatible cloud cloud https://api.mistral.ai/V1',
  },
  {
    says: 'a name that says cloud beats loopback',
    name: 'ollama_cloud',
    stated: { base_url: 'http://127.0.0.1:11434' },
    is: 'ollama cloud cloud http://127.0.0.1:11434',
    remark: /name says cloud: add location: local/,
  },
  {
    says: 'the kind openai beats loopback',
    name: 'local_openai',
    stated: { base_url: 'http://localhost:1234/v1' },
    is: 'openai cloud openai http://localhost:1234/v1',
    remark: /kind is openai: add location: local/,
  },
  {
    says: 'a stated location beats name and kind',
    name: 'local_openai',
    stated: { base_url: 'http://localhost:1234/v1', location: 'local' },
    is: 'openai local local http://localhost:1234/v1',
  },
  {
    says: 'a stated kind beats the name',
    name: 'openai_proxy',
    stated: { base_url: 'http://localhost:1234', kind: 'openai_compatible' },
    is: 'openai_compatible local local http://localhost:1234/v1',
  },
  {
    says: 'a stated cloud beats loopback',
    name: 'x',
    stated: { base_url: 'http://localhost:1', location: 'cloud' },
    is: 'openai_compatible cloud cloud http://localhost:1/v1',
  },
  {
    says: 'a stated role stands',
    name: 'x',
    stated: { base_url: 'http://localhost:1', role: 'openai' },
    is: 'openai_compatible local openai http://localhost:1/v1',
  },
  {
    says: 'an address in a local network is local',
    name: 'gpu',
    stated: { base_url: 'http://10.1.2.3:11434' },
    networks: ['10.1.0.0/16'],
    is: 'ollama local local http://10.1.2.3:11434',
  },
  {
    says: 'a private address outside of them is cloud',
    name: 'gpu',
    stated: { base_url: 'http://10.2.2.3:11434' },
    networks: ['10.1.0.0/16'],
    is: 'ollama cloud cloud http://10.2.2.3:11434',
    remark: /local_networks: \[10\.2\.2\.3\/32\]/,
  },
  {
    says: 'a bare name is cloud',
    name: 'x',
    stated: { base_url: 'http://ollama:11434' },
    networks: ['172.16.0.0/12'],
    is: 'ollama cloud cloud http://ollama:11434',
    remark: /only a name: add location: local/,
  },
  {
    says: 'a bare name stated local is checked later',
    name: 'x',
    stated: { base_url: 'http://ollama:11434', location: 'local' },
    networks: ['172.16.0.0/12'],
    is: 'ollama local local http://ollama:11434',
    remark: /^ollama is checked at each connection/,
  },
  {
    says: 'a bare name stated local without networks is warned of',
    name: 'x',
    stated: { base_url: 'http://ollama:11434', location: 'local' },
    is: 'ollama local local http://ollama:11434',
    remark: /which is empty, so x may be refused/,
  },
  {
    says: 'a name that only starts like localhost is cloud',
    name: 'x',
    stated: { base_url: 'http://localhost.evil.example' },
    is: 'openai_compatible cloud cloud http://localhost.evil.example/v1',
  },
  {
    says: 'loopback in another notation is loopback',
    name: 'x',
    stated: { base_url: 'http://0x7f.1:8000' },
    is: 'openai_compatible local local http://127.0.0.1:8000/v1',
  },
]

for (const { says, name, stated, networks = [], is, remark } of inferences) {
  test(says, () => {
    const inferred = inferProvider(name, stated, networks)
    assert.ok('kind' in inferred, 'message' in inferred ? inferred.message : '')
    assert.equal([inferred.kind, inferred.location, inferred.role, inferred.baseUrl].join(' '), is)
    assert.equal(inferred.remarks.length, remark ? 1 : 0, JSON.stringify(inferred.remarks))
    if (remark) assert.match(inferred.remarks[0]?.message ?? '', remark)
  })
}

const refusals: readonly (readonly [says: string, stated: StatedProvider, message: RegExp])[] = [
  ['no address', {}, /^is missing: add base_url/],
  ['another protocol', { base_url: 'ftp://x' }, /must start with http/],
  ['no protocol', { base_url: 'localhost:11434' }, /must start with http/],
  ['no host', { base_url: 'http://' }, /must start with http/],
  ['a password in the address', { base_url: 'https://u:hunter2@x.example' }, /^must not hold a user name or password/],
  ['a query', { base_url: 'https://x.example/v1?key=hunter2' }, /must not hold \? or #/],
  ['an address to listen on', { base_url: 'http://0.0.0.0:11434' }, /write 127\.0\.0\.1/],
  ['a public address stated local', { base_url: 'http://203.0.113.9:11434', location: 'local' }, /on the internet/],
  ['OpenAI stated local', { base_url: 'https://api.openai.com/v1', location: 'local' }, /on the internet/],
  ['Ollama Cloud stated local', { base_url: 'https://ollama.com', location: 'local' }, /on the internet/],
  ['Ollama Cloud of old stated local', { base_url: 'https://ollama.cloud', location: 'local' }, /on the internet/],
  [
    'an unlisted private address stated local',
    { base_url: 'http://10.1.2.3', location: 'local' },
    /local_networks: \[10\.1\.2\.3\/32\]/,
  ],
  [
    'an unlisted ULA stated local',
    { base_url: 'http://[fd00::1]', location: 'local' },
    /local_networks: \[fd00::1\/128\]/,
  ],
]

for (const [says, stated, message] of refusals) {
  test(`${says} is refused with the fix and without the value`, () => {
    const inferred = inferProvider('x', stated, [])
    const problem = 'level' in inferred ? inferred : inferred.remarks.find((remark) => remark.level === 'problem')
    assert.match(problem?.message ?? '', message)
    assert.doesNotMatch(problem?.message ?? '', /hunter2/)
  })
}
