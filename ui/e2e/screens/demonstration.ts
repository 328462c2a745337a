// The demonstration of the terminal (`cotmoc demo`) in a folder of its own, with its doors open.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, program } from '../province';

export type Door = 'post' | 'member' | 'secretary' | 'compiler';

export class Demonstration {
  private constructor(
    readonly folder: string,
    private readonly child: ChildProcess,
    private readonly doors: Map<string, string>,
  ) {}

  /** Plays it; takes about half a minute. */
  static async play(): Promise<Demonstration> {
    const folder = await mkdtemp(join(tmpdir(), 'cotmoc-demo-'));
    // Without a display it opens browser doors only.
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const child = spawn(program('cotmoc'), ['demo', '--data', join(folder, 'data')], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const doors = new Map<string, string>();
    const demonstration = new Demonstration(folder, child, doors);
    for await (const line of createInterface({ input: child.stdout })) {
      const [, role, address] = /\/ (\w+): (http:\S+)$/.exec(line) ?? [];
      if (role && address) doors.set(role, address);
      if (doors.size === 4) return demonstration;
    }
    await demonstration.end();
    throw new Error('the demonstration ended before its doors were open: run `cotmoc demo`');
  }

  address(door: Door): string {
    const address = this.doors.get(door);
    if (!address) throw new Error(`no door for ${door}`);
    return address;
  }

  async end(): Promise<void> {
    await end(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }
}
