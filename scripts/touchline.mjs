#!/usr/bin/env node
// `npx touchline <command>`: the commands of apps/cli, installed and built first when they are not yet.
import { build, install, node, run } from './prepare.mjs';

await install();
await build();
process.exitCode = await run(node, [
  '--enable-source-maps',
  'dist/apps/cli/src/main.js',
  ...process.argv.slice(2),
]);
