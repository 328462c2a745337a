// For tests: which problems the program can hand to a screen, and which words the screens use, read from the sources.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** The text of every source file of a folder of the project, without the Rust tests inside. */
export function sources(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('#[cfg(test)]\nmod ')[0] ?? '');
}

const code = '"([a-z][a-z_]+)"';

/** Ways in which Rust names the code of a problem. */
const raising = [
  new RegExp(`Problem::new\\(${code}`, 'g'),
  new RegExp(`LinkFailure::of\\(${code}`, 'g'),
  new RegExp(`refuse\\(StatusCode::\\w+, ${code}`, 'g'),
  new RegExp(`const CODE: &str = ${code}`, 'g'),
];

/** In the one place where errors become problems, every string stands for a code unless it is named as a parameter. */
const becoming = [new RegExp(`Self::new\\(${code}`, 'g'), new RegExp(`=> ${code}`, 'g')];

/** What a server answers and the device hands on as it is: the arms of `problem_of`. */
const handedOn = /fn problem_of[\s\S]*?=> \{\s*Problem::new\(code\)/;

/** Codes of all problems that cross a door, in order. */
export function raisedProblems(): string[] {
  const found = new Set<string>();
  const take = (text: string, patterns: readonly RegExp[]): void => {
    for (const pattern of patterns) for (const [, name = ''] of text.matchAll(pattern)) found.add(name);
  };
  for (const folder of ['device/src', 'hub/src', 'cli/src', 'src-tauri/src']) for (const text of sources(folder, /(?<!tests)\.rs$/)) take(text, raising);
  for (const text of sources('device/src', /^problems\.rs$/)) take(text, becoming);
  for (const text of sources('device/src/sync', /^link\.rs$/)) take(handedOn.exec(text)?.[0] ?? '', [new RegExp(code, 'g')]);
  return [...found].sort();
}

/** Whether the screens say a key: written out, or put together from a beginning and something known only later. */
export function saidOnScreen(): (key: string) => boolean {
  const texts = ['ui/src', 'ui/look'].flatMap((folder) => sources(folder, /(?<!\.test)\.(svelte|ts)$/)).filter((text) => !/^export const \w+(: WordsOf<typeof vi>)? = \{/m.test(text));
  const written = new Set(texts.flatMap((text) => [...text.matchAll(/['"`]([\w-]+(?:\.[\w-]+)+)['"`]/g)].map(([, key = '']) => key)));
  const together = texts.flatMap((text) => [...text.matchAll(/`((?:[\w-]+\.)+)\$\{[^`]*?\}((?:\.[\w-]+)*)`/g)].map(([, start = '', end = '']) => ({ start, end })));
  return (key) => written.has(key) || together.some(({ start, end }) => key.startsWith(start) && key.endsWith(end));
}
