// What lies in a folder, kept and put back as an image of a disk does it: in place, so that the folder looks the same.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Image = ReadonlyMap<string, Buffer>;

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** The files of these folders, of a device that is closed. */
export async function imageOf(...folders: string[]): Promise<Image> {
  const paths = (await Promise.all(folders.map(files))).flat();
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

/** Makes these folders hold what an image of them held. */
export async function putBack(image: Image, ...folders: string[]): Promise<void> {
  const paths = (await Promise.all(folders.map(files))).flat();
  await Promise.all(paths.filter((path) => !image.has(path)).map((path) => rm(path)));
  for (const [path, bytes] of image) await writeFile(path, bytes);
}
