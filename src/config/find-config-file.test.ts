import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findConfigFile } from './find-config-file.ts'

interface Search {
  readonly says: string
  readonly stated?: string
  readonly env?: Readonly<Record<string, string>>
  readonly present: readonly string[]
  readonly found: string | undefined
}

const searches: readonly Search[] = [
  {
    says: 'the stated file comes first, there or not',
    stated: 'mine.yml',
    env: { AEGIS_CONFIG: 'b.yml' },
    present: ['aegis.yml'],
    found: 'mine.yml',
  },
  {
    says: 'AEGIS_CONFIG comes next, there or not',
    env: { AEGIS_CONFIG: '/etc/aegis.yml' },
    present: ['aegis.yml'],
    found: '/etc/aegis.yml',
  },
  { says: 'an empty AEGIS_CONFIG is none', env: { AEGIS_CONFIG: '' }, present: ['aegis.yml'], found: 'aegis.yml' },
  { says: 'aegis.yml is before aegis.yaml', present: ['aegis.yaml', 'aegis.yml'], found: 'aegis.yml' },
  {
    says: 'aegis.yaml is before config/llm_config.yml',
    present: ['config/llm_config.yml', 'aegis.yaml'],
    found: 'aegis.yaml',
  },
  { says: 'config/llm_config.yml is the last', present: ['config/llm_config.yml'], found: 'config/llm_config.yml' },
  { says: 'without any, providers are discovered', present: [], found: undefined },
]

for (const { says, stated, env = {}, present, found } of searches) {
  test(says, async () => {
    const exists = (path: string) => present.some((file) => path === `/srv/${file}`)
    assert.equal(await findConfigFile({ stated, env, cwd: '/srv', exists }), found)
  })
}
