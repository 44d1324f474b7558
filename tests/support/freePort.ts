import { freePorts } from '#commands/start/ports.ts'

/** A port on which nobody listens, and which no other run of Coldloop takes while this process lives. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number
}
