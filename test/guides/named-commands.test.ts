// Proves of every guide that the packages, scripts and commands which its text names are there, and that a test runs it.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { program } from '../../src/cli/program.ts'
import { Guide, guideNames } from '../make/guide.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { name: itself, ...packageJson } = JSON.parse(read('package.json')) as { readonly name: string } & Record<
  'scripts' | 'devDependencies' | 'peerDependencies',
  Record<string, string>
>
/** A package of the AI SDK that a program brings itself, beside what this one may use. */
const known = new Set([
  itself,
  ...Object.keys(packageJson.peerDependencies),
  ...Object.keys(packageJson.devDependencies),
])

for (const name of guideNames) {
  const guide = new Guide(name)
  describe(`the guide ${name}`, () => {
    test('installs packages that this one knows (not run: they are here already)', () => {
      for (const command of guide.commands('npm install')) {
        const [words = ''] = command.split('#')
        for (const one of words.trim().split(/\s+/).slice(2)) assert.ok(known.has(one), one)
      }
    })

    test('runs scripts of the checkout that there are', () => {
      for (const [, script = ''] of guide.text.matchAll(/npm run (?:-s )?([\w:]+)/g)) {
        assert.ok(script in packageJson.scripts, script)
      }
    })

    test('names commands of the program, with flags that they have', () => {
      const commands = [...guide.commands('aegis'), ...guide.checkoutCommands.map((words) => `aegis ${words}`)]
      for (const command of commands) assertKnown(command)
    })
  })
}

test('each guide is read by a test that runs what it shows', () => {
  const tests = ['test/guides', 'test/cli'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}/`, import.meta.url))
      .filter((file) => file.endsWith('.test.ts') && !file.startsWith('named-commands'))
      .map((file) => read(`${folder}/${file}`)),
  )
  for (const name of guideNames) {
    const { text } = new Guide(name)
    if (!/^```console\n\$ (?!npm install)|^```ts$/m.test(text)) continue
    const marks = [`Guide('${name}')`, `guides/${name}.md'`, `\n  ${name}: {`, `\n  '${name}': {`]
    assert.ok(
      tests.some((one) => marks.some((mark) => one.includes(mark))),
      `no test runs ${name}`,
    )
  }
})

/** The parts of a command line behind `aegis`: subcommands as far as they go, and every flag. */
function assertKnown(line: string): void {
  const words = (line.split(/ [|>#] ?| && /)[0] ?? '').split(' ').slice(1)
  let command: Command = program
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (!below) break
    command = below
  }
  assert.notEqual(command, program, `there is no such command: ${line}`)
  for (const [, flag = ''] of words.join(' ').matchAll(/(?:^| )(--[\w-]+)/g)) {
    const flags = [...command.options, ...program.options].map(({ long }) => long)
    assert.ok(flags.includes(flag) || flag === '--help', `${line}: there is no ${flag}`)
  }
}
