// Owns what is said when an address cannot be listened on.
import { CommandError } from '../command-error.ts'

export function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CommandError(`Port ${port} on ${host} is in use: choose another with --port, or 0 for any.`, 1)
  if (error.code === 'EACCES')
    return new CommandError(`This user may not listen on port ${port}: choose one above 1023 with --port.`, 1)
  if (error.code === 'EADDRNOTAVAIL')
    return new CommandError(`${host} is not an address of this machine: see --host.`, 1)
  return error
}
