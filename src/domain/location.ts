// Owns where a provider runs, which decides what data may reach it.

/** `local`: this machine, or an address the operator allow-listed. `cloud`: everywhere else. */
export const locations = ['local', 'cloud'] as const
export type Location = (typeof locations)[number]
