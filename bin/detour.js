#!/usr/bin/env node
/* Plain old JavaScript on purpose: an old Node must be able to read this far and say what is wrong. */
var floor = [24, 12];
var parts = process.versions.node.split('.');
var major = Number(parts[0]);
var minor = Number(parts[1]);
if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
  process.stderr.write(
    'Detour needs Node.js ' + floor.join('.') + ' or newer; this is ' + process.versions.node + '.\n' +
    'In a checkout, "npm ci" installs a fitting Node.js for "npm start"; elsewhere put Node.js 24 LTS first in PATH.\n'
  );
  process.exit(1);
}
import('../src/main.ts').catch(function onLoadError(error) {
  if (error && error.code === 'ERR_MODULE_NOT_FOUND') {
    process.stderr.write('Detour could not load a part of itself: ' + error.message + '\nRun "npm ci" in the folder of Detour first.\n');
  } else {
    process.stderr.write(String((error && error.stack) || error) + '\n');
  }
  process.exit(1);
});
