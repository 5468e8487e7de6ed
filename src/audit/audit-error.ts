// Owns the error of an audit record that cannot be kept: the start fails, because decisions would go unrecorded.

export class AuditError extends Error {
  override readonly name = 'AuditError'

  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be written'
    super(
      `the privacy record in ${folder} cannot be kept (${reason}). Make the folder writable, set privacy.audit.path to ` +
        'another one, or turn it off with privacy.audit.enabled: false',
      { cause },
    )
  }
}
