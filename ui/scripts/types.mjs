// Reads schema.json (the contract of the use cases) and writes src/backend/generated.ts. The same schema gives the same file.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const schema = JSON.parse(await readFile(file('schema.json'), 'utf8'));

/** Every definition that can be met from here. */
function reached(from, met = new Set()) {
  if (Array.isArray(from)) for (const one of from) reached(one, met);
  else if (from && typeof from === 'object') {
    const name = from.$ref?.replace('#/$defs/', '');
    if (name && !met.has(name)) {
      met.add(name);
      reached(schema.$defs[name], met);
    }
    for (const value of Object.values(from)) reached(value, met);
  }
  return met;
}

/** A reference beside a description would become a second copy of its type. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (!value || typeof value !== 'object') return value;
  if (value.$ref) return { $ref: value.$ref };
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bare(one)]));
}

/** The device leaves nothing out of an answer: what may be missing in a request is always there in what it says. */
function whole(value) {
  if (Array.isArray(value)) return value.map(whole);
  if (!value || typeof value !== 'object') return value;
  const deep = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, whole(one)]));
  return deep.type === 'object' && deep.properties ? { ...deep, required: Object.keys(deep.properties) } : deep;
}

const asked = reached(Object.values(schema.methods).map((method) => method.params));
const definitions = Object.fromEntries(
  Object.entries(schema.$defs).map(([name, one]) => [name, asked.has(name) ? bare(one) : whole(bare(one))]),
);

const required = (properties) => ({ type: 'object', properties, required: Object.keys(properties) });
const methods = Object.entries(schema.methods).map(([name, { params, answer }]) => [name, required({ params: bare(params), answer: bare(answer) })]);

const root = {
  description: 'Every use case: what is asked and what is answered.',
  ...required(Object.fromEntries(methods)),
  $defs: definitions,
};

const code = await compile(root, 'Methods', {
  bannerComment: '// generated from schema.json by `make schema`; do not edit',
  additionalProperties: false,
  unreachableDefinitions: true,
  cwd: file('.'),
  style: { printWidth: 120, singleQuote: true, tabWidth: 2, trailingComma: 'all' },
});
const tidy = code
  .replace(/ \*\n \* This interface was referenced by `Methods`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g, '')
  .replace(/\/\*\*\n \* This interface was referenced by `Methods`'s JSON-Schema\n \* via the `definition` "\w+"\.\n \*\/\n/g, '');

await writeFile(file('src/backend/generated.ts'), tidy);
