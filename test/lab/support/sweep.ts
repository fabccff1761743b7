/** Takes away what labs of dead test runs left behind: `node test/lab/support/sweep.ts`. */
import { sweepDeadLabs } from './namespaces.ts';

for (const lab of await sweepDeadLabs()) {
  process.stdout.write(`took away the leftovers of ${lab}\n`);
}
