// A province of its own for whoever plays with real parts: the built server, and devices that are folders with a key.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Methods, RegistrationValues } from '../src/backend/generated';
import { ask } from './raw';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program of this build. */
export function program(name: 'cotmoc' | 'sync-server' | 'cotmoc-app'): string {
  const path = join(root, 'target/debug', name);
  if (!existsSync(path)) throw new Error(`${path} is not built: run make build`);
  return path;
}

/** What is published about units, fields and criteria, as the product ships it. */
const reference = { units_json: 'org-units.json', schemes_json: 'taxonomy.json', criteria_json: 'criteria-sets.json' } as const;

/** Year of the cycle every played province opens. */
export const year = 2024;
export const muongLan = 'Đồn Biên phòng Mường Lạn';
export const chiengTuong = 'Đồn Biên phòng Chiềng Tương';

type Method = keyof Methods;
type Params<M extends Method> = Partial<Methods[M]['params']>;
type Answer<M extends Method> = Methods[M]['answer'];

/** A use case that was refused. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    said: string,
  ) {
    super(said);
  }
}

/** Ends a child and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(stubborn);
}

/** A stick as the desktop mounts it, for one program alone: the folder it is, and its name. */
interface Stick {
  folder: string;
  label: string;
}

/**
 * The command that runs a program which finds these sticks among its mounts. The machine's own mounts, and every
 * other program, stay as they are.
 */
function beside(sticks: readonly Stick[], command: string, args: string[]): [string, string[]] {
  if (sticks.length === 0) return [command, args];
  const places = sticks.flatMap(({ folder, label }) => [folder, `/media/biet/${label}`]);
  const mounting = `mount -t tmpfs tmpfs /media && while [ "$1" != -- ]; do mkdir -p "$2" && mount --bind "$1" "$2" || exit; shift 2; done; shift; exec "$@"`;
  return ['unshare', ['--user', '--map-root-user', '--mount', 'sh', '-ec', mounting, 'sh', ...places, '--', command, ...args]];
}

/** Starts a program and hands over the lines it prints, the rest of what it says goes to a file. */
function start(name: 'cotmoc' | 'sync-server', args: string[], log: string, more: NodeJS.ProcessEnv = {}, sticks: readonly Stick[] = []): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(...beside(sticks, program(name), args), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...more } });
  child.stderr.pipe(createWriteStream(log, { flags: 'a' }));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterator<string>, log: string): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`a program ended early: ${await readFile(log, 'utf8')}`);
  return value;
}

/** One device: a folder, played through the terminal while it is closed and through its browser door while served. */
export class Device {
  #child: ChildProcess | undefined;
  #address: string | undefined;
  #cookie: string | undefined;
  #sticks: Stick[] = [];
  #env: NodeJS.ProcessEnv = {};

  /** `kind` machine: the folder of a shared machine's profiles instead of one device's folder. */
  constructor(
    readonly home: string,
    private readonly kind: 'device' | 'machine' = 'device',
  ) {}

