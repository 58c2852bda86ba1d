/**
 * jest loads its global setup outside its own module system, and turns `import()` there into `require`. From this file on
 * everything is native ESM: `loadSource` imports a source of ours, and the hooks tell Node what it does not know — `.js` for
 * `.ts`, the `#lib` names of the sources, decorators — with the compiler that the tests are compiled with.
 * Rejected: compiling first (`dist`): the setup would run a stale build.
 */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const LIBS = new URL('../../', import.meta.url);
const OURS = /\/(?:libs|apps)\/[^?]*\.ts$/;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (/^#[a-z-]+$/.test(specifier) && !context.parentURL?.includes('/node_modules/')) {
      return { url: new URL(`${specifier.slice(1)}/src/index.ts`, LIBS).href, shortCircuit: true };
    }
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(source)) return { url: source.href, shortCircuit: true };
    }
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    if (!OURS.test(url) || url.includes('/node_modules/')) return nextLoad(url, context);
    return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
  },
});

function compile(filename) {
  return transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  }).code;
}

/** @param {string} path relative to this file */
export function loadSource(path) {
  return import(new URL(path, import.meta.url).href);
}
