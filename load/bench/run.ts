/**
 * Runs one bench by its name: `node load/bench/run.ts probes`.
 * Every bench is a file beside this one that exports `run()`.
 */
const [, , name = ''] = process.argv;

if (!/^[a-z-]+$/.test(name) || name === 'run') {
  process.stderr.write('Usage: node load/bench/run.ts NAME\n');
  process.exitCode = 2;
} else {
  const bench: { run: () => Promise<void> } = await import(`./${name}.ts`);
  await bench.run();
}