  /** The address of the browser door, with the secret of this start. */
  get address(): string {
    if (!this.#address) throw new Error(`${this.home} is not served`);
    return this.#address;
  }

  /** The device finds a folder as a stick that is plugged in, from its next start on. */
  plugIn(folder: string, label: string): void {
    this.#sticks.push({ folder, label });
  }

  /** What the device notes outside its folder, by which it knows a copy of itself, goes to this folder from now on. */
  noteIn(folder: string): void {
    this.#env = { XDG_STATE_HOME: folder };
  }

  async serve(): Promise<string> {
    if (this.#address) return this.#address;
    const log = `${this.home}.log`;
    const { child, lines } =
      this.kind === 'machine' ? start('cotmoc', ['serve'], log, { XDG_DATA_HOME: this.home, COTMOC_KEY_FILE: '1' }) : start('cotmoc', ['--home', this.home, 'serve'], log, this.#env, this.#sticks);
    this.#child = child;
    this.#address = await nextLine(lines, log);
    const entered = await ask(this.#address);
    this.#cookie = entered.headers['set-cookie']?.[0]?.split(';')[0];
    return this.#address;
  }

  async close(): Promise<void> {
    if (this.#child) await end(this.#child);
    this.#child = this.#address = this.#cookie = undefined;
  }

  async call<M extends Method>(method: M, params?: Params<M>): Promise<Answer<M>> {
    const { ok, text } = this.#address ? await this.#throughDoor(method, params ?? {}) : await this.#throughTerminal(method, params ?? {});
    const answer = JSON.parse(text) as Answer<M> & { code: string };
    if (!ok) throw new Refused(answer.code, `${method}: ${text}`);
    return answer;
  }

  async #throughDoor(method: string, params: object): Promise<{ ok: boolean; text: string }> {
    const { origin } = new URL(this.address);
    const headers = { origin, cookie: this.#cookie, 'content-type': 'application/json' };
    const { status, body } = await ask(`${origin}/api/call`, { method: 'POST', headers, body: JSON.stringify({ method, params }) });
    return { ok: status === 200, text: body };
  }

  async #throughTerminal(method: string, params: object): Promise<{ ok: boolean; text: string }> {
    const child = spawn(program('cotmoc'), ['--home', this.home, 'call', method, '-'], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, ...this.#env } });
    child.stdin.end(JSON.stringify(params));
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { ok: status === 0, text: Buffer.concat(parts).toString() };
  }

  async exchange(): Promise<Answer<'exchange.run'>> {
    return this.call('exchange.run');
  }

  /** Enters and submits a registration, and gives its id. */
  async register(name: string, more: RegistrationValues = {}): Promise<string> {
    const values = { name, place: 'Bản Mường Lạn', schedule: `Cả năm ${year}`, field: 'VHXH', kind: 'new', ...more } as const;
    const { registration } = await this.call('registrations.start', { cycle: null, values });
    await this.call('registrations.submit', { registration });
    return registration;
  }
}

const delegationRoles = { head: 'trưởng đoàn', secretary: 'thư ký', member: 'thành viên' } as const;

export interface Delegation {
  head: Device;
  secretary: Device;
  members: [Device, Device];
}

/** A founded province with its server, its administrator, its compiler and an open cycle. */
export class Province {
  #server: ChildProcess | undefined;
  #listen = '127.0.0.1:0';
  #devices: Device[] = [];
  #invitation = '';
  readonly administrator: Device;
  readonly compiler: Device;

  private constructor(readonly folder: string) {
    this.administrator = this.device('administrator');
    this.compiler = this.device('compiler');
  }

  static async found(): Promise<Province> {
    const province = new Province(await mkdtemp(join(tmpdir(), 'cotmoc-e2e-')));
    try {
      await province.#found();
    } catch (reason) {
      await province.end();
      throw reason;
    }
    return province;
  }

  async #found(): Promise<void> {
    await this.startServer('--province', 'Tỉnh Sơn La', '--root-unit', 'tinh-son-la');
    await this.#enrol(this.administrator, this.#invitation, 'Máy quản trị');
    const made = await this.administrator.call('enrolment.invite', { role: 'compiler', valid_days: 7 });
    await this.administrator.exchange();
    await this.#enrol(this.compiler, made.invitation, 'Máy tổng hợp');
    for (const [kind, file] of Object.entries(reference) as [keyof typeof reference, string][]) {
      const content_base64 = (await readFile(join(root, 'device/data', file))).toString('base64');
      const report = await this.compiler.call('reference.import', { kind, content_base64 });
      if (!report.applied) throw new Error(`${file} was not taken over: ${JSON.stringify(report)}`);
    }
    const opened = { year, opens: `${year}-01-01`, closes: `${year}-10-25`, scheme: 'scheme-son-la-2021' };
    await this.compiler.call('cycles.open', { ...opened, criteria: await this.criteria(), expected_units: [] });
    await this.compiler.exchange();
  }

  /** Id of the 100-point criteria for models. */
  async criteria(): Promise<string> {
    const { sets } = await this.compiler.call('criteria.list');
    const set = sets.find((one) => one.code === 'cs-mo-hinh-100');
    if (!set) throw new Error('no criteria for models');
    return set.id;
  }

  async startServer(...founding: string[]): Promise<void> {
    const home = join(this.folder, 'server');
    const log = `${home}.log`;
    const { child, lines } = start('sync-server', ['serve', '--json', '--home', home, '--listen', this.#listen, ...founding], log);
    this.#server = child;
    for (;;) {
      const said = JSON.parse(await nextLine(lines, log)) as { event: string; invitation?: string; listen?: string };
      if (said.event === 'founded') this.#invitation = said.invitation ?? '';
      if (said.event !== 'listening') continue;
      // A restarted server must be found at the address that invitations carry.
      this.#listen = said.listen ?? this.#listen;
      return;
    }
  }

  async stopServer(): Promise<void> {
    if (this.#server) await end(this.#server);
    this.#server = undefined;
  }

  /** A device in a folder of its own, not enrolled. */
  device(name: string, kind: 'device' | 'machine' = 'device'): Device {
    const device = new Device(join(this.folder, name), kind);
    this.#devices.push(device);
    return device;
  }

  async #enrol(device: Device, invitation: string, label: string): Promise<void> {
    await device.call('enrolment.accept', { invitation, label });
    // Plays exchange when they say so, unless a play is about the exchange by itself.
    await device.call('settings.set', { language: 'vi', sunlight: false, automatic_exchange: false });
  }

  /** An invitation by the compiler, already at the province. */
  async invite(request: Params<'enrolment.invite'>): Promise<string> {
    const made = await this.compiler.call('enrolment.invite', { valid_days: 7, ...request });
    await this.compiler.exchange();
    return made.invitation;
  }

  async unit(name: string): Promise<string> {
    const { units } = await this.compiler.call('units.list', { day: `${year}-06-01`, include_past: true });
    const found = units.find((one) => one.name === name);
    if (!found) throw new Error(`no unit ${name}`);
    return found.id;
  }

  /** An enrolled device of a post. */
  async post(name: string, unit = muongLan): Promise<Device> {
    const device = this.device(name);
    await this.#enrol(device, await this.invite({ role: 'post', unit: await this.unit(unit) }), `Máy ${name}`);
    return device;
  }

  /** A campaign and its delegation no. 2 for the post of Mường Lạn, with its head, its secretary and two members. */
  async delegation(): Promise<Delegation> {
    const title = 'Khảo sát mô hình “Dân vận khéo” (dữ liệu minh họa)';
    const campaign = await this.compiler.call('campaigns.create', { year, title, basis: '', criteria: await this.criteria() });
    const units = [await this.unit(muongLan)];
    const { id } = await this.compiler.call('delegations.set', { campaign: campaign.id, delegation: null, number: 2, units });
    const member = async (role: keyof typeof delegationRoles, slot: number): Promise<Device> => {
      const device = this.device(`${role}-${slot}`);
      await this.#enrol(device, await this.invite({ role, delegation: id, slot }), `Máy ${delegationRoles[role]} ${slot}`);
      return device;
    };
    return { head: await member('head', 1), secretary: await member('secretary', 2), members: [await member('member', 3), await member('member', 4)] };
  }

  /** Ends every program it started and removes the folder. */
  async end(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.close()));
    await this.stopServer();
    await rm(this.folder, { recursive: true, force: true });
  }
}
