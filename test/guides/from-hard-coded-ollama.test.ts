// Runs the commands of the guide that leads away from hard-coded calls, in the checkout, over simulated models.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Workplace } from '../cli/aegis-process.ts'
import { assertShape, Guide, GuideShell } from '../make/guide.ts'

describe('the guide from hard-coded Ollama', () => {
  const place = new Workplace()
  const shell = new GuideShell(place.path, {}, fileURLToPath(new URL('../../', import.meta.url)))
  after(() => place[Symbol.asyncDispose]())

  for (const { command, shown } of new Guide('from-hard-coded-ollama').steps) {
    test(`\`${command}\` does what it says`, async (t) => {
      if (command.startsWith('aegis rollout')) {
        return t.skip(
          'it is asked beside the example while that runs: test/examples/aegis-rag/rollout.test.ts, test/cli/rollout.test.ts',
        )
      }
      if (command.includes('npm ') && !(await shell.has('npm'))) return t.skip('npm is not on this machine')
      const { code, stdout, stderr } = await shell.run(command)
      assert.equal(code, 0, stdout + stderr)
      assertShape(stdout, shown)
    })
  }
})
