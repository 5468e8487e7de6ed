// Owns `aegis sandbox`: its arguments, its flags and its help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import { gatewayUrl } from '../parse-flags.ts'
import type { SandboxFlags } from '../sandbox/run-sandbox.ts'

export const sandboxCommand = new Command('sandbox')
  .description('break and mend the simulated providers of a running gateway')
  .argument('[name=state...]', 'local, cloud or openai = up, down, slow, rate_limited, failing or malformed')
  .option('-c, --config <file>', 'configuration file, for the address of the gateway')
  .addOption(new Option('--url <address>', 'the gateway; default $AEGIS_URL').argParser(gatewayUrl))
  .option('--json', 'write one JSON object; without a change, how the providers are')
  .addHelpText(
    'after',
    `
For a gateway that runs with \`aegis serve --sandbox\`, to watch what happens then.

Examples:
  $ aegis sandbox openai=down && aegis ask "Hello" --quality critical --complexity high
  $ aegis sandbox openai=up local=slow
  $ aegis sandbox --json`,
  )
  .action(
    guarded(async (changes: string[], flags: SandboxFlags, command: Command) => {
      if (changes.length === 0 && !flags.json) {
        command.outputHelp()
        return
      }
      const { runSandbox } = await import('../sandbox/run-sandbox.ts')
      await runSandbox(changes, flags)
    }),
  )
