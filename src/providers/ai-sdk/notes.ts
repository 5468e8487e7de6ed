// Owns what a caller is told about its request: what was left out or said differently on this wire.
import type { SharedV4Warning } from '@ai-sdk/provider'

const MOST_NOTES = 32
const LONGEST_NOTE = 300

/** Notes in the order in which they came up, each once. They stand in the answer as `aegis.warnings`. */
export class Notes {
  readonly #notes = new Set<string>()

  add(note: string): void {
    if (this.#notes.size < MOST_NOTES) this.#notes.add(note.slice(0, LONGEST_NOTE))
  }

  /** Adds what the package itself warns of. */
  addWarnings(warnings: readonly SharedV4Warning[]): void {
    for (const warning of warnings) this.add(textOfWarning(warning))
  }

  /** The member of an answer that shows them; nothing when there are none. */
  get member(): { readonly aegis?: { readonly warnings: readonly string[] } } {
    return this.#notes.size === 0 ? {} : { aegis: { warnings: [...this.#notes] } }
  }
}

function textOfWarning(warning: SharedV4Warning): string {
  switch (warning.type) {
    case 'unsupported':
      return `${warning.feature} is not supported${warning.details === undefined ? '' : `: ${warning.details}`}`
    case 'compatibility':
      return `${warning.feature} is imitated${warning.details === undefined ? '' : `: ${warning.details}`}`
    case 'deprecated':
      return `${warning.setting} is deprecated: ${warning.message}`
    case 'other':
      return warning.message
  }
}
