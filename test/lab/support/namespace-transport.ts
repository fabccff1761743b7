import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { Transport } from '../../../src/ports/transport.ts';

/** The local transport of a machine that is a namespace of the lab. */
export function openNamespaceTransport(namespace: string): Transport {
  const local = openTransport({ type: 'local' });
  const quoted = (command: string): string => `'${command.replaceAll("'", `'\\''`)}'`;
  return {
    exec: (command, options) =>
      local.exec(`ip netns exec ${namespace} sh -c ${quoted(command)}`, options),
    openStream: (kind, signal) => local.openStream(kind, signal),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}
