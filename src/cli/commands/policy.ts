// Owns `aegis policy`: its subcommands, their flags and their help.
import { Command } from 'commander'
import { guarded } from '../command-error.ts'
import type { PolicyTestFlags } from '../policy/run-policy-test.ts'

const testCommand = new Command('test')
  .description('run routing cases from a YAML file; calls nobody and starts nothing')
  .argument('<file>', 'the cases; examples/policy-cases.yml shows all that can be written')
  .option('-c, --config <file>', 'test this configuration instead of the one in the file')
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
A case is a task and what must become of it:

  cases:
    - name: personal data stays here although a cloud model is named
      task: { data_classification: pii, model: openai/gpt-4o }
      expect: { provider: local_ollama, reason: sensitive_data_local_only, excluded: { openai: restricted_data } }

task: data_classification, quality_requirement, complexity, batch_size, model, prompt, tags.
expect: provider, model, location, reason, fallback, excluded; or error with a code.
config: a file, or a configuration written there; without it three providers: local_ollama, ollama_cloud, openai.
Variables that are not set are given a stand-in, so that no key is needed.

Examples:
  $ aegis policy test examples/policy-cases.yml
  $ aegis policy test cases.yml --config aegis.yml`,
  )
  .action(
    guarded(async (file: string, flags: PolicyTestFlags, _command: Command) => {
      const { runPolicyTest } = await import('../policy/run-policy-test.ts')
      await runPolicyTest(file, flags)
    }),
  )

export const policyCommand = new Command('policy').description('what the routing rules do').addCommand(testCommand)
