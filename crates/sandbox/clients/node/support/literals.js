// Checks recorded calls as TypeScript literals of the library's types.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));

const OPTIONS = {
  strict: true,
  noEmit: true,
  module: 'nodenext',
  target: 'es2022',
  types: [],
  // The library's declarations refer to those of Node.js, which are not installed.
  skipLibCheck: true,
};

const HEAD = [
  "import type Stripe from 'stripe';",
  "import type StripeGa from 'stripe-ga';",
  // Subset of a type's fields at every depth, with null for absent ones.
  'type Some<T> = T extends string | number | boolean | null ? T | null : { [K in keyof T]?: Some<T[K]> | null };',
  // Null for absent fields.
  'type Nullable<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | null : T[K] };',
  // The same at every depth.
  'type Deep<T> = T extends string | number | boolean | null ? T : T extends Array<infer I> ? Array<Deep<I>>',
  '  : { [K in keyof T]: undefined extends T[K] ? Deep<NonNullable<T[K]>> | null : Deep<T[K]> };',
];

/**
 * Compiles each literal, a pair of a type and a value, on its own line.
 * Returns the compiler's errors for each of them, `''` if there are none.
 */
export async function compile(literals) {
  const folder = await mkdtemp(join(tmpdir(), 'literals-'));
  try {
    await symlink(MODULES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['all.ts'] }));
    const lines = literals.map(({ type, value }, at) => `export const _${at}: ${type} = ${JSON.stringify(value)};`);
    await writeFile(join(folder, 'all.ts'), [...HEAD, ...lines, ''].join('\n'));
    return complaints(await tsc(folder), literals.length);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns the compiler's output; its exit status contains nothing else. */
function tsc(folder) {
  const program = join(MODULES, 'typescript', 'bin', 'tsc');
  const limits = { maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, '--project', folder, '--pretty', 'false'], limits, (error, stdout) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve(stdout);
    });
  });
}

function complaints(printed, count) {
  const found = Array(count).fill('');
  let current;
  for (const line of printed.split('\n').filter(Boolean)) {
    const [, at, text] = /all\.ts\((\d+),\d+\): error (.*)/.exec(line) ?? [];
    if (at) current = Number(at) - HEAD.length - 1;
    else if (!line.startsWith(' ')) throw new Error(`tsc: ${line}`);
    found[current] += `${text ?? line}\n`;
  }
  return found;
}
