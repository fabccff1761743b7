import { fileURLToPath } from 'node:url';

/** Where Node keeps what it compiled: the hundreds of processes of Detour that tests start take their code from here. */
export const compileCache = fileURLToPath(
  new URL('../../node_modules/.cache/node', import.meta.url),
);
