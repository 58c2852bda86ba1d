/**
 * jest loads its global setup outside its own module system. There Node strips types but knows neither `.js` for `.ts`, nor
 * the `#lib` names of the sources, nor decorators: these hooks do, with the compiler that the tests are compiled with.
 * Rejected: compiling first (`dist`): tests would then run against a stale build.
 */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const LIBS = new URL('../../', import.meta.url);
const OURS = /\/(?:libs|apps)\/[^?]*\.ts$/;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (/^#[a-z-]+$/.test(specifier)) {
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
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      filename: fileURLToPath(url),
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
        },
        keepClassNames: true,
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
