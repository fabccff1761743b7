/** Runs one long test by its name: `npm run test:long -- crash-points`. Every one is a file beside this that exports `run()`. */
const [, , name = ''] = process.argv;

if (!/^[a-z-]+$/.test(name) || name === 'run') {
  process.stderr.write('Usage: npm run test:long -- NAME\n');
  process.exitCode = 2;
} else {
  const test: { run: () => Promise<void> } = await import(`./${name}.ts`);
  await test.run();
}
