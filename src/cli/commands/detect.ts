// Owns `aegis detect`: its flags and its help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import type { DetectFlags } from '../detect/run-detect.ts'

export const detectCommand = new Command('detect')
  .description('find sensitive data in lines of JSON on standard input; calls nobody')
  .option('-c, --config <file>', 'search as a gateway with this configuration does: its words, patterns and settings')
  .addOption(
    new Option('--names <point>', 'how eagerly names of persons are looked for; balanced unless told').choices([
      'off',
      'balanced',
      'strict',
    ]),
  )
  .option('--accept-binary', 'images, sound and documents do not make a line undecidable')
  .addHelpText(
    'after',
    `
A line in:   {"id": 1, "text": "…"} or {"id": 1, "body": {"messages": […]}}
A line out:  {"id": 1, "classification": "pii", "undecidable": false, "spans": [{"start", "end", "type", "score", "path"}]}

classification is the highest level found: public, internal, confidential, pii, hipaa. Offsets count UTF-16 units of the
string at path. The text itself is never written. A line that cannot be read gives {"line", "error"} and exit code 1.

Without --config it searches as a gateway does that sets nothing: all built-in detectors, and names of persons.

Examples:
  $ aegis detect --config aegis.yml --names strict < lines.jsonl
  $ echo '{"id":1,"text":"Card 4111 1111 1111 1111"}' | aegis detect`,
  )
  .action(
    guarded(async (flags: DetectFlags, _command: Command) => {
      const { runDetect } = await import('../detect/run-detect.ts')
      await runDetect(flags, process.stdin, process.stdout)
    }),
  )
