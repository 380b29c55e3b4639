#!/usr/bin/env node
// The entry of `npm start`, `npm test`, `npm run demo` and `npx saiban …`: makes a clean clone runnable, then runs it.
// Only old syntax here, and nothing imported from npm: this file must still speak clearly on an old Node and before
// anything is installed.
import path from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const LEAST_NODE = [20, 19];

const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function tooOld(version) {
  const parts = version.split('.').map(Number);
  return parts[0] < LEAST_NODE[0] || (parts[0] === LEAST_NODE[0] && parts[1] < LEAST_NODE[1]);
}

async function run() {
  if (tooOld(process.versions.node)) {
    console.error(
      'Saiban needs Node ' +
        LEAST_NODE.join('.') +
        ' or newer; this is Node ' +
        process.versions.node +
        '. Install a newer Node.',
    );
    return 1;
  }
  const { prepare, Refusal } = await import('./prepare.mjs');
  try {
    await prepare(checkout);
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error);
    return 1;
  }
  process.setSourceMapsEnabled(true);
  const entry = pathToFileURL(path.join(checkout, 'dist/apps/launcher/src/main.js'));
  const { main } = await import(entry.href);
  return main(process.argv.slice(2));
}

run().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
